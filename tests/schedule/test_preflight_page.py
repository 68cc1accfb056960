"""The page of the next 72 hours, the command centre's line, the calendar's mark, and the same for programs."""

import pytest

from app.accounts.activity import Activity
from app.core.database import session
from app.schedule import preflight
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
    assert "Nothing stands in the way" in shown
    assert "Nobody has looked yet" in shown


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
