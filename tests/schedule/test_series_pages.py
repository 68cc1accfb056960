"""The pages of series, their API, their outlines on the calendar, and a card that is dragged."""

from datetime import timedelta

import pytest

from app.accounts.notices import Notice
from app.core.database import session
from app.core.time import now
from app.schedule import series_listing
from app.schedule.models import ScheduledPost
from app.schedule.series import Series
from tests.schedule.cast import a_post, an_account
from tests.schedule.series_cast import a_series, rows

HTMX = {"HX-Request": "true"}


@pytest.fixture
def account(workspace):
    return an_account(workspace)


@pytest.fixture
def post(workspace):
    return a_post(workspace)


@pytest.fixture
def series(account, alice, post):
    day = now() + timedelta(days=1)
    made = a_series(account, alice, post, starts=f"{day:%Y-%m-%d}T09:00", name="Mornings")
    session.commit()
    return made


def typed(account, *posts, **more):
    sent = {
        "where": f"{account.id} practice/feed_post", "posts": [str(post.id) for post in posts], "zone": "Europe/London",
        "starts_on": "2030-01-07", "at": "09:00", "kind": "weekly", "weekdays": ["1", "4"], "ends": "on",
        "until": "2030-12-24", "interval": "1", "day": "1", "nth": "1", "weekday": "1", "name": "",
    }  # fmt: skip
    return {**sent, **more}


def test_it_is_made_and_says_itself(page, account, post):
    answer = page.post("/series", data=typed(account, post))
    made = session.query(Series).one()
    assert answer.headers["Location"] == f"/series/{made.id}"
    html = page.get(answer.headers["Location"]).text
    assert "Every Monday and Thursday at 09:00, Europe/London, until 24 December 2030" in html


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"weekdays": []}, "weekdays"), ({"until": ""}, "until"), ({"zone": "Mars/Olympus"}, "zone"),
        ({"posts": []}, "posts"), ({"kind": "advanced", "rrule": "FREQ=SECONDLY"}, "rrule"),
        ({"ends": "after"}, "count"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(page, account, post, wrong, field):
    answer = page.post("/series", data=typed(account, post, **wrong), headers=HTMX)
    assert answer.status_code == 422
    assert f'data-field="{field}"' in answer.text
    assert session.query(Series).count() == 0


def test_a_preview_says_what_the_clock_changes_do(page, account):
    at_night = typed(account, kind="daily", at="01:30", ends="never", starts_on="2026-01-01")
    html = page.post("/series/preview", data=at_night).text
    assert "01:30 does not exist, 02:30 is used" in html
    assert "01:30 happens twice, the first is used" in html


@pytest.mark.parametrize("rule", ["FREQ=DAILY", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=YEARLY"])
def test_its_form_shows_every_kind_of_rule(page, account, alice, rule):
    made = a_series(account, alice, rule=rule)
    assert page.get(f"/series/{made.id}/edit").status_code == 200
    assert page.get(f"/series/{made.id}/edit?from=2030-01-31T09:00:00").status_code == 200


@pytest.mark.parametrize("since", ["nonsense", "2030-01-31T09:00:00Z"])
def test_an_address_that_means_no_time_of_the_series_is_refused(page, series, since):
    assert page.get(f"/series/{series.id}/edit?from={since}").status_code == 422


def test_its_posts_go_out_in_the_order_that_a_person_gives_them(page, workspace, account, alice, vera, sign_in):
    posts = [a_post(workspace, words) for words in ("Tartan.", "Tweed.", "Wool.")]
    starts = f"{now() + timedelta(days=1):%Y-%m-%d}T09:00"
    series = a_series(account, alice, *posts, starts=starts, rule="FREQ=DAILY;COUNT=3")
    session.commit()
    here = f"/series/{series.id}/order"
    answer = page.post(here, data={"post": posts[2].id, "to": 1}, headers=HTMX)
    assert "It is number 2 in the queue now." in answer.text
    assert [row.post.text for row in rows(series)] == ["Tartan.", "Wool.", "Tweed."]
    assert page.post(f"{here}?post={posts[2].id}&to=2").status_code == 303  # its undo
    assert [row.post.text for row in rows(series)] == ["Tartan.", "Tweed.", "Wool."]
    page.post(here, data={"post": posts[0].id, "to": 900})
    assert series.posts[-1] is posts[0]
    assert page.post(here, data={"post": a_post(workspace).id, "to": 0}).status_code == 404
    assert page.post(here, data={"post": posts[0].id, "to": -1}).status_code == 422
    assert sign_in(vera).post(here, data={"post": posts[0].id, "to": 0}).status_code == 403


def test_a_queue_of_one_has_no_arrows(page, series):
    assert "data-in-order" not in page.get(f"/series/{series.id}").text


def test_skip_and_let_it_come(page, series):
    one = rows(series)[9]
    answer = page.post(f"/series/{series.id}/skips", data={"occurrence": one.occurrence.isoformat()})
    session.refresh(one)
    assert one.state == "cancelled"
    shown, _, folded = page.get(f"/series/{series.id}").text.partition('<details class="series-more">')
    assert ("Let it come" in shown, "Let it come" in folded) == (False, True)
    assert f'id="{answer.headers["Location"].partition("#")[2]}"' in folded
    page.post(f"/series/{series.id}/skips/removal", data={"occurrence": one.occurrence.isoformat()})
    session.refresh(one)
    assert one.state == "scheduled"


def test_pause_resume_end_and_delete(page, series):
    for verb, state in (("pause", "paused"), ("resumption", "active"), ("end", "ended")):
        page.post(f"/series/{series.id}/{verb}")
        session.refresh(series)
        assert series.state == state
        assert page.get(f"/series/{series.id}").status_code == 200
    page.post(f"/series/{series.id}/removal")
    assert session.query(Series).count() == 0


def test_times_that_have_no_post_for_one_reason_are_one_line(page, account, alice, post):
    day = now() + timedelta(days=1)
    series = a_series(account, alice, post, starts=f"{day:%Y-%m-%d}T09:00", max_repeats=3)
    html = page.get(f"/series/{series.id}").text
    assert (html.count('class="is-planned"'), html.count('class="is-refused"')) == (3, 1)
    assert "39 times: Every post of it is used 3 times" in html
    assert "rule-free" not in html
    assert Notice.of(alice.workspace).first().kind == "series"


def test_an_ended_one_can_be_let_go_on(page, series):
    answer = page.post(f"/series/{series.id}/end", follow_redirects=True)
    assert "coming posts left the calendar." in answer.text
    assert f'action="/series/{series.id}/resumption"' in answer.text
    page.post(f"/series/{series.id}/resumption")
    session.refresh(series)
    assert series.state == "active"


def test_all_asked_for_at_a_later_time_still_begins_where_it_began(page, account, alice, post):
    day = now() + timedelta(days=1)
    series = a_series(account, alice, post, starts=f"{day:%Y-%m-%d}T09:00", rule="FREQ=DAILY;COUNT=10")
    since = day + timedelta(days=4)
    sent = typed(
        account, post, kind="daily", ends="after", count="10", starts_on=f"{since:%Y-%m-%d}", at="10:00", scope="all",
        occurrence=f"{since:%Y-%m-%d}T09:00:00",
    )  # fmt: skip
    page.post(f"/series/{series.id}", data=sent)
    session.refresh(series)
    assert (series.starts_at.date(), f"{series.starts_at:%H:%M}", len(rows(series))) == (day.date(), "10:00", 10)


def test_the_list_is_searched_filtered_and_says_when_it_is_empty(page, series):
    assert "Mornings" in page.get("/series").text
    assert "Mornings" in page.get("/series?q=morn&state=active").text
    assert "Nothing fits" in page.get("/series?state=trouble").text
    page.post(f"/series/{series.id}/removal")
    assert "Nothing comes again yet" in page.get("/series").text


def test_the_calendar_marks_it_and_outlines_what_lies_beyond(page, series):
    soon, later = now() + timedelta(days=2), now() + timedelta(days=80)
    assert 'aria-label="One of a series"' in page.get(f"/calendar/month?day={soon:%Y-%m-%d}").text
    html = page.get(f"/calendar/month?day={later:%Y-%m-%d}").text
    assert html.count(f'href="/series/{series.id}"') == 42
    assert "data-post=" not in html
    assert f'href="/series/{series.id}"' not in page.get(f"/calendar/month?day={later:%Y-%m-%d}&kind=product").text
    assert f'href="/series/{series.id}"' in page.get(f"/calendar/week?day={later:%Y-%m-%d}").text


def test_the_calendar_says_which_series_it_leaves_out(page, account, alice, series, monkeypatch):
    """Bounded, so that a page stays quick; whoever has more is told, and led to the list."""
    for number in (1, 2):
        a_series(account, alice, name=f"Number {number}")
    a_series(account, alice, name="Every hour", rule="FREQ=HOURLY")
    monkeypatch.setattr(series_listing, "MOST_OUTLINED", 4)
    html = page.get("/calendar/month?day=2031-03-01").text
    assert "Of a series that comes often, the first 60 times are outlined." in html
    assert "of the 4" not in html
    monkeypatch.setattr(series_listing, "MOST_OUTLINED", 2)
    html = page.get(f"/calendar/week?day=2031-03-01&account={account.id}").text
    assert "2 of the 4 series that come here are outlined." in html
    assert f'href="/series?account={account.id}"' in html


def test_a_drop_moves_this_one_and_offers_the_rest(page, series):
    one = rows(series)[3]
    to = one.scheduled_time + timedelta(hours=3)
    html = page.post(
        f"/schedule/{one.id}/time", data={"to": to.isoformat(), "here": "/calendar/month"}, headers=HTMX
    ).text
    assert "this one only" in html
    assert "The following too…" in html
    form = page.get(f"/schedule/{one.id}/move?to={to.isoformat().replace('+', '%2B')}&scope=following").text
    assert '<option value="following" selected>' in form
    page.post(f"/schedule/{one.id}/time", data={"to": to.isoformat(), "here": "/calendar/month", "scope": "following"})
    later = session.query(Series).filter(Series.id != series.id).one()
    assert later.starts_at.hour == 12
    assert (len(rows(series)), rows(later)[0].scheduled_time) == (3, to)


def test_its_page_moves_all_of_it(page, series):
    one = rows(series)[3]
    wanted = (one.occurrence + timedelta(hours=8)).isoformat()
    answer = page.post(f"/scheduled/{one.id}/time", data={"at": wanted, "scope": "all"})
    assert answer.headers["Location"] == f"/series/{series.id}"
    assert {row.occurrence.hour for row in rows(series)} == {17}


def test_a_program_makes_reads_changes_and_skips(page, account, post):
    asked = {
        "post_ids": [str(post.id)], "channel": "practice/feed_post", "starts_at": "2030-01-07T09:00",
        "rule": "FREQ=DAILY;COUNT=5",
    }  # fmt: skip
    made = page.post("/api/v1/series", json=asked).json["data"]
    address = f"/api/v1/series/{made['id']}"
    assert made["sentence"] == "Every day at 09:00, Europe/London, 5 times"
    assert page.get("/api/v1/series?state=active").json["data"][0]["id"] == made["id"]
    page.post(f"{address}/skips", json={"occurrence": "2030-01-08T09:00"})
    coming = page.get(address).json["data"]["coming"]
    assert [line["kind"] for line in coming] == ["outline", "skipped", "outline", "outline", "outline"]
    cut = {"scope": "following", "occurrence": "2030-01-10T09:00", "rule": "FREQ=DAILY;COUNT=2"}
    assert page.patch(address, json=cut).json["data"]["starts_at"] == "2030-01-10T09:00:00"
    assert page.patch(address, json={"cool_down": 2}).json["data"]["cool_down"] == 2
    wrong = page.post("/api/v1/series", json={**asked, "starts_at": "2030-01-07T09:00Z"})
    assert wrong.status_code == 422
    times = page.post("/api/v1/series/preview", json={"rule": "FREQ=DAILY", "starts_at": "2030-01-07T09:00"})
    assert times.json["data"]["times"][0]["occurrence"] == "2030-01-07T09:00:00"


def test_what_a_program_leaves_empty_stays(page, series):
    at = f"/api/v1/series/{series.id}"
    empty = dict.fromkeys(("rule", "zone", "starts_at", "name", "cool_down", "post_ids"))
    assert page.patch(at, json={**empty, "max_repeats": 3}).json["data"]["max_repeats"] == 3
    answer = page.patch(at, json={**empty, "max_repeats": None}).json["data"]
    assert (answer["max_repeats"], answer["rule"], answer["name"]) == (None, series.rule, "Mornings")


def test_an_invisible_character_is_refused_in_words(page, series):
    for answer in (page.get("/series?q=%00"), page.patch(f"/api/v1/series/{series.id}", json={"name": "a\0b"})):
        assert (answer.status_code, "no text can hold" in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"until": "2029-12-24"}, "until"),
        ({"kind": "advanced", "rrule": "FREQ=NEVER"}, "rrule"),
        ({"starts_on": "2300-01-01", "ends": "never"}, "starts_on"),
    ],
)
def test_what_is_wrong_is_said_at_a_field_that_the_form_shows(page, account, post, sent, field):
    answer = page.post("/series", data=typed(account, post, **sent), headers=HTMX)
    assert (answer.status_code, f'data-field="{field}"' in answer.text) == (422, True)


def test_a_preview_of_what_cannot_be_says_so_and_shows_no_times(page, account):
    sent = {key: value for key, value in typed(account, until="2029-12-24").items() if key not in ("where", "posts")}
    answer = page.post("/series/preview", data=sent, headers=HTMX)
    assert (answer.status_code, "It ends before it begins." in answer.text, "<li" in answer.text) == (200, True, False)
    assert page.post("/series/preview", data=sent).status_code == 422


def test_a_program_changes_one(page, series, workspace):
    one, other = rows(series)[2], a_post(workspace, text="Another one")
    asked = {
        "scope": "this", "occurrence": one.occurrence.isoformat(), "post_id": str(other.id),
        "at": one.occurrence.replace(hour=15).isoformat(),
    }  # fmt: skip
    assert page.patch(f"/api/v1/series/{series.id}", json=asked).status_code == 200
    changed = session.get(ScheduledPost, one.id, populate_existing=True)
    assert (changed.post_id, changed.detached) == (other.id, True)
