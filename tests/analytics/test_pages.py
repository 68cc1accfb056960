"""The analytics page, its files and its doors for programs."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import event

from app.core.database import session
from app.core.time import now
from tests.analytics.cast import collect, measured, published
from tests.analytics.test_reports import a_day
from tests.publishing.servers import SERVERS
from tests.schedule.cast import a_post, an_account


@pytest.fixture
def facebook(workspace):
    return an_account(workspace, "facebook")


@pytest.fixture
def numbers(workspace, facebook):
    """A month of numbers on two platforms."""
    mastodon = an_account(workspace, "mastodon", "The herd")
    for days in range(1, 40):
        a_day(facebook, days, likes=10, shares=2, comments=1, clicks=3, reach=200)
        a_day(mastodon, days, likes=4, shares=1, comments=0)
    return measured(
        facebook, "facebook/feed_post", post=a_post(workspace, "=SUM(A1) is a text"), likes=9, reach=90
    )


def queries_of(act):
    """How many statements an act sends to the database."""
    engine, sent = session.get_bind().engine, []
    event.listen(engine, "before_cursor_execute", lambda *said: sent.append(said[2]))
    act()
    return len([one for one in sent if one.startswith(("SELECT", "WITH"))])


def test_before_anything_is_out_the_page_says_what_comes(page):
    body = page.get("/analytics").text
    assert "No post has gone out yet" in body
    assert "Write the first post" in body


def test_the_page_shows_totals_days_platforms_and_posts(page, numbers):
    body = page.get("/analytics").text
    for words in (
        "Engagement rate",
        "Platforms side by side",
        "Facebook",
        "Best posts",
        "Best times",
        "as of",
    ):
        assert words in body
    unknown = page.get("/analytics?platform=mastodon&metric=reach").text
    assert "Unknown: none of these platforms tells reach" in unknown
    assert "–" in unknown


def test_a_piece_is_the_same_as_its_part_of_the_page(page, numbers):
    piece = page.get("/analytics?days=7&metric=likes", headers={"HX-Request": "true"}).text
    assert "<html" not in piece
    assert 'id="numbers"' in piece
    assert "Likes over time" in piece


@pytest.mark.parametrize(
    "address",
    [
        "?days=0",
        "?days=9999",
        "?from=2026-02-02",
        "?from=2026-02-02&to=2026-01-01",
        "?metric=fame",
        "?from=soon&to=now",
    ],
)
def test_an_address_that_cannot_be_is_said(page, numbers, address):
    assert page.get(f"/analytics{address}").status_code == 422


def test_the_number_of_queries_does_not_grow(page, workspace, facebook, numbers):
    page.get("/analytics?days=90")
    before = queries_of(lambda: page.get("/analytics?days=90"))
    for slug in ("telegram/channel_message", "mastodon/status", "practice/feed_post"):
        account = an_account(workspace, slug.partition("/")[0])
        for day in range(5):
            a_day(account, day + 50, likes=3)
            measured(account, slug, hours=24 * day + 26, likes=3, reach=50)
    assert queries_of(lambda: page.get("/analytics?days=90")) <= before


FILES = {"days": 31, "platforms": 3, "posts": 2, "products": 1, "times": 2}  # lines, with the head


@pytest.mark.parametrize("name", FILES)
def test_every_table_is_a_file(page, numbers, name):
    answer = page.get(f"/analytics/{name}.csv?days=30")
    assert answer.mimetype == "text/csv"
    assert f"slogan-{name}-" in answer.headers["Content-Disposition"]
    lines = list(csv.reader(io.StringIO(answer.text)))
    assert lines[0][0] in ("day", "platform", "post", "product", "weekday")
    assert all(len(line) == len(lines[0]) for line in lines)
    assert len(lines) == FILES[name]


def test_a_file_holds_no_formula_and_no_invented_nought(page, numbers):
    assert "'=SUM(A1)" in page.get("/analytics/posts.csv").text
    lines = page.get("/analytics/platforms.csv").text.splitlines()
    mastodon = next(line for line in lines if "Mastodon" in line)
    assert mastodon == "Mastodon,no,29,,,116,0,29,,145,"


def test_no_other_file(page, numbers):
    assert page.get("/analytics/secrets.csv").status_code == 404


def test_a_neighbour_sees_nothing(sign_in, charlie, numbers):
    theirs = sign_in(charlie)
    assert "No post has gone out yet" in theirs.get("/analytics").text
    assert theirs.get(f"/analytics/posts/{numbers.id}").status_code == 404
    assert theirs.get("/api/v1/analytics/posts").json["data"] == []
    assert len(theirs.get("/analytics/posts.csv").text.splitlines()) == 1


def test_one_post_from_the_server_to_the_page(page, workspace):
    with SERVERS["mastodon"]() as server:
        account = an_account(workspace, "mastodon", secrets=server.credentials())
        post = published(account, "mastodon/status", minutes=90)
        server.posts.append({"id": "1000", "favourites_count": 41, "reblogs_count": 6, "replies_count": 2})
        assert collect().told == 1
    body = page.get(f"/analytics/posts/{post.id}").text
    assert "Engagement since it went out" in body
    assert ">41<" in body
    assert "Mastodon does not tell it" in body
    assert "49" in page.get("/analytics").text


def test_a_post_without_numbers_says_why(page, workspace):
    telegram = an_account(workspace, "telegram", secrets={"token": "1:a", "chat": "@kilts"})
    post = published(telegram, "telegram/channel_message")
    assert "It is not out yet" not in page.get(f"/analytics/posts/{post.id}").text
    collect()
    assert "Telegram tells no numbers of its posts." in page.get(f"/analytics/posts/{post.id}").text
    assert "Telegram tells no numbers of its posts." in page.get("/analytics").text


def test_practice_is_labelled(page, workspace):
    practice = an_account(workspace, "practice")
    a_day(practice, 1, likes=4, reach=90)
    assert "whose readers are simulated" in page.get("/analytics").text
    a_day(an_account(workspace, "facebook"), 1, likes=5, reach=50)
    body = page.get("/analytics").text
    assert "left out of the totals" in body
    assert "Practice, not in the totals" in body
    assert "are counted in" in page.get("/analytics?practice=include").text


def test_programs_read_the_overview(page, numbers):
    told = page.get("/api/v1/analytics/overview?days=7").json
    assert told["data"]["totals"]["likes"]["value"] == 14 * 6
    assert told["data"]["totals"]["rate"]["value"] == 0.08
    assert len(told["data"]["days"]) == 7
    assert told["data"]["platforms"][1]["reach"] is None
    assert told["meta"]["zone"] == "Europe/London"


def test_programs_read_posts_by_cursor(page, facebook):
    for hours in range(1, 6):
        measured(facebook, "facebook/feed_post", hours=hours, likes=hours, impressions=100, clicks=4)
    seen, cursor = [], None
    while True:
        told = page.get("/api/v1/analytics/posts", query_string={"size": 2, "cursor": cursor or ""})
        seen += [row["likes"] for row in told.json["data"]]
        cursor = told.json["meta"]["next_cursor"]
        if not cursor:
            break
    assert seen == [1, 2, 3, 4, 5]


def test_the_door_of_document_1(page, facebook, workspace):
    measured(facebook, "facebook/feed_post", hours=24, likes=3, impressions=200, clicks=5)
    measured(facebook, "facebook/feed_post", hours=24 * 9, likes=8)
    measured(an_account(workspace, "mastodon"), "mastodon/status", likes=1)
    door = "/api/analytics/content-performance"
    told = page.get(f"{door}?platform=facebook&days_back=7&limit=10").json
    (row,) = told["data"]
    assert (row["likes"], row["views"], row["ctr"], row["platform"]) == (3, None, 0.025, "facebook")
    assert len(page.get(f"{door}?platform=facebook&days_back=30").json["data"]) == 2
    assert page.get(f"{door}?limit=1000").status_code == 422


def test_the_collector_is_rung_by_the_clock():
    from jobs.clock import CLOCK

    assert "analytics.collect" in [job for _, job in CLOCK.values()]


def test_what_is_old_is_left_alone(page, facebook):
    out = published(facebook, "facebook/feed_post", minutes=60 * 24 * 91)
    assert out.published_at < now() - timedelta(days=90)
    assert collect() == (0, 0, 0)
