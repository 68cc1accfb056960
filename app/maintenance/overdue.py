"""A restored, cloned or moved installation: what is overdue in it, and what an admin decides."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import joinedload

from app.accounts.instance import Instance
from app.accounts.models import Member, Workspace, record
from app.core.database import everywhere, session
from app.core.errors import Invalid, WrongState
from app.core.pages import Page
from app.core.queries import queries
from app.core.queue import ring
from app.core.time import now
from app.schedule.lateness import GRACE, PATIENCE, verdict
from app.schedule.models import ScheduledPost

sql = queries(__file__)
CHOICES = {  # what becomes of the overdue posts, and how it is said
    "hold": "Hold them all, so that people look at each",
    "policy": "Let each follow its late policy",
    "elsewhere": "They went out already: mark them as published",
}
WILL = {None: "it is sent", "hold": "its people are asked", "miss": "it is skipped"}


@dataclass(frozen=True)
class Standing:
    """What the admin's page shows."""

    here: Instance
    accounts: list[Any]
    posts: Page[ScheduledPost]
    everywhere: int
    workspaces: int

    @property
    def mine(self) -> int:
        """Overdue posts of this workspace."""
        return sum(row.total for row in self.accounts)

    @property
    def others(self) -> int:
        """Overdue posts of other workspaces, of which only the number is said."""
        return self.everywhere - self.mine


def standing(workspace: Workspace, cursor: str | None = None, size: int = 50) -> Standing:
    """Whether posts are sent from here, and what is overdue, oldest first. Raise Missing."""
    here, moment = this_one(), now()
    parts = (ScheduledPost.post, ScheduledPost.account, ScheduledPost.platform, ScheduledPost.channel_type)
    late = ScheduledPost.of(workspace).where(ScheduledPost.state == "scheduled", ScheduledPost.due_at <= moment)
    page = late.options(*map(joinedload, parts)).page(cursor, size, by=ScheduledPost.due_at, descending=False)
    asked = {"workspace": workspace.id, "now": moment, "grace": GRACE, "patience": PATIENCE}
    accounts = session.execute(sql["by_account"], asked).all()
    with everywhere():
        total = session.execute(sql["in_all"], {"now": moment}).one()
    return Standing(here, list(accounts), page, total.posts, total.workspaces)


def this_one() -> Instance:
    """The row of this installation. Raise WrongState while it has none."""
    here = Instance.here()
    if here is None:
        raise WrongState("The database is being put back. Wait until that is done.")
    return here


def would(post: ScheduledPost) -> str:
    """What a post's late policy would do with it now, in words."""
    said = verdict(post, now())
    return WILL[said[0] if said else None]


def send_on(overdue: str, by: Member) -> int:
    """This is the real one: send on, and do with what is overdue what is said. Returns how many there were.

    Raise Invalid for no such choice, WrongState when sending is on already, NotAllowed.
    """
    by.must("administer")
    if overdue not in CHOICES:
        raise Invalid("Say what is to become of the overdue posts.", overdue="Choose one of these.")
    here, moment = this_one(), now()
    here.decide(real=True, who=by.name)
    with everywhere():
        number = int(session.execute(sql["in_all"], {"now": moment}).one().posts)
        if overdue == "hold":
            said = f"Held: this copy of Slogan was restored or moved, and {by.name} wants each post looked at first."
            number = len(session.execute(sql["hold"], {"now": moment, "sentence": said, "who": by.name[:120]}).all())
        if overdue == "elsewhere":
            said = f"{by.name} says that it went out before this copy of Slogan was restored or moved."
            given = {"now": moment, "sentence": said, "who": by.name[:120]}
            number = len(session.execute(sql["sent_elsewhere"], given).all())
    record(by, "confirmed this installation", by.workspace, overdue=overdue, posts=number)
    ring("schedule.publish_due", at_most_once_in=1)
    return number


def stay_off(by: Member) -> None:
    """This is a copy: it sends nothing until somebody says otherwise. Raise WrongState, NotAllowed."""
    by.must("administer")
    this_one().decide(real=False, who=by.name)
    record(by, "said that this installation is a copy", by.workspace)
