"""What would be sent, had the account been connected: built, checked and kept, never sent."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core.database import session
from app.platforms.checks import Finding
from app.platforms.models import Account
from app.publishing.connector import Connector
from app.publishing.delivery import Delivery, PublishError
from app.publishing.models import OutboxItem


def keep(
    scheduled_post_id: UUID, account: Account, delivery: Delivery, kind: type[Connector] | None,
    findings: Iterable[Finding],
) -> OutboxItem:  # fmt: skip
    """Keep what would be sent for one scheduled post; a later try replaces it. Nothing leaves."""
    item = session.scalar(select(OutboxItem).where(OutboxItem.scheduled_post_id == scheduled_post_id))
    if item is None:
        item = OutboxItem(
            workspace_id=account.workspace_id, scheduled_post_id=scheduled_post_id, account_id=account.id,
            account=account,
        )  # fmt: skip
        session.add(item)
    item.platform_name, item.channel_name = account.platform.name, delivery.channel
    item.payload = payload_of(delivery, kind)
    item.findings = [
        {"message": one.message, "passed": one.passed, "hard": one.hard, "rule": one.code} for one in findings
    ]
    session.flush()
    return item


def payload_of(delivery: Delivery, kind: type[Connector] | None) -> dict[str, Any]:
    """The post in plain fields and, where Slogan speaks the platform's language, the very requests."""
    post = {
        "channel": delivery.channel, "title": delivery.title, "text": delivery.text, "link": delivery.link,
        "parts": [part.text for part in delivery.parts],
        "pictures": [
            {"name": one.name, "alt_text": one.alt_text, "width": one.width, "height": one.height}
            for one in delivery.pictures
        ],
    }  # fmt: skip
    if kind is None:
        return {"post": post}
    try:
        return {"post": post, **kind.on_paper().payload(delivery)}
    except PublishError as problem:
        return {"post": post, "problem": problem.message}
