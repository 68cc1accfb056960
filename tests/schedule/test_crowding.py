"""Hours that are too full are seen beforehand, and spread with one button."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.accounts.activity import Activity
from app.core.database import session
from app.core.errors import Invalid, NotAllowed
from app.core.time import now
from app.schedule import moving
from app.schedule.crowding import overfull, placed, spread, spreading
from tests.schedule.cast import a_post, an_account, planned

TEN = datetime(2030, 1, 7, 10, tzinfo=UTC)


def minutes(found):
    return {number: round((at - TEN).total_seconds() / 60, 2) for number, at in found.items()}


def test_what_fits_stays_and_the_rest_goes_out_evenly_as_soon_as_there_is_room():
    assert minutes(placed([TEN] * 14, 10)) == {10: 60, 11: 66, 12: 72, 13: 78}


def test_what_is_planned_later_anyway_keeps_its_place_or_moves_on():
    times = [TEN] * 12 + [TEN + timedelta(minutes=70)] * 9
    assert minutes(placed(times, 10)) == {10: 60, 11: 66, 20: 120}


def test_what_went_out_just_before_counts():
    before = [TEN - timedelta(minutes=20)] * 9
    assert minutes(placed([TEN] * 3, 10, before)) == {1: 40, 2: 46}


def test_an_hour_later_to_the_minute_is_another_hour():
    assert placed([TEN] * 10 + [TEN + timedelta(hours=1)] * 10, 10) == {}


@pytest.fixture
def account(workspace):
    workspace.hourly_cap = 5
    return an_account(workspace, "practice", name="Kilts")


@pytest.fixture
def crowd(workspace, account):
    """Eight posts at ten in the morning, two days ahead."""
    at = (now() + timedelta(days=2)).replace(hour=10, minute=0, second=0, microsecond=0)
    posts = []
    for number in range(8):
        post = planned(account, post=a_post(workspace, f"Tartan number {number}"))
        post.scheduled_time = post.due_at = at + timedelta(minutes=number)
        posts.append(post)
    session.flush()
    return posts


def seen(workspace):
    return overfull(workspace, now(), now() + timedelta(days=7))


def test_it_says_how_many_posts_there_are_and_how_many_fit(workspace, account, crowd):
    (found,) = seen(workspace)
    local = crowd[0].scheduled_time.astimezone(ZoneInfo("Europe/London"))
    when = f"{local:%a %-d %b, %H:%M}–{local + timedelta(minutes=7):%H:%M}"
    assert found.sentence == f"Practice network Kilts: 8 posts on {when}, of which 5 fit."


@pytest.mark.parametrize("change", ["cap", "allowed", "held", "no cap"])
def test_who_may_send_more_or_less_is_judged_by_that(workspace, account, crowd, change):
    if change == "cap":
        account.hourly_cap = 8
    elif change == "no cap":
        workspace.hourly_cap = 0
    for post in crowd[:3]:
        post.allowed = change == "allowed"
        post.state = "held" if change == "held" else post.state
    session.flush()
    assert seen(workspace) == []


def test_spreading_moves_what_is_over_and_can_be_undone(workspace, account, crowd, alice):
    before = [post.scheduled_time for post in crowd]
    batch = spread(workspace, account, seen(workspace)[0].begins, by=alice)
    assert batch.message == "3 posts spread."
    assert [post.scheduled_time for post in crowd[:5]] == before[:5]
    moved = [post.scheduled_time - before[0] for post in crowd[5:]]
    assert moved == [timedelta(minutes=60), timedelta(minutes=72), timedelta(minutes=84)]
    assert seen(workspace) == []
    assert moving.undo(workspace, batch, by=alice) == 3
    assert [post.scheduled_time for post in crowd] == before


def test_where_all_fit_there_is_nothing_to_spread(workspace, account, crowd, vera):
    account.hourly_cap = 50
    session.flush()
    with pytest.raises(Invalid, match="All posts of Kilts fit by now"):
        spreading(workspace, account, crowd[0].scheduled_time)
    with pytest.raises(NotAllowed):
        spread(workspace, account, crowd[0].scheduled_time, by=vera)


def test_the_calendar_says_so_and_the_button_spreads(page, workspace, account, crowd):
    session.commit()
    day = crowd[0].scheduled_time.date()
    here = f"/calendar/week?day={day}"
    said = page.get("/calendar/crowds", query_string={"here": here}).text
    assert "8 posts on" in said
    given = {"account_id": str(account.id), "begins": crowd[0].scheduled_time.isoformat(), "here": here}
    assert "Spread 3 posts of Kilts?" in page.get("/calendar/spreads", query_string=given).text
    answer = page.post("/calendar/spreads", data=given, follow_redirects=True).text
    assert "3 posts spread." in answer
    assert "Every hour fits." in page.get("/calendar/crowds", query_string={"here": here}).text
    assert Activity.of(workspace).where(Activity.kind == "move posts").count() == 1


def test_who_plans_into_a_full_hour_is_told(page, workspace, account, crowd):
    at = crowd[0].scheduled_time.astimezone(ZoneInfo("Europe/London")) + timedelta(minutes=20)
    one = a_post(workspace, "One more")
    session.commit()
    given = {"post_id": str(one.id), "channel": "practice/feed_post", "account_id": str(account.id),
             "at": f"{at:%Y-%m-%dT%H:%M}"}  # fmt: skip
    said = page.post("/schedule/posts", data=given, follow_redirects=True).text
    assert "9 posts on" in said
    assert "What is over waits for a yes." in said


def test_programs_read_it(page, workspace, account, crowd):
    session.commit()
    (found,) = page.get("/api/v1/crowds").json["data"]
    assert (found["planned"], found["fit"], found["account"]) == (8, 5, "Kilts")
