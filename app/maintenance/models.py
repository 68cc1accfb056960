"""What happens by itself, and how it went."""

from datetime import datetime

from sqlalchemy import String, Text, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import db, session


class ClockRun(db.Model):  # type: ignore[name-defined]
    """The last run of one entry of the clock. It belongs to the installation, not to a workspace."""

    __tablename__ = "clock_runs"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    seconds: Mapped[float | None]
    runs: Mapped[int] = mapped_column(default=1)
    last_error: Mapped[str | None] = mapped_column(Text)
    failed_at: Mapped[datetime | None]

    @classmethod
    def note(cls, name: str, started_at: datetime, seconds: float, error: str | None) -> None:
        """Write down one run. `last_error` stays until a later failure replaces it; `failed_at` says when it was."""
        ended: dict[str, object] = {
            "started_at": started_at,
            "finished_at": func.now(),
            "seconds": round(seconds, 3),
        }
        if error:
            ended |= {"last_error": error, "failed_at": func.now()}
        added = insert(cls).values(name=name, runs=1, **ended)
        session.execute(
            added.on_conflict_do_update(index_elements=["name"], set_={**ended, "runs": cls.runs + 1})
        )
        session.commit()
