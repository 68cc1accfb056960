"""The requirements page of one platform, and the support matrix, each in a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Self

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from app.core.database import session
from app.core.errors import Missing
from app.platforms.models import Capability, Channel, ChannelType, Platform, Requirement

Groups = list[tuple[str, list[Any]]]


@dataclass(frozen=True)
class Entry:
    """A platform in the list at the left: its number of channels, and of rules that match the words."""

    platform: Platform
    channels: int
    matches: int | None


@dataclass(frozen=True)
class Card:
    """A channel with its rules by category, and those that were removed."""

    channel: Channel
    groups: Groups
    removed: list[Requirement]


@dataclass(frozen=True)
class Sheet:
    """What the requirements page shows."""

    entries: list[Entry]
    words: str
    platform: Platform | None = None
    capabilities: Groups = field(default_factory=list)
    removed: list[Capability] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)

    @classmethod
    def of(cls, workspace: Any, name: str | None = None, words: str = "") -> Self:
        """The page of a platform, or of the first one; only rules that hold every word. Raise Missing."""
        words = " ".join(words.split())[:200]
        entries = _entries(workspace, words)
        chosen = [one for one in entries if one.platform.name == name] if name else _first(entries)
        if name and not chosen:
            raise Missing(f"There is no platform called “{name}” here.")
        if not chosen:
            return cls(entries, words)
        platform = chosen[0].platform
        facts = (
            _rules(workspace, Capability, platform, words).order_by(Capability.category, Capability.key).all()
        )
        kept = [fact for fact in facts if fact.is_active]
        return cls(
            entries,
            words,
            platform,
            _grouped(kept),
            [fact for fact in facts if not fact.is_active],
            _cards(workspace, platform, words),
        )

    @property
    def found(self) -> int:
        """How many rules are shown."""
        groups = [*self.capabilities, *(group for card in self.cards for group in card.groups)]
        return sum(len(rows) for _, rows in groups)


@dataclass(frozen=True)
class Matrix:
    """Which platform supports which kind of post. `cells` holds the channel by platform and channel type."""

    platforms: list[Platform]
    types: list[ChannelType]
    cells: dict[tuple[Any, Any], Channel]

    @classmethod
    def of(cls, workspace: Any) -> Self:
        """The whole matrix; the kinds of post that most platforms share come first."""
        platforms = Platform.in_order(workspace)
        channels = Channel.in_order(workspace).all()
        shared: dict[Any, int] = {}
        for channel in channels:
            shared[channel.channel_type_id] = shared.get(channel.channel_type_id, 0) + 1
        types = (
            ChannelType.of(workspace).where(ChannelType.is_active).order_by(ChannelType.display_order).all()
        )
        types.sort(key=lambda one: -shared.get(one.id, 0))
        return cls(platforms, types, {(one.platform_id, one.channel_type_id): one for one in channels})

    def of_platform(self, platform: Platform) -> list[Channel]:
        """The channels of one platform."""
        return [channel for (where, _), channel in self.cells.items() if where == platform.id]


def matching(kind: Any, words: str) -> list[Any]:
    """Conditions: every word is somewhere in the rule."""
    places = (
        kind.key,
        func.replace(kind.key, "_", " "),
        kind.category,
        kind.value,
        kind.unit,
        kind.description,
    )
    return [or_(*(place.icontains(word, autoescape=True) for place in places)) for word in words.split()]


def _first(entries: list[Entry]) -> list[Entry]:
    with_matches = [one for one in entries if one.matches]
    return with_matches[:1] or entries[:1]


def _entries(workspace: Any, words: str) -> list[Entry]:
    counted = (
        select(Channel.platform_id, func.count().label("number")).group_by(Channel.platform_id).subquery()
    )
    query = (
        select(Platform, func.coalesce(counted.c.number, 0))
        .outerjoin(counted, counted.c.platform_id == Platform.id)
        .where(Platform.workspace_id == workspace.id)
        .order_by(Platform.priority, Platform.display_name)
    )
    matches = _matches(workspace, words) if words else None
    return [
        Entry(platform, number, None if matches is None else matches.get(platform.id, 0))
        for platform, number in session.execute(query)
    ]


def _matches(workspace: Any, words: str) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for kind in (Capability, Requirement):
        mine = (kind.workspace_id == workspace.id, kind.is_active, *matching(kind, words))
        for platform_id, number in session.execute(
            select(kind.platform_id, func.count()).where(*mine).group_by(kind.platform_id)
        ):
            found[platform_id] = found.get(platform_id, 0) + number
    return found


def _rules(workspace: Any, kind: Any, platform: Platform, words: str) -> Any:
    mine = kind.of(workspace).where(kind.platform_id == platform.id, *matching(kind, words))
    return mine.options(joinedload(kind.changed_by))


def _cards(workspace: Any, platform: Platform, words: str) -> list[Card]:
    channels = Channel.in_order(workspace).where(Channel.platform_id == platform.id).all()
    rules = (
        _rules(workspace, Requirement, platform, words).order_by(Requirement.category, Requirement.key).all()
    )
    cards = []
    for channel in channels:
        own = [rule for rule in rules if rule.channel_type_id == channel.channel_type_id]
        kept = [rule for rule in own if rule.is_active]
        cards.append(Card(channel, _grouped(kept), [rule for rule in own if not rule.is_active]))
    return [card for card in cards if card.groups or card.removed] if words else cards


def _grouped(rules: Iterable[Any]) -> Groups:
    return [(category, list(rows)) for category, rows in groupby(rules, key=lambda rule: rule.category)]
