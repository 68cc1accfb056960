"""A post that is out while some of its parts are not: what is known of each, and what a person may do.

What is known stands in the handles of the latest attempt, under each part's id (see publishing.parts).
"""

from datetime import datetime
from typing import Any, NamedTuple

from app.accounts.models import Member
from app.core.errors import WrongState
from app.core.queue import ring
from app.core.states import move
from app.core.time import now
from app.platforms.findings import Part
from app.publishing.models import Attempt
from app.publishing.parts import name_of, waiting
from app.schedule.moves import NO_LEASE, NO_TROUBLE

KINDS = ("parts", "person")  # the problem_kind of what is out but for some of its parts: refused, or cancelled
Known = dict[str, dict[str, Any]]
STATES = {"out": "out", "refused": "not out", "unsure": "may be out", "waiting": "not out yet"}


class Shown(NamedTuple):
    """A part of a scheduled post, for its page."""

    name: str
    text: str
    state: str  # out, refused, unsure or waiting
    url: str | None = None
    problem: str | None = None

    @property
    def word(self) -> str:
        return STATES[self.state]


def shown(post: Any) -> list[Shown]:
    """The parts that go out right after a post, and what became of each."""
    parts = post.post.parts_for(post) if post.part_id is None else ()
    last = Attempt.last_of(post.id)
    known = _known(last)
    # Tries are forgotten after years, those of posts that are wholly out alone.
    otherwise = {"id": ""} if last is None and post.begun_at and post.state == "published" else {}
    return [_shown(part, parts, known.get(part.id, otherwise)) for part in parts]


def _shown(part: Part, parts: tuple[Part, ...], known: dict[str, Any]) -> Shown:
    state = next(
        (
            state
            for mark, state in (("id", "out"), ("problem", "refused"), ("begun", "unsure"))
            if mark in known
        ),
        "waiting",
    )
    name = name_of(part, parts)
    return Shown(name[0].upper() + name[1:], part.text, state, known.get("url"), known.get("problem"))


def root_of(post: Any) -> str | None:
    """The remote id of a post whose own text is out, though it is not done yet; None before that."""
    if post.part_id is not None:
        return None
    attempt = Attempt.last_of(post.id)
    found = attempt.handles.get("remote_id") if attempt else None
    return str(found) if found and attempt and attempt.handles.get("parts") is not None else None


def settle(post: Any, went_out: bool, by: Member, url: str | None) -> None:
    """A person looked for the part that is unsure. Then whatever is missing is sent."""
    attempt, known, last = _latest(post)
    parts = post.post.parts_for(post)
    for part in parts:
        if "begun" in known.get(part.id, {}):
            known[part.id] = {"id": last, "url": url, "by": by.name} if went_out else {}
        last = known.get(part.id, {}).get("id", last) if part.kind == "thread" else last
    _write(attempt, known)
    words = f"Looked on the platform: the part is {'out' if went_out else 'not out'}."
    if waiting(parts, known):
        move(post, "absent", due_at=now(), tries=0, **NO_TROUBLE, **NO_LEASE)
        post.note("settle", f"{words} The rest is to be sent.", by.name)
        ring("schedule.publish_due", at_most_once_in=1)
        return
    move(post, "publish", **_out(attempt), **NO_TROUBLE, **NO_LEASE)
    post.note("settle", words, by.name)


def send(post: Any, by: Member) -> None:
    """Try again what was refused of a post that is out, and what hung on it. Raise WrongState."""
    if post.problem_kind not in KINDS:
        raise WrongState("Nothing of this post is missing.")
    attempt, known, _ = _latest(post)
    _write(attempt, {key: {} if "problem" in one else one for key, one in known.items()})
    move(post, "send_rest", due_at=now(), tries=0, allowed=True, **NO_TROUBLE, **NO_LEASE)
    post.note("send_rest", "What is missing is to be sent.", by.name)
    ring("schedule.publish_due", at_most_once_in=1)


def stop(post: Any, by: Member) -> None:
    """Leave it at what is out. What is missing can still be sent later."""
    attempt, _, _ = _latest(post)
    left = f"{by.name} cancelled what was still to be sent of it."
    move(post, "stop_rest", **_out(attempt), problem_kind="person", last_error=left, **NO_LEASE)
    post.note("cancel", "The post is out; what was still to be sent of it is cancelled.", by.name)


def _latest(post: Any) -> tuple[Attempt, Known, str]:
    attempt = Attempt.last_of(post.id)
    if attempt is None or not attempt.handles.get("remote_id"):
        raise WrongState("Nothing of this post is out yet.")
    return attempt, _known(attempt), str(attempt.handles["remote_id"])


def _known(attempt: Attempt | None) -> Known:
    return dict(attempt.handles.get("parts") or {}) if attempt else {}


def _write(attempt: Attempt, known: Known) -> None:
    attempt.handles = {**attempt.handles, "parts": known}


def _out(attempt: Attempt) -> dict[str, Any]:
    at = attempt.handles.get("out_at")
    return {
        "published_at": datetime.fromisoformat(at) if at else attempt.started_at, "published_text": attempt.text,
        "remote_id": attempt.handles["remote_id"], "remote_url": attempt.handles.get("url"),
    }  # fmt: skip
