"""Which section comes next for a channel, and who may take it."""

import threading
import time

import pytest

from app.articles.models import Article, Section, SyndicationProgress
from app.core.database import db, everywhere, session
from app.core.errors import WrongState
from app.platforms.models import Channel
from app.platforms.rules import load_rules
from app.posts import writing


def an_article(workspace, title="Wool", sections=3, day=1):
    from app.core.time import now

    article = Article(
        workspace_id=workspace.id, title=title, body="", digest=f"{title}-{day}", content_digest="x",
        published_at=now().replace(year=2024, month=1, day=day),
    )  # fmt: skip
    article.sections = [
        Section(workspace_id=workspace.id, position=n, heading=f"{title} {n}", text=f"text {n}", word_count=2)
        for n in range(1, sections + 1)
    ]
    session.add(article)
    session.flush()
    return article


@pytest.fixture
def channels(workspace):
    return [Channel.by_slug(workspace, slug) for slug in ("facebook/feed_post", "mastodon/post", "x/post")
            if slug in {channel.slug for channel in Channel.in_order(workspace)}]  # fmt: skip


def test_sections_come_in_order_and_completed_ones_are_not_repeated(workspace, alice, channels):
    facebook, article = channels[0], an_article(workspace)
    for number in (1, 2, 3):
        section = Article.next_section(workspace, facebook, article)
        assert section.position == number
        post = writing.compose(workspace, alice, text="A post", article_section_id=section.id)
        SyndicationProgress.take(section, facebook).complete(post)
    assert Article.next_section(workspace, facebook, article) is None
    with pytest.raises(WrongState):
        SyndicationProgress.take(article.sections[0], facebook)


def test_failed_may_run_again(workspace, channels):
    facebook = channels[0]
    an_article(workspace)
    first = Article.next_section(workspace, facebook)
    taken = SyndicationProgress.take(first, facebook)
    assert Article.next_section(workspace, facebook).position == 2
    taken.fail("The model server does not answer.")
    assert Article.next_section(workspace, facebook) is first
    again = SyndicationProgress.take(first, facebook)
    assert (again.id, again.state, again.error_message) == (taken.id, "processing", None)


def test_the_newest_article_comes_first(workspace, channels):
    an_article(workspace, "Old", day=1)
    an_article(workspace, "New", day=2)
    assert Article.next_section(workspace, channels[0]).heading == "New 1"


def test_channels_do_not_wait_for_each_other(workspace, channels):
    article = an_article(workspace)
    SyndicationProgress.take(article.sections[0], channels[0])
    assert Article.next_section(workspace, channels[1]).position == 1
    assert article.sections[0].progress_for(channels[1]) is None


def test_what_was_done_may_be_offered_again(workspace, alice, channels):
    article = an_article(workspace)
    progress = SyndicationProgress.take(article.sections[0], channels[0])
    progress.complete(writing.compose(workspace, alice, text="A post"))
    progress.reopen(by=alice)
    assert Article.next_section(workspace, channels[0]).position == 1
    assert progress.post_id is not None


def test_of_eight_workers_one_takes_the_section(app, wiped_redis):
    """On real connections, outside of the test's transaction."""
    from app.accounts.people import found_workspace

    with app.app_context(), everywhere():
        workspace = found_workspace(f"Race {time.time_ns()}", "UTC")
        load_rules(workspace)
        article = an_article(workspace)
        session.commit()
        section_id, workspace_id = article.sections[0].id, workspace.id
        session.remove()
    start, won, lost = threading.Barrier(8), [], []

    def work() -> None:
        with app.app_context(), everywhere():
            section = Section.anywhere(section_id)
            channel = first_channel(workspace_id)
            start.wait()
            try:
                SyndicationProgress.take(section, channel)
                session.commit()
                won.append(1)
            except WrongState:
                session.rollback()
                lost.append(1)
            finally:
                session.remove()

    def first_channel(owner):
        return session.query(Channel).filter(Channel.workspace_id == owner).first()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context(), everywhere():
        session.execute(db.text("DELETE FROM workspaces WHERE id = :id"), {"id": workspace_id})
        session.commit()
        session.remove()
    assert (len(won), len(lost)) == (1, 7)
