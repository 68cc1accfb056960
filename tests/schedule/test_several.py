"""One call plans a post for several channels, each at its own time, the next free slot, or its best time."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.analytics import times
from app.core.errors import Invalid
from app.core.time import at_wall, now
from app.schedule import best_times
from app.schedule.best_times import Hour, best_time
from tests.schedule.cast import a_post, an_account, planned

SEVERAL = "/api/v1/scheduled-posts/several"


@pytest.fixture
def account(workspace):
    return an_account(workspace)


@pytest.fixture
def known(monkeypatch):
    """Tuesday at ten did best, then Friday at four."""
    hours = [Hour(2, 10, "9 posts averaged 40."), Hour(5, 16, "8 posts averaged 30.")]
    monkeypatch.setattr(best_times, "_advisers", [lambda workspace, platform: hours])


def local(at, workspace):
    return at.astimezone(ZoneInfo(workspace.zone))


def test_the_best_hour_that_is_free_is_proposed(workspace, account, known):
    tuesday = best_time(workspace, account)
    assert f"{local(tuesday.at, workspace):%a %H:%M}" == "Tue 10:00"
    assert timedelta(0) < tuesday.at - now() < timedelta(days=7, hours=2)
    assert tuesday.reason == "9 posts averaged 40."
    planned(account, minutes=(tuesday.at - now()).total_seconds() / 60)
    friday = best_time(workspace, account)
    assert f"{local(friday.at, workspace):%a %H:%M}" == "Fri 16:00"


def test_where_too_little_is_known_it_is_said(workspace, account):
    with pytest.raises(Invalid, match="Too few posts"):
        best_time(workspace, account)


def test_what_was_measured_tells_the_hours(app, workspace, account):
    assert best_times._advisers == [times.best_hours]
    assert times.best_hours(workspace, "practice") == []


def test_each_place_is_planned_by_itself(page, workspace, account, known):
    facebook = an_account(workspace, "facebook")
    own = at_wall((now() + timedelta(days=3)).date(), time(8), workspace.zone)
    places = [
        {"channel": "facebook/feed_post", "scheduled_time": own.isoformat()},
        {"channel": "practice/feed_post", "when": "best"},
        {"channel": "practice/feed_post", "when": "next"},
        {"channel": "mars/feed_post"},
    ]
    said = page.post(SEVERAL, json={"post_id": str(a_post(workspace).id), "places": places}).json["data"]
    first, best = said["planned"]
    assert (first["account_id"], first["scheduled_time"]) == (str(facebook.id), own.isoformat())
    assert best["reason"] == "9 posts averaged 40."
    assert [one["channel"] for one in said["refused"]] == ["practice/feed_post", "mars/feed_post"]
    assert "No posting schedule offers slots" in said["refused"][0]["reason"]


def test_the_calendar_takes_the_best_time_too(page, workspace, account, known):
    sent = {"post_id": str(a_post(workspace).id), "where": f"{account.id} practice/feed_post", "when": "best"}
    assert "Tue" in page.post("/schedule/posts", data={**sent, "next": "/calendar"}, follow_redirects=True).text


def test_a_viewer_plans_nothing(sign_in, vera, workspace, account):
    sent = {"post_id": str(a_post(workspace).id), "places": [{"channel": "practice/feed_post"}]}
    assert sign_in(vera).post(SEVERAL, json=sent).status_code == 403
