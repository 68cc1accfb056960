"""What the composer shows: the post as typed, a tab for each channel, and what each channel says about it."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import case

from app.core.database import as_uuid
from app.platforms.checks import check
from app.platforms.findings import Content, Draft, Finding, Part
from app.platforms.models import Account, Channel, Platform
from app.platforms.need import Need
from app.platforms.part_checks import REPLIES, judged, name_of
from app.posts.library import search
from app.posts.models import Media, Post, PostMedia
from app.posts.parts import Written, in_words
from app.posts.preview import Preview, limit_of, preview_of, slug_id
from app.posts.typed import Typed

GUIDANCE = (
    "tone_guidelines",
    "best_practice",
    "cta",
    "link_behaviour",
    "mentions",
    "formatting",
    "posting_frequency",
)
MOST_CHOSEN_AT_FIRST = 3
STARTERS = 12  # pictures of the library that are offered at once


@dataclass
class Tab:
    """One channel on the composer, and what it says about the post as typed."""

    channel: Channel
    own: str
    uses_own: bool
    content: Content
    accounts: list[Account]
    pictures: list[PostMedia]
    speaker: str
    waits: dict[str, str]  # a follow-up's id to how long it waits

    @property
    def id(self) -> str:
        return slug_id(self.channel.slug)

    @cached_property
    def draft(self) -> Draft:
        return Draft(self.content, tuple(self.channel.needs()), self.channel.label)

    @cached_property
    def findings(self) -> list[Finding]:
        """Rules that keep a post from going out, then advice; the order stays while somebody types."""
        found = check(self.content, self.draft.needs, self.channel.label)
        return sorted(found, key=lambda finding: not finding.hard)

    @property
    def broken(self) -> list[Finding]:
        """What the channel would refuse."""
        return [finding for finding in self.findings if finding.hard and not finding.passed]

    @property
    def is_empty(self) -> bool:
        return not self.content.text.strip() and not self.content.media

    @property
    def length(self) -> int:
        return self.draft.length

    @property
    def limit(self) -> Need | None:
        """The rule behind the counter."""
        return limit_of(self.draft)

    @property
    def share(self) -> float:
        """How much of the limit is used, from 0 to 1 and beyond."""
        return self.length / self.limit.top if self.limit and self.limit.top else 0

    @cached_property
    def parts(self) -> list["TabPart"]:
        """What follows the post here, each measured as the channel counts."""
        return [TabPart(self, part) for part in self.content.parts]

    @property
    def takes_threads(self) -> bool:
        """Whether a text that is too long may be split here."""
        need = self.draft.need(REPLIES)
        return need is not None and need.on

    @property
    def guidance(self) -> list[Need]:
        """What helps the writer and cannot be checked."""
        return [need for need in self.draft.needs if need.key in GUIDANCE]

    @cached_property
    def preview(self) -> Preview:
        account = self.accounts[0] if self.accounts else None
        return preview_of(self.draft, self.channel, account, self.speaker, self.pictures)


class TabPart:
    """One part on one channel: what people call it, how long it is, whether it fits."""

    def __init__(self, tab: Tab, part: Part) -> None:
        self.part, self.name = part, name_of(part, tab.content.parts)
        alone = replace(tab.draft, content=Content(text=part.text))
        self.length, self.limit = alone.length, tab.limit
        self.fits = all(finding.passed for finding in judged(tab.draft, part))


@dataclass
class Group:
    """A platform in the channel chooser."""

    platform: Platform
    channels: list[Channel]
    accounts: list[Account] = field(default_factory=list)


class Composer:
    """The page: what was typed, the channels there are, and the pictures it carries."""

    def __init__(self, workspace: Any, typed: Typed, post: Post | None = None) -> None:
        self.workspace, self.typed, self.post = workspace, typed, post

    @classmethod
    def new(cls, workspace: Any, typed: Typed) -> "Composer":
        """An empty composer, with the first channel of a few connected platforms chosen."""
        composer = cls(workspace, typed)
        if not typed.channels:
            connected = [group for group in composer.groups if group.accounts]
            typed.channels = [group.channels[0].slug for group in connected[:MOST_CHOSEN_AT_FIRST]]
        return composer

    @cached_property
    def accounts(self) -> list[Account]:
        """Connected accounts first, then those that a person must look at."""
        ready = case((Account.state == "connected", 0), else_=1)
        return Account.of(self.workspace).order_by(ready, Account.name, Account.id).all()

    @cached_property
    def open_channels(self) -> dict[str, Channel]:
        return {channel.slug: channel for channel in Channel.open_in(self.workspace)}

    @cached_property
    def groups(self) -> list[Group]:
        """Platforms with their channels, those with an account first."""
        groups: dict[UUID, Group] = {}
        for channel in self.open_channels.values():
            groups.setdefault(channel.platform_id, Group(channel.platform, [])).channels.append(channel)
        for account in self.accounts:
            if account.platform_id in groups:
                groups[account.platform_id].accounts.append(account)
        return sorted(groups.values(), key=lambda group: not group.accounts)

    @cached_property
    def pictures(self) -> list[PostMedia]:
        """The pictures as typed. One that left the library meanwhile is left out."""
        wanted = self.typed.pictures()
        ids = [as_uuid(media_id, "picture") for media_id, _ in wanted]
        known = (
            {media.id: media for media in Media.of(self.workspace).where(Media.id.in_(ids))} if ids else {}
        )
        return [
            PostMedia(media_id=at, media=known[at], alt_text=alt)
            for (_, alt), at in zip(wanted, ids, strict=True) if at in known
        ]  # fmt: skip

    @cached_property
    def parts(self) -> list[Written]:
        """What follows the post, as typed."""
        return self.typed.parts()

    @cached_property
    def shelf(self) -> list[Media]:
        """The newest pictures of the library."""
        return search(self.workspace).page(size=STARTERS).rows

    @cached_property
    def tabs(self) -> list[Tab]:
        """A tab for each chosen channel, in the order of the chooser."""
        chosen = set(self.typed.channels)
        known = [channel for slug, channel in self.open_channels.items() if slug in chosen]
        order = {group.platform.id: at for at, group in enumerate(self.groups)}
        return [self._tab(channel) for channel in sorted(known, key=lambda one: order[one.platform_id])]

    @property
    def closed(self) -> list[str]:
        """Chosen channels that no longer take posts; saving leaves them out."""
        return [slug for slug in self.typed.channels if slug not in self.open_channels]

    @property
    def active(self) -> Tab | None:
        """The tab in front."""
        return next(
            (tab for tab in self.tabs if tab.channel.slug == self.typed.tab),
            self.tabs[0] if self.tabs else None,
        )

    def _tab(self, channel: Channel) -> Tab:
        slug = channel.slug
        own, uses_own = self.typed.own_text(slug), slug in self.typed.own_for
        said = [
            (Part(told.id or f"new {place}", told.kind, told.text.strip()), told)
            for place, told in enumerate(self.parts) if told.text.strip()
        ]  # fmt: skip
        content = Content(
            text=own if uses_own and own.strip() else self.typed.text, title=self.typed.title.strip() or None,
            link=self.typed.link.strip() or None, media=tuple(picture.facts for picture in self.pictures),
            parts=tuple(part for part, told in said if told.only_for in (None, slug)),
        )  # fmt: skip
        waits = {part.id: in_words(told.delay_minutes) for part, told in said}
        mine = [account for account in self.accounts if account.platform_id == channel.platform_id]
        return Tab(channel, own, uses_own, content, mine, self.pictures, self.workspace.name, waits)
