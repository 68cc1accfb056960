"""What the command centre shows: what needs a person, what is coming, and how things stand."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.accounts.models import Member, Workspace
from app.accounts.notices import Notice
from app.articles.models import Article
from app.catalogue.models import Product, Selection
from app.core.database import session
from app.core.queries import queries
from app.core.time import now, zone
from app.platforms.models import Account, Platform
from app.posts.models import Post
from app.publishing.health import health
from app.schedule import vanished
from app.schedule.digest import numbers as endangered
from app.schedule.models import ScheduledPost
from app.schedule.outages import missed

sql = queries(__file__)
NEXT = 30


@dataclass(frozen=True)
class Need:
    """One thing that waits for a person, and where it is settled."""

    icon: str
    sentence: str
    action: str
    href: str
    danger: bool = False


def greeting(workspace: Workspace, member: Member) -> str:
    """Good morning, afternoon or evening, by the clocks of the workspace."""
    hour = now().astimezone(zone(workspace.zone)).hour
    part = "morning" if 5 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"
    return f"Good {part}, {member.name.split()[0]}"


def today(workspace: Workspace) -> tuple[datetime, datetime]:
    """The bounds of today on the workspace's clocks."""
    start = now().astimezone(zone(workspace.zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    return start, (start + timedelta(days=1, hours=2)).replace(hour=0)


def counters(workspace: Workspace) -> dict[str, Any]:
    """The four cards: scheduled today, out today, platforms with an account, and how full the queue is."""
    start, end = today(workspace)
    row = (
        session.execute(sql["counters"], {"workspace": workspace.id, "start": start, "end": end})
        .mappings()
        .one()
    )
    week = row["waiting_week"]
    health = "empty" if week == 0 else "low" if week < 5 else "normal" if week < 500 else "full"
    return {**row, "queue_health": health}


WAITING = {  # state: icon, one, many, what to do, whether it is grave
    "unsure": ("help", "post may or may not have gone out", "posts may or may not have gone out", "Look", True),
    "failed": ("alert-triangle", "post was refused", "posts were refused", "See why", True),
    "held": ("hand-stop", "post is held and waits for you", "posts are held and wait for you", "Decide", False),
    "paused": ("hand-stop", "post is held back by a person", "posts are held back by a person", "Look", False),
    "missed": ("clock-off", "post missed its time", "posts missed their time", "Look", False),
}
LISTED = {"paused": "held"}  # the state by which the calendar finds them
LOOKED_BACK = timedelta(days=30)  # as far as waiting_for_people counts


def needs(workspace: Workspace) -> list[Need]:
    """What waits for a person, the gravest first."""
    lost = _lost_accounts(workspace)
    asked = {"workspace": workspace.id, "lost": [account.id for account, _ in lost]}
    states = dict(session.execute(sql["waiting_for_people"], asked).all())
    since = (today(workspace)[0] - LOOKED_BACK).date()
    told = select(Notice.kind).where(Notice.workspace_id == workspace.id, Notice.closed_at.is_(None))
    kinds = set(session.scalars(told))
    found = [_account_need(account, held) for account, held in lost]
    late = [group for group in missed(workspace)[:1] if group.row.asked]
    found += [Need("clock-off", f"{group.sentence}: {group.standing}", "Decide", "/late") for group in late]
    spoken_of = {"held": sum(one.row.asked for one in late), "missed": sum(one.row.skipped for one in late)}
    for state, (icon, one, many, action, grave) in WAITING.items():
        if (count := states.get(state, 0) - spoken_of.get(state, 0)) > 0:
            by_cause, in_time = f"/notices?kind={state}", f"/calendar/list?state={LISTED.get(state, state)}&day={since}"
            href = by_cause if state in kinds else in_time
            found.append(Need(icon, _many(count, one, many), action, href, grave))
    found += _ahead(workspace)
    if count := states.get("review"):
        waiting = _many(count, "post waits for approval", "posts wait for approval")
        found.append(Need("pencil", waiting, "Review", "/posts?state=review"))
    return found


def _ahead(workspace: Workspace) -> list[Need]:
    """What will fail within the next days unless somebody acts, and what has vanished after it went out."""
    will, gone, found = endangered(workspace).will, vanished.number(workspace), []
    if will:
        said = _many(will, "post will fail", "posts will fail")
        found.append(Need("gauge", f"{said} within 72 hours unless something is done", "Mend", "/preflight", True))
    if gone:
        said = _many(gone, "published post is no longer to be seen", "published posts are no longer to be seen")
        found.append(Need("eye-off", said, "Look", "/vanished", True))
    return found


def _many(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _lost_accounts(workspace: Workspace) -> list[tuple[Account, int]]:
    held = func.count(ScheduledPost.id)
    query = (
        select(Account, held)
        .outerjoin(ScheduledPost, (ScheduledPost.account_id == Account.id) & (ScheduledPost.state == "held")
                   & (ScheduledPost.problem_kind == "account"))
        .where(Account.workspace_id == workspace.id, Account.state == "reconnect")
        .group_by(Account.id).limit(5)
    )  # fmt: skip
    return [(account, count) for account, count in session.execute(query).unique()]


def _account_need(account: Account, held: int) -> Need:
    waiting = f": {_many(held, 'post is held', 'posts are held')}" if held else ""
    return Need(
        "plug-connected-x",
        f"{account.platform.display_name} {account.name} needs reconnecting{waiting}",
        "Reconnect",
        f"/accounts/{account.id}",
        True,
    )


def coming(workspace: Workspace, platform: str | None = None) -> list[ScheduledPost]:
    """The next thirty posts, soonest first, of one platform if it is named."""
    query = (
        select(ScheduledPost)
        .where(ScheduledPost.workspace_id == workspace.id, ScheduledPost.scheduled_time >= now() - timedelta(minutes=5),
               ScheduledPost.state.in_(("scheduled", "publishing", "held", "unsure")))
        .order_by(ScheduledPost.scheduled_time, ScheduledPost.id).limit(NEXT)
        .options(*map(joinedload, (ScheduledPost.post, ScheduledPost.platform, ScheduledPost.channel_type)))
    )  # fmt: skip
    if platform:
        query = query.join(Platform, Platform.id == ScheduledPost.platform_id).where(
            Platform.name == platform
        )
    return list(session.scalars(query))


def platforms(workspace: Workspace) -> list[dict[str, Any]]:
    """The platforms with accounts: how many accounts, their state, the last post, and which need a look."""
    doing = health(Account.of(workspace))
    uneasy = sorted((one for one in doing.values() if one.is_trouble), key=lambda one: one.account.state != "reconnect")
    return [
        {**row, "uneasy": [one for one in uneasy if one.account.platform.name == row["name"]]}
        for row in session.execute(sql["platforms"], {"workspace": workspace.id}).mappings()
    ]


def product_of_the_day(workspace: Workspace) -> tuple[Product, int] | None:
    """Today's chosen product and how many drafts there are of it, or None when none is chosen."""
    start, _ = today(workspace)
    chosen = session.scalar(
        select(Selection).where(Selection.workspace_id == workspace.id, Selection.selected_date == start.date())
        .order_by(Selection.platform_id.is_not(None), Selection.created_at.desc()).limit(1)
    )  # fmt: skip
    if chosen is None:
        return None
    drafts = (
        session.scalar(
            select(func.count()).where(Post.product_id == chosen.product_id, Post.state == "draft")
        )
        or 0
    )
    return chosen.product, drafts


def first_steps(workspace: Workspace) -> list[tuple[str, str, str, bool]]:
    """What an empty workspace does first: title, sentence, address, done."""

    def any_of(kind: Any, *conditions: Any) -> bool:
        return (
            session.scalar(select(kind.id).where(kind.workspace_id == workspace.id, *conditions).limit(1))
            is not None
        )

    return [
        ("Bring something in", "Import articles from your blog, or products from your shop.", "/articles/import",
         any_of(Article) or any_of(Product)),
        ("Connect an account", "Start on the practice network, or connect a real one.", "/accounts", any_of(Account)),
        ("Make a post", "Rewrite a section or a product, or write it yourself.", "/posts/new", any_of(Post)),
        ("Put it on the calendar", "Choose a day and an hour; it goes out by itself.", "/calendar",
         any_of(ScheduledPost)),
    ]  # fmt: skip


def standing(workspace: Workspace) -> dict[str, Any]:
    """How the workspace stands, for the command line and programs."""
    posts = dict(session.execute(sql["by_state"], {"workspace": workspace.id}).all())
    waiting = needs(workspace)
    return {
        "workspace": workspace.name, "zone": workspace.zone, "posts": posts, "needs_you": len(waiting),
        "needs": [need.sentence for need in waiting], **counters(workspace),
    }  # fmt: skip
