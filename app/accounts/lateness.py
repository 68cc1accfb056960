"""What may become of a post whose moment has passed: skipped, sent up to so late, or asked about."""

from app.core.errors import Invalid

LATE_POLICIES = ("skip", "send", "ask")
LATEST = 100_000  # minutes: ten weeks
USUAL = (15, 30, 60, 180, 360, 720, 1440, 2880)  # minutes that are offered
AS_ABOVE = "inherit"


def check_late(policy: str, minutes: int | None) -> None:
    """Raise Invalid, at its field, for a late policy that is none."""
    if policy not in LATE_POLICIES:
        raise Invalid("There is no such late policy.", late_policy="Choose skip, send or ask.")
    if minutes is not None and not 1 <= minutes <= LATEST:
        raise Invalid("That is no length of time.", late_minutes=f"Give 1 to {LATEST:,} minutes.")


def in_minutes(minutes: int) -> str:
    """A length of time for a sentence: “45 minutes”, “3 hours”, “2 days”, “1 hour 30 minutes”."""
    parts = []
    for unit, size in (("day", 1440), ("hour", 60), ("minute", 1)):
        number, minutes = divmod(minutes, size)
        if number:
            parts.append(f"{number} {unit}" + ("" if number == 1 else "s"))
    return " ".join(parts)


def in_short(policy: str, minutes: int) -> str:
    """For a card: “if late: skipped”, “if late: asked”, “if late: sent up to 3 hours late”."""
    words = {"skip": "skipped", "ask": "asked", "send": f"sent up to {in_minutes(minutes)} late"}
    return f"if late: {words[policy]}"


def offered(policy: str | None = None, minutes: int | None = None, above: str = "") -> list[tuple[str, str]]:
    """What a form offers, as one choice; `above` says what it is when nothing of its own is chosen."""
    lengths = sorted({*USUAL, *([minutes] if minutes and policy == "send" else [])})
    first = [(AS_ABOVE, above)] if above else []
    sends = [(f"send {length}", f"Send it if it is less than {in_minutes(length)} late") for length in lengths]
    return [*first, ("ask", "Ask me"), ("skip", "Skip it"), *sends]


def chosen(policy: str | None, minutes: int | None) -> str:
    """The choice of `offered` that stands for a policy."""
    return f"send {minutes}" if policy == "send" else policy or AS_ABOVE


def read_late(choice: str) -> tuple[str | None, int | None]:
    """The policy and minutes that a choice of `offered` stands for. Raise Invalid at the field `late`."""
    policy, _, length = choice.partition(" ")
    if policy in ("", AS_ABOVE):
        return None, None
    minutes = int(length) if length.isdecimal() else None
    try:
        check_late(policy, minutes)
    except Invalid as wrong:
        raise Invalid(wrong.message, late="Choose one of these.") from None
    return policy, minutes
