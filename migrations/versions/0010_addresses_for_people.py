"""addresses for people: lines of history that named a place inside Slogan by its path do without"""

from alembic import op

revision = "0010"
down_revision = "0009"

PATHS = r"""
UPDATE post_history SET sentence = regexp_replace(sentence, ': /\S*$', '.')
WHERE verb IN ('publish', 'look') AND sentence ~ ': /\S*$'
"""


def upgrade() -> None:
    op.execute(PATHS)


def downgrade() -> None:
    """Nothing to take back: the path is on the post still."""
