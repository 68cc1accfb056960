"""A post that is out while some of its parts are not: what its page says, and what a person may do."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.notices import Notice
from app.core.database import session
from app.core.errors import NotAllowed, WrongState
from app.core.time import now
from app.posts.parts import Written
from app.posts.writing import compose
from app.publishing.models import Attempt
from app.schedule import causes, rest
from tests.schedule.cast import an_account, planned, story

SLUG = "practice/feed_post"
PARTS = (
    Written("thread", "The wool comes from Shetland."), Written("thread", "The dye comes from lichen."),
    Written("comment", "Order by Friday."),
)  # fmt: skip


@pytest.fixture
def account(workspace):
    return an_account(workspace)


@pytest.fixture
def half(workspace, account, alice):
    """Makes a scheduled post whose own text is out; of its parts is known what is told."""

    def made(state, *known, kind=None):
        text = "How a scarf is made."
        content = compose(workspace, alice, text=text, parts=PARTS, variants={SLUG: None})
        post = planned(account, SLUG, post=content)
        post.state, post.problem_kind, post.begun_at = state, kind, now() - timedelta(minutes=3)
        parts = {str(part.id): told for part, told in zip(content.parts, known, strict=False)}
        handles = {"remote_id": "17", "url": "/practice#post-17", "out_at": post.begun_at.isoformat(), "parts": parts}
        session.add(
            Attempt(
                workspace_id=workspace.id, scheduled_post_id=post.id, account_id=account.id, account=account,
                key=post.key, handles=handles, payload={"post": {"text": text}}, outcome="unsure",
            )
        )  # fmt: skip
        if state == "published":
            post.remote_id, post.published_at = "17", post.begun_at
            post.last_error = "Part 2 of 3 is not out: the practice network refused it."
        session.flush()
        return post

    return made


def known(post):
    return [Attempt.last_of(post.id).handles["parts"].get(str(part.id), {}) for part in post.post.parts]


OUT = {"id": "18", "url": "/practice#post-18"}
REFUSED, BEGUN = {"problem": "It is too long."}, {"begun": "2026-11-21T08:00:00+00:00", "text": "Else."}


def test_its_page_says_what_became_of_each_part(half, page):
    post = half("published", OUT, REFUSED, kind="parts")
    session.commit()
    html = page.get(f"/scheduled/{post.id}").text
    assert "Part 2 of 3: out" in html
    assert "Part 3 of 3: not out. It is too long." in html
    assert "The first comment: not out yet" in html
    assert "Send the rest" in html


def test_the_rest_is_sent_with_a_button(half, page):
    post = half("published", OUT, REFUSED, kind="parts")
    session.commit()
    assert page.post(f"/scheduled/{post.id}/rest").status_code == 303
    session.refresh(post)
    assert (post.state, post.remote_id, post.problem_kind, post.allowed) == ("scheduled", "17", None, True)
    assert post.due_at <= now()
    assert known(post) == [OUT, {}, {}]
    assert story(post)[-1] == ("send_rest", "What is missing is to be sent.")


def test_programs_send_the_rest_too(half, page):
    post = half("published", OUT, REFUSED, kind="parts")
    session.commit()
    assert page.post(f"/api/v1/scheduled-posts/{post.id}/rest").json["data"]["state"] == "scheduled"


def test_nothing_is_sent_of_a_post_that_is_whole(half, alice, vera):
    post = half("published", OUT, OUT, OUT)
    assert "send_rest" not in post.buttons
    with pytest.raises(WrongState, match="Nothing of this post is missing"):
        post.send_rest(by=alice)
    with pytest.raises(NotAllowed):
        post.send_rest(by=vera)


def test_a_person_says_that_an_unsure_part_is_out(half, alice):
    post = half("unsure", OUT, BEGUN)
    post.settle(True, by=alice, url="https://practice.example/19")
    assert post.state == "scheduled"
    assert known(post)[1]["id"] == "18", "the next part answers the one before"
    assert known(post)[1]["url"] == "https://practice.example/19"
    assert story(post)[-1] == ("settle", "Looked on the platform: the part is out. The rest is to be sent.")


def test_a_person_says_that_an_unsure_part_is_not_out(half, alice):
    post = half("unsure", OUT, BEGUN)
    post.settle(False, by=alice)
    assert post.state == "scheduled"
    assert known(post)[:2] == [OUT, {}]


def test_the_last_part_settled_the_post_is_published(half, alice):
    post = half("unsure", OUT, OUT, BEGUN)
    post.settle(True, by=alice)
    assert (post.state, post.remote_id, post.published_at) == ("published", "17", post.begun_at)


def test_an_unsure_part_is_asked_about_by_name(half, page):
    post = half("unsure", OUT, BEGUN)
    session.commit()
    html = page.get(f"/scheduled/{post.id}").text
    assert "The post is out; of part 3 of 3 nobody knows" in html
    assert "It is not out, send it" in html


@pytest.mark.parametrize("state", ["scheduled", "held", "failed"])
def test_cancelling_what_is_half_out_leaves_it_published(half, alice, state):
    post = half(state, OUT, {"tries": 1})
    post.cancel(by=alice)
    assert (post.state, post.remote_id, post.published_at) == ("published", "17", post.begun_at)
    assert post.last_error == "Alice cancelled what was still to be sent of it."
    assert "send_rest" in post.buttons
    assert rest.root_of(post) == "17"


def test_cancelling_what_is_not_out_cancels_it(workspace, account, alice):
    post = planned(account, SLUG)
    post.cancel(by=alice)
    assert post.state == "cancelled"


def test_somebody_is_told_once_that_a_post_is_not_wholly_out(half, workspace):
    post = half("published", OUT, REFUSED, kind="parts")
    assert [causes.sweep(), causes.sweep()] == [1, 0]
    session.refresh(post)
    notice = session.scalars(select(Notice).where(Notice.cause == post.cause)).one()
    assert (notice.kind, notice.title) == ("parts", f"Not wholly out on {post.account.label}")
    assert notice.sentence == post.last_error
