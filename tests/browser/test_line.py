"""The line through the house in a real browser: everything is started as `make run` does it.

One Slogan, with its servers, workers and clock, serves all tests of this file.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from app.local.demo import FEED
from benchmarks.browser import Browser, Refused
from benchmarks.smoke import demo_password, running
from tests.patience import LIMIT, until

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
CHROMIUM = (
    os.environ.get("CHROMIUM")
    or shutil.which("chromium")
    or shutil.which("chromium-browser")
    or shutil.which("google-chrome")
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
pytestmark = [
    pytest.mark.waits,
    pytest.mark.skipif(
        CHROMIUM is None, reason="Chromium is not installed; `apt-get install chromium` brings it"
    ),
]
LONDON = ZoneInfo("Europe/London")


@pytest.fixture(scope="module")
def slogan() -> Iterator[SimpleNamespace]:
    """A running Slogan with the demo workspace: its address and password."""
    with tempfile.TemporaryDirectory(prefix="slogan-browser-") as folder:
        Path(folder).chmod(0o755)
        log = Path(folder) / "output"
        with running(Path(folder), log, SIGN_IN_PER_MINUTE="1000") as (address, process):
            yield SimpleNamespace(address=address, password=demo_password(log), process=process, log=log)


@pytest.fixture(scope="module")
def chromium() -> Iterator:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, timeout=LIMIT * 1000)
        yield browser
        browser.close()


def page_of(chromium, **more):
    """A page of its own; it waits as long as a slow machine needs."""
    context = chromium.new_context(**more)
    context.set_default_timeout(LIMIT * 1000)
    return context.new_page()


@pytest.fixture
def tab(chromium, slogan) -> Iterator:
    """A tab of the editor's own, signed in; a script error fails the test."""
    page = page_of(chromium, viewport={"width": 1440, "height": 1000})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    sign_in(page, slogan, "manager@example.com")
    yield page
    page.context.close()
    assert errors == []


@pytest.fixture(scope="module")
def program(slogan) -> Browser:
    """The same person through the API, to prepare what a test looks at."""
    person = Browser(slogan.address)
    person.sign_in("manager@example.com", slogan.password)
    return person


def sign_in(page, slogan, email: str, password: str | None = None) -> None:
    page.goto(f"{slogan.address}/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password or slogan.password)
    with page.expect_navigation():  # else the next step may cut the sign-in short
        page.get_by_role("button", name="Sign in").click()


def planned(program: Browser, text: str, at: datetime) -> str:
    """A post on the practice network at that time; returns its id."""
    practice = next(
        account for account in program.api("GET", "/api/v1/accounts") if account["platform"] == "practice"
    )
    post = program.api("POST", "/api/v1/posts", text=text, variants={"practice/feed_post": None})
    made = program.api(
        "POST", "/api/v1/scheduled-posts", post_id=post["id"], channel="practice/feed_post",
        account_id=practice["id"], scheduled_time=at.isoformat(),
    )  # fmt: skip
    return made["id"]


def at_nine(days: int) -> datetime:
    """Nine in the morning in London, so many days from now; early next month where a week later is that."""
    day = datetime.now(LONDON).date() + timedelta(days=days)
    if (day + timedelta(days=8)).month != day.month:
        day = (day.replace(day=1) + timedelta(days=32)).replace(day=1 + days)
    return datetime(day.year, day.month, day.day, 9, tzinfo=LONDON)


def test_a_wrong_password_is_said_and_a_right_one_opens_the_door(chromium, slogan):
    page = page_of(chromium)
    sign_in(page, slogan, "viewer@example.com", "not the password")
    assert page.get_by_role("alert").is_visible()
    sign_in(page, slogan, "viewer@example.com")
    assert page.get_by_role("heading", level=1).inner_text().startswith("Good ")
    page.goto(f"{slogan.address}/admin/people")
    assert page.get_by_role("heading", name="Not allowed").is_visible()
    page.context.close()


def test_a_rule_is_changed_in_its_place(tab, slogan):
    tab.goto(f"{slogan.address}/requirements/x")
    row = tab.locator("tr.rule-row", has_text="Maximum hashtags").first
    row.get_by_role("link", name=re.compile("Change")).click()
    value = tab.locator("form input[name=value], tr input[name=value]").first
    value.fill("four")
    value.press("Enter")
    tab.get_by_text(re.compile("number", re.IGNORECASE)).first.wait_for()
    value = tab.locator("input[name=value]").first
    value.fill("4")
    value.press("Enter")
    tab.get_by_text("changed by Ewan Reid").first.wait_for()
    assert "4" in tab.locator("tr.rule-row", has_text="Maximum hashtags").first.inner_text()


def test_a_text_is_rewritten_and_becomes_a_draft(tab, slogan):
    tab.goto(f"{slogan.address}/syndication/mvp-test")
    tab.locator("textarea[name=text]").fill(
        "Why wool keeps you warm when it rains\n\nWool fibres hold about a third of their weight in water before they "
        "feel wet. The crimp of the fibre traps air between the threads, and the air keeps the warmth. That is why "
        "shepherds wore it on the hills, and why walkers still do."
    )
    tab.locator("select[name=channel]").select_option(label="Facebook feed post")
    tab.get_by_role("button", name="Rewrite", exact=True).first.click()
    text = tab.locator(".run-text .prose").first
    text.wait_for()
    written = text.inner_text()
    assert 150 <= len(written) <= 200
    assert len(re.findall(r"#\w+", written)) == 3
    tab.get_by_role("button", name=re.compile("Use this")).first.click()
    tab.wait_for_url(re.compile("/posts/"))
    assert written.split("\n")[0][:40] in tab.locator("textarea[name=text]").input_value()


def test_a_post_is_dragged_to_another_day_and_the_drag_is_undone(tab, slogan, program):
    at = at_nine(2)
    post_id = planned(program, "A post to be dragged, about carding", at)
    tab.goto(f"{slogan.address}/calendar/week?day={at.date()}")
    tab.goto(f"{slogan.address}/calendar/month?day={at.date()}")
    card = tab.locator(f"#scheduledpost-{post_id}")
    other = at.date() + timedelta(days=1)
    goal = tab.locator(f'[data-drop="{other}"]')
    card.scroll_into_view_if_needed()
    start, end = card.bounding_box(), goal.bounding_box()
    tab.mouse.move(start["x"] + 20, start["y"] + 10)
    tab.mouse.down()
    tab.mouse.move(start["x"] + 40, start["y"] + 20, steps=5)
    tab.mouse.move(end["x"] + end["width"] / 2, end["y"] + 12, steps=15)
    tab.mouse.up()
    tab.locator(".toast-line", has_text="Moved to").wait_for()
    assert program.api("GET", f"/api/v1/scheduled-posts/{post_id}")["scheduled_time"].startswith(str(other))
    tab.locator(f'[data-drop="{other}"] #scheduledpost-{post_id}').wait_for()
    tab.get_by_role("button", name="Undo").click()
    tab.locator(f'[data-drop="{at.date()}"] #scheduledpost-{post_id}').wait_for()
    assert program.api("GET", f"/api/v1/scheduled-posts/{post_id}")["scheduled_time"].startswith(
        str(at.date())
    )


def test_a_post_is_moved_by_the_keyboard_alone(tab, slogan, program):
    at = at_nine(2)
    post_id = planned(program, "A post to be moved by keys, about spinning", at)
    tab.goto(f"{slogan.address}/calendar/month?day={at.date()}")
    tab.locator(f"#scheduledpost-{post_id} a").focus()
    tab.keyboard.press("m")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    tab.locator(".toast-line", has_text="Moved to").wait_for()
    week_later = at.date() + timedelta(days=7)
    assert program.api("GET", f"/api/v1/scheduled-posts/{post_id}")["scheduled_time"].startswith(
        str(week_later)
    )


def test_a_post_is_written_published_and_seen(tab, slogan):
    tab.goto(f"{slogan.address}/posts/new")
    tab.locator("textarea[name=text]").fill(
        "The last warp of the year is on the loom. Come and see it on Friday!"
    )
    tab.get_by_role("button", name=re.compile("Save draft")).click()
    tab.wait_for_url(re.compile(r"/posts/[0-9a-f-]{36}"))
    tab.goto(f"{slogan.address}/schedule/new?post={tab.url.split('/posts/')[1].split('?')[0]}")
    where = tab.locator("select").filter(has_text="Practice network").first
    option = (
        where.locator("option", has_text=re.compile("feed post", re.IGNORECASE))
        .filter(has_text="Practice")
        .first
    )
    where.select_option(value=option.get_attribute("value"))
    at = at_nine(1)
    tab.locator("input[name=at]").fill(f"{at:%Y-%m-%dT%H:%M}")
    with tab.expect_navigation():
        tab.get_by_role("button", name="Schedule", exact=True).click()
    tab.goto(f"{slogan.address}/calendar/day?day={at.date()}")
    card = tab.locator(".cal-card", has_text="The last warp of the year")
    tab.goto(f"{slogan.address}/scheduled/{card.get_attribute('data-post')}")
    tab.get_by_role("button", name="Publish now").click()

    def is_out():
        tab.goto(f"{slogan.address}/practice")
        return tab.get_by_text("The last warp of the year").count()

    until(is_out, "the post")
    assert tab.get_by_text("The last warp of the year").first.is_visible()


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize(
    "path",
    ["/", "/calendar", "/calendar/list", "/posts", "/posts/new", "/articles", "/products", "/requirements/facebook",
     "/syndication/mvp-test", "/accounts", "/log", "/outbox", "/schedules", "/analytics"],
)  # fmt: skip
def test_no_page_is_wider_than_its_screen(chromium, slogan, path, width, signed_in):
    page = signed_in[width]
    answer = page.goto(slogan.address + path)
    assert answer is not None
    assert answer.status == 200
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.fixture(scope="module")
def signed_in(chromium, slogan) -> dict:
    pages = {}
    for width in (390, 1440):
        pages[width] = page_of(chromium, viewport={"width": width, "height": 844})
        sign_in(pages[width], slogan, "admin@example.com")
    return pages


@pytest.fixture(scope="module")
def ids(program) -> dict[str, str]:
    """Something of each kind, by the name that addresses below give it."""
    at = at_nine(4)
    scheduled = planned(program, "A post to be looked at, about fulling", at)
    account = program.api("GET", f"/api/v1/scheduled-posts/{scheduled}")["account_id"]
    program.get(f"/scheduled/{scheduled}")
    program.post(f"/scheduled/{scheduled}/pause", reason="The picture is not ours yet.")
    post = program.api("POST", "/api/v1/posts", text="What we say each week, about mending", variants={FEED: None})
    series = program.api(
        "POST", "/api/v1/series", post_ids=[post["id"]], channel=FEED, account_id=account,
        starts_at=f"{at:%Y-%m-%dT%H:%M}", rule="FREQ=WEEKLY",
    )  # fmt: skip
    article = program.api("GET", "/api/v1/articles")[0]
    return {"scheduled": scheduled, "post": post["id"], "series": series["id"], "article": article["id"]}


@pytest.mark.parametrize(
    "path",
    ["/", "/calendar/month", "/calendar/week", "/posts/new", "/posts/{post}", "/scheduled/{scheduled}", "/articles",
     "/articles/{article}", "/products", "/accounts", "/series/{series}", "/notices", "/notices/settings", "/preflight",
     "/late", "/admin/health"],
)  # fmt: skip
def test_a_page_can_be_read_and_worked_by_everybody(slogan, path, signed_in, ids):
    """axe-core finds nothing serious or critical in light colours, and no text that is hard to read in dark ones."""
    page = signed_in[1440]
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    answer = page.goto(slogan.address + path.format(**ids))
    assert answer.status == 200
    axe = pytest.importorskip("axe_playwright_python.base", reason="axe-core is not installed")
    page.evaluate(axe.AXE_SCRIPT)
    hindrances = found_by_axe(page)
    page.emulate_media(color_scheme="dark")
    page.locator("html[data-bs-theme=dark]").wait_for()
    hindrances += found_by_axe(page, runOnly=["color-contrast"])
    assert not hindrances, "\n".join(hindrances)


def found_by_axe(page, **options) -> list[str]:
    """What hinders somebody on this page: rule, how much, where, and what would mend it."""
    asked = {"resultTypes": ["violations"], **options}
    found = page.evaluate("asked => axe.run(asked)", asked)["violations"]
    return [
        f"{rule['id']} ({rule['impact']}) at {place['target']}: {place['failureSummary']}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for place in rule["nodes"]
    ]


def test_a_finger_drags_a_post_to_another_week(chromium, slogan, program):
    at = at_nine(3)
    post_id = planned(program, "A post to be dragged by touch, about dyeing", at)
    page = page_of(chromium, viewport={"width": 1024, "height": 1400}, has_touch=True)
    sign_in(page, slogan, "manager@example.com")
    page.goto(f"{slogan.address}/calendar/month?day={at.date()}")
    card, later = page.locator(f"#scheduledpost-{post_id}"), at.date() + timedelta(days=7)
    goal = page.locator(f'[data-drop="{later}"]')
    goal.scroll_into_view_if_needed()
    start, end = card.bounding_box(), goal.bounding_box()
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *point: float) -> None:
        points = [{"x": point[0], "y": point[1]}] if point else []
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.wait_for_timeout(30)

    x, y, to_x, to_y = start["x"] + 30, start["y"] + 12, end["x"] + end["width"] / 2, end["y"] + 14
    touch("touchStart", x, y)
    page.locator(f"#scheduledpost-{post_id}.sortable-chosen").wait_for()  # it rests first, else it would scroll
    for step in range(1, 16):
        touch("touchMove", x + (to_x - x) * step / 15, y + (to_y - y) * step / 15)
    page.wait_for_timeout(200)
    touch("touchMove", to_x, to_y + 1)
    touch("touchEnd")
    page.locator(".toast-line", has_text="Moved to").wait_for()
    assert program.api("GET", f"/api/v1/scheduled-posts/{post_id}")["scheduled_time"].startswith(str(later))
    page.context.close()


def test_an_upload_beyond_the_limit_is_answered_in_words(program):
    with pytest.raises(Refused, match="larger than 50 MB"):
        program.upload("/api/v1/imports", [("blog.zip", bytes(120_000_000))], kind="articles")
