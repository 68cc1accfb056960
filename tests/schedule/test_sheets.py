"""A table of posts: good lines are planned, bad ones are named with their line, and a second time plans nothing."""

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.accounts.activity import Activity
from app.campaigns.models import Campaign
from app.core.database import session
from app.schedule import sheets
from app.schedule.models import ScheduledPost
from tests.schedule.cast import an_account

HEAD = "Text,Channel,When,Campaign,First comment\n"


@pytest.fixture
def account(workspace):
    return an_account(workspace)


def planned_from(workspace, by, tmp_path, table, **more):
    path = tmp_path / "posts.csv"
    path.write_text(table)
    activity = Activity.start(workspace, "import posts", "Posts", by, source=str(path), **more)
    sheets.plan_sheet(activity)
    session.refresh(activity)
    return activity


def rows():
    return list(session.scalars(select(ScheduledPost).order_by(ScheduledPost.scheduled_time)))


def test_a_hundred_and_twenty_lines_are_planned_and_the_bad_ones_named(workspace, account, alice, tmp_path):
    lines = [f"Tartan number {n},practice/feed_post,2030-07-{n % 28 + 1:02} {n % 24:02}:00,," for n in range(120)]
    lines[10] = ",practice/feed_post,2030-07-01 09:00,,"
    lines[20] = "Yesterday,practice/feed_post,2020-07-01 09:00,,"
    lines[30] = "Nowhere,mars/feed_post,2030-07-01 09:00,,"
    lines[40] = "When,practice/feed_post,07/13/2030 9am,,"
    lines[50] = f"{'x' * 20_000},practice/feed_post,2030-07-01 09:00,,"
    lines[60] = "No channel,,2030-07-01 09:00,,"
    lines[70] = "No slot,practice/feed_post,,,"
    table = HEAD + "\n".join(lines)
    activity = planned_from(workspace, alice, tmp_path, table)
    assert activity.message == "113 of 120 planned, 7 could not be."
    assert [one["where"] for one in activity.problems] == [f"posts.csv, line {n}" for n in range(12, 80, 10)]
    reasons = ("no text", "passed", "no channel", "no time", "characters", "no channel", "slot")
    for one, said in zip(activity.problems, reasons, strict=True):
        assert said in one["reason"]
    assert len(rows()) == 113
    again = planned_from(workspace, alice, tmp_path, table)
    assert again.message == "0 of 120 planned, 113 on the plan already, 7 could not be."
    assert len(rows()) == 113


def test_times_are_those_of_the_workspace_and_words_go_where_they_belong(workspace, account, alice, tmp_path):
    table = HEAD + "A scarf,practice/feed_post,2030-07-01 09:00,Autumn,Order by Friday\n"
    planned_from(workspace, alice, tmp_path, table)
    [made] = rows()
    assert made.scheduled_time == datetime(2030, 7, 1, 9, tzinfo=ZoneInfo(workspace.zone)).astimezone(UTC)
    assert [(part.kind, part.text) for part in made.post.parts] == [("comment", "Order by Friday")]
    assert made.post.campaign_id == Campaign.called(workspace, "Autumn").id


def test_lines_without_a_channel_go_where_the_form_said(workspace, account, alice, tmp_path):
    place = f"{account.id} practice/feed_post"
    activity = planned_from(workspace, alice, tmp_path, "Date;Message\n2030-07-01 09:00;A scarf\n", place=place)
    assert activity.message == "1 of 1 planned."


def test_a_table_without_texts_says_which_columns_it_has(workspace, account, alice, tmp_path):
    activity = planned_from(workspace, alice, tmp_path, "Name,Price\nScarf,12\n")
    assert (activity.state, "no column “text”" in activity.message) == ("failed", True)


def test_the_end_leads_to_what_was_planned_and_to_what_stood_there(page, workspace, account, alice, tmp_path):
    lines = [f"Tartan number {day},practice/feed_post,2030-07-{day} 23:30,," for day in (28, 17, 31)]
    for _ in range(2):
        done = planned_from(workspace, alice, tmp_path, HEAD + "\n".join(lines))
        html = page.get(f"/activity/{done.id}").text
        assert "See the 3 posts from 17 Jul to 31 Jul 2030" in html
        listed = page.get(done.result["link"]).text
        assert [listed.count(f"Tartan number {day}") > 0 for day in (17, 28, 31)] == [True] * 3
    none = planned_from(workspace, alice, tmp_path, HEAD + "Nowhere,mars/feed_post,2030-07-01 09:00,,\n")
    assert "See the" not in page.get(f"/activity/{none.id}").text


def test_a_person_and_a_program_send_one(page, account, workspace):
    assert "An example to fill in" in page.get("/posts/import").text
    assert page.get("/posts/import/example.csv").text == sheets.EXAMPLE
    for where in ("/posts/import", "/api/v1/scheduled-posts/import"):
        file = (io.BytesIO(sheets.EXAMPLE.encode()), "posts.csv")
        answer = page.post(where, data={"files": file}, content_type="multipart/form-data")
        assert answer.status_code in (202, 303)
    assert Activity.of(workspace).where(Activity.kind == "import posts").count() == 2


def test_a_viewer_may_not(sign_in, vera):
    assert sign_in(vera).get("/posts/import").status_code == 403
