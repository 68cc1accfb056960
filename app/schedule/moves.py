"""How scheduled posts move, as a table one can read aloud; and what a move may not ask for."""

from datetime import datetime, timedelta
from typing import Any

from app.core.errors import Invalid
from app.core.time import now

PAST_GRACE = timedelta(minutes=1)  # a form may lie open that long
NO_TROUBLE: dict[str, Any] = {"problem_kind": None, "last_error": None}
NO_LEASE: dict[str, Any] = {"lease_until": None, "lease_key": None}

MOVES: dict[str, Any] = {
    #  verb            from                                                                  to
    #  - what a person does
    "reschedule":     (("scheduled", "held", "failed", "missed", "cancelled", "outbox"), "scheduled"),
    "publish_now":    (("scheduled", "held", "failed", "missed", "outbox"),              "scheduled"),
    "retry":          (("failed", "held", "missed", "outbox"),                           "scheduled"),
    "allow":          (("held",),                                                        "scheduled"),
    "pause":          (("scheduled",),                                                   "held"),
    "cancel":         (("scheduled", "held", "failed", "missed", "outbox"),              "cancelled"),
    "restore":        (("cancelled",),                                                   "scheduled"),
    "skip":           (("held",),                                                        "missed"),
    "mark_failed":    (("scheduled", "held", "missed", "outbox", "unsure"),              "failed"),
    "mark_published": (("scheduled", "held", "failed", "missed", "cancelled", "outbox"), "published"),
    "send_rest":      (("published",),                                                   "scheduled"),
    "stop_rest":      (("scheduled", "held", "failed", "missed"),                        "published"),
    #  - what the engine does
    "claim":          (("scheduled",),                                                   "publishing"),
    "publish":        (("publishing", "unsure"),                                         "published"),
    "put_off":        (("publishing", "scheduled"),                                      "scheduled"),
    "fail":           (("publishing", "unsure"),                                         "failed"),
    "hold":           (("publishing", "scheduled"),                                      "held"),
    "release":        (("held",),                                                        "scheduled"),
    "lose":           (("publishing",),                                                  "unsure"),
    "keep":           (("publishing",),                                                  "outbox"),
    "absent":         (("unsure",),                                                      "scheduled"),
    "wonder":         (("unsure",),                                                      "unsure"),
    "ask":            (("unsure",),                                                      "held"),
    "miss":           (("scheduled", "publishing"),                                      "missed"),
}  # fmt: skip


def check_moment(
    at: datetime, message: str = "This time has passed. Choose one that is still to come."
) -> None:
    """Raise Invalid for a moment in the past, or one that does not say its zone."""
    if at.tzinfo is None:
        raise Invalid("This time does not say its zone.", at="Give the time with its zone.")
    if at < now() - PAST_GRACE:
        raise Invalid(message, at="Choose a time that is still to come.")
