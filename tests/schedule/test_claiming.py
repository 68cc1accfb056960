"""Which posts a worker takes up, and in what order, however they came to be due."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.accounts import instance
from app.core.database import everywhere, session
from app.core.time import now
from app.publishing.accounts import remove
from app.schedule import sweeping
from app.schedule.claiming import Claims
from app.schedule.leases import Lease
from app.schedule.models import ScheduledPost
from tests.schedule.cast import an_account, planned
from tests.schedule.working import Worker


@pytest.fixture
def account(workspace):
    return an_account(workspace)


@pytest.fixture
def queue(account):
    """Six posts of one account, the longest due first."""
    return [planned(account, minutes=-7 + n).id for n in range(6)]


@pytest.fixture
def claims(world):
    return Claims(Lease(), instance.watch())


def taken(claims, account, run=2):
    """What a claim of one account brings, in any order."""
    return set(claims.take([account.id], run).get(account.id, ()))


def by_giving_back(claims, posts):
    claims.give_back(posts)


def by_the_sweep(claims, posts):
    _set(posts, lease_until=now() - timedelta(seconds=1))
    with everywhere():
        sweeping.let_go(Lease())


def by_an_account_that_works_again(claims, posts):
    _set(posts, state="held", problem_kind="account", lease_key=None, lease_until=None)
    with everywhere():
        sweeping.release(Lease())


def by_a_restart_that_hides_the_answer(claims, posts):
    Claims(claims.lease, claims.mark).give_back(posts)


def _set(posts, **values):
    session.execute(update(ScheduledPost).where(ScheduledPost.id.in_(posts)).values(**values))


@pytest.mark.parametrize(
    "come_back",
    [by_giving_back, by_the_sweep, by_an_account_that_works_again, by_a_restart_that_hides_the_answer],
)
def test_posts_that_come_back_go_before_later_ones(claims, account, queue, come_back):
    first = taken(claims, account)
    assert first == set(queue[:2])
    come_back(claims, first)
    assert taken(claims, account) == first


def test_nobody_takes_posts_of_an_account_that_somebody_sends_for(claims, account, queue):
    mine = taken(claims, account)
    other = Claims(Lease(), claims.mark)
    assert (taken(other, account), other.accounts()) == (set(), [])
    _set(mine, state="published")
    assert taken(other, account) == set(queue[2:4])


def test_a_post_that_is_planned_for_an_earlier_moment_is_not_left_behind(claims, account, queue):
    out = taken(claims, account)
    _set(out, state="published")
    early = planned(account, minutes=-60).id
    assert taken(claims, account) == {early, queue[2]}


def test_nothing_is_taken_up_of_an_account_that_is_being_taken_away(app, committed, monkeypatch):
    waits = planned(an_account(committed.workspace), minutes=0)
    session.commit()

    def claimed():
        with app.app_context():
            try:
                return Worker().claim()
            finally:
                session.remove()

    def meanwhile():  # after the look whether one is on its way, before the others are cancelled
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(claimed).result() == []
        return now()

    monkeypatch.setattr("app.publishing.accounts.now", meanwhile)
    assert remove(waits.account, by=committed.alice) == 1
    session.rollback()
    assert claimed() == [waits.id]
