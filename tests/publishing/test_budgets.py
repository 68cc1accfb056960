"""Budgets: read from every platform's headers, kept for all workers, and obeyed before a refusal."""

import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from app.core.database import everywhere, session
from app.core.queue import redis
from app.core.time import now
from app.core.wire import Answer
from app.publishing.accounts import connector_for
from app.publishing.allowances import Allowance, Seen, standard
from app.publishing.breaker import REST, Breaker, resting
from app.publishing.budgets import Book, RateBudget, write
from app.publishing.connectors import CONNECTORS
from tests.publishing.servers import a_delivery, failure
from tests.publishing.servers.bluesky import Server as Bluesky
from tests.publishing.servers.mastodon import Server as Mastodon
from tests.schedule.cast import an_account


def seen(account, remaining, *, most=300, until=timedelta(minutes=5), at=None, name="posts", **more):
    at = at or now()
    allowance = Allowance(name, most, remaining, at + until if until else None, **more)
    return Seen(account.id, allowance, at, f"app {account.platform_id}" if more.get("shared") else None)


@pytest.fixture
def account(workspace):
    return an_account(workspace, name="Kilts")


def written(*news):
    with everywhere():
        write(news)
    session.expire_all()


@pytest.mark.parametrize("headers", [
    {"x-ratelimit-limit": "300", "x-ratelimit-remaining": "283", "x-ratelimit-reset": "2026-11-21T14:05:00Z"},
    {"ratelimit-limit": "300, 300;w=60", "ratelimit-remaining": "283.0", "ratelimit-reset": "300"},
    {"x-rate-limit-limit": "300", "x-rate-limit-remaining": "283", "x-rate-limit-reset": "1795269900"},
    {"ratelimit-policy": '"default";q=300;w=600', "ratelimit": '"default";r=283;t=300'},
])  # fmt: skip
def test_every_usual_way_to_name_a_budget_is_read(headers, monkeypatch):
    monkeypatch.setattr("app.publishing.allowances.now", lambda: datetime.fromisoformat("2026-11-21T14:00:00Z"))
    monkeypatch.setattr("app.publishing.answers.now", lambda: datetime.fromisoformat("2026-11-21T14:00:00Z"))
    at = datetime.fromisoformat("2026-11-21T14:05:00Z")
    assert standard(headers) == [Allowance("requests", 300, 283, at)]


@pytest.mark.parametrize("headers", [
    {}, {"x-ratelimit-remaining": "many"}, {"x-ratelimit-limit": "300"}, {"ratelimit": "nonsense"},
])  # fmt: skip
def test_headers_that_say_nothing_are_passed_over(headers):
    assert standard(headers) == []


def test_a_moment_that_no_window_reaches_makes_nobody_wait():
    far = standard({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 90 * 86_400)})
    assert far == [Allowance("requests", None, 0, None)]
    assert Seen(uuid4(), far[0], now()).waits_until is None


def test_a_small_reserve_is_kept_for_a_persons_answer(account):
    assert seen(account, 7).waits_until is None
    assert seen(account, 6).waits_until is not None
    assert seen(account, 1, most=5).waits_until is None
    assert seen(account, 0, most=5).waits_until is not None
    assert seen(account, 0, stops=False).waits_until is None


HOURLY, BY_ADDRESS = {"ratelimit-policy": "5000;w=3600"}, {"ratelimit-policy": "3000;w=300"}
OWN_WAYS = [
    ("mastodon", "POST", "/api/v2/media", {}, ("uploads", False, False)),
    ("mastodon", "POST", "/api/v1/statuses", {}, ("posts", True, False)),
    ("gotosocial", "GET", "/api/v1/statuses", {}, ("requests", True, False)),
    ("bluesky", "POST", "/xrpc/com.atproto.server.createSession", {}, ("sign-ins", False, False)),
    ("bluesky", "POST", "/xrpc/com.atproto.repo.putRecord", HOURLY, ("write points", True, False)),
    ("bluesky", "POST", "/xrpc/com.atproto.repo.putRecord", BY_ADDRESS, ("requests", True, True)),
    ("discord", "POST", "/messages", {}, ("messages", True, False)),
    ("webhook", "POST", "/posts", {}, ("requests", True, False)),
]  # fmt: skip


@pytest.mark.parametrize(("slug", "method", "path", "more", "expected"), OWN_WAYS)
def test_each_platform_counts_in_its_own_way(slug, method, path, more, expected):
    headers = {"x-ratelimit-limit": "30", "x-ratelimit-remaining": "3", "x-ratelimit-reset": "60", **more}
    connector = CONNECTORS[slug].on_paper()
    (said,) = connector.allowances(method, Answer(200, headers, b"{}", f"https://server.example{path}"))
    assert (said.name, said.stops, said.shared) == expected


def test_a_connector_learns_from_a_real_answer_and_says_so_once(workspace):
    with Mastodon() as server:
        texts = {name: str(value) for name, value in server.credentials().items()}
        connector = connector_for(an_account(workspace, "mastodon", secrets=texts))
        server.budget = 4
        connector.check()
    news = connector.learnt()
    assert [(one.said.name, one.said.remaining) for one in news] == [("requests", server.budget)]
    assert connector.learnt() == []
    assert connector.used_up(now()) == news[0].said.resets_at
    assert connector.server == "127.0.0.1"


def test_what_one_worker_learns_every_worker_keeps_to(account):
    news = seen(account, 3)
    written(news)
    assert account.blocked_until == news.said.resets_at
    assert account.is_blocked
    redis().flushdb()
    session.expire_all()
    assert account.is_blocked


def test_a_budget_that_is_left_blocks_nobody_and_is_shown(account, workspace):
    written(seen(account, 283))
    (budget,) = RateBudget.of_account(account)
    assert not account.is_blocked
    assert budget.line("Europe/London").startswith("283 of 300 posts left until ")
    assert budget.line("Europe/London").endswith(" (Europe/London)")


def test_a_shared_budget_lets_every_account_of_the_application_wait(workspace):
    one, other = (an_account(workspace, name=name) for name in ("Kilts", "Throws"))
    written(seen(one, 100, shared=True), seen(other, 100, shared=True))
    assert not other.is_blocked
    last = seen(one, 0, shared=True)
    written(last)
    assert other.blocked_until == last.said.resets_at
    assert [(one.remaining, one.most) for one in RateBudget.of_account(other)] == [(0, 300)]


def test_a_refusal_that_names_no_budget_stops_all_whose_requests_are_counted_by_address(workspace):
    with Bluesky() as server:
        texts = {name: str(value) for name, value in server.credentials().items()}
        one, other = (an_account(workspace, "bluesky", name, secrets=texts) for name in ("Kilts", "Throws"))
        connector = connector_for(one)
        together = f"bluesky {connector.server}"
        written(*(replace(seen(each, 100, shared=True), application=together) for each in (one, other)))
        server.limited = "silent"
        refused = failure(connector, a_delivery(channel="post"))
    written(*connector.learnt())
    assert other.blocked_until == one.blocked_until
    assert abs(other.blocked_until - refused.until) < timedelta(seconds=1)


def test_a_wait_is_never_made_shorter_and_an_old_word_changes_nothing(account):
    longer = now() + timedelta(hours=2)
    account.blocked_until = longer
    session.flush()
    written(seen(account, 5), seen(account, 200, at=now() - timedelta(seconds=30)))
    written(seen(account, 200, at=now() - timedelta(seconds=10)))
    assert account.blocked_until == longer
    assert RateBudget.of_account(account)[0].remaining == 5


def test_a_budget_whose_time_has_come_is_shown_no_longer(account):
    written(seen(account, 0, at=now() - timedelta(minutes=10)))
    assert RateBudget.of_account(account) == []


def test_what_makes_posts_wait_is_written_at_once_and_the_rest_every_few_seconds(account):
    book, at = Book(), now()
    assert len(book.due([seen(account, 299, at=at)])) == 1
    assert book.due([seen(account, 298, at=at + timedelta(seconds=1))]) == []
    assert [one.said.remaining for one in book.due([seen(account, 2, at=at + timedelta(seconds=2))])] == [2]
    assert book.due([seen(account, 290, at=at + timedelta(seconds=3))]) == []
    assert len(book.due([seen(account, 280, at=at + timedelta(seconds=7))])) == 1
    assert book.due([seen(account, 270, at=at + timedelta(seconds=8))]) == []
    assert [one.said.remaining for one in book.due(everything=True)] == [270]


def test_its_page_and_programs_show_what_an_account_may_still_send(page, account, workspace):
    written(seen(account, 283))
    shown = page.get(f"/accounts/{account.id}").text
    assert "0 of 25 posts this hour" in shown
    assert "283 of 300 posts left until " in shown
    answer = page.get(f"/api/v1/accounts/{account.id}/budgets").json
    assert (answer["data"][0]["limit"], answer["data"][0]["remaining"]) == (300, 283)
    assert (answer["meta"]["sent_this_hour"], answer["meta"]["hourly_cap"]) == (0, 25)


def test_testing_a_connection_learns_its_budget(page, workspace):
    with Mastodon() as server:
        texts = {name: str(value) for name, value in server.credentials().items()}
        account = an_account(workspace, "mastodon", secrets=texts)
        session.commit()
        server.budget = 200
        shown = page.post(f"/accounts/{account.id}/test", headers={"HX-Request": "true"}).text
    assert f"{server.budget} of 300 requests left until " in shown


def test_a_server_that_is_left_alone_is_named_on_its_accounts_page(page, account, wiped_redis):
    breaker = Breaker()
    for _ in range(10):
        breaker.note("practice", False, now())
    shown = page.get(f"/accounts/{account.id}").text
    assert "Practice network fails too often: it is left alone until " in shown


def breaker_after(*calls):
    breaker, moment = Breaker(), now()
    for ok in calls:
        breaker.note("server.example", ok, moment)
    return breaker, moment


def test_a_server_that_fails_half_of_ten_calls_is_left_alone(wiped_redis):
    breaker, moment = breaker_after(*[True, False] * 4, True)
    assert breaker.allow("server.example", moment)
    breaker.note("server.example", False, moment)
    assert not breaker.allow("server.example", moment)
    assert breaker.allow("another.example", moment)
    assert resting(moment) == {"server.example": moment + REST}


def test_a_few_failures_say_nothing():
    breaker, moment = breaker_after(*[False] * 9)
    assert breaker.allow("server.example", moment)


def test_after_a_rest_one_test_at_a_time_is_let_through_and_two_good_ones_close_it(wiped_redis):
    breaker, moment = breaker_after(*[False] * 10)
    later = moment + REST
    assert [breaker.allow("server.example", later) for _ in range(3)] == [True, False, False]
    breaker.note("server.example", True, later)
    assert [breaker.allow("server.example", later) for _ in range(2)] == [True, False]
    breaker.note("server.example", True, later)
    assert [breaker.allow("server.example", later) for _ in range(3)] == [True] * 3
    assert resting(later) == {}


def test_a_test_that_fails_lets_it_rest_twice_as_long(wiped_redis):
    breaker, moment = breaker_after(*[False] * 10)
    later = moment + REST
    breaker.allow("server.example", later)
    breaker.note("server.example", False, later)
    assert not breaker.allow("server.example", later + REST)
    assert breaker.allow("server.example", later + 2 * REST)


def test_a_test_whose_worker_never_answers_is_followed_by_another(wiped_redis):
    breaker, moment = breaker_after(*[False] * 10)
    assert breaker.allow("server.example", moment + REST)
    assert breaker.allow("server.example", moment + 2 * REST)


def test_it_holds_among_threads(wiped_redis):
    breaker, moment = breaker_after(*[False] * 10)
    let_through = []
    threads = [
        threading.Thread(target=lambda: let_through.append(breaker.allow("server.example", moment + REST)))
        for _ in range(16)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sum(let_through) == 1


def test_redis_may_be_away(monkeypatch):
    from redis.exceptions import ConnectionError as Away

    def away(*_):
        raise Away("nobody there")

    monkeypatch.setattr("app.publishing.breaker.redis", lambda: SimpleNamespace(hset=away, hgetall=away))
    breaker, moment = breaker_after(*[False] * 10)
    assert not breaker.allow("server.example", moment)
    assert resting(moment) == {}
