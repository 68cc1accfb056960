"""How a section is taken for a channel, and what becomes of it then."""

from typing import Any, Self

from uuid_utils.compat import uuid7

from app.accounts.models import Member, record
from app.core.database import session
from app.core.errors import WrongState
from app.core.queries import queries
from app.core.states import move
from app.core.time import now
from app.platforms.models import Channel

sql = queries(__file__)


class Takeable:
    """The verbs of a section's progress on one channel."""

    @classmethod
    def take(cls, section: Any, channel: Channel) -> Self:
        """Start on a section for a channel: one winner among many. Raise WrongState for the others.

        What another has been at for half an hour without an end is taken over, since its worker is gone.
        """
        session.flush()
        taken = session.scalar(
            sql["take_section"],
            {
                "id": uuid7(),
                "workspace": section.workspace_id,
                "article": section.article_id,
                "section": section.id,
                "platform": channel.platform_id,
                "kind": channel.channel_type_id,
            },
        )
        if taken is None:
            raise WrongState(
                f"This section is done for {channel.label}, or somebody is writing it right now."
            )
        return session.get(cls, taken, populate_existing=True)  # type: ignore[return-value]

    def complete(self: Any, post: Any) -> None:
        """The section has become `post`."""
        move(self, "complete", post_id=post.id, completed_at=now(), error_message=None)

    def fail(self: Any, reason: str) -> None:
        """It did not work this time; `reason` says why. It may be taken again."""
        move(self, "fail", error_message=reason[:1000])

    def reopen(self: Any, by: Member | None) -> None:
        """Offer the section for this channel once more; the post that was made of it stays."""
        if by:
            by.must("write")
        move(self, "reopen")
        record(by, "offered a section again", self)
