"""A rule as people say it, as a simple form asks for it, and as a card that is dragged means it."""

from calendar import monthrange
from dataclasses import replace
from datetime import date, datetime

from app.core.errors import Invalid
from app.schedule.recurrence import DAYS, Rule
from app.schedule.rhythm import NAMES, listed

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
WEEKDAYS = tuple((0, day) for day in range(5))
NTHS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last", -2: "second last"}
ENDINGS = {1: "st", 2: "nd", 3: "rd"}
UNITS = {"YEARLY": "year", "MONTHLY": "month", "WEEKLY": "week", "DAILY": "day", "HOURLY": "hour"}
KINDS = {
    "daily": "Every day", "weekdays": "Every weekday (Monday to Friday)", "weekly": "On chosen weekdays",
    "monthly_day": "Every month on a day", "monthly_weekday": "Every month on a weekday", "yearly": "Every year",
    "advanced": "By a rule (RRULE)",
}  # fmt: skip


def sentence(rule: Rule, starts: datetime, zone_name: str) -> str:
    """“Every Monday and Thursday at 09:00, Europe/London, until 24 December 2026”."""
    whole = rule.whole(starts)
    words = [_head(whole), _on_months(whole), _on_places(whole)]
    said = " ".join(word for word in words if word)
    if rule.freq == "HOURLY" and not rule.hours:
        said += f", {whole.minute} minutes past" if whole.minute else ", on the hour"
    else:
        said += f" at {listed([f'{hour:02}:{whole.minute or 0:02}' for hour in whole.hours])}"
    return f"{said}, {zone_name}{_end(rule)}"


def _head(rule: Rule) -> str:
    unit, step = UNITS[rule.freq], rule.interval
    every = f"Every {unit}" if step == 1 else f"Every {step} {unit}s"
    if rule.freq == "WEEKLY" or (rule.freq == "DAILY" and rule.days):
        named = _named(rule)
        if step == 1:
            return f"Every {named}"
        return f"{every} on {named}" if rule.freq == "WEEKLY" else f"{every}, when it is a {named}"
    if rule.freq == "YEARLY" and rule.month_days and rule.months and not rule.days and min(rule.month_days) > 0:
        dates = [f"{day} {MONTHS[month - 1]}" for month in rule.months for day in rule.month_days]
        return f"{every} on {listed(dates)}"
    on = [*_on_days(rule)]
    return f"{every} on {' that is also '.join(on)}" if on else every


def _named(rule: Rule) -> str:
    if rule.days == WEEKDAYS:
        return "weekday"
    return "day" if len(rule.days) == 7 else listed([NAMES[day] for _, day in rule.days])


def _on_days(rule: Rule) -> list[str]:
    found = []
    if rule.days:
        nth = [f"the {_nth(which)} {NAMES[day]}" for which, day in rule.days if which]
        plain = tuple(day for day in rule.days if not day[0])
        every = ["each weekday"] if plain == WEEKDAYS else [f"each {NAMES[day]}" for _, day in plain]
        found.append(listed([*nth, *every]))
    if rule.month_days:
        words = [f"day {day}" if day > 0 else _from_the_end(day) for day in rule.month_days]
        found.append(listed(words))
    if rule.year_days:
        found.append(f"day {listed([str(day) for day in rule.year_days])} of the year")
    return found


def _nth(number: int) -> str:
    if number in NTHS:
        return NTHS[number]
    size = abs(number)
    ending = "th" if size // 10 % 10 == 1 else ENDINGS.get(size % 10, "th")
    return f"{size}{ending}" if number > 0 else f"{size}{ending} last"


def _from_the_end(day: int) -> str:
    return "the last day" if day == -1 else f"the {_nth(day)} day"


def _on_months(rule: Rule) -> str:
    said_already = rule.freq == "YEARLY" and rule.month_days and not rule.days and min(rule.month_days) > 0
    return "" if not rule.months or said_already else f"in {listed([MONTHS[month - 1] for month in rule.months])}"


def _on_places(rule: Rule) -> str:
    return f"(only the {listed([_nth(place) for place in rule.places])} of them)" if rule.places else ""


def _end(rule: Rule) -> str:
    if rule.count:
        return ", once" if rule.count == 1 else f", {rule.count} times"
    return f", until {rule.until:%-d %B %Y}" if rule.until else ""


def made_of(
    kind: str, *, interval: int = 1, weekdays: tuple[int, ...] = (), day: int = 1, nth: int = 1, weekday: int = 1,
    until: date | None = None, count: int | None = None,
) -> str:  # fmt: skip
    """RRULE text from the simple form; weekdays run from 1 (Monday). Raise Invalid at the field."""
    step = f";INTERVAL={interval}" if interval > 1 else ""
    if kind == "weekly" and not weekdays:
        raise Invalid("Choose the days.", weekdays="Choose at least one day.")
    known = {
        "daily": f"FREQ=DAILY{step}",
        "weekdays": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        "weekly": f"FREQ=WEEKLY{step};BYDAY={','.join(DAYS[one - 1] for one in sorted(set(weekdays)) if 0 < one < 8)}",
        "monthly_day": f"FREQ=MONTHLY{step};BYMONTHDAY={day}",
        "monthly_weekday": f"FREQ=MONTHLY{step};BYDAY={nth}{DAYS[(weekday - 1) % 7]}",
        "yearly": f"FREQ=YEARLY{step}",
    }
    if kind not in known:
        raise Invalid("This rhythm is not known.", kind="Choose one of the list.")
    end = f";COUNT={count}" if count else f";UNTIL={until:%Y%m%d}" if until else ""
    return known[kind] + end


def kind_of(rule: Rule) -> str:
    """Which of the simple kinds a rule is, or `advanced`."""
    rest = replace(rule, interval=1, count=None, until=None, days=(), month_days=(), week_start=0)
    if rest != Rule(rule.freq):
        return "advanced"
    plain = all(not nth for nth, _ in rule.days)
    if rule.freq == "DAILY" and not rule.days and not rule.month_days:
        return "daily"
    if rule.freq == "WEEKLY" and plain and rule.days:
        return "weekdays" if rule.days == WEEKDAYS and rule.interval == 1 else "weekly"
    if rule.freq == "MONTHLY" and len(rule.month_days) == 1 and not rule.days:
        return "monthly_day"
    if rule.freq == "MONTHLY" and len(rule.days) == 1 and not plain and not rule.month_days:
        return "monthly_weekday"
    return "yearly" if rule.freq == "YEARLY" and not rule.days and not rule.month_days else "advanced"


def moved(rule: Rule, starts: datetime, before: datetime, to: datetime) -> tuple[Rule, datetime]:
    """The rule and start that are meant when its occurrence `before` goes to `to`, and the others with it.

    Raise Invalid where that cannot be said.
    """
    rule = replace(rule, hours=(), minute=None) if len(rule.hours) < 2 else rule
    if before.time() != to.time() and rule.hours:
        raise Invalid("The series has several times a day. Change its rule instead.", scope="Edit the series.")
    begins = datetime.combine(starts.date(), to.time())
    if before.date() == to.date():
        return rule, begins
    if rule.places or rule.year_days or rule.freq == "HOURLY":
        raise Invalid("Its rule is too particular to be dragged. Change the rule.", scope="Edit the series.")
    if rule.freq in ("DAILY", "WEEKLY"):
        others = {day for _, day in rule.days} - {before.weekday()}
        days = tuple((0, day) for day in sorted(others | {to.weekday()})) if rule.days else ()
        return replace(rule, days=days), begins + (to.date() - before.date())
    return replace(rule, **_month_days(rule, to)), begins


def _month_days(rule: Rule, to: datetime) -> dict[str, tuple[object, ...]]:
    if len(rule.days) + len(rule.month_days) > 1 or len(rule.months) > 1:
        raise Invalid("Its rule names several days. Change the rule.", scope="Edit the series.")
    months = (to.month,) if rule.freq == "YEARLY" else rule.months
    if rule.days:
        last = to.day + 7 > monthrange(to.year, to.month)[1] and rule.days[0][0] < 0
        return {"months": months, "days": ((-1 if last else (to.day - 1) // 7 + 1, to.weekday()),)}
    return {"months": months, "month_days": (to.day,)}
