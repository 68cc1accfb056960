"""A post on the plan as it is read for many at once: where it goes, when, and what readers will see."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from app.publishing.delivery import with_link
from app.schedule.guard import digest_of


@dataclass
class Entry:
    """One of them. `words` are those for its channel."""

    id: UUID
    post_id: UUID
    account_id: UUID
    platform_id: UUID
    channel_type_id: UUID
    scheduled_time: datetime
    due_at: datetime
    zone: str
    allowed: bool  # a person has said yes to it going beyond the guard
    series_id: UUID | None  # a series has a pause of its own between the same words
    link: str | None
    words: str

    @property
    def text(self) -> str:
        """What readers will see."""
        return with_link(self.words, self.link)

    @cached_property
    def mark(self) -> bytes | None:
        """What it has in common with others that say the same."""
        return digest_of(self.text)

    @property
    def place(self) -> tuple[UUID, UUID]:
        """What its channel is known by."""
        return self.platform_id, self.channel_type_id
