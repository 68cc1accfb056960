"""The large demo: nothing of it can go out, no number is made up, and it is put there once."""

from collections import Counter

import pytest
from sqlalchemy import func, select

from app.analytics.models import PostMetrics
from app.articles.models import Article, Section
from app.catalogue.models import Category, Product
from app.core.database import session
from app.core.errors import Invalid, Missing
from app.core.time import now
from app.local.large import fill
from app.platforms.models import Channel, Platform
from app.posts.models import Post
from app.publishing.accounts import connect
from app.schedule.engine import publish_due
from app.schedule.models import ScheduledPost

POSTS, PRODUCTS = 800, 100


@pytest.fixture
def practice(workspace, alice):
    return connect(workspace, Platform.called(workspace, "practice"), "Practice", {}, by=alice)


def test_a_workspace_grows_large_and_sends_nothing(workspace, alice, practice) -> None:
    heard: list[str] = []
    made = fill(workspace, alice, heard.append, posts=POSTS, products=PRODUCTS)
    assert (made["posts"], len(heard)) == (POSTS, 2)
    assert workspace.sending_on is False

    planned = ScheduledPost.of(workspace).all()
    assert len(planned) == POSTS
    assert {one.account_id for one in planned} == {practice.id}
    moment = now()
    states = Counter((one.state, one.scheduled_time > moment) for one in planned)
    assert set(states) == {
        ("published", False), ("failed", False), ("missed", False), ("cancelled", False),
        ("scheduled", True), ("held", True), ("cancelled", True),
    }  # fmt: skip
    assert all(one.remote_id is None for one in planned)
    assert Product.of(workspace).count() == PRODUCTS
    assert Category.counted(workspace)[0]["products"] > 0
    assert Section.of(workspace).count() == 4 * Article.of(workspace).count()
    assert session.scalar(select(func.count(PostMetrics.id))) == 0

    ScheduledPost.of(workspace).where(ScheduledPost.state == "scheduled").first().due_at = moment
    session.flush()
    assert publish_due(lanes=0) == 0


def test_its_posts_keep_the_rules_of_their_channel(workspace, alice, practice) -> None:
    fill(workspace, alice, lambda _: None, posts=50, products=10)
    feed = Channel.by_slug(workspace, "practice/feed_post")
    assert [post.problems(feed) for post in Post.of(workspace).limit(50)] == [[]] * 50


def test_it_is_filled_once(workspace, alice, practice) -> None:
    fill(workspace, alice, lambda _: None, posts=20, products=10)
    with pytest.raises(Invalid, match="Lochcarron has 20 posts on its calendar already"):
        fill(workspace, alice, lambda _: None, posts=20, products=10)


def test_without_a_practice_account_nothing_is_done(workspace, alice) -> None:
    with pytest.raises(Missing, match="no account on the practice network"):
        fill(workspace, alice, posts=20, products=10)
    assert workspace.sending_on is True
