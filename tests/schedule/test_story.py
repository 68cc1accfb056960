"""A post's life in plain words: what happened, how long it waited, and what comes next."""

from datetime import timedelta
from importlib import import_module

import pytest
from sqlalchemy import text

from app.core.database import session
from app.core.time import now
from app.schedule.history import HistoryLine
from app.schedule.models import ScheduledPost
from app.schedule.story import story, what_next
from app.schedule.sweeping import NEVER
from app.schedule.words import STATES, in_words
from tests.schedule.cast import an_account, planned
from tests.schedule.cast import story as told_of


@pytest.fixture
def account(workspace):
    return an_account(workspace, name="Mill")


@pytest.mark.parametrize("state", STATES)
def test_every_state_says_what_comes_next(account, state):
    said = what_next(planned(account, state=state))
    assert said.endswith(".")
    assert said[0].isupper()


def test_it_goes_out_at_its_time_in_its_zone(account):
    post = planned(account, minutes=90)
    assert what_next(post) == f"It goes out at {in_words(post.scheduled_time, 'Europe/London')}."


@pytest.mark.parametrize(("changes", "said"), [
    ({"due_at": now() - timedelta(seconds=5)}, "It is due: a worker takes it within seconds."),
    ({"tries": 3}, "try 4."),
    ({"state": "unsure", "due_at": NEVER}, "and say whether it is there."),
    ({"state": "unsure", "due_at": now() + timedelta(minutes=5)}, "it is not sent again before that is known."),
    ({"state": "held", "problem_kind": "account"}, "as soon as Mill is connected again."),
    ({"state": "held", "problem_kind": "burst"}, "say that it may go out all the same"),
    ({"state": "published", "vanished_at": now()}, "It is no longer to be seen."),
    ({"state": "publishing", "lease_until": now()}, "Should the worker die"),
])  # fmt: skip
def test_it_knows_what_it_waits_for(account, changes, said):
    assert said in what_next(planned(account, **changes))


def test_what_stands_in_its_way_is_said_before_its_time(account, workspace):
    post = planned(account)
    account.state = "reconnect"
    assert "it is held, unless Mill is connected again before." in what_next(post)
    account.state = "paused"
    assert "unless Mill is resumed before." in what_next(post)
    account.state, account.blocked_until = "connected", now() + timedelta(hours=3)
    assert "was asked to slow down, so it goes out after" in what_next(post)
    workspace.sending_on = False
    session.flush()
    assert what_next(post).startswith("It waits until sending is switched on again")


def test_waits_are_told_between_the_lines_and_short_ones_are_not():
    gaps = {"First.": 0, "Soon.": 30, "An hour later.": 3630, "At once.": 3640}
    began = now()
    lines = [
        HistoryLine(verb="begin", sentence=sentence, who="Slogan", created_at=began + timedelta(seconds=gap))
        for sentence, gap in gaps.items()
    ]
    assert [one.waited for one in story(lines)] == ["", "", "1 hour later", ""]


def test_the_page_tells_it_in_order_with_its_zone_who_did_it_and_what_comes_next(page, account, alice):
    post = planned(account, by=alice)
    post.pause(by=alice, reason="The prices are being checked.")
    session.commit()
    html = page.get(f"/scheduled/{post.id}").get_data(as_text=True)
    told = html[html.index('id="history"'):]
    assert told.index("Held back. The prices are being checked.") > told.index("story-day")
    assert "Europe/London" in told
    assert '<span class="story-who">Alice</span>' in told
    assert told.index("<b>Next</b>") > told.index("Held back.")
    said = page.get(f"/api/v1/scheduled-posts/{post.id}").get_json()["data"]
    assert said["next"] == what_next(session.get_one(ScheduledPost, post.id))


def test_old_lines_lose_the_path_that_they_named(account):
    post, outside = planned(account), "Published on Mastodon: https://kilts.example/17"
    for sentence in ("Published on Practice network: /practice#post-17", outside):
        post.note("publish", sentence)
    session.flush()
    session.execute(text(import_module("migrations.versions.0010_addresses_for_people").PATHS))
    session.expire_all()
    assert [said for verb, said in told_of(post) if verb == "publish"] == [
        "Published on Practice network.",
        outside,
    ]
