"""What happens by itself, and how it went."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import db


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
