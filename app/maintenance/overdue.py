"""A restored, cloned or moved installation: what is overdue in it, what is planned, and what an admin decides."""

from dataclasses import dataclass
from datetime import datetime
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
from app.platforms.models import Account
from app.publishing.accounts import connector_for
from app.schedule import catching_up
from app.schedule.lateness import GRACE, PATIENCE, verdict
from app.schedule.models import ScheduledPost

sql = queries(__file__)
CHOICES = {  # what becomes of the overdue posts, and how it is said
    "hold": "Hold them all, so that people look at each",
    "policy": "Let each follow its late policy",
    "elsewhere": "They went out already: mark them as published",
}
PLANNED = {  # what is asked of everything from before
    "look": "Look first, and send only what did not go out",
    "keep": "Nothing was sent from anywhere else since then: send all as planned",
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
    later: int  # posts of the whole installation that are planned from before, and not overdue
    silent: dict[Account, int]  # accounts of this workspace that cannot be asked, with how many of those they have

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
        asked = {"now": moment, "started": started(here)}
        later = [] if here.sending else session.execute(sql["later"], asked).all()
    own = {row.account_id: row.posts for row in later if row.workspace_id == workspace.id}
    speakers = {one: connector_for(one) for one in Account.of(workspace).where(Account.id.in_(own)).all()}
    silent = {one: own[one.id] for one, speaker in speakers.items() if speaker and not speaker.reads_back}
    return Standing(
        here, list(accounts), page, total.posts, total.workspaces, sum(row.posts for row in later), silent
    )


def this_one() -> Instance:
    """The row of this installation. Raise WrongState while it has none."""
    here = Instance.here()
    if here is None:
        raise WrongState("The database is being put back. Wait until that is done.")
    return here


def started(here: Instance) -> datetime:
    """Since when this copy has a life of its own: what is younger was made here."""
    return here.off_since or now()


def would(post: ScheduledPost) -> str:
    """What a post's late policy would do with it now, in words."""
    said = verdict(post, now())
    return WILL[said[0] if said else None]


def send_on(overdue: str, by: Member, planned: str = "look") -> int:
    """This is the real one: send on, and do with what is overdue what is said. Returns how many there were.

    `planned` says whether the original may have sent something since the backup: then whatever is from before is
    looked for before it is sent, now or ever. Raise Invalid for no such choice, WrongState when sending is on
    already, NotAllowed.
    """
    by.must("administer")
    if overdue not in CHOICES:
        raise Invalid("Say what is to become of the overdue posts.", overdue="Choose one of these.")
    if planned not in PLANNED:
        raise Invalid("Say whether something may have gone out since.", planned="Choose one of these.")
    here, moment = this_one(), now()
    since, began = here.beat_at, started(here)
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
        if planned == "look":
            catching_up.doubt(since, began)
    record(by, "confirmed this installation", by.workspace, overdue=overdue, planned=planned, posts=number)
    ring("schedule.publish_due", at_most_once_in=1)
    return number


def stay_off(by: Member) -> None:
    """This is a copy: it sends nothing until somebody says otherwise. Raise WrongState, NotAllowed."""
    by.must("administer")
    this_one().decide(real=False, who=by.name)
    record(by, "said that this installation is a copy", by.workspace)
