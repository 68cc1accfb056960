"""One thing of every kind in Alice's workspace, each with a word in it that nobody else may ever read."""

import io
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from PIL import Image
from sqlalchemy import select

from app.accounts.activity import Activity
from app.accounts.models import ApiToken
from app.accounts.notices import Notice, notify
from app.articles.models import Article, Section, SyndicationProgress
from app.campaigns.models import Campaign
from app.catalogue.models import Product
from app.catalogue.templates import ContentTemplate
from app.core.database import session
from app.core.time import now
from app.platforms.models import Account, Channel, Requirement
from app.platforms.platform import Capability
from app.posts import library, writing
from app.publishing.models import OutboxItem, PracticePost
from app.rewriting.models import ContentProcess, Execution
from app.schedule.models import PostingSchedule, ScheduledPost
from app.schedule.series import Series

WORD = "Auchtermuchty"


def everything(world: Any) -> dict[str, list[UUID]]:
    """The ids of Alice's things by the name that addresses give them; several where a name is shared."""
    workspace, alice = world.workspace, world.alice
    channel = Channel.by_slug(workspace, "practice/feed_post")
    account = Account.connect_new(workspace, channel.platform, f"{WORD} account", {}, alice)
    account.state = "connected"
    session.flush()
    article, section, progress = _an_article(workspace, channel)
    product = Product(workspace_id=workspace.id, external_id="1", name=f"{WORD} kilt")
    session.add(product)
    session.flush()
    execution = Execution.prepare(ContentProcess.of_channel(channel), text=f"{WORD} in the autumn.", by=alice)
    media = library.keep(workspace, f"{WORD}.png", _a_picture(), alice, f"{WORD} at dawn")
    post = writing.compose(
        workspace, alice, text=f"{WORD} is open.", title=WORD, variants={channel.slug: f"{WORD} here."},
        pictures=[(media.id, WORD)], product_id=product.id,
    )  # fmt: skip
    planned = ScheduledPost.plan(post, channel, account, now() + timedelta(days=1), alice)
    schedule = PostingSchedule.create(
        workspace, alice, name=WORD, channel=channel, account=account, times=[time(9)], weekdays=[1, 2]
    )
    campaign = Campaign.begin(workspace, alice, name=WORD, description=f"All of {WORD}.")
    campaign.take(post, alice)
    made: dict[str, list[Any]] = {
        "account_id": [account], "activity_id": [Activity.start(workspace, "import", WORD, alice)],
        "article_id": [article], "campaign_id": [campaign], "channel_id": [channel], "execution_id": [execution],
        "media_id": [media], "member_id": [world.bob], "notice_id": [_a_notice(workspace)],
        "platform_id": [channel.platform],
        "post_id": [post, planned], "process_id": [execution.process], "product_id": [product],
        "progress_id": [progress], "requirement_id": [_first(Requirement, workspace)],
        "rule_id": [_first(Requirement, workspace), _first(Capability, workspace)],
        "run_id": [execution], "schedule_id": [schedule], "scheduled_id": [planned],
        "section_id": [section],
        "series_id": [_a_series(workspace, alice, post, channel, account)],
        "selection_id": [product.choose(channel.platform, alice)],
        "template_id": [_a_template(workspace, alice)],
        "token_id": [ApiToken.issue(alice, WORD)[0]], "workspace_id": [workspace],
    }  # fmt: skip
    _what_was_sent(workspace, account, planned)
    session.commit()
    return {name: [one.id for one in things] for name, things in made.items()}


def _an_article(workspace: Any, channel: Channel) -> tuple[Article, Section, SyndicationProgress]:
    article = Article(
        workspace_id=workspace.id, title=WORD, body=f"All of {WORD}.", digest="1", content_digest="1", slug="a",
    )  # fmt: skip
    session.add(article)
    session.flush()
    section = Section(
        workspace_id=workspace.id, article_id=article.id, position=1, heading=WORD, text=f"All of {WORD}.",
        word_count=3,
    )
    session.add(section)
    session.flush()
    return article, section, SyndicationProgress.take(section, channel)


def _what_was_sent(workspace: Any, account: Account, planned: ScheduledPost) -> None:
    session.add(
        OutboxItem(
            workspace_id=workspace.id, scheduled_post_id=planned.id, account_id=account.id,
            platform_name="practice", channel_name="feed_post", payload={"post": {"text": WORD}},
        )
    )  # fmt: skip
    session.add(
        PracticePost(
            workspace_id=workspace.id, account_id=account.id, key="k", channel_name="feed_post", text=WORD
        )
    )


def _a_template(workspace: Any, alice: Any) -> ContentTemplate:
    return ContentTemplate.add(
        workspace, alice, template_name=WORD, content_type="story", template_prompt=f"Write of {WORD}."
    )


def _a_series(workspace: Any, alice: Any, post: Any, channel: Channel, account: Account) -> Series:
    return Series.create(
        workspace, alice, posts=[post], channel=channel, account=account, rule="FREQ=MONTHLY",
        starts_at=datetime(2026, 1, 1, 9, 0), name=WORD,  # noqa: DTZ001 (a wall time)
    )  # fmt: skip


def _a_notice(workspace: Any) -> Notice:
    return Notice.anywhere(notify(workspace.id, cause=WORD, kind="other", title=WORD, sentence=f"{WORD} is shut."))


def _first(kind: Any, workspace: Any) -> Any:
    return session.scalar(select(kind).where(kind.workspace_id == workspace.id).order_by(kind.id).limit(1))


def _a_picture() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(content, "PNG")
    return content.getvalue()
