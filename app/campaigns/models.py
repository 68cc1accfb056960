"""Campaigns: posts that belong together, from a day to a day, with one answer to what happens when one is late."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.lateness import LATE_POLICIES, check_late
from app.accounts.models import Member, record
from app.core.database import Owned, session
from app.core.errors import Invalid, Missing
from app.core.states import move, possible, states_of
from app.core.time import now, zone
from app.posts.belonging import belong
from app.posts.models import Post


class Campaign(Owned):
    """Posts with one purpose. Without a late policy of its own, it says what the workspace says."""

    MOVES: dict[str, Any] = {
        "close": (("open",), "closed"),
        "reopen": (("closed",), "open"),
    }

    __tablename__ = "campaigns"
    __table_args__ = (
        CheckConstraint(f"state IN {states_of(MOVES)}", name="state"),
        CheckConstraint(f"late_policy IN {LATE_POLICIES}", name="late_policy"),
        CheckConstraint("ends_on >= starts_on", name="dates"),
        UniqueConstraint("workspace_id", "name"),
    )
    noun = "campaign"

    name: Mapped[str] = mapped_column(String(160))
    description: Mapped[str] = mapped_column(Text, default="")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(12), default="open")
    late_policy: Mapped[str | None] = mapped_column(String(8))
    late_minutes: Mapped[int | None]
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))

    @classmethod
    def begin(
        cls, workspace: Any, by: Member, *, name: str, description: str = "", starts_on: date | None = None,
        ends_on: date | None = None, late_policy: str | None = None, late_minutes: int | None = None,
    ) -> "Campaign":  # fmt: skip
        """A new campaign. Raise Invalid for a name that is taken, dates that cross, or no such policy."""
        by.must("write")
        begun = cls(workspace_id=workspace.id, created_by_id=by.id, state="open")
        begun._fill(name, description, starts_on, ends_on)
        begun._say_late(late_policy, late_minutes)
        session.add(begun)
        session.flush()
        record(by, "began", begun)
        return begun

    @classmethod
    def called(cls, workspace: Any, named: str) -> "Campaign":
        """The campaign of that id or of that name. Raise Missing."""
        known = cls.of(workspace).where(cls.name == named.strip()).first()
        return known or cls.of(workspace).get(named)

    @classmethod
    def called_or_begun(cls, workspace: Any, named: str, by: Member) -> "Campaign":
        """The campaign that a program names, by id or name; a name that is new begins one. Raise Missing, Invalid."""
        try:
            return cls.called(workspace, named)
        except Missing:
            if _is_id(named):
                raise
        return cls.begin(workspace, by, name=named)

    @property
    def moves(self) -> list[str]:
        """What may be done with it now."""
        return possible(self)

    def change(
        self, by: Member, *, name: str, description: str = "", starts_on: date | None = None,
        ends_on: date | None = None,
    ) -> None:  # fmt: skip
        """Other words and days. Raise Invalid."""
        by.must("write")
        self._fill(name, description, starts_on, ends_on)
        record(by, "changed", self)
        session.flush()

    def allow_late(self, policy: str | None, minutes: int | None, by: Member) -> None:
        """Say what happens to its posts when they are late; None is as the workspace says.

        It holds for those that wait, too, unless they have a choice of their own (the database sees to it).
        """
        by.must("schedule")
        self._say_late(policy, minutes)
        record(by, "changed how late its posts may be", self)
        session.flush()

    def close(self, by: Member) -> None:
        """It is over: it is no longer offered for new posts. What is planned of it stays planned."""
        by.must("write")
        move(self, "close")
        record(by, "closed", self)

    def reopen(self, by: Member) -> None:
        """It goes on."""
        by.must("write")
        move(self, "reopen")
        record(by, "opened again", self)

    def take(self, post: Post, by: Member) -> None:
        """Let a post belong to it; its late policy reaches what is planned of the post. Raise Invalid."""
        belong(post, self.id, by)

    def when(self, zone_name: str) -> str:
        """Where it stands today: closed, to come, running or over."""
        today = now().astimezone(zone(zone_name)).date()
        if self.state == "closed":
            return "closed"
        if self.starts_on and today < self.starts_on:
            return "to come"
        return "over" if self.ends_on and today > self.ends_on else "running"

    def card(self) -> dict[str, Any]:
        """What programs read."""
        return {
            "id": str(self.id), "name": self.name, "description": self.description, "state": self.state,
            "starts_on": self.starts_on.isoformat() if self.starts_on else None,
            "ends_on": self.ends_on.isoformat() if self.ends_on else None,
            "late_policy": self.late_policy, "late_minutes": self.late_minutes,
        }  # fmt: skip

    def _fill(self, name: str, description: str, starts_on: date | None, ends_on: date | None) -> None:
        name = " ".join(name.split())
        if not name or len(name) > 160:
            raise Invalid("A campaign needs a name.", name="Give it a name of at most 160 characters.")
        if starts_on and ends_on and ends_on < starts_on:
            raise Invalid("It ends before it begins.", ends_on="Choose a day that is not before the first.")
        same = select(Campaign.id).where(Campaign.workspace_id == self.workspace_id, Campaign.name == name)
        with session.no_autoflush:
            if session.scalar(same.where(Campaign.id != self.id) if self.id else same):
                raise Invalid(f"There is a campaign “{name}” already.", name="Choose another name.")
        self.name, self.description = name, description.strip()
        self.starts_on, self.ends_on = starts_on, ends_on

    def _say_late(self, policy: str | None, minutes: int | None) -> None:
        if policy:
            check_late(policy, minutes)
        self.late_policy, self.late_minutes = policy or None, (minutes or 180) if policy else None


def _is_id(named: str) -> bool:
    try:
        UUID(named)
    except ValueError:
        return False
    return True
