"""The publishing log and a scheduled post's own page, read by people."""

import re
from datetime import timedelta

import pytest

from app.core.database import session
from app.core.states import move
from app.core.time import now, zone
from app.publishing.models import Attempt
from app.schedule.engine import publish_due
from tests.schedule.cast import a_post, an_account, planned


@pytest.fixture
def sent(workspace):
    """One post that went out and one that was refused, on the practice network."""
    good = planned(an_account(workspace), minutes=0, post=a_post(workspace, "Nine tartans for the autumn."))
    bad = planned(
        an_account(workspace, name="Strict", mood="refuse"), minutes=0, post=a_post(workspace, "Ten tartans.")
    )
    session.commit()
    publish_due(lanes=0)
    session.expire_all()
    return good, bad


@pytest.fixture
def elsewhere(sign_in, charlie):
    """Charlie's browser."""
    return sign_in(charlie)


class TestLog:
    def test_every_try_is_in_plain_words(self, page, sent):
        html = re.sub(r"<[^>]+>", "", page.get("/log").get_data(as_text=True))
        time = r"\d\d:\d\d:\d\d"
        taken = rf"{time} sent to Practice network as Our practice;\s*{time} accepted; live at Slogan’s own"
        assert re.search(taken, html)
        assert re.search(
            r"sent to Practice network as Strict;\s*\d\d:\d\d:\d\d Practice network refused", html
        )
        assert "The practice network refused the post, as it was told to." in html

    def test_filters_narrow_it_and_stay_in_the_address(self, page, sent):
        html = page.get("/log?outcome=refused").get_data(as_text=True)
        assert "as Strict" in html
        assert "as Our practice" not in html
        assert '<option value="refused" selected>' in html
        today = now().astimezone(zone("Europe/London")).date()
        assert "as Strict" in page.get(f"/log?day={today}").get_data(as_text=True)
        empty = page.get(f"/log?day={today - timedelta(days=3)}").get_data(as_text=True)
        assert "No try fits these filters." in empty
        assert "as Strict" not in page.get("/log?platform=mastodon").get_data(as_text=True)

    def test_a_filter_that_cannot_be_is_said(self, page):
        assert page.get("/log?day=yesterday").status_code == 422

    def test_the_next_page_follows_by_cursor(self, page, sent, workspace):
        good = sent[0]
        for n in range(35):
            session.add(
                Attempt(
                    workspace_id=workspace.id, scheduled_post_id=good.id,
                    account_id=good.account_id, number=n + 2, key=good.key, outcome="accepted",
                    payload={}, started_at=now() - timedelta(minutes=n + 1),
                )
            )  # fmt: skip
        session.commit()
        seen, address = [], "/log"
        while address:
            html = page.get(address).get_data(as_text=True)
            seen += re.findall(r'id="attempt-([\w-]+)"', html)
            found = re.search(r'class="btn" href="([^"]*cursor=[^"]+)"', html)
            address = found and found.group(1).replace("&amp;", "&")
        assert len(seen) == len(set(seen)) == 37

    def test_charlie_sees_nothing(self, elsewhere, sent):
        assert "Strict" not in elsewhere.get("/log").get_data(as_text=True)

    def test_programs_read_it_too(self, page, sent):
        answer = page.get("/api/v1/attempts?outcome=refused").get_json()
        assert [one["outcome"] for one in answer["data"]] == ["refused"]


class TestOwnPage:
    def test_it_tells_the_story(self, page, sent):
        html = page.get(f"/scheduled/{sent[1].id}").get_data(as_text=True)
        assert "The practice network refused the post, as it was told to." in html
        assert "Idempotency" not in html

    @pytest.mark.parametrize(
        ("state", "shown", "hidden"),
        [
            ("scheduled", ["Publish now", "Hold it", "Cancel it", "Move it"], ["Try again", "It is out<"]),
            ("failed", ["Try again", "I posted it myself"], ["Hold it"]),
            ("cancelled", ["Schedule it again"], ["Cancel it", "Publish now"]),
            ("published", [], ["Try again", "Cancel it", "Publish now", "Move it"]),
            ("publishing", [], ["Try again", "Cancel it", "Publish now", "Move it"]),
            ("unsure", ["It is out<", "It is not out, send it"], ["Try again", "Cancel it", "Publish now"]),
        ],
    )
    def test_only_what_is_possible_has_a_button(self, page, workspace, state, shown, hidden):
        post = planned(an_account(workspace))
        post.state = state
        session.commit()
        html = page.get(f"/scheduled/{post.id}").get_data(as_text=True)
        assert [words for words in shown if words not in html] == []
        assert [words for words in hidden if words in html] == []

    def test_a_viewer_gets_no_buttons(self, sign_in, vera, workspace):
        post = planned(an_account(workspace))
        session.commit()
        assert "Cancel it" not in sign_in(vera).get(f"/scheduled/{post.id}").get_data(as_text=True)
        assert sign_in(vera).post(f"/scheduled/{post.id}/cancellation").status_code == 403

    @pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
    def test_every_button_works_with_htmx_and_without(self, page, workspace, headers):
        post = planned(an_account(workspace))
        session.commit()
        at = (now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
        for noun, data, state in (
            ("pause", {}, "held"), ("retry", {}, "scheduled"), ("cancellation", {}, "cancelled"),
            ("restoration", {}, "scheduled"), ("time", {"at": at}, "scheduled"),
            ("publication", {}, "scheduled"),
        ):  # fmt: skip
            answer = page.post(f"/scheduled/{post.id}/{noun}", data=data, headers=headers)
            assert answer.status_code == (200 if headers else 303), answer.get_data(as_text=True)
            session.refresh(post)
            assert post.state == state
            if headers:
                assert answer.get_data(as_text=True).lstrip().startswith('<div id="scheduled"')
        move(post, "claim")
        move(post, "lose")
        session.commit()
        page.post(f"/scheduled/{post.id}/settlement", data={"went_out": "true", "url": ""}, headers=headers)
        session.refresh(post)
        assert post.state == "published"

    def test_the_second_click_is_told_that_it_was_late(self, page, workspace):
        post = planned(an_account(workspace))
        session.commit()
        page.post(f"/scheduled/{post.id}/cancellation")
        assert page.post(f"/scheduled/{post.id}/cancellation").status_code == 409

    def test_charlie_finds_nothing(self, elsewhere, sent):
        address = f"/scheduled/{sent[0].id}"
        assert elsewhere.get(address).status_code == 404
        assert elsewhere.post(f"{address}/retry").status_code == 404
