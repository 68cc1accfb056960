"""What was missed while Slogan was away, outage by outage, and what people do with all of it at once."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.accounts.activity import Activity
from app.accounts.instance import Outage
from app.accounts.models import Member
from app.core.database import session
from app.core.errors import Invalid, Missing
from app.core.queries import queries
from app.core.time import now, zone
from app.schedule.models import ScheduledPost
from app.schedule.moving import MOST, Batch, chosen, move_to, shifted
from app.schedule.words import in_words

sql = queries(__file__)
LOOKED_BACK = timedelta(days=30)
ACTS = {"send": "Send now", "move": "Move", "skip": "Skip"}
STOPPED = func.coalesce(ScheduledPost.late_at, ScheduledPost.updated_at)


@dataclass(frozen=True)
class Missed:
    """Posts that were found late at one go: those that wait for a person's word, and those that were skipped."""

    row: Any
    outage: Outage | None
    zone: str

    @property
    def total(self) -> int:
        return int(self.row.asked + self.row.skipped)

    @property
    def name(self) -> str:
        """How an address calls it: the moment when it was found."""
        return str(self.row.found_at.isoformat())

    @property
    def sentence(self) -> str:
        """“12 posts were missed while Slogan was away from 09:10 to 12:14”."""
        were = "1 post was" if self.total == 1 else f"{self.total:,} posts were"
        whose = f" for {self.row.account}" if self.row.accounts == 1 else ""
        if self.outage:
            away = self._span(self.outage.began_at, self.outage.ended_at)
            return f"{were} missed{whose} while Slogan was away {away}"
        return f"{were} missed{whose} {self._span(self.row.first_due, self.row.found_at)}"

    @property
    def standing(self) -> str:
        """“8 wait for your word, 4 were skipped as their late policy says”."""
        asked, skipped = self.row.asked, self.row.skipped
        waits = f"{asked:,} {'waits' if asked == 1 else 'wait'} for your word" if asked else ""
        let_go = f"{skipped:,} {'was' if skipped == 1 else 'were'} skipped" if skipped else ""
        return ", ".join(part for part in (waits, let_go) if part)

    def _span(self, first: datetime, last: datetime) -> str:
        begins, ends = (moment.astimezone(zone(self.zone)) for moment in (first, last))
        day = "" if begins.date() == ends.date() else f"{ends:%a %-d %b}, "
        return f"from {begins:%a %-d %b, %H:%M} to {day}{ends:%H:%M}"


def missed(workspace: Any) -> list[Missed]:
    """What was missed in the last thirty days, the latest first."""
    since = now() - LOOKED_BACK
    rows = session.execute(sql["stopped_together"], {"workspace": workspace.id, "since": since}).all()
    known = list(session.scalars(select(Outage).where(Outage.ended_at > since).order_by(Outage.ended_at)))
    return [Missed(row, _outage_of(row, known), workspace.zone) for row in rows]


def _outage_of(row: Any, known: list[Outage]) -> Outage | None:
    """The time away in which the posts of a group were due, if there was one."""
    return next(
        (one for one in reversed(known) if one.began_at <= row.last_due and one.ended_at >= row.first_due), None
    )


def one_of(workspace: Any, name: str) -> Missed:
    """The group of that name. Raise Missing when nothing of it is left."""
    found = next((one for one in missed(workspace) if one.name == name), None)
    if found is None:
        raise Missing("Nothing of this is left to decide.")
    return found


def posts_of(workspace: Any, group: Missed, *, skipped: bool = False) -> list[ScheduledPost]:
    """The first posts of a group that wait for a word, and if asked for those that were skipped."""
    states = ("held", "missed") if skipped else ("held",)
    found = ScheduledPost.of(workspace).where(
        ScheduledPost.problem_kind == "late", ScheduledPost.state.in_(states),
        STOPPED.between(group.row.found_at, group.row.until),
    )  # fmt: skip
    parts = (ScheduledPost.post, ScheduledPost.account, ScheduledPost.platform)
    soonest = found.options(*map(joinedload, parts)).order_by(ScheduledPost.scheduled_time, ScheduledPost.id)
    return soonest.limit(MOST).all()


@dataclass(frozen=True)
class Fate:
    """What would become of one post; `to` None is not sent at all."""

    post: ScheduledPost
    to: datetime | None
    words: str
    refusal: str | None = None


def foreseen(
    workspace: Any, ids: list[UUID], act: str, *, apart: int = 10, days: int = 1, hours: int = 0
) -> list[Fate]:
    """What sending, moving or skipping would do to each; nothing is changed. Raise Invalid."""
    if act not in ACTS:
        raise Invalid("Say what is to become of them.", act="Choose one.")
    if not 0 <= apart <= 1440:
        raise Invalid("That is no pause.", apart="Give 0 to 1,440 minutes.")
    moment, before, fates = now(), Counter[UUID](), []
    for post in chosen(workspace, ids):
        if post.problem_kind != "late" or post.state not in ("held", "missed"):
            fates.append(Fate(post, None, "stays as it is", "Somebody has decided already."))
        elif act == "skip":
            fates.append(Fate(post, None, "is not sent"))
        elif act == "send":
            to = moment + timedelta(minutes=apart * before[post.account_id])
            before[post.account_id] += 1
            at = "now" if to == moment else in_words(to, workspace.zone)
            fates.append(Fate(post, to, f"goes out {at}"))
        else:
            to = shifted(post.scheduled_time, days, hours, workspace.zone)
            past = "That time has passed, too." if to <= moment else None
            fates.append(Fate(post, to, f"moves to {in_words(to, workspace.zone)}", past))
    return fates


def settle(workspace: Any, ids: list[UUID], act: str, by: Member, **how: int) -> Activity:
    """Send, move or skip what was missed; what cannot be done is named in the activity. Raise Invalid."""
    by.must("schedule")
    fates = foreseen(workspace, ids, act, **how)
    done, number = Batch(workspace, "settle", f"{ACTS[act]} what was missed", by), 0
    for fate in fates:
        if fate.refusal:
            done.activity.problem(fate.post.post.first_line, fate.refusal)
        else:
            number += done.tried(fate.post, lambda fate=fate: _do(fate, act, by))
    words = {"send": "on their way", "move": "moved", "skip": "skipped"}[act]
    session.flush()
    session.refresh(done.activity)
    refused = f", {done.activity.problem_count} could not be" if done.activity.problem_count else ""
    done.activity.finish(f"{number} {'post' if number == 1 else 'posts'} {words}{refused}.")
    return done.activity


def _do(fate: Fate, act: str, by: Member) -> None:
    if fate.to is None:
        if fate.post.state == "held":
            fate.post.skip(by)
    elif act == "send":
        fate.post.retry(by, fate.to)
    else:
        move_to(fate.post, fate.to, by)
