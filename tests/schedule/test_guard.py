"""The burst guard: what goes, what is held, what waits, and what it costs."""

import secrets
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from app.core.database import everywhere, session
from app.core.time import now
from app.platforms.models import Capability, Channel
from app.publishing.models import Attempt
from app.schedule.guard import digest_of, judge, policies_of, sql
from tests.schedule.cast import a_post, an_account, planned

SAYS_NOTHING = "Nine tartans for the autumn."


@pytest.fixture
def account(workspace):
    workspace.hourly_cap = 10
    return an_account(workspace, name="Kilts")


def channel(account, slug="practice/feed_post"):
    return Channel.by_slug(SimpleNamespace(id=account.workspace_id), slug).channel_type_id


def loaded(account, text=None, **more):
    """A post as the engine hands it to the guard; its text is one of its kind unless told otherwise."""
    given = {
        "id": uuid4(), "workspace_id": account.workspace_id, "account_id": account.id,
        "platform_id": account.platform_id, "channel_type_id": channel(account),
        "scheduled_time": now() - timedelta(minutes=1),
        "mark": digest_of(secrets.token_hex() if text is None else text), "allowed": False,
    }  # fmt: skip
    return SimpleNamespace(**{**given, **more})


def sent(account, *, ago=timedelta(minutes=5), at=None, outcome="accepted", text=None, post=None):
    """A try that was made some time ago."""
    post = post or planned(
        account, post=a_post(SimpleNamespace(id=account.workspace_id), text or secrets.token_hex())
    )
    session.add(Attempt(
        workspace_id=account.workspace_id, scheduled_post_id=post.id, account_id=account.id, account=account,
        key=str(post.id), outcome=outcome, started_at=at or now() - ago, text_digest=digest_of(text or ""),
    ))  # fmt: skip
    session.flush()
    return post


def judged(posts, moment=None):
    with everywhere():
        return judge(posts, moment or now())


def test_of_fifty_posts_at_once_as_many_go_as_the_cap_allows_and_the_rest_is_held_with_one_cause(account):
    posts = [loaded(account) for _ in range(50)]
    held = judged(posts)
    assert [post.id for post in posts if post.id not in held] == [post.id for post in posts[:10]]
    assert set(held.values()) == {
        ("hold", "burst", "Kilts has sent 10 posts within an hour, as many as it may without your yes.", None)
    }


@pytest.mark.parametrize(("outcome", "goes"), [
    ("accepted", 7), ("sending", 7), ("unsure", 7), ("found", 7),
    ("refused", 10), ("transient", 10), ("rate_limited", 10), ("absent", 10),
])  # fmt: skip
def test_what_is_out_or_may_be_counts_and_what_never_arrived_does_not(account, outcome, goes):
    for _ in range(3):
        sent(account, outcome=outcome)
    assert len(judged([loaded(account) for _ in range(20)])) == 20 - goes


def test_an_hour_later_there_is_room_again(account):
    for _ in range(10):
        sent(account, ago=timedelta(minutes=59))
    one = loaded(account)
    assert one.id in judged([one])
    assert one.id not in judged([one], now() + timedelta(minutes=2))


def test_what_another_account_sent_is_its_own_affair(account, workspace):
    other = an_account(workspace, name="Throws")
    for _ in range(10):
        sent(account)
    one, another = loaded(account), loaded(other)
    assert set(judged([one, another])) == {one.id}


def test_a_persons_yes_lets_a_post_pass_and_it_still_takes_its_place(account):
    posts = [loaded(account, SAYS_NOTHING, allowed=True) for _ in range(12)] + [loaded(account)]
    assert set(judged(posts)) == {posts[-1].id}


def test_a_post_that_code_sends_again_and_again_stops_at_the_cap(account):
    one, went_out = planned(account), 0
    for _ in range(40):
        if judged([loaded(account, id=one.id)]):
            break
        sent(account, post=one, outcome="unsure")
        went_out += 1
    assert went_out == 10


def test_the_same_text_goes_out_once_within_its_window(account):
    sent(account, text=SAYS_NOTHING, ago=timedelta(days=6))
    one = loaded(account, "  NINE tartans\nfor the autumn.")
    found = judged([one])[one.id]
    assert (found.verb, found.kind) == ("hold", "same_text")
    assert found.reason.startswith("Kilts has had the same text within 7 days: ")
    assert judged([one], now() + timedelta(days=2)) == {}


def test_of_many_posts_with_one_text_in_one_batch_the_first_goes(account):
    posts = [loaded(account, SAYS_NOTHING) for _ in range(5)]
    held = judged(posts)
    assert list(held) == [post.id for post in posts[1:]]
    assert {one.reason for one in held.values()} == {
        "Another post with the same text goes out on Kilts right now."
    }


def test_a_post_that_was_held_for_its_text_takes_nobodys_place(account):
    posts = [loaded(account, SAYS_NOTHING) for _ in range(15)] + [loaded(account) for _ in range(9)]
    assert len(posts) - len(judged(posts)) == 10


def test_trying_the_same_post_again_is_no_second_text_unless_it_is_out(account):
    one = sent(account, text=SAYS_NOTHING, outcome="unsure")
    again = loaded(account, SAYS_NOTHING, id=one.id)
    assert judged([again]) == {}
    sent(account, text=SAYS_NOTHING, post=one)
    assert judged([again])[one.id].reason.startswith("This very post went out on Kilts already: ")


def test_a_feed_post_and_a_story_may_say_the_same(account):
    sent(account, text=SAYS_NOTHING)
    story_post = loaded(account, SAYS_NOTHING, channel_type_id=uuid4())
    assert judged([story_post]) == {}


LIMITS = {
    "instagram": [(50, 86_400)], "threads": [(250, 86_400)], "x": [(100, 900)], "youtube": [(100, 86_400)],
    "tiktok": [(15, 86_400)], "pixelfed": [(1000, 86_400)], "facebook": [(200, 3600)], "lemmy": [(6, 600)],
    "slack": [(1, 1)], "discord": [(5, 1)], "telegram": [(1, 1), (20, 60), (30, 1)], "mastodon": [],
}  # fmt: skip


@pytest.mark.parametrize("platform", sorted(LIMITS))
def test_what_each_platform_takes_is_a_row_of_its_own(workspace, platform):
    account = an_account(workspace, platform)
    with everywhere():
        policy = policies_of([account.id])[account.id]
    theirs = [(limit.most, limit.window.total_seconds()) for limit in policy.limits if not limit.is_ours]
    assert sorted(theirs) == LIMITS[platform]


def test_a_series_and_a_post_without_words_may_say_the_same(account):
    sent(account, text=SAYS_NOTHING)
    posts = [loaded(account, SAYS_NOTHING, series_id=uuid4()), loaded(account, ""), loaded(account, "")]
    assert judged(posts) == {}


def test_a_window_and_a_cap_of_nothing_watch_nothing(account):
    account.hourly_cap = account.same_text_days = 0
    session.flush()
    assert judged([loaded(account, SAYS_NOTHING) for _ in range(50)]) == {}


def test_an_account_may_have_a_cap_of_its_own(account):
    account.hourly_cap = 3
    session.flush()
    assert len(judged([loaded(account) for _ in range(10)])) == 7


def test_an_account_that_smooths_spreads_what_is_over_evenly_as_far_as_a_post_may_be_late(account):
    account.surplus = "smooth"
    session.flush()
    moment = now()
    held = list(judged([loaded(account) for _ in range(40)], moment).values())
    waits = [round((one.until - moment).total_seconds() / 60) for one in held if one.until]
    assert waits == list(range(60, 180, 6))
    assert [one.verb for one in held] == ["put_off"] * 20 + ["hold"] * 10


def test_the_next_posts_are_spread_behind_the_ones_before(account):
    account.surplus = "smooth"
    moment = now()
    planned(account, problem_kind="burst", due_at=moment + timedelta(minutes=90))
    held = list(judged([loaded(account) for _ in range(12)], moment).values())
    assert [round((one.until - moment).total_seconds() / 60) for one in held] == [96, 102]


def test_what_a_platform_takes_in_a_second_or_a_day_is_waited_for_also_with_a_persons_yes(account):
    add = {"category": "limits", "source": "a test"}
    Capability.add(
        account.platform, None, key="posting_pace", value="2", unit="messages per 2 s", max_value=2, **add
    )
    Capability.add(
        account.platform, None, key="posting_cap", value="5", unit="posts per day", max_value=5, **add
    )
    moment = now()
    posts = [loaded(account, allowed=True) for _ in range(6)]
    found = judged(posts, moment)
    waits = [(found[post.id].until - moment).total_seconds() if post.id in found else 0 for post in posts]
    assert waits == [0, 0, 2, 3, 4, 5]
    assert {one.kind for one in found.values()} == {"pace"}


def test_who_has_to_wait_for_the_platform_comes_behind_those_who_wait_already(account):
    Capability.add(account.platform, None, key="posting_pace", value="1", unit="messages per second", max_value=1,
                   category="limits", source="a test")  # fmt: skip
    moment = now()
    waiting = planned(account, problem_kind="pace", due_at=moment + timedelta(seconds=8))
    sent(account, at=moment)
    newcomer, again = loaded(account), loaded(account, id=waiting.id, due_at=moment)
    assert round((judged([newcomer], moment)[newcomer.id].until - moment).total_seconds()) == 9
    assert round((judged([again], moment)[again.id].until - moment).total_seconds()) == 1


@pytest.mark.parametrize(("one", "other"), [
    ("New: see https://a.example/x?utm_source=x&utm_medium=social", "New: see https://a.example/x"),
    ("Café\u200b open", "Cafe\u0301 OPEN"),
    ("a\n\nb", " a b "),
])  # fmt: skip
def test_what_a_reader_takes_for_the_same_has_the_same_digest(one, other):
    assert digest_of(one) == digest_of(other)


def test_another_link_or_figure_is_another_text():
    assert digest_of("New: https://a.example/x") != digest_of("New: https://a.example/y")
    assert digest_of("£29") != digest_of("£39")


def test_a_batch_of_hundreds_is_judged_with_three_questions(account, workspace, monkeypatch):
    others = [an_account(workspace, name=f"Account {number}") for number in range(8)]
    posts = [loaded(one) for one in others for _ in range(40)]
    asked, execute = [], session.execute
    monkeypatch.setattr(session, "execute", lambda *given: asked.append(given) or execute(*given))
    judged(posts)
    assert [one for one, _ in asked if one in sql.values()] == [sql["policies"], sql["said"], sql["sent"]]
