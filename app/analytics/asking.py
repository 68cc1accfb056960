"""What the address asks for: which days, which platform, which number."""

from datetime import date
from typing import Literal

from flask import g
from pydantic import BaseModel, ConfigDict, Field

from app.analytics.periods import LONGEST, Period
from app.analytics.reports import Report
from app.core.errors import Invalid

Shown = Literal["engagement", "rate", "reach", "likes", "comments", "shares", "clicks", "posts"]


class Asked(BaseModel):
    """The filters of the analytics page; all of them stay in its address."""

    model_config = ConfigDict(populate_by_name=True)

    days: int = Field(30, ge=1, le=LONGEST)
    first: date | None = Field(None, alias="from")
    last: date | None = Field(None, alias="to")
    platform: str | None = None
    practice: Literal["include", "leave-out"] | None = None
    metric: Shown = "engagement"
    best: Literal["engagement", "rate"] = "engagement"

    @property
    def is_custom(self) -> bool:
        return bool(self.first or self.last)

    @property
    def period(self) -> Period:
        """The days that are asked for. Raise Invalid."""
        if not self.is_custom:
            return Period.of_days(self.days, g.workspace.zone)
        if not (self.first and self.last):
            which = "to" if self.first else "from"
            raise Invalid("A period of your own needs both days.", **{which: "Choose a day."})
        return Period.between(self.first, self.last, g.workspace.zone)

    @property
    def report(self) -> Report:
        """The report on it. Raise Invalid."""
        practice = None if self.practice is None else self.practice == "include"
        return Report(g.workspace, self.period, self.platform, practice)
