"""What somebody looks at on the calendar: a view, a day and filters, wholly in the address."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from app.accounts.lateness import LATE_POLICIES
from app.core.errors import Invalid
from app.core.time import now, zone
from app.schedule.words import STATES

VIEWS = ("month", "week", "day", "list")
KINDS = ("product", "article", "news", "campaign", "text")
DEFAULT_STATES = tuple(state for state in STATES if state != "cancelled")


@dataclass(frozen=True)
class Look:
    """What somebody looks at: it is wholly in the address, so that a link shows a colleague the same."""

    workspace: Any
    view: str = "month"
    day: date | None = None
    platform: UUID | None = None
    account: UUID | None = None
    state: str | None = None
    kind: str | None = None
    hours: str | None = None
    cursor: str | None = None
    campaign: UUID | None = None
    late: str | None = None

    @classmethod
    def of(cls, workspace: Any, view: str, args: Iterable[tuple[str, str]]) -> "Look":
        """From the view and the part of an address after `?`. Raise Invalid for what cannot be."""
        given = {key: value for key, value in args if value}
        try:
            day = date.fromisoformat(given["day"]) if "day" in given else None
            platform, account, campaign = (
                UUID(given[key]) if key in given else None for key in ("platform", "account", "campaign")
            )
        except ValueError:
            raise Invalid(
                "This address asks for something that cannot be. Start again from the calendar."
            ) from None
        if day and not date(1990, 1, 1) <= day <= date(2200, 1, 1):
            raise Invalid("The calendar reaches from 1990 to 2200.")
        state, kind, late = given.get("state"), given.get("kind"), given.get("late")
        if (
            view not in VIEWS
            or (state and state not in STATES and state != "all")
            or (kind and kind not in KINDS)
            or (late and late not in LATE_POLICIES)
        ):
            raise Invalid("This address asks for something that cannot be. Start again from the calendar.")
        return cls(
            workspace, view, day, platform, account, state, kind, given.get("hours"), given.get("cursor"),
            campaign, late,
        )  # fmt: skip

    @classmethod
    def at(cls, workspace: Any, address: str | None) -> "Look":
        """From a calendar's whole address; the month of today where it is none."""
        parts = urlsplit(address or "")
        view = parts.path.removeprefix("/calendar/")
        if view not in VIEWS:
            return cls(workspace)
        return cls.of(workspace, view, parse_qsl(parts.query))

    @property
    def zone(self) -> str:
        return str(self.workspace.zone)

    @property
    def today(self) -> date:
        return now().astimezone(zone(self.zone)).date()

    @property
    def focus(self) -> date:
        return self.day or self.today

    @property
    def filters(self) -> dict[str, str]:
        """The filters that are set, as they stand in the address."""
        wanted = {
            "platform": self.platform, "account": self.account, "state": self.state, "kind": self.kind,
            "campaign": self.campaign, "late": self.late,
        }  # fmt: skip
        return {key: str(value) for key, value in wanted.items() if value}

    def address(self, view: str | None = None, day: date | None = None, **changes: Any) -> str:
        """The address of this look, or of one like it."""
        day = day or self.day
        args = {"day": day.isoformat() if day else None, **self.filters, "hours": self.hours, **changes}
        asked = urlencode({key: value for key, value in args.items() if value})
        return f"/calendar/{view or self.view}" + (f"?{asked}" if asked else "")

    @property
    def first_day(self) -> date:
        """The first day that is shown."""
        day = self.focus
        if self.view == "month":
            day = day.replace(day=1)
        return day - timedelta(days=day.weekday()) if self.view in ("month", "week") else day

    @property
    def days(self) -> list[date]:
        """The days that are shown: six weeks, one week, or one day."""
        number = {"month": 42, "week": 7}.get(self.view, 1)
        return [self.first_day + timedelta(days=index) for index in range(number)]

    def step(self, direction: int) -> str:
        """The address of what comes before (-1) or after (+1)."""
        if self.view == "month":
            middle = self.focus.replace(day=15) + timedelta(days=31 * direction)
            return self.address(day=middle.replace(day=1))
        return self.address(day=self.focus + timedelta(days={"week": 7}.get(self.view, 1) * direction))

    @property
    def title(self) -> str:
        """What is shown, in words: “November 2026”, “23 – 29 November 2026”."""
        if self.view == "month":
            return f"{self.focus:%B %Y}"
        first, last = self.days[0], self.days[-1]
        if self.view == "week":
            start = f"{first:%-d}" if first.month == last.month else f"{first:%-d %b}"
            return f"{start} – {last:%-d %B %Y}"
        return f"From {first:%-d %B %Y}" if self.view == "list" else f"{first:%A %-d %B %Y}"

    def where(self) -> dict[str, Any]:
        """The filters as the named queries take them."""
        states = {None: list(DEFAULT_STATES), "all": list(STATES)}.get(self.state, [self.state])
        return {
            "workspace": self.workspace.id, "platform": self.platform, "account": self.account,
            "kind": self.kind, "states": states, "campaign": self.campaign, "late": self.late,
        }  # fmt: skip
