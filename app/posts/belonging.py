"""A post belongs to a campaign, or to none."""

from typing import Any

from sqlalchemy import select

from app.accounts.models import Member, record
from app.core.database import as_uuid, metadata, session
from app.core.errors import Invalid, Missing
from app.posts.models import Post

NONE = "none"  # what a form sends for no campaign; nothing sent changes nothing


def belong(post: Post, campaign_id: Any, by: Member) -> None:
    """Let a post belong to a campaign of its workspace, or (`none`) to no campaign any more.

    The room of campaigns stands to the right of this one, so its table is asked by name. What is planned
    of the post follows the campaign's late policy. Raise Missing, Invalid for a campaign that is closed.
    """
    by.must("write")
    wanted = None if campaign_id in (None, "", NONE) else as_uuid(campaign_id, "campaign")
    if wanted == post.campaign_id:
        return
    name = _open_one(post, wanted) if wanted else "none"
    post.campaign_id = wanted
    record(by, "changed the campaign of", post, campaign=name)
    session.flush()


def _open_one(post: Post, wanted: Any) -> str:
    """The name of a campaign that may take the post; a foreign key looks past row-level security."""
    table = metadata.tables["campaigns"]
    query = select(table.c.name, table.c.state).where(
        table.c.id == wanted, table.c.workspace_id == post.workspace_id
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise Missing("There is no such campaign.")
    if found.state == "closed":
        raise Invalid(f"{found.name} is closed.", campaign_id="Choose a campaign that is open.")
    return str(found.name)
