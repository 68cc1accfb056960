"""The bell, the drawer and the page of notices, in a browser without JavaScript and with htmx."""

import pytest
from sqlalchemy import event

from app.accounts.notices import Notice, notify
from app.core.database import db, session

HTMX = {"HX-Request": "true"}


@pytest.fixture
def notices(workspace):
    made = [
        ("c1", "failed", "40 posts failed on Mastodon"), ("c2", "held", "3 posts are held"),
        ("c3", "account", "Bluesky @mill needs reconnecting"),
    ]  # fmt: skip
    for cause, kind, title in made:
        notify(workspace.id, cause=cause, kind=kind, title=title, sentence=f"Because of {cause}.", count=40)
    session.commit()


def text(answer):
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def ids(workspace):
    session.expire_all()
    return {one.cause: one.id for one in Notice.of(workspace)}


def test_an_empty_page_says_what_it_is_for(page):
    assert "Nothing needs you" in text(page.get("/notices"))
    assert "No notice fits these filters." in text(page.get("/notices?kind=held"))


def test_the_bell_counts_what_is_new_on_every_page(page, notices):
    assert "3 new notices" in text(page.get("/activity"))
    page.post("/notices/reading")
    assert 'title="Notices"' in text(page.get("/notices/bell", headers=HTMX))


def test_it_lists_the_newest_first_and_says_which_are_new(page, notices):
    html = text(page.get("/notices"))
    assert html.index("Bluesky @mill") < html.index("3 posts are held") < html.index("40 posts failed")
    assert html.count("is-unread") == 3
    assert "3 notices" in html


def test_filters_and_words_narrow_it(page, notices):
    assert "Bluesky @mill" not in text(page.get("/notices?kind=held"))
    assert "3 posts are held" not in text(page.get("/notices?severity=urgent"))
    found = text(page.get("/notices?q=mastodon"))
    assert "40 posts failed" in found
    assert "3 posts are held" not in found


def test_it_goes_on_where_the_page_ends(page, workspace):
    for number in range(45):
        notify(workspace.id, cause=f"c{number}", kind="other", title=f"Title {number:02}.", sentence="So it is.")
    session.commit()
    seen, address = [], "/notices"
    while address:
        html = text(page.get(address))
        seen += [number for number in range(45) if f"Title {number:02}." in html]
        found = html.partition('id="notice-list-pager"')[2].partition('href="')[2].partition('"')[0]
        address = found.replace("&amp;", "&") if "cursor" in found else ""
    assert sorted(seen) == list(range(45))


def test_opening_one_reads_it(page, notices, workspace):
    html = text(page.get(f"/notices/{ids(workspace)['c1']}"))
    assert "Because of c1." in html
    assert "2 new notices" in text(page.get("/activity"))


def test_dealing_with_it_closes_it_and_can_be_undone(page, notices, workspace):
    one = ids(workspace)["c2"]
    assert page.post(f"/notices/{one}/closing").status_code == 303
    html = text(page.get("/notices"))
    assert "Alice dealt with it." not in html
    assert f"/notices/{one}/reopening" in html, "the toast offers to undo it"
    assert "Alice dealt with it." in text(page.get("/notices?state=closed"))
    page.post(f"/notices/{one}/reopening")
    assert "3 posts are held" in text(page.get("/notices"))


def test_the_drawer_gets_only_its_piece(page, notices):
    html = text(page.get("/notices/latest", headers=HTMX))
    assert "<html" not in html
    assert html.count('class="told ') == 3
    answer = page.post("/notices/reading", headers=HTMX)
    assert answer.headers["HX-Trigger"] == "notices-changed"
    assert "is-unread" not in text(answer)


def test_a_viewer_reads_and_does_not_close(sign_in, vera, notices, workspace):
    client = sign_in(vera)
    assert "/closing" not in text(client.get("/notices"))
    assert client.post(f"/notices/{ids(workspace)['c1']}/closing").status_code == 403


def test_a_neighbour_sees_none(sign_in, charlie, notices):
    assert "40 posts failed" not in text(sign_in(charlie).get("/notices?state=all"))


def test_programs_read_and_close_them(page, notices, workspace):
    said = page.get("/api/v1/notices?severity=urgent").get_json()
    assert [one["cause"] for one in said["data"]] == ["c3", "c1"]
    one = said["data"][0]["id"]
    assert page.post(f"/api/v1/notices/{one}/closing").get_json()["data"]["ending"] == "Alice dealt with it."
    assert page.post(f"/api/v1/notices/{one}/closing").status_code == 409


def test_more_notices_ask_the_database_no_more_often(page, notices, workspace):
    def asked():
        number = []

        def count(*_):
            number.append(1)

        event.listen(db.engine, "before_cursor_execute", count)
        try:
            text(page.get("/notices"))
        finally:
            event.remove(db.engine, "before_cursor_execute", count)
        return len(number)

    few = asked()
    for number in range(15):
        notify(workspace.id, cause=f"d{number}", kind="other", title="More", sentence="So it is.")
    session.commit()
    assert asked() == few
