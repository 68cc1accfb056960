"""What the composer shows: the post as typed, a tab for each channel, and what each channel says about it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import case

from app.core.database import as_uuid
from app.platforms.checks import check
from app.platforms.findings import Content, Draft, Finding
from app.platforms.models import Account, Channel, Platform
from app.platforms.need import Need
from app.posts.library import search
from app.posts.models import Media, Post, PostMedia
from app.posts.preview import Preview, limit_of, preview_of, slug_id

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


class Typed(BaseModel):
    """The composer as it is sent. `own` and `own_slug` stand side by side, `media` and `alt` likewise."""

    version: int | None = None
    title: str = ""
    text: str = ""
    link: str = ""
    first_comment: str = ""
    format: str = "social_post"
    channels: list[str] = Field(default_factory=list)
    own_slug: list[str] = Field(default_factory=list)
    own: list[str] = Field(default_factory=list)
    own_for: list[str] = Field(default_factory=list)
    media: list[str] = Field(default_factory=list)
    alt: list[str] = Field(default_factory=list)
    tab: str = ""
    then: str = "save"
    add: str = ""  # a picture of the library
    drop: str = ""  # a picture to take off
    earlier: str = ""  # a picture to move one place forward
    product_id: UUID | None = None
    article_section_id: UUID | None = None

    @classmethod
    def of_post(cls, post: Post, tab: str = "") -> "Typed":
        """The composer as a saved post fills it."""
        own = {variant.slug: variant.text or "" for variant in post.variants}
        return cls(
            version=post.version, title=post.title, text=post.text, link=post.link or "", format=post.format,
            first_comment=post.first_comment or "",
            channels=list(own), own_slug=list(own), own=list(own.values()),
            own_for=[slug for slug, text in own.items() if text], tab=tab,
            media=[str(picture.media_id) for picture in post.pictures],
            alt=[picture.alt_text for picture in post.pictures],
        )  # fmt: skip

    def own_text(self, slug: str) -> str:
        """What was typed for one channel alone, in use or not."""
        return dict(zip(self.own_slug, self.own, strict=False)).get(slug, "")

    def variants(self) -> dict[str, str | None]:
        """Each chosen channel with its own text, or None where the post's text goes out."""
        return {
            slug: (self.own_text(slug) or None) if slug in self.own_for else None for slug in self.channels
        }

    def pictures(self) -> list[tuple[str, str]]:
        """Pictures with their descriptions, after what a button asked for: add one, drop one, move one."""
        words = self.alt + [""] * len(self.media)
        carried = dict(zip(self.media, words, strict=False))
        if self.add:
            carried.setdefault(self.add, "")
        carried.pop(self.drop, None)
        order = list(carried)
        if (at := order.index(self.earlier) if self.earlier in order else 0) > 0:
            order[at - 1], order[at] = order[at], order[at - 1]
        return [(media_id, carried[media_id]) for media_id in order]

    def values(self) -> dict[str, Any]:
        """What `writing.compose` and `writing.save` take."""
        return {
            "text": self.text, "title": self.title, "link": self.link, "first_comment": self.first_comment,
            "format": self.format, "variants": self.variants(), "pictures": self.pictures(),
        }  # fmt: skip


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

    @property
    def guidance(self) -> list[Need]:
        """What helps the writer and cannot be checked."""
        return [need for need in self.draft.needs if need.key in GUIDANCE]

    @cached_property
    def preview(self) -> Preview:
        account = self.accounts[0] if self.accounts else None
        return preview_of(self.draft, self.channel, account, self.speaker, self.pictures)


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
        content = Content(
            text=own if uses_own and own.strip() else self.typed.text, title=self.typed.title.strip() or None,
            link=self.typed.link.strip() or None, media=tuple(picture.facts for picture in self.pictures),
        )  # fmt: skip
        mine = [account for account in self.accounts if account.platform_id == channel.platform_id]
        return Tab(channel, own, uses_own, content, mine, self.pictures, self.workspace.name)


def with_uploads(typed: Typed, kept: Iterable[Media]) -> Typed:
    """The same with more pictures at the end."""
    there = set(typed.media)
    more = [str(media.id) for media in kept if str(media.id) not in there]
    typed.alt = (typed.alt + [""] * len(typed.media))[: len(typed.media)] + [""] * len(more)
    typed.media = typed.media + more
    return typed
