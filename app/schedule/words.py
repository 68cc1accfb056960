"""How scheduled posts speak to people: states, moves and moments in the words of the trade."""

from datetime import datetime, timedelta
from typing import NamedTuple

from app.core.time import zone


class Label(NamedTuple):
    """What people read, and what it means for them."""

    word: str
    meaning: str


STATES: dict[str, Label] = {
    "scheduled": Label("scheduled", "It waits for its moment."),
    "publishing": Label("publishing", "It is being sent now."),
    "published": Label("published", "It is out."),
    "outbox": Label(
        "in the outbox",
        "Nothing was sent: the account is not connected. What would be sent is kept in the outbox.",
    ),
    "held": Label("held", "Something speaks against sending it now; a person decides."),
    "unsure": Label("unsure", "It may or may not be out. Slogan looks, and never sends it again blindly."),
    "failed": Label("failed", "The platform refused it, or every try failed. Nothing is out."),
    "missed": Label("missed", "Its moment passed before it could be sent, so it was not sent."),
    "cancelled": Label("cancelled", "It will not be sent."),
}
WHY_NOT: dict[str, str] = {  # what people read whose button came too late
    "scheduled": "This post is on the plan again by now: {when}.",
    "publishing": "This post is being sent at this moment. Look again in a minute.",
    "published": "This post is out already.",
    "outbox": "This post lies in the outbox by now: its account is not connected.",
    "held": "This post is held by now.",
    "unsure": "This post may be out. Say first whether it is there.",
    "failed": "This post has failed meanwhile.",
    "missed": "The moment of this post has passed, so it was not sent.",
    "cancelled": "This post is cancelled already.",
}
BUTTONS: dict[str, str] = {
    "allow": "Send it all the same",
    "send_rest": "Send the rest",
    "retry": "Try again",
    "publish_now": "Publish now",
    "restore": "Schedule it again",
    "reschedule": "Move it",
    "pause": "Hold it",
    "mark_published": "I posted it myself",
    "cancel": "Cancel it",
}
LATE_BUTTONS = {"retry": "Send now", "skip": "Skip it"}
RESTORED_BUTTONS = {"retry": "It is not out: send it", "mark_published": "It is out already"}
GUARD_BUTTONS = {"retry": "Send it when there is room"}
RETRY_ALL = {  # what the same button says where it is pressed for many
    "": "Try all {number:,} again", "late": "Send all {number:,} now", "restored": "None is out: send all {number:,}",
    "burst": "Send them spread over the next hours",
}  # fmt: skip


def buttons_of(problem_kind: str | None) -> dict[str, str]:
    """What a person may press, in order; one that was too late is sent, skipped or moved."""
    own = {"late": LATE_BUTTONS, "burst": GUARD_BUTTONS, "restored": RESTORED_BUTTONS}
    words = BUTTONS | own.get(problem_kind or "", {})
    return {verb: said for verb, said in words.items() if (verb, problem_kind) != ("cancel", "late")}


def retry_words(problem_kind: str, number: int) -> str:
    """What the button says that tries so many posts of one kind of problem again."""
    if number == 1:
        return buttons_of(problem_kind)["retry"]
    return RETRY_ALL.get(problem_kind, RETRY_ALL[""]).format(number=number)


def in_words(moment: datetime, zone_name: str) -> str:
    """An instant for a sentence, with its zone: “Mon 23 Nov 2026, 14:00 (Europe/London)”."""
    return f"{moment.astimezone(zone(zone_name)):%a %-d %b %Y, %H:%M} ({zone_name})"


def span(gap: timedelta) -> str:
    """A length of time, roughly: “40 seconds”, “12 minutes”, “3 hours”, “2 days”."""
    seconds = max(0, round(gap.total_seconds()))
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * size or (seconds >= size and unit != "minute"):
            return _counted(round(seconds / size), unit)
    return _counted(seconds // 60, "minute") if seconds == 60 else _counted(seconds, "second")


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" + ("" if number == 1 else "s")


def as_list(sentences: list[str]) -> str:
    """Several sentences as one line."""
    return " ".join(
        sentence if sentence.endswith((".", "!", "?")) else f"{sentence}." for sentence in sentences
    )
