"""The practice network: one post a key, readers that grow, and failures on request."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.core.database import session
from app.core.waiting import start_lane
from app.publishing.accounts import connector_for
from app.publishing.delivery import Delivery, Kind, PublishError
from app.publishing.models import PracticePost
from app.publishing.practice import MOODS, readers
from tests.patience import LIMIT
from tests.schedule.cast import an_account


@pytest.fixture
def account(workspace):
    return an_account(workspace)


def a_delivery():
    return Delivery(key=str(uuid4()), channel="feed_post", text="Nine tartans.", begun_at=datetime.now(UTC))


def posts():
    return list(session.scalars(select(PracticePost)))


def test_a_key_makes_one_post_however_often_it_comes(account):
    connector, delivery = connector_for(account), a_delivery()
    first, second = connector.publish(delivery), connector_for(account).publish(a_delivery_like(delivery))
    assert first.remote_id == second.remote_id
    assert len(posts()) == 1


def test_it_takes_a_post_from_a_lane(account):
    receipt = start_lane(connector_for(account).publish, a_delivery()).result(LIMIT)
    assert [str(post.id) for post in posts()] == [receipt.remote_id]


def a_delivery_like(delivery):
    return Delivery(
        key=delivery.key, channel=delivery.channel, text=delivery.text, begun_at=delivery.begun_at
    )


@pytest.mark.parametrize(
    ("mood", "kind", "arrives"),
    [("refuse", Kind.REFUSED, 0), ("drop", Kind.UNSURE, 1), ("down", Kind.TRANSIENT, 0),
     ("rate_limit", Kind.RATE_LIMITED, 0), ("expired", Kind.RECONNECT, 0)],
)  # fmt: skip
def test_it_goes_wrong_as_it_is_told(account, mood, kind, arrives):
    account.settings = {"mood": mood}
    delivery = a_delivery()
    with pytest.raises(PublishError) as caught:
        connector_for(account).publish(delivery)
    assert caught.value.kind is kind
    assert len(posts()) == arrives
    assert bool(connector_for(account).find(delivery)) is bool(arrives)


def test_every_mood_is_offered_in_words():
    assert {mood.name for mood in MOODS} == {"", "refuse", "drop", "down", "rate_limit", "slow", "expired"}


def test_readers_grow_over_three_days_and_never_shrink():
    ages = [timedelta(hours=hours) for hours in (0, 1, 6, 24, 48, 72, 1000)]
    counts = [readers("a key", age) for age in ages]
    assert counts[0].reach == 0
    for name in ("reach", "views", "likes", "clicks", "shares", "comments"):
        grown = [getattr(count, name) for count in counts]
        assert grown == sorted(grown), name
    assert counts[-2].reach >= 0.97 * counts[-1].reach
    assert 40 <= counts[-1].reach + 1 <= 401
    assert readers("a key", ages[3]) == counts[3]
    assert readers("another key", ages[-1]) != counts[-1]


def test_metrics_are_those_of_the_readers(account):
    connector = connector_for(account)
    receipt = connector.publish(a_delivery())
    [post] = posts()
    post.created_at = datetime.now(UTC) - timedelta(days=3)
    session.flush()
    assert connector.metrics([receipt.remote_id])[receipt.remote_id].reach > 30
    connector.remove(receipt.remote_id)
    assert connector.metrics([receipt.remote_id]) == {}
    assert connector.still_there(receipt.remote_id) is False


def test_the_feed_says_what_it_is(page, account):
    connector_for(account).publish(a_delivery())
    html = page.get("/practice").get_data(as_text=True)
    assert "Nine tartans." in html
    assert "practice readers" in html
    assert "its readers are simulated" in html
