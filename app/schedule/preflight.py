"""Three days ahead: what is going to fail is named while there is time to mend it, and forgotten when it is mended.

A look reads every post that is due within 72 hours, in batches, holds each against what its account, its
channel and its product are now, and keeps what it found in a table. What it found before and finds no more
is solved. It changes nothing else: the engine decides when the moment comes.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from app.accounts.activity import Activity, Cancelled
from app.accounts.delivering import send_digest
from app.accounts.models import Member, Workspace
from app.accounts.notices import Notice, notify, settle_others
from app.core.database import everywhere, scope, session
from app.core.errors import Problem
from app.core.queries import queries
from app.core.queue import ring
from app.core.time import now, zone
from app.schedule import freshness, preflight_connections
from app.schedule.ahead import (
    accounts_ahead,
    ahead,
    parts_of,
    pictures_of,
    places,
    said_before,
    sent_lately,
    standings,
)
from app.schedule.foreseen import OUTBOX, PreflightFinding, PreflightRun
from app.schedule.preflight_checks import TITLES, Sight, Trouble, troubles
from app.schedule.preflight_links import Links
from app.schedule.side_by_side import LANES

log = structlog.get_logger("foresight")
sql = queries(__file__)
AHEAD = timedelta(hours=72)
KEPT = timedelta(days=30)  # how long what was solved is remembered
STALE = timedelta(minutes=3)  # what somebody reads should not be older
SOON = timedelta(seconds=10)  # nor a list of things to mend, since its reader comes back from mending one
KIND = "look ahead"
Step = Callable[[int, str], None]
Key = tuple[UUID, str]


class Found(NamedTuple):
    """What a look came to."""

    posts: int
    will: int
    might: int

    def words(self) -> str:
        """In a sentence: “212 posts looked at: 3 will fail unless something is done, 1 might.”"""
        looked = f"{self.posts:,} {'post' if self.posts == 1 else 'posts'} looked at"
        if not self.will and not self.might:
            return f"{looked}: nothing stands in the way."
        parts = [f"{self.will:,} will fail unless something is done"] if self.will else []
        parts += [f"{self.might:,} might fail"] if self.might else []
        return f"{looked}: {', '.join(parts)}."


def look_everywhere() -> None:
    """Look ahead in every workspace that has something planned; one that breaks stops no other. Raise its error."""
    with everywhere():
        found = list(session.scalars(sql["workspaces_to_look_at"], {"until": now() + AHEAD}))
        session.commit()
    broke: Exception | None = None
    for workspace_id in found:
        try:
            look_in(workspace_id)
        except Exception as error:
            session.rollback()
            log.exception("a look ahead broke", workspace=str(workspace_id))
            broke = error
    if broke:
        raise broke


def look_in(workspace_id: Any) -> None:
    """Look ahead in one workspace."""
    with scope(workspace_id):
        look(session.get_one(Workspace, workspace_id, populate_existing=True))


def look(
    workspace: Workspace, *, by_hand: bool = False, lanes: int = LANES, step: Step = lambda done, said: None
) -> Found:
    """Look at everything that is due within 72 hours, and keep what was found. It commits as it goes."""
    moment = now()
    until = moment + AHEAD
    accounts = accounts_ahead(workspace, until)
    step(0, f"Asking the platforms of {len(accounts):,} {'account' if len(accounts) == 1 else 'accounts'}.")
    preflight_connections.look(workspace, accounts, by_hand, lanes)
    stood = standings(workspace, accounts)
    sight = Sight(workspace, moment, stood, places(workspace), sent=sent_lately(stood, moment))
    known, seen, posts = _open_findings(workspace), set[Key](), 0
    weights: dict[UUID, str] = {}
    sight.links = Links(lanes)
    for batch in ahead(workspace, until):
        sight.links.look(batch)
        sight.pictures, sight.before = pictures_of(batch), said_before(batch, stood)
        sight.parts = parts_of(batch)
        sight.products = freshness.differences(one.id for one in batch)
        found = [(one, trouble) for one in batch if one.account_id in stood for trouble in troubles(one, sight)]
        _keep(workspace, found, known, moment)
        for one, trouble in found:
            seen.add((one.id, trouble.kind))
            if trouble.kind != OUTBOX:
                weights[one.id] = "will" if "will" in (weights.get(one.id), trouble.weight) else "might"
        posts += len(batch)
        step(posts, "Looking at what is planned.")
        session.commit()
    _solve(workspace, [row_id for key, (row_id, _) in known.items() if key not in seen], moment)
    _note_run(workspace, moment, posts)
    session.commit()
    will = sum(weight == "will" for weight in weights.values())
    found = Found(posts, will, len(weights) - will)
    tell(workspace, found, [one for one, weight in weights.items() if weight == "will"], moment)
    return found


def _open_findings(workspace: Workspace) -> dict[Key, tuple[UUID, tuple[str, ...]]]:
    rows = session.execute(sql["open_findings"], {"workspace": workspace.id})
    return {(row.scheduled_post_id, row.kind): (row.id, tuple(row[3:])) for row in rows}


def _keep(workspace: Workspace, found: list[tuple[Any, Trouble]], known: dict[Key, Any], moment: datetime) -> None:
    """Write what is new or says something else than before; one statement a batch."""
    rows = {
        (one.id, trouble.kind): {
            "id": uuid7(), "workspace_id": workspace.id, "scheduled_post_id": one.id,
            "account_id": one.account_id, "found_at": moment, "solved_at": None, **trouble._asdict(),
        }
        for one, trouble in found
    }  # fmt: skip
    fresh = [
        row for key, row in rows.items()
        if key not in known or known[key][1] != (row["weight"], row["sentence"], row["remedy"], row["href"])
    ]  # fmt: skip
    if not fresh:
        return
    written = insert(PreflightFinding)
    given = written.excluded
    said = {name: given[name] for name in ("account_id", "weight", "sentence", "remedy", "href")}
    session.execute(
        written.on_conflict_do_update(
            index_elements=["scheduled_post_id", "kind"],
            set_={**said, "found_at": _since(given.found_at), "solved_at": None, "updated_at": moment},
        ),
        fresh,
    )


def _since(fresh: Any) -> Any:
    """What was never solved has been there since it was found first."""
    return case((PreflightFinding.solved_at.is_(None), PreflightFinding.found_at), else_=fresh)


def _solve(workspace: Workspace, ids: Iterable[UUID], moment: datetime) -> None:
    mine = PreflightFinding.workspace_id == workspace.id
    if gone := list(ids):
        session.execute(update(PreflightFinding).where(mine, PreflightFinding.id.in_(gone)).values(solved_at=moment))
    session.execute(delete(PreflightFinding).where(mine, PreflightFinding.solved_at < moment - KEPT))


def _note_run(workspace: Workspace, moment: datetime, posts: int) -> None:
    row = {"id": uuid7(), "workspace_id": workspace.id, "looked_at": moment, "posts": posts}
    written = insert(PreflightRun).values(**row)
    session.execute(
        written.on_conflict_do_update(
            index_elements=["workspace_id"], set_={"looked_at": moment, "posts": posts, "updated_at": moment}
        )
    )


def tell(workspace: Workspace, found: Found, posts: list[UUID], moment: datetime) -> None:
    """Send one digest a day, and only when something will fail; its notice keeps count, and closes with the last."""
    today = moment.astimezone(zone(workspace.zone)).date()
    cause, last = f"preflight {today}", last_look(workspace)
    settle_others(workspace.id, "preflight ", [cause] if found.will else [], "Nothing stands in the way any more.")
    if last and found.will and not _dealt_with(workspace, cause, found.will):
        said = "A post" if found.will == 1 else f"{found.will:,} posts"
        notify(
            workspace.id, cause=cause, kind="preflight", total=found.will, link="/preflight", post_ids=posts,
            title=f"{said} will fail within 72 hours",
            sentence=f"{said} will fail within 72 hours unless something is done. {_causes(workspace)}",
        )  # fmt: skip
        if not last.told_at or last.told_at.astimezone(zone(workspace.zone)).date() != today:
            send_digest(workspace, f"{said} will fail within 72 hours", _lines(workspace), "preflight", key=cause)
            last.told_at = moment
    session.commit()


def _dealt_with(workspace: Workspace, cause: str, number: int) -> bool:
    """Whether a person closed today's notice, and no more will fail than then."""
    notice = Notice.of(workspace).where(Notice.cause == cause).order_by(Notice.opened_at.desc()).first()
    return notice is not None and notice.closed_by_id is not None and number <= notice.count


def _lines(workspace: Workspace) -> list[tuple[str, str]]:
    """The digest for a mail: each cause with its posts, and the place where it is mended."""
    from app.schedule.digest import digest

    return [
        (f"{group.account}: {group.title} ({group.total:,}). {group.remedy}", group.href or "/preflight")
        for group in digest(workspace).groups if group.weight == "will"
    ]  # fmt: skip


def _causes(workspace: Workspace) -> str:
    """What stands in the way, in a few words: the causes with the most posts first."""
    rows = session.execute(sql["causes"], {"workspace": workspace.id}).all()
    return "; ".join(f"{row.account}: {TITLES[row.kind].lower()} ({row.posts:,})" for row in rows) + "."


# -- at a person's request ------------------------------------------------------------------------------


def start(workspace: Workspace, by: Member) -> Activity:
    """Look now, in the background, with progress; one that is under way already is not doubled."""
    by.must("schedule")
    under_way = Activity.of(workspace).where(Activity.kind == KIND, Activity.state.in_(("waiting", "running")))
    if found := under_way.first():
        return found
    activity = Activity.start(workspace, KIND, "Look 72 hours ahead", by)
    ring("schedule.look_ahead", activity.id)
    return activity


def refresh(workspace: Workspace, came_back: bool = False) -> None:
    """Look again soon if the last look is some minutes old: somebody reads its list, and may have mended things.

    Who opens the page (`came_back`) while something is to be mended may just have mended it.
    """
    last, mine = last_look(workspace), PreflightFinding.workspace_id == workspace.id
    to_mend = select(PreflightFinding.id).where(mine, PreflightFinding.solved_at.is_(None)).limit(1)
    age = SOON if came_back and session.scalar(to_mend) else STALE
    if last is None or now() - last.looked_at > age:
        ring("schedule.look_ahead_in", workspace.id, at_most_once_in=round(age.total_seconds()))


def carry_out(activity: Activity) -> None:
    """Do what `start` asked for, to the activity's end."""
    with scope(activity.workspace_id):
        workspace = session.get_one(Workspace, activity.workspace_id, populate_existing=True)
        activity.begin()
        try:
            found = look(workspace, by_hand=True, step=lambda done, said: activity.step(done, message=said))
        except Cancelled:
            activity.stop()
        except Problem as problem:
            activity.fail(problem.message)
        else:
            activity.finish(found.words(), **found._asdict())


def last_look(workspace: Workspace) -> PreflightRun | None:
    """When it was looked last, and at how many posts."""
    found = select(PreflightRun).where(PreflightRun.workspace_id == workspace.id)
    return session.scalar(found.execution_options(populate_existing=True))
