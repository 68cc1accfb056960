"""The pages of posting schedules: made, changed, paused, deleted, and by whom not."""

from datetime import time

import pytest

from app.core.database import session
from app.platforms.models import Channel
from app.schedule import rhythm
from app.schedule.models import PostingSchedule
from app.schedule.slots import plan_in
from tests.schedule.cast import a_post, an_account

HTMX = {"HX-Request": "true"}


@pytest.fixture
def account(workspace):
    return an_account(workspace)


@pytest.fixture
def schedule(workspace, alice, account):
    made = PostingSchedule.create(
        workspace, alice, name="Mornings", channel=Channel.by_slug(workspace, "practice/feed_post"),
        account=account, times=[time(9)], weekdays=rhythm.WEEKDAYS,
    )  # fmt: skip
    session.commit()
    return made


def typed(account, **more):
    sent = {
        "name": "Twice a day", "where": f"{account.id} practice/feed_post", "content_type": "product",
        "times": ["09:00", "", "17:30"], "weekdays": ["1", "2", "3", "4", "5"], "zone": "Europe/London",
    }  # fmt: skip
    return {**sent, **more}


def test_it_is_made_and_says_itself(page, account):
    answer = page.post("/schedules", data=typed(account))
    made = session.query(PostingSchedule).one()
    assert answer.headers["Location"] == f"/schedules/{made.id}"
    html = page.get(answer.headers["Location"]).text
    assert "Every weekday at 09:00 and 17:30, Europe/London" in html
    assert html.count('class="rule-free"') == 14


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"weekdays": []}, "weekdays"),
        ({"times": [""]}, "times"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"name": ""}, "name"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(page, account, wrong, field):
    answer = page.post("/schedules", data=typed(account, **wrong), headers=HTMX)
    assert answer.status_code == 422
    assert f'data-field="{field}"' in answer.text
    assert session.query(PostingSchedule).count() == 0


def test_it_is_changed(page, account, schedule):
    answer = page.post(f"/schedules/{schedule.id}", data=typed(account, weekdays=["6", "7"], times=["11:15"]))
    assert answer.status_code == 303, answer.text
    session.refresh(schedule)
    assert schedule.sentence() == "Every Saturday and Sunday at 11:15, Europe/London"


def test_the_sentence_is_said_while_typing(page, account):
    assert (
        page.post("/schedules/sentence", data=typed(account)).text
        == "Every weekday at 09:00 and 17:30, Europe/London."
    )


def test_it_is_paused_and_resumed(page, schedule):
    page.post(f"/schedules/{schedule.id}/pause")
    session.refresh(schedule)
    assert not schedule.is_active
    page.post(f"/schedules/{schedule.id}/resumption")
    session.refresh(schedule)
    assert schedule.is_active


def test_deleting_asks_with_what_hangs_on_it(workspace, page, schedule, alice):
    plan_in(schedule, a_post(workspace), schedule.channel, alice)
    html = page.get(f"/schedules/{schedule.id}/removal").text
    assert "Delete “Mornings”?" in html
    assert "1 post that it planned stays on the calendar" in html
    page.post(f"/schedules/{schedule.id}/removal")
    assert session.query(PostingSchedule).count() == 0


def test_the_list_shows_rule_next_slot_and_conflict(workspace, page, schedule, account, alice):
    PostingSchedule.create(
        workspace, alice, name="Clashing", channel=schedule.channel, account=account, times=[time(9)],
        weekdays=rhythm.EVERY_DAY, content_type="article",
    )  # fmt: skip
    html = page.get("/schedules").text
    assert "Every weekday at 09:00, Europe/London" in html
    assert "“Clashing” posts as Our practice at the same time" in html


def test_charlie_finds_none_and_vera_changes_none(sign_in, charlie, vera, schedule):
    stranger, watching = sign_in(charlie), sign_in(vera)
    assert watching.get(f"/schedules/{schedule.id}").status_code == 200
    for address in ("pause", "removal", "posts"):
        assert watching.post(f"/schedules/{schedule.id}/{address}").status_code == 403
    assert stranger.get(f"/schedules/{schedule.id}").status_code == 404
