"""The page of the next 72 hours, the command centre's line, the calendar's mark, and the same for programs."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.accounts.activity import Activity
from app.accounts.notices import Notice
from app.core.database import everywhere, session
from app.core.time import now
from app.publishing.allowances import Allowance, Seen
from app.publishing.budgets import write
from app.schedule import preflight
from app.schedule.digest import digest
from app.schedule.words import in_words
from app.web import home
from tests.schedule.cast import a_post, an_account, planned


@pytest.fixture
def endangered(workspace):
    account = an_account(workspace, name="Resting", state="paused")
    posts = [planned(account, minutes=60 * n, post=a_post(workspace, f"Tartan {n}.")) for n in range(1, 13)]
    preflight.look(workspace, lanes=0)
    return posts


def test_nothing_planned_is_nothing_to_fear(page):
    shown = page.get("/preflight").text
    assert shown.count("Nothing stands in the way") == 1
    assert "Nobody has looked yet" in shown


def test_an_account_that_was_never_connected_is_no_alarm(page, workspace):
    """Its posts are kept, as they are meant to be; the page says so, and what to connect."""
    post = planned(an_account(workspace, name="Later", state="new"), minutes=60)
    preflight.look(workspace, lanes=0)
    shown = page.get("/preflight").text
    assert "Nothing stands in the way, 1 post stays in the outbox" in shown
    assert f'href="/accounts/{post.account_id}">Connect it' in shown
    assert "will fail" not in shown
    assert (home.needs(workspace), Notice.of(workspace).count()) == ([], 0)
    day = f"day={post.scheduled_time.date()}"
    assert "is-endangered" not in page.get(f"/calendar/month?{day}").text + page.get(f"/calendar/list?{day}").text
    assert "not go out as planned" not in page.get(f"/scheduled/{post.id}").text


def test_what_a_platform_said_of_its_rate_limit_is_reckoned_with(workspace):
    """Two accounts of one application share 103 requests, of which two in a hundred are kept for people."""
    accounts, resets = [an_account(workspace, name=name) for name in ("Kilts", "Throws")], now() + timedelta(hours=3)
    with everywhere():
        write(
            Seen(one.id, Allowance("requests", 5000, 103 - n, resets, shared=True), now(), "the app")
            for n, one in enumerate(accounts)
        )
    session.expire_all()
    posts = [
        planned(accounts[n % 2], minutes=at, post=a_post(workspace, f"Tartan {n}."))
        for n, at in enumerate((60, 70, 80, 170, 190))
    ]
    assert preflight.look(workspace, lanes=0) == (5, 0, 1)
    [group] = digest(workspace).groups
    assert [post.id for post in group.posts] == [posts[2].id]  # of the fourth, the wait is not worth a word
    when = in_words(resets, "Europe/London")
    assert group.sentence == f"Practice network takes no more from Kilts until {when}; then it goes out."


def test_one_that_was_connected_and_lost_what_opens_it_is(page, workspace):
    account = an_account(workspace, "mastodon", "Lost its key")
    planned(account, "mastodon/status", minutes=60)
    preflight.look(workspace, lanes=0)
    shown = page.get("/preflight").text
    assert "1 post will fail unless something is done" in shown
    assert "What is kept of the connection of Lost its key is no longer valid. Connect it again." in shown


def test_it_groups_by_account_and_cause_and_links_to_the_repair(page, endangered):
    shown = page.get("/preflight").text
    assert "12 posts will fail unless something is done" in shown
    assert "Resting is paused." in shown
    assert f'href="/accounts/{endangered[0].account_id}">Resume it' in shown
    assert "Tartan 8." in shown
    assert "and 4 more" in shown


def test_what_has_gone_out_meanwhile_is_not_named(page, endangered):
    for post in endangered[1:]:
        post.state = "published"
    session.commit()
    assert "1 post will fail unless something is done" in page.get("/preflight").text


def test_the_command_centre_says_so(workspace, endangered):
    need = next(one for one in home.needs(workspace) if one.href == "/preflight")
    assert need.sentence == "12 posts will fail within 72 hours unless something is done"


def test_the_calendar_and_the_post_say_so(page, endangered):
    day = endangered[0].scheduled_time.date()
    assert "is-endangered" in page.get(f"/calendar/month?day={day}").text
    assert "Resting is paused" in page.get(f"/calendar/list?day={day}").text
    assert "Will not go out as planned: Resting is paused." in page.get(f"/scheduled/{endangered[0].id}").text


def test_a_person_starts_a_look_once_and_sees_how_it_goes(page, workspace, endangered):
    for _ in range(2):
        assert page.post("/preflight").status_code == 303
    [activity] = Activity.of(workspace).where(Activity.kind == preflight.KIND)
    assert "It waits for a worker." in page.get("/preflight").text
    preflight.carry_out(activity)
    assert (activity.state, activity.message) == ("done", "12 posts looked at: 12 will fail unless something is done.")


def test_programs_read_the_same(page, endangered):
    told = page.get("/api/v1/preflight").json["data"]
    assert (told["will_fail"], told["might_fail"], told["posts"]) == (12, 0, 12)
    [group] = told["groups"]
    assert (group["kind"], group["posts"], group["remedy"]) == ("paused", 12, "Resume it")
    assert group["named"][0]["scheduled_post_id"] == str(endangered[0].id)
    assert page.post("/api/v1/preflight").status_code == 202


def test_the_clock_looks_everywhere(workspace, endangered):
    endangered[0].account.state = "connected"
    session.commit()
    preflight.look_everywhere()
    assert home.needs(workspace) == []


def test_charlie_sees_nothing_of_it(sign_in, charlie, endangered):
    assert "Nothing stands in the way" in sign_in(charlie).get("/preflight").text


class TestMisfits:
    def test_a_changed_rule_finds_what_no_longer_fits(self, page, workspace):
        account = an_account(workspace)
        long = planned(account, minutes=60 * 24 * 30, post=a_post(workspace, "Nine tartans. " * 40))
        planned(account, minutes=60, post=a_post(workspace, "Nine tartans."))
        assert "Every scheduled post fits" in page.get("/requirements/practice/misfits").text
        rule = next(one for one in long.channel.requirements if one.key == "max_characters")
        rule.value, rule.max_value = "500", 500
        session.commit()
        shown = page.get("/requirements/practice/misfits").text
        assert "1 scheduled post no longer fits" in shown
        assert "Practice network feed post allows 500 characters; this has 560." in shown
        line = page.get("/requirements/practice/misfits", headers={"HX-Request": "true"}).text
        assert "1 scheduled post no longer fits" in line
        assert "<html" not in line
        told = page.get("/api/v1/platforms/practice/misfits").json
        assert (told["meta"]["total"], told["data"][0]["scheduled_post_id"]) == (1, str(long.id))

    def test_the_page_of_the_rules_asks_for_it(self, page, workspace):
        an_account(workspace)
        session.commit()
        assert 'hx-get="/requirements/practice/misfits"' in page.get("/requirements/practice").text

    def test_a_platform_that_is_not_there(self, page):
        assert page.get("/requirements/nowhere/misfits").status_code == 404


def test_who_comes_back_from_mending_sees_it_gone(page, workspace, endangered, monkeypatch):
    rung, moment = [], now()
    monkeypatch.setattr(preflight, "now", lambda: moment)  # a busy machine makes nothing older
    monkeypatch.setattr(preflight, "ring", lambda name, *_, at_most_once_in: rung.append((name, at_most_once_in)))
    for seconds, headers in ((5, {}), (11, {"HX-Request": "true"}), (11, {}), (200, {"HX-Request": "true"})):
        ago = {"at": moment - timedelta(seconds=seconds)}
        session.execute(text("UPDATE preflight_runs SET looked_at = :at"), ago)
        page.get("/preflight", headers=headers)
    assert rung == [("schedule.look_ahead_in", 10), ("schedule.look_ahead_in", 180)]
