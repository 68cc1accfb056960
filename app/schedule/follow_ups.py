"""Timed follow-ups: once a post is out, each becomes a scheduled post of its own that answers it.

From then on it is like any other: on the calendar, with a late policy, claimed and looked for by the engine.
That each is made once is the database's word: one for each parent and part, however many sweeps there are.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from app.accounts.lateness import in_short
from app.core.database import everywhere, session
from app.core.queries import queries
from app.core.queue import ring
from app.core.states import try_move
from app.core.time import now
from app.platforms.findings import Content, Draft, Part
from app.platforms.part_checks import REPLIES, judged
from app.posts.parts import in_words as wait_in_words
from app.schedule.models import NO_LEASE, NO_TROUBLE, ScheduledPost
from app.schedule.words import as_list, in_words

sql = queries(__file__)
LOOKED_BACK = timedelta(days=7)  # a post that went out before that gets no follow-up any more
BATCH = 500
KIND = "follow_up"  # the problem_kind of one that lost what it hangs on
HELD = "person"  # the problem_kind of one that a person holds back
POST_GONE = "The post is not out any more."  # why it was cancelled, if it is to come back with its post
SWEPT = timedelta(minutes=1)  # within which the sweep has been


class Stopped(NamedTuple):
    """Why a follow-up may not go out: the move, its kind, the reason in a sentence, and until when."""

    verb: str
    kind: str
    reason: str
    until: datetime | None = None


def sweep() -> int:
    """Put the follow-ups of what went out on the calendar, and take off those that lost their post. Commits."""
    with everywhere():
        made = _make(None)
        for row in session.execute(sql["orphaned"], {"batch": BATCH}).all():
            cancel(row.id, "It was taken off the post." if row.part_is_gone else POST_GONE)
        session.commit()
    return made


def plan(post_id: UUID) -> int:
    """Put the follow-ups of one scheduled post that has gone out on the calendar. A second call makes none."""
    return _make(post_id)


def cancel_all(parent_id: UUID, why: str) -> int:
    """Cancel what still waits to answer a post, since it has vanished or was taken down. How many there were."""
    waiting = select(ScheduledPost.id).where(ScheduledPost.parent_id == parent_id)
    return sum(cancel(child, why) for child in session.scalars(waiting).all())


def cancel(child_id: UUID, why: str) -> bool:
    """Take one follow-up off the plan, with a line that says why."""
    child = session.get_one(ScheduledPost, child_id)
    kind = HELD if child.problem_kind == HELD else KIND  # so that one which comes back is held as before
    moved = try_move(child, "cancel", problem_kind=kind, last_error=why)
    if moved:
        child.note("cancel", f"Cancelled. {why}")
    return moved


def bring_back(parent: ScheduledPost) -> int:
    """Plan again what was cancelled for the one reason that its post was not to be seen. How many there were.

    What a person cancelled, or took off the post, stays away; of one whose time has passed its late policy says
    what becomes of it.
    """
    session.flush()  # a sweep that is at it now must know by its lock that the post is back
    rows = session.execute(sql["returned"], {"parent": parent.id, "why": POST_GONE}).all()
    return sum(_came_back(session.get_one(ScheduledPost, row.id)) for row in rows)


def _came_back(child: ScheduledPost) -> bool:
    at, was_held = child.scheduled_time, child.problem_kind == HELD
    if not try_move(child, "restore", due_at=at, tries=0, **NO_TROUBLE, **NO_LEASE):
        return False
    when, late = in_words(at, child.zone), at <= now()
    passed = f" Its time, {when}, has passed; {in_short(child.late_policy, child.late_minutes)}." if late else ""
    then = "" if late else f" for {when}"
    child.note("restore", f"On the plan again{then}, since its post is to be seen again.{passed}")
    if was_held:
        try_move(child, "pause", problem_kind=HELD, last_error="Somebody held it back before its post vanished.")
        child.note("pause", "Held back, as it was before its post vanished.")
    elif late:
        ring("schedule.publish_due", at_most_once_in=1)
    return True


def objection_to(text: str | None, reply_to: str | None, rules: Any) -> Stopped | None:
    """What speaks against sending a follow-up now; `rules` are its channel's (`needs()`, `label`)."""
    if text is None:
        return Stopped("hold", KIND, "The follow-up was taken off its post.")
    if reply_to is None:
        return Stopped("hold", KIND, "The post that it follows is not out, as far as Slogan knows.")
    needs = tuple(rules.needs())
    if any(need.key == REPLIES and not need.on for need in needs):
        return Stopped("hold", "rules", f"{rules.label} takes no replies from Slogan.")
    found = judged(Draft(Content(text), needs, rules.label), Part("", "follow_up", text))
    broken = [one.message for one in found if not one.passed]
    return Stopped("hold", "rules", f"It does not fit {rules.label}. {as_list(broken)}") if broken else None


def post_gone(moment: datetime) -> Stopped:
    """What speaks against sending a follow-up whose post has vanished: it waits for the sweep.

    Who takes it off the plan must hold its post, so that it comes back with it; a worker holds only the follow-up.
    """
    return Stopped("put_off", KIND, POST_GONE, moment + SWEPT)


def _make(post_id: UUID | None) -> int:
    asked = {"since": now() - LOOKED_BACK, "post": post_id, "batch": BATCH}
    rows = session.execute(sql["wanted"], asked).all()
    parents = {row.parent_id for row in rows}
    found = {
        one.id: one for one in session.scalars(select(ScheduledPost).where(ScheduledPost.id.in_(parents)))
    }
    return sum(_made(found[row.parent_id], row) for row in rows)


def _made(parent: ScheduledPost, row: Any) -> bool:
    """Whether this call made it: somebody else's may have been faster, and some channels take no replies."""
    if any(need.key == REPLIES and not need.on for need in parent.channel.needs()):
        return False
    same = (
        "workspace_id", "post_id", "account_id", "platform_id", "channel_type_id", "zone", "late_policy",
        "late_minutes", "late_own", "created_by_id", "known_until",
    )  # fmt: skip
    child = {name: getattr(parent, name) for name in same} | {
        "id": uuid7(), "parent_id": parent.id, "part_id": row.part_id, "state": "scheduled",
        "scheduled_time": row.at, "due_at": row.at, "tries": 0,
    }  # fmt: skip
    once = insert(ScheduledPost).values(**child).on_conflict_do_nothing(
        index_elements=["parent_id", "part_id"], index_where=text("parent_id IS NOT NULL")
    )  # fmt: skip
    made = session.scalar(once.returning(ScheduledPost.id))
    if made is None:
        return False
    at = in_words(row.at, parent.zone)
    session.get_one(ScheduledPost, made).note(
        "plan", f"Follows “{parent.post.first_line[:60]}” after {wait_in_words(row.delay_minutes)}: {at}."
    )
    parent.note("follow_up", f"Its follow-up “{row.text[:60]}” is planned for {at}.")
    return True
