"""A posting schedule fills itself: products and sections become posts in its free slots."""

from datetime import time

import pytest
from sqlalchemy import select

from app.accounts.activity import Activity
from app.articles.models import Article, Section
from app.catalogue.models import Product, Selection
from app.core.database import session
from app.core.errors import Invalid, NotAllowed
from app.core.time import now, zone
from app.platforms.models import Channel
from app.posts.models import Post
from app.schedule import filling, rhythm
from app.schedule.models import PostingSchedule, ScheduledPost
from tests.schedule.cast import an_account

STORY = (
    "Our {name} is woven from pure new wool on looms that have stood in Lochcarron since 1947. "
    "It keeps its shape for decades, shrugs off rain and warms on the coldest walk. "
    "Each one is cut and finished by hand, so no two are quite alike. Wash it cold and dry it flat. "
    "The pattern follows the clan's registered sett, thread by thread."
)


@pytest.fixture
def schedule(workspace, alice):
    account = an_account(workspace)
    here = now().astimezone(zone(workspace.zone)).hour  # no slot passes while a test runs
    return PostingSchedule.create(
        workspace, alice, name="Product posts", channel=Channel.by_slug(workspace, "practice/feed_post"),
        account=account, times=sorted([time((here + 3) % 24), time((here + 11) % 24, 30)]), weekdays=rhythm.EVERY_DAY,
    )  # fmt: skip


def products(workspace, number):
    for index in range(number):
        name = f"{['Highland', 'Island', 'Harbour', 'Castle', 'Moor'][index % 5]} scarf {index}"
        session.add(
            Product(
                workspace_id=workspace.id, external_id=f"p{index}", name=name,
                description=STORY.format(name=name),
                url=f"https://shop.example/p{index}",
            )
        )  # fmt: skip
    session.flush()


def filled(schedule, number, by, focus="rotate"):
    activity = filling.ask_to_fill(schedule, number, focus, by)
    filling.fill(activity)
    session.refresh(activity)
    return activity


def on_the_plan(schedule):
    mine = select(ScheduledPost).where(ScheduledPost.posting_schedule_id == schedule.id)
    return list(session.scalars(mine.order_by(ScheduledPost.scheduled_time)))


def test_ten_products_fill_the_next_ten_slots(workspace, schedule, alice):
    products(workspace, 12)
    slots = schedule.next_slots(number=10)
    activity = filled(schedule, 10, alice)
    assert activity.problems == []
    assert activity.message.startswith("10 of 10 planned; the first goes out on ")
    planned = on_the_plan(schedule)
    assert [one.scheduled_time for one in planned] == slots
    assert len({one.post.product_id for one in planned}) == 10
    assert {one.post.content_type for one in planned} == {"product"}
    assert session.query(Selection).where(Selection.post_id.is_not(None)).count() == 10


def test_what_cannot_be_made_is_listed_with_its_reason(workspace, schedule, alice):
    products(workspace, 2)
    activity = filled(schedule, 3, alice, "story")
    assert activity.message.startswith("2 of 3 planned")
    (problem,) = activity.problems
    assert problem["where"] == "Post 3"
    assert "Take fewer days" in problem["reason"]


def test_without_products_nothing_is_planned_and_it_says_why(schedule, alice):
    activity = filled(schedule, 1, alice)
    assert activity.message == "0 of 1 planned. The reasons stand below."
    assert activity.problems[0]["reason"] == "There is no product to choose from yet."


def test_a_workspace_that_approves_keeps_the_drafts(workspace, schedule, alice):
    workspace.approval_required = True
    products(workspace, 1)
    activity = filled(schedule, 1, alice)
    assert "waits for approval" in activity.problems[0]["reason"]
    assert session.query(Post).one().state == "draft"


def test_articles_fill_section_after_section(workspace, schedule, alice):
    schedule.content_type = "article"
    article = Article(
        workspace_id=workspace.id, title="Weaving", slug="weaving", url="https://blog.example/weaving",
        digest="d", content_digest="c", body=STORY,
    )  # fmt: skip
    for position in range(2):
        text = STORY.format(name=f"cloth {position}")
        article.sections.append(
            Section(
                workspace_id=workspace.id,
                position=position,
                heading=f"Part {position}",
                text=text,
                word_count=60,
            )
        )
    session.add(article)
    session.flush()
    activity = filled(schedule, 3, alice)
    assert activity.message.startswith("2 of 3 planned")
    assert activity.problems[0]["reason"].startswith(
        "Every section of every article has been made into a post"
    )
    assert {one.post.article_section_id for one in on_the_plan(schedule)} == {
        one.id for one in article.sections
    }


def test_ones_own_texts_are_not_generated(schedule, alice):
    schedule.content_type = "text"
    with pytest.raises(Invalid, match="nothing can be generated"):
        filling.ask_to_fill(schedule, 10, "rotate", alice)


def test_a_viewer_generates_nothing(schedule, vera):
    with pytest.raises(NotAllowed):
        filling.ask_to_fill(schedule, 10, "rotate", vera)


def test_the_page_starts_it_and_goes_to_its_progress(workspace, page, schedule):
    answer = page.post(f"/schedules/{schedule.id}/posts", data={"number": "10", "focus": "rotate"})
    activity = session.query(Activity).one()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/activity/{activity.id}")
    assert activity.title == "Generate 10 product posts for “Product posts”"
    assert activity.total == 10
