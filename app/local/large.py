"""A workspace grown large, for looking at speed: made by bulk statements, on the practice account alone.

Sending is switched off first, so that none of it goes out. Likes, reach and the like are not made up: posts
of the past stand there as posted by hand, of which nobody can ask the numbers.
"""

from collections.abc import Callable
from typing import Any

import psycopg
from sqlalchemy import make_url, select, text

from app.accounts.models import Member, Workspace, record
from app.core.database import everywhere, session
from app.core.errors import Invalid, Missing
from app.core.migrate import upgrade
from app.core.queries import queries
from app.core.settings import settings
from app.local import demo
from app.platforms.models import Account, Channel, Platform

sql = queries(__file__)
PRODUCTS, ARTICLES, POSTS, DRAFTS = 10_000, 500, 100_000, 1_000
CHANNEL = "practice/feed_post"
GROWN = ("posts", "post_variants", "post_history", "scheduled_posts", "products", "product_category_links", "articles")
STEP = 10_000  # posts in one statement
WARNING = (
    "SENDING IS SWITCHED OFF in this workspace, so that none of these posts goes out. "
    "An admin switches it on again under People."
)


def fill(
    workspace: Workspace, by: Member, say: Callable[[str], object] = print, *,
    posts: int = POSTS, products: int = PRODUCTS,
) -> dict[str, Any]:  # fmt: skip
    """Add products, articles and posts around this month, and switch sending off.

    `say` hears of each step. Raise Invalid when it has that many posts already, Missing without a practice account.
    """
    mine = {"workspace": workspace.id}
    there = session.execute(sql["count_posts"], mine).scalar_one()
    if there >= posts:
        raise Invalid(f"{workspace.name} has {there:,} posts on its calendar already.")
    place = mine | _practice(workspace)
    workspace.sending_on = False
    record(by, "switched sending off and filled the workspace", workspace, posts=posts, products=products)
    session.commit()  # before anything is there that could be sent
    session.execute(text("SET LOCAL statement_timeout = '10min'"))
    say(f"{products:,} products and {ARTICLES:,} articles …")
    session.execute(sql["fill_categories"], mine)
    session.execute(sql["fill_products"], mine | {"products": products})
    session.execute(sql["fill_articles"], mine | {"articles": ARTICLES})
    for first in range(1, posts + 1, STEP):
        last = min(first + STEP - 1, posts)
        session.execute(sql["fill_posts"], place | {"posts": posts, "first": first, "last": last})
        say(f"{last:,} of {posts:,} posts …")
    session.execute(sql["fill_drafts"], mine | {"drafts": DRAFTS})
    session.commit()
    _look_at_tables()
    return {"posts": posts, "products": products, "articles": ARTICLES, "drafts": DRAFTS}


def demo_if_empty() -> None:
    """Load the demo workspace where there is no workspace at all, as the first start does."""
    from app import the_app

    upgrade(settings().database_url or "")
    with the_app().app_context(), everywhere():
        if session.scalar(select(Workspace.id).limit(1)) is None:
            demo.load()


def _practice(workspace: Workspace) -> dict[str, Any]:
    """Where the posts stand: the practice account and its feed."""
    channel = Channel.by_slug(workspace, CHANNEL)
    account = Account.of(workspace).join(Platform, Platform.id == Account.platform_id).where(
        Platform.id == channel.platform_id
    ).first()  # fmt: skip
    if account is None:
        raise Missing(f"{workspace.name} has no account on the practice network. Connect one under Accounts.")
    return {
        "account": account.id, "platform": channel.platform_id, "channel": channel.channel_type_id,
        "zone": workspace.zone,
    }  # fmt: skip


def _look_at_tables() -> None:
    """Let the planner count, as autovacuum does within minutes; only the owner of the tables may ask for it."""
    url = make_url(settings().database_url or "").set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as owner:
        owner.execute(f"VACUUM (ANALYZE, TRUNCATE false) {', '.join(GROWN)}")
