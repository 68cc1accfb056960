"""A scheduled post's life in plain words: what happened when, by whom, how long it waited, and what comes next."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from app.accounts.models import Workspace
from app.core.database import session
from app.core.time import now
from app.schedule.doubted import RESTORED
from app.schedule.follow_ups import POST_GONE
from app.schedule.history import HistoryLine
from app.schedule.models import ScheduledPost
from app.schedule.still_there import look_of
from app.schedule.words import in_words, span

A_WAIT = timedelta(minutes=1)  # shorter gaps need no word
FAR = 9000  # the year from which on nothing is planned
ICONS = {  # of what happened: an icon and a tone
    "plan": ("calendar-plus", "quiet"), "reschedule": ("calendar-time", "quiet"), "publish_now": ("send", "quiet"),
    "begin": ("send", "blue"), "publish": ("circle-check", "good"), "settle": ("check", "good"),
    "mark_published": ("check", "good"), "look": ("eye", "quiet"), "release": ("player-play", "quiet"),
    "put_off": ("clock", "attention"), "hold": ("hand-stop", "attention"), "pause": ("hand-stop", "attention"),
    "lose": ("help-circle", "attention"), "miss": ("clock-off", "attention"), "skip": ("clock-off", "attention"),
    "fail": ("circle-x", "wrong"), "mark_failed": ("circle-x", "wrong"), "vanish": ("eye-off", "wrong"),
    "address": ("link", "good"), "reappear": ("eye", "good"), "seen": ("eye", "good"),
    "retry": ("refresh", "quiet"), "restore": ("refresh", "quiet"), "cancel": ("ban", "quiet"),
    "keep": ("inbox", "quiet"), "comment": ("message", "attention"), "allow": ("lock-open", "quiet"),
}  # fmt: skip


class Moment(NamedTuple):
    """One line of the story."""

    at: datetime
    sentence: str
    who: str
    icon: str
    tone: str
    waited: str  # how long nothing happened before, where that is worth a word


def story(lines: Iterable[HistoryLine]) -> list[Moment]:
    """What happened, oldest first, with the waits in between."""
    told: list[Moment] = []
    for line in lines:
        gap = line.created_at - told[-1].at if told else timedelta(0)
        icon, tone = ICONS.get(line.verb, ("circle-dot", "quiet"))
        waited = f"{span(gap)} later" if gap >= A_WAIT else ""
        told.append(Moment(line.created_at, line.sentence, line.who, icon, tone, waited))
    return told


def what_next(post: ScheduledPost) -> str:
    """What happens to it next by itself, or what a person has to do; a sentence for each state."""
    if post.state == "cancelled" and post.last_error == POST_GONE:
        return "It comes back by itself when its post is to be seen again."
    if post.state == "missed" and post.problem_kind == "late":
        return "Nothing by itself: it was not sent. Send it now, or move it to a new time."
    told = {
        "scheduled": _waiting, "publishing": _sending, "held": _held, "unsure": _unsure, "published": _out,
    }.get(post.state)  # fmt: skip
    if told:
        return told(post)
    return {
        "failed": "Nothing by itself: try it again, move it, or cancel it.",
        "missed": "Nothing by itself: it was not sent. Move it to a new time, try it again, or cancel it.",
        "cancelled": "Nothing: it will not be sent, unless somebody puts it on the plan again.",
        "outbox": f"Nothing by itself: connect {post.account.name}, then try it again; or post it by hand.",
    }[post.state]


def _waiting(post: ScheduledPost) -> str:
    account, when = post.account, in_words(max(post.due_at, post.scheduled_time), post.zone)
    sending = session.scalar(select(Workspace.sending_on).where(Workspace.id == post.workspace_id))
    if not sending:
        return f"It waits until sending is switched on again; its time is {when}."
    if account.state == "reconnect":
        return f"At {when} it is held, unless {account.name} is connected again before."
    if account.state == "paused":
        return f"At {when} it is held, unless {account.name} is resumed before."
    if account.is_blocked and account.blocked_until and account.blocked_until > post.due_at:
        until = in_words(account.blocked_until, post.zone)
        return f"{account.name} was asked to slow down, so it goes out after {until}."
    if post.due_at <= now():
        return "It is due: a worker takes it within seconds."
    if account.state == "new":
        return f"At {when} it is put into the outbox, since {account.name} is not connected."
    if post.tries:
        return f"It is tried again at {when}: try {post.tries + 1}."
    return f"It goes out at {when}."


def _sending(post: ScheduledPost) -> str:
    if post.lease_until is None:
        return "It is being sent; what comes of it stands here in a moment."
    until = in_words(post.lease_until, post.zone)
    return (
        "It is being sent; what comes of it stands here in a moment. Should the worker die, that is noticed at "
        f"{until}, and the post is looked for before anything is sent again."
    )


def _held(post: ScheduledPost) -> str:
    name = post.account.name
    if post.problem_kind == "account":
        again = "is resumed" if post.account.state == "paused" else "is connected again"
        return f"It goes out by itself as soon as {name} {again}."
    if post.problem_kind == RESTORED:
        return "Nothing by itself: say whether it is out already. If it is not, it goes out at its time, or now."
    if post.problem_kind == "late":
        return "Nothing by itself: send it now, move it, or skip it."
    if post.is_guarded:
        return "Nothing by itself: say that it may go out all the same, move it, or cancel it."
    return "Nothing by itself: mend what speaks against it and try again, move it, or cancel it."


def _unsure(post: ScheduledPost) -> str:
    if post.problem_kind == RESTORED:
        once = "" if post.account.state == "connected" else f" once {post.account.name} is connected again"
        return f"Slogan reads {post.platform.display_name} back{once}; if it is not there, it goes out as planned."
    if post.due_at.year >= FAR:
        return f"Slogan cannot find out. Look on {post.platform.display_name}, and say whether it is there."
    if post.due_at <= now():
        return "Slogan looks for it now; it is not sent again before that is known."
    when = in_words(post.due_at, post.zone)
    return f"Slogan looks for it at {when}; it is not sent again before that is known."


def _out(post: ScheduledPost) -> str:
    if post.vanished_at:
        return "It is no longer to be seen. Look, then say that it is there, or publish it once more."
    if post.unanswerable:
        return post.without_address.strip()
    look = look_of(post.id)
    if look and look.due_at:
        return f"It is out. At {in_words(look.due_at, post.zone)} Slogan looks whether it is still there."
    return "Nothing more: it is out."
