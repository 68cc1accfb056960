"""What a scheduled post knows of the series that it belongs to."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.core.time import at_wall

if TYPE_CHECKING:
    from app.schedule.series import Series


class Recurring:
    """The part of a scheduled post that says which time of which series it is.

    `occurrence` is the wall time that the rule named, for ever, wherever the post is moved: with the series it
    is unique, so that no time is ever made twice. `detached` means that a person gave it a life of its own.
    """

    series_id: Mapped[UUID | None] = mapped_column(ForeignKey("series.id", ondelete="SET NULL"))
    occurrence: Mapped[datetime | None] = mapped_column(DateTime(timezone=False))
    detached: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    @declared_attr
    def series(cls) -> Mapped["Series | None"]:  # noqa: N805 (declared on the class)
        return relationship("Series", viewonly=True)

    def apart(self, at: datetime) -> dict[str, Any]:
        """What a move to `at` says of its place in the series: back on the rule's time, it follows it again."""
        if self.series_id is None or self.occurrence is None:
            return {}
        return {"detached": at != at_wall(self.occurrence.date(), self.occurrence.time(), self.zone)}
