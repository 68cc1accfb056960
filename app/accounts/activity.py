"""Long things: started, watched, left, found again, cancelled, and ended with what came of them."""

from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Owned, session
from app.core.states import move, states_of
from app.core.time import now

KEPT_PROBLEMS = 500
BROKE_OFF = "It broke off: the worker was stopped. What was done until then stays; start it again."


class Cancelled(Exception):
    """Somebody pressed stop; what was done until then stays."""


class Activity(Owned):
    """An import, a rewrite of many, a generation: with progress, problems and an end."""

    MOVES = {
        "begin": (("waiting",), "running"),
        "finish": (("waiting", "running"), "done"),
        "fail": (("waiting", "running"), "failed"),
        "stop": (("waiting", "running"), "stopped"),
    }

    __tablename__ = "activities"
    __table_args__ = (
        CheckConstraint(f"state IN {states_of(MOVES)}", name="state"),
        Index("ix_activities_recent", "workspace_id", "created_at"),
    )
    noun = "activity"

    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    message: Mapped[str] = mapped_column(String(300), default="")
    inputs: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    problems: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list)
    problem_count: Mapped[int] = mapped_column(default=0)
    started_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    beat_at: Mapped[datetime | None]

    @classmethod
    def start(
        cls, workspace: Any, kind: str, title: str, by: Any = None, total: int | None = None, **inputs: Any
    ) -> Self:
        """A new activity that waits for a worker; `inputs` is what the worker needs to know."""
        activity = cls(
            workspace_id=workspace.id, kind=kind, title=title[:200], total=total,
            inputs=inputs, started_by_id=by.id if by else None,
        )  # fmt: skip
        session.add(activity)
        session.flush()
        return activity

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed", "stopped")

    @property
    def percent(self) -> int | None:
        return min(100, 100 * self.done // self.total) if self.total else None

    def begin(self) -> None:
        """A worker takes it. Raise WrongState when another has it already."""
        move(self, "begin", started_at=now(), beat_at=now())
        session.commit()

    def step(self, done: int, total: int | None = None, message: str = "") -> None:
        """Say how far it is, and commit. Raise Cancelled when somebody pressed stop."""
        changes: dict[str, Any] = {"done": done, "message": message[:300], "beat_at": now()}
        if total is not None:
            changes["total"] = total
        asked = session.scalar(
            update(Activity).where(Activity.id == self.id).values(**changes).returning(Activity.cancel_asked)
        )
        session.commit()
        if asked:
            raise Cancelled

    def problem(self, where: str, reason: str) -> None:
        """Note one thing that did not work, and go on. The first 500 are kept, all are counted."""
        note = literal([{"where": where[:300], "reason": reason[:500]}], JSONB)
        session.execute(
            update(Activity).where(Activity.id == self.id, func.jsonb_array_length(Activity.problems) < KEPT_PROBLEMS)
            .values(problems=Activity.problems.op("||")(note))
        )  # fmt: skip
        session.execute(
            update(Activity).where(Activity.id == self.id).values(problem_count=Activity.problem_count + 1)
        )

    def finish(self, message: str, **result: Any) -> None:
        """It is done; `message` says what came of it."""
        move(self, "finish", message=message[:300], result=result, finished_at=now())
        session.commit()

    def fail(self, reason: str) -> None:
        """It broke off; `reason` says why and what to do."""
        session.rollback()
        move(self, "fail", message=reason[:300], finished_at=now())
        session.commit()

    def stop(self) -> None:
        """It ended because somebody asked; what was done stays done."""
        move(self, "stop", message="Stopped. What was done until then stays.", finished_at=now())
        session.commit()

    def ask_to_stop(self, by: Any) -> None:
        """Ask the worker to stop at its next step."""
        by.must("write")
        session.execute(update(Activity).where(Activity.id == self.id).values(cancel_asked=True))
        if self.state == "waiting":
            move(self, "stop", message="Stopped before it began.", finished_at=now())

    @classmethod
    def recent(cls, workspace: Any, number: int = 15) -> list[Self]:
        """The latest activities, newest first, for the drawer."""
        return cls.of(workspace).order_by(cls.created_at.desc()).limit(number).all()

    @classmethod
    def running_count(cls, workspace: Any) -> int:
        return (
            session.scalar(
                select(func.count()).where(
                    cls.workspace_id == workspace.id, cls.state.in_(("waiting", "running"))
                )
            )
            or 0
        )

    @classmethod
    def settle_lost(cls, silent_minutes: int = 15) -> int:
        """Fail what has not moved for so long: its worker was killed. Returns how many."""
        silent = now() - timedelta(minutes=silent_minutes)
        lost = session.scalars(
            update(cls).where(cls.state == "running", cls.beat_at < silent)
            .values(state="failed", finished_at=now(), message=BROKE_OFF)
            .returning(cls.id)
        )  # fmt: skip
        return len(lost.all())

    def card(self) -> dict[str, Any]:
        return {
            "id": str(self.id), "kind": self.kind, "title": self.title, "state": self.state, "done": self.done,
            "total": self.total, "message": self.message, "problems": self.problems,
            "problem_count": self.problem_count, "result": self.result,
        }  # fmt: skip
