"""Numbers come in: from real servers, once each, on the day they were seen."""

import threading
from datetime import time, timedelta

import pytest
from sqlalchemy import func, select, text

from app.analytics import collecting
from app.analytics.models import DailyMetrics, MetricSample
from app.core.database import everywhere, session
from app.core.time import at_wall, now
from app.publishing.delivery import Metrics
from tests.analytics.cast import collect, numbers_of, published, today
from tests.publishing.servers import SERVERS
from tests.schedule.cast import an_account, planned


@pytest.fixture
def server():
    with SERVERS["mastodon"]() as server:
        yield server


@pytest.fixture
def account(world, server):
    return an_account(world.workspace, "mastodon", secrets=server.credentials())


def on_server(server, *numbers, **rating):
    """Statuses that the server has."""
    for number in numbers:
        server.posts.append({"id": str(number), **server.rating, **rating})


def again(post):
    """Make a post due once more."""
    numbers_of(post).next_at = now() - timedelta(seconds=1)
    session.flush()


def days(workspace):
    rows = session.scalars(
        select(DailyMetrics).where(DailyMetrics.workspace_id == workspace.id).order_by(DailyMetrics.day)
        .execution_options(populate_existing=True)
    )  # fmt: skip
    return [(row.day, row.posts, row.likes, row.reach) for row in rows]


def test_a_published_post_is_taken_up_asked_for_and_asked_for_again(world, server, account):
    post = published(account, "mastodon/status", remote_id="1000")
    on_server(server, 1000)
    assert collect() == (1, 1, 1)
    known = numbers_of(post)
    assert (known.likes, known.shares, known.comments, known.reach) == (3, 2, 1, None)
    assert known.engagement_rate is None
    assert timedelta(minutes=4) < known.next_at - now() < timedelta(minutes=6)

    server.posts[0]["favourites_count"] = 10
    assert collect() == (0, 0, 0)
    again(post)
    assert collect() == (0, 1, 1)
    assert numbers_of(post).likes == 10
    samples = session.scalars(select(MetricSample.likes).order_by(MetricSample.recorded_at)).all()
    assert samples == [3, 10]
    ((_, posts, likes, reach),) = days(world.workspace)
    assert (posts, likes, reach) == (1, 10, None)


def test_a_like_taken_back_is_taken_off(world, server, account):
    post = published(account, "mastodon/status")
    on_server(server, 1000)
    collect()
    server.posts[0]["favourites_count"] = 1
    again(post)
    collect()
    assert days(world.workspace)[0][2] == 1


def test_gains_fall_on_the_day_of_the_workspace_zone(world, account, monkeypatch):
    world.workspace.zone = "Pacific/Auckland"  # its midnight is noon or so in London
    post = published(account, "mastodon/status")
    with everywhere():
        collecting.take_up()
    told = numbers_of(post)
    session.execute(text("DELETE FROM daily_metrics"))
    this_day = today(world.workspace)
    next_day = this_day + timedelta(days=1)
    midnight = at_wall(next_day, time(0, 0), world.workspace.zone)
    for moment, likes in ((midnight - timedelta(minutes=1), 4), (midnight + timedelta(minutes=1), 9)):
        monkeypatch.setattr(collecting, "now", lambda moment=moment: moment)
        collecting.write_down(account, {told.id: Metrics(likes=likes, reach=100)})
    assert days(world.workspace) == [(this_day, 0, 4, 100), (next_day, 0, 5, 0)]


def test_what_is_kept_in_the_outbox_or_waits_is_never_counted(world, account):
    planned(account, "mastodon/status", state="outbox")
    planned(account, "mastodon/status")
    assert collect() == (0, 0, 0)
    assert days(world.workspace) == []


def test_a_platform_without_numbers_is_asked_once_and_never_again(world):
    account = an_account(world.workspace, "telegram", secrets={"token": "1:a", "chat": "@kilts"})
    post = published(account, "telegram/channel_message")
    assert collect().found == 1
    assert numbers_of(post).next_at is None
    assert numbers_of(post).last_error == "Telegram tells no numbers of its posts."
    assert days(world.workspace)[0][1:] == (1, None, None)


def test_a_post_made_by_hand_counts_as_a_post_and_is_not_asked_for(world, account, server):
    post = published(account, "mastodon/status", remote_id=None)
    collect()
    assert numbers_of(post).next_at is None
    assert "by hand" in numbers_of(post).last_error
    assert server.asked == []


def test_a_post_that_is_gone_keeps_its_last_numbers(world, server, account):
    post = published(account, "mastodon/status")
    on_server(server, 1000)
    collect()
    server.posts.clear()
    again(post)
    collect()
    known = numbers_of(post)
    assert known.likes == 3
    assert known.last_error == "Mastodon no longer shows this post. Its last numbers stay."


def test_a_lost_connection_is_said_and_waits(world, server, account):
    post = published(account, "mastodon/status")
    server.revoked = True
    collect()
    session.refresh(account)
    assert account.state == "reconnect"
    assert "The access token is invalid" in numbers_of(post).last_error
    assert numbers_of(post).next_at > now() + timedelta(minutes=50)


def test_a_platform_that_asks_to_wait_is_left_alone(world, server, account, monkeypatch):
    posts = [published(account, "mastodon/status", remote_id=str(1000 + number)) for number in range(3)]
    monkeypatch.setattr(server, "answer", lambda asked: server.slow(named=True))
    collect()
    session.refresh(account)
    assert account.is_blocked
    assert all("slow down" in numbers_of(post).last_error for post in posts)
    monkeypatch.undo()
    again(posts[0])
    assert collect().told == 0


def test_an_unreachable_platform_costs_nothing_but_time(world, account, server):
    post = published(account, "mastodon/status")
    server.__exit__(None, None, None)
    collect()
    assert numbers_of(post).last_error == "Mastodon cannot be reached; nothing was sent."
    assert numbers_of(post).next_at > now() + timedelta(minutes=9)
    session.refresh(account)
    assert account.state == "connected"


def test_two_collectors_at_once_count_nothing_twice(app, committed, server):
    account = an_account(committed.workspace, "mastodon", secrets=server.credentials())
    for number in range(120):
        published(account, "mastodon/status", remote_id=str(1000 + number))
    on_server(server, *range(1000, 1120))
    session.commit()
    failed = []

    def work():
        with app.app_context():
            try:
                collect()
            except Exception as error:  # noqa: BLE001 (whatever it is, the test says it)
                failed.append(error)
            finally:
                session.remove()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    ((_, posts, likes, _),) = days(committed.workspace)
    assert (posts, likes) == (120, 360)
    assert session.scalar(select(func.count()).select_from(MetricSample)) == 120


def test_a_slow_collector_adds_nothing_that_a_faster_one_has_counted(world, account):
    post = published(account, "mastodon/status")
    with everywhere():
        collecting.take_up()
    told = {numbers_of(post).id: Metrics(likes=7)}
    collecting.write_down(account, told)
    collecting.write_down(account, told)
    assert days(world.workspace)[0][2] == 7
