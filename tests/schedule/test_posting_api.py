"""Posting schedules for programs: made, read with their coming slots, changed, paused, taken away."""

import pytest

from app.core.database import session
from app.core.time import now
from app.schedule.models import PostingSchedule
from tests.schedule.cast import a_post, an_account

OURS = "/api/v1/posting-schedules"
DAILY = {
    "name": "Mornings", "channel": "practice/feed_post", "times": ["09:00", "17:30"], "weekdays": [1, 2, 3, 4, 5, 6, 7],
}  # fmt: skip


@pytest.fixture
def account(workspace):
    return an_account(workspace)


def test_a_program_makes_reads_changes_and_removes_one(page, account):
    made = page.post(OURS, json=DAILY)
    assert made.status_code == 201
    one = made.json["data"]
    assert one["sentence"] == "Every day at 09:00 and 17:30, Europe/London"
    assert [slot["is_free"] for slot in one["slots"]] == [True] * 14
    assert one["next_free_slot"] == one["slots"][0]["at"] > now().isoformat()
    here = f"{OURS}/{one['id']}"
    changed = page.patch(here, json={"weekdays": [1], "zone": "Europe/Berlin"}).json["data"]
    assert changed["sentence"] == "Every Monday at 09:00 and 17:30, Europe/Berlin"
    assert (changed["name"], changed["account_id"]) == ("Mornings", str(account.id))
    assert not page.post(f"{here}/pause").json["data"]["is_active"]
    assert page.delete(f"{here}/pause").json["data"]["is_active"]
    assert page.get(OURS).json["meta"]["total"] == 1
    page.delete(here)
    assert session.query(PostingSchedule).count() == 0


def test_a_taken_slot_is_said(page, account, workspace):
    one = page.post(OURS, json=DAILY).json["data"]
    places = [{"channel": "practice/feed_post"}]
    sent = page.post("/api/v1/scheduled-posts/several", json={"post_id": str(a_post(workspace).id), "places": places})
    assert sent.json["data"]["planned"][0]["scheduled_time"] == one["next_free_slot"]
    after = page.get(f"{OURS}/{one['id']}").json["data"]
    assert [slot["is_free"] for slot in after["slots"][:2]] == [False, True]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"times": []}, "times"), ({"times": ["9 am"]}, "times"), ({"weekdays": [8]}, "weekdays"),
     ({"zone": "Mars/Olympus"}, "zone"), ({"name": ""}, "name"), ({"content_type": "song"}, "content_type")],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(page, account, wrong, field):
    answer = page.post(OURS, json={**DAILY, **wrong})
    assert (answer.status_code, field in answer.json["errors"][0]["fields"]) == (422, True)


def test_a_viewer_makes_none(sign_in, vera, account):
    assert sign_in(vera).post(OURS, json=DAILY).status_code == 403
