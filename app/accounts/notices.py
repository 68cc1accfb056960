"""What the people in charge are told: one open notice for each cause, however often it happens."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

from app.accounts.models import Member, record
from app.core.database import Owned, scope, session
from app.core.errors import WrongState
from app.core.queries import queries
from app.core.time import now

sql = queries(__file__)
SEVERITIES = ("info", "attention", "urgent")
KEPT_POSTS = 100  # ids of posts that a notice remembers
SHOWN = 12  # in the drawer


class Kind(NamedTuple):
    """A kind of notice: its word, its icon, and how grave it is unless somebody says otherwise."""

    word: str
    icon: str
    severity: str


KINDS: dict[str, Kind] = {
    "failed": Kind("Posts failed", "circle-x", "urgent"),
    "held": Kind("Posts are held", "hand-stop", "attention"),
    "missed": Kind("Posts missed their time", "clock-off", "attention"),
    "unsure": Kind("Posts that may be out", "help-circle", "urgent"),
    "parts": Kind("Posts that are not wholly out", "list", "attention"),
    "vanished": Kind("Posts that vanished", "eye-off", "urgent"),
    "account": Kind("Accounts to reconnect", "plug-connected-x", "urgent"),
    "burst": Kind("Too many posts, or the same again", "flame", "urgent"),
    "budget": Kind("Rate limits", "gauge", "attention"),
    "preflight": Kind("Posts that will fail", "alarm", "attention"),
    "series": Kind("Posting schedules and series", "repeat", "attention"),
    "safety": Kind("Sending is off", "shield", "urgent"),
    "delivery": Kind("Mails and messages to you", "mail", "attention"),
    "other": Kind("Other", "bell", "attention"),
}


class Notice(Owned):
    """Something that a person should know, once, with how often it happened."""

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint(f"severity IN {SEVERITIES}", name="severity"),
        Index("uq_notices_open", "workspace_id", "cause", unique=True, postgresql_where=text("closed_at IS NULL")),
        Index("ix_notices_recent", "workspace_id", "last_at", "id"),
        Index("ix_notices_news", "opened_at", postgresql_where=text("closed_at IS NULL")),
    )  # fmt: skip
    noun = "notice"

    cause: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    severity: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(200))
    sentence: Mapped[str] = mapped_column(Text)
    link: Mapped[str | None] = mapped_column(Text)
    count: Mapped[int] = mapped_column(default=1)
    post_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    opened_at: Mapped[datetime]
    last_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    ending: Mapped[str | None] = mapped_column(String(200))
    round: Mapped[int] = mapped_column(default=0)  # how often people were told outside of Slogan
    announced_at: Mapped[datetime | None]
    announced_count: Mapped[int] = mapped_column(default=0)

    closed_by: Mapped[Member | None] = relationship(lazy="joined")

    @property
    def what(self) -> Kind:
        """Its kind in words."""
        return KINDS.get(self.kind, KINDS["other"])

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    def deal_with(self, by: Member) -> None:
        """A person has seen to it. Raise WrongState when it is closed already, NotAllowed."""
        by.must("schedule")
        if not _close(Notice.id == self.id, f"{by.name} dealt with it.", by):
            raise WrongState("This notice is closed already.")
        session.refresh(self)
        record(by, "dealt with a notice", self, title=self.title)

    def reopen(self, by: Member) -> None:
        """Undo `deal_with`. Raise WrongState when the same cause has an open notice by now."""
        by.must("schedule")
        again = select(Notice.id).where(
            Notice.workspace_id == self.workspace_id, Notice.cause == self.cause, Notice.closed_at.is_(None)
        )
        if session.scalar(again):
            raise WrongState("The same thing has happened again: it has a new notice already.")
        self.closed_at = self.closed_by_id = self.ending = None
        record(by, "opened a notice again", self, title=self.title)

    def card(self) -> dict[str, Any]:
        """What programs read."""
        return {
            "id": str(self.id), "cause": self.cause, "kind": self.kind, "severity": self.severity,
            "title": self.title, "sentence": self.sentence, "link": self.link, "count": self.count,
            "post_ids": [str(one) for one in self.post_ids], "opened_at": self.opened_at.isoformat(),
            "last_at": self.last_at.isoformat(), "ending": self.ending,
            "closed_at": self.closed_at.isoformat() if self.closed_at else None,
        }  # fmt: skip


class NoticeRead(Owned):
    """A member has read a notice, as it was then."""

    __tablename__ = "notice_reads"
    __table_args__ = (UniqueConstraint("member_id", "notice_id"),)
    noun = "read notice"

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"))
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"), index=True)
    read_at: Mapped[datetime]


def notify(
    workspace_id: Any, *, cause: str, kind: str, title: str, sentence: str, link: str | None = None,
    count: int = 1, total: int | None = None, severity: str | None = None, post_ids: Sequence[Any] = (),
) -> UUID:  # fmt: skip
    """Tell the people of a workspace, in one statement; whatever the scope is. Returns the notice's id.

    While a notice of the same `cause` is open, it only counts: `count` more, or `total` in all where the
    caller knows (a look that runs again and again; it is news only when there are more than before).
    """
    moment = now()
    kind = kind if kind in KINDS else "other"
    given = {
        "id": uuid7(), "workspace": workspace_id, "cause": cause[:200], "kind": kind,
        "severity": severity or KINDS[kind].severity, "title": title[:200],
        "sentence": sentence, "link": link, "count": count if total is None else total,
        "adds": total is None, "posts": [UUID(str(one)) for one in post_ids][:KEPT_POSTS], "moment": moment,
    }  # fmt: skip
    with scope(workspace_id):
        return UUID(str(session.scalar(sql["notify"], given)))


def settle(workspace_id: Any, cause: str, how: str = "It is settled.") -> bool:
    """The cause is gone: its notice closes by itself. Says whether one was open."""
    with scope(workspace_id):
        return _close((Notice.workspace_id == workspace_id) & (Notice.cause == cause), how) > 0


def settle_others(
    workspace_id: Any, prefix: str, still_there: Iterable[str], how: str = "It is settled."
) -> int:
    """Close the open notices whose cause begins with `prefix`, but for those that are still there."""
    mine = (Notice.workspace_id == workspace_id) & Notice.cause.startswith(prefix, autoescape=True)
    with scope(workspace_id):
        return _close(mine & Notice.cause.not_in(list(still_there)), how)


def _close(which: Any, how: str, by: Member | None = None) -> int:
    closed = (
        update(Notice).where(which, Notice.closed_at.is_(None))
        .values(closed_at=now(), ending=how[:200], closed_by_id=by.id if by else None)
        .returning(Notice.id).execution_options(synchronize_session=False)
    )  # fmt: skip
    return len(session.scalars(closed).all())


def unread(member: Member) -> tuple[int, bool]:
    """How many open notices a member has not read, and whether one of them is urgent."""
    row = session.execute(sql["unread"], {"workspace": member.workspace_id, "member": member.id}).one()
    return row.number, bool(row.urgent)


def unread_among(member: Member, notices: Iterable[Notice]) -> set[UUID]:
    """Which of these a member has not read since they last grew."""
    some = list(notices)
    read = select(NoticeRead.notice_id, NoticeRead.read_at).where(
        NoticeRead.member_id == member.id, NoticeRead.notice_id.in_([one.id for one in some])
    )
    seen = {row.notice_id: row.read_at for row in session.execute(read)}
    return {one.id for one in some if one.is_open and (one.id not in seen or seen[one.id] < one.last_at)}


def mark_read(member: Member, notices: Iterable[Notice]) -> None:
    """A member has read these as they are now."""
    moment = now()
    lines = [
        {"id": uuid7(), "workspace_id": member.workspace_id, "member_id": member.id, "notice_id": one.id,
         "read_at": moment}
        for one in notices
    ]  # fmt: skip
    if lines:
        seen = insert(NoticeRead).values(lines)
        again = {"read_at": seen.excluded.read_at}
        session.execute(
            seen.on_conflict_do_update(index_elements=["member_id", "notice_id"], set_=again)
        )


def mark_all_read(member: Member) -> None:
    """A member has seen everything that is open."""
    session.execute(
        sql["read_all"], {"workspace": member.workspace_id, "member": member.id, "moment": now()}
    )


def latest(workspace: Any, number: int = SHOWN) -> list[Notice]:
    """The newest open notices, for the drawer."""
    return (
        Notice.of(workspace).where(Notice.closed_at.is_(None))
        .order_by(Notice.last_at.desc(), Notice.id.desc()).limit(number).all()
    )  # fmt: skip
