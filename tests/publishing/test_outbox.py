"""What is not sent can be read: in plain fields, with the requests as they would leave."""

import pytest
from sqlalchemy import select

from app.core.database import session
from app.publishing.models import Attempt, OutboxItem
from app.schedule.engine import publish_due
from tests.schedule.cast import a_post, an_account, planned


@pytest.fixture
def kept(workspace):
    """A post for Facebook and one for Mastodon, neither connected."""
    posts = [
        planned(an_account(workspace, platform, state="new"), slug, minutes=0, post=a_post(workspace, text))
        for platform, slug, text in (
            ("facebook", "facebook/feed_post", "A shirt for the Highland games."),
            ("mastodon", "mastodon/status", "Nine tartans for the autumn."),
        )
    ]
    session.commit()
    publish_due(lanes=0)
    session.expire_all()
    return posts


def test_nothing_is_sent_and_no_try_is_written(kept):
    assert [post.state for post in kept] == ["outbox", "outbox"]
    assert session.scalars(select(Attempt)).all() == []
    assert [post.published_at for post in kept] == [None, None]


def test_the_page_shows_plain_fields_and_says_that_nothing_left(page, kept):
    html = page.get("/outbox").get_data(as_text=True)
    assert "A shirt for the Highland games." in html
    assert "Nothing was sent: this account is not connected." in html
    assert "https://mastodon.example/api/v1/statuses" in html
    assert "2 kept" in html


def test_the_platform_filter_stays_in_the_address(page, kept):
    html = page.get("/outbox?platform=facebook").get_data(as_text=True)
    assert "A shirt" in html
    assert "Nine tartans" not in html
    assert '<option value="facebook" selected>' in html


def test_a_second_try_replaces_what_was_kept(kept, alice):
    kept[0].post.text = "Two shirts."
    kept[0].retry(alice)
    session.commit()
    publish_due(lanes=0)
    items = session.scalars(select(OutboxItem).where(OutboxItem.scheduled_post_id == kept[0].id)).all()
    assert [item.payload["post"]["text"] for item in items] == ["Two shirts."]


def test_what_a_person_posted_by_hand_leaves_the_outbox_state(page, kept):
    page.post(f"/scheduled/{kept[0].id}/handwork", data={"url": "https://www.facebook.com/1"})
    session.expire_all()
    assert (kept[0].state, kept[0].remote_url) == ("published", "https://www.facebook.com/1")


def test_htmx_gets_only_the_list(page, kept):
    html = page.get("/outbox", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert html.lstrip().startswith('<section id="outbox"')


def test_an_empty_outbox_says_what_it_is_for(page):
    assert "Nothing pretends to have been sent." in page.get("/outbox").get_data(as_text=True)


@pytest.fixture
def elsewhere(sign_in, charlie):
    """Charlie's browser."""
    return sign_in(charlie)


def test_charlie_sees_nothing(elsewhere, kept):
    assert "A shirt" not in elsewhere.get("/outbox").get_data(as_text=True)
