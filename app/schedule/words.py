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
    "retry": "",  # see AGAIN
    "publish_now": "Publish now",
    "restore": "Schedule it again",
    "reschedule": "Move it",
    "pause": "Hold it",
    "mark_published": "I posted it myself",
    "cancel": "Cancel it",
}


class Again(NamedTuple):
    """How one kind of post is sent after all: what its button says, and what everybody reads afterwards."""

    button: str
    all: str  # the same button, pressed for many
    title: str  # of the activity that does it
    done: str
    audited: str

    def noted(self, at: str = "") -> str:
        """The line of the history, which is also what the person reads who pressed the button."""
        when = f" at {at}" if at else " now" if self.done == "sent" else ""
        return f"To be {self.done}{when}."


AGAIN: dict[str, Again] = {  # by the kind of problem
    "": Again("Try again", "Try all {number:,} again", "Try again", "tried again", "tried again"),
    "late": Again("Send now", "Send all {number:,}", "Send now", "sent", "sent late"),
    "restored": Again("It is not out: send it", "None is out: send all {number:,}", "Send what is not out", "sent",
                      "sent, since it was not out"),
    "burst": Again("Send it when there is room", "Send them spread over the next hours", "Send when there is room",
                   "sent when there is room", "sent when there is room"),
}  # fmt: skip
OWN_BUTTONS = {"late": {"skip": "Skip it"}, "restored": {"mark_published": "It is out already"}}


def buttons_of(problem_kind: str | None) -> dict[str, str]:
    """What a person may press, in order; one that was too late is sent, skipped or moved."""
    words = BUTTONS | {"retry": again(problem_kind).button} | OWN_BUTTONS.get(problem_kind or "", {})
    return {verb: said for verb, said in words.items() if (verb, problem_kind) != ("cancel", "late")}


def again(problem_kind: str | None) -> Again:
    """The words for sending a post of that kind of problem after all."""
    return AGAIN.get(problem_kind or "", AGAIN[""])


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
