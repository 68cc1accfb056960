"""The rules that Slogan starts with: one file a platform under data/, every fact with its source."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.errors import Invalid

FOLDER = Path(__file__).parent / "data"
CONTENT_TYPES = {"text", "image", "video", "mixed"}
PLATFORM_STATES = {"active", "inactive", "deprecated"}
CHANNEL_STATES = {"active", "beta", "deprecated"}


@dataclass(frozen=True)
class RequirementData:
    """One rule of a channel; figures in `unit`."""

    category: str
    key: str
    value: str
    unit: str
    min_value: float | None
    max_value: float | None
    is_mandatory: bool
    description: str
    source: str
    display_order: int


@dataclass(frozen=True)
class CapabilityData:
    """One fact that holds for the whole platform."""

    capability_type: str
    capability_name: str
    capability_value: str
    unit: str
    min_value: float | None
    max_value: float | None
    description: str
    source: str
    display_order: int


@dataclass(frozen=True)
class ChannelData:
    """A channel type as one platform supports it, with its rules in order."""

    name: str
    display_name: str
    description: str
    content_type: str  # text, image, video or mixed
    media_support: tuple[str, ...]
    status: str  # active, beta or deprecated
    notes: str
    display_order: int
    requirements: tuple[RequirementData, ...]


@dataclass(frozen=True)
class PlatformData:
    """A platform, what it can do, and its channels."""

    name: str
    display_name: str
    description: str
    website_url: str
    api_documentation_url: str
    priority: int  # 1 comes first
    status: str
    is_practice: bool  # lives inside Slogan; nothing leaves it
    capabilities: tuple[CapabilityData, ...]
    channels: tuple[ChannelData, ...]


def load_platforms(folder: Path = FOLDER) -> list[PlatformData]:
    """Every platform, in order of priority. Raise Invalid, naming file and key, where one is wrong."""
    found: dict[str, tuple[Path, PlatformData]] = {}
    for path in sorted(folder.glob("*.toml")):
        platform = _read(path)
        if platform.name in found:
            first = found[platform.name][0].name
            raise Invalid(f"{path.name}: platform {platform.name} is in {first} already.")
        found[platform.name] = (path, platform)
    _same_types(found.values())
    return sorted((platform for _, platform in found.values()), key=lambda one: (one.priority, one.name))


def _read(path: Path) -> PlatformData:
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        head = told["platform"]
        platform = PlatformData(
            name=head["name"],
            display_name=head["display_name"],
            description=head.get("description", ""),
            website_url=head.get("website_url", ""),
            api_documentation_url=head.get("api_documentation_url", ""),
            priority=head["priority"],
            status=_one_of(head.get("status", "active"), PLATFORM_STATES, "status"),
            is_practice=head.get("practice", False),
            capabilities=tuple(_capability(*one) for one in enumerate(told.get("capabilities", ()), start=1)),
            channels=tuple(_channel(*one) for one in enumerate(told.get("channels", ()), start=1)),
        )
    except KeyError as missing:
        raise Invalid(f"{path.name}: {missing.args[0]} is missing.") from missing
    except (tomllib.TOMLDecodeError, ValueError) as wrong:
        raise Invalid(f"{path.name}: {wrong}") from wrong
    _check_unique(path, platform)
    return platform


def _capability(order: int, told: dict[str, Any]) -> CapabilityData:
    return CapabilityData(
        told["type"], told["name"], told["value"], told.get("unit", ""), told.get("min"), told.get("max"),
        told.get("description", ""), told.get("source", ""), order,
    )  # fmt: skip


def _channel(order: int, told: dict[str, Any]) -> ChannelData:
    return ChannelData(
        name=told["name"],
        display_name=told["display_name"],
        description=told.get("description", ""),
        content_type=_one_of(told["content_type"], CONTENT_TYPES, f"content_type of {told['name']}"),
        media_support=tuple(told.get("media_support", ())),
        status=_one_of(told.get("status", "active"), CHANNEL_STATES, f"status of {told['name']}"),
        notes=told.get("notes", ""),
        display_order=order,
        requirements=tuple(_requirement(*one) for one in enumerate(told.get("requirements", ()), start=1)),
    )


def _requirement(order: int, told: dict[str, Any]) -> RequirementData:
    return RequirementData(
        told["category"], told["key"], told["value"], told.get("unit", ""), told.get("min"), told.get("max"),
        told.get("mandatory", False), told.get("description", ""), told.get("source", ""), order,
    )  # fmt: skip


def _one_of(value: str, allowed: set[str], name: str) -> str:
    if value not in allowed:
        raise ValueError(f"{name} is {value}, not one of {', '.join(sorted(allowed))}.")
    return value


def _check_unique(path: Path, platform: PlatformData) -> None:
    _once(path, "capability", ((one.capability_type, one.capability_name) for one in platform.capabilities))
    _once(path, "channel", ((channel.name,) for channel in platform.channels))
    for channel in platform.channels:
        keys = ((channel.name, one.category, one.key) for one in channel.requirements)
        _once(path, "requirement", keys)


def _once(path: Path, noun: str, keys: Iterable[tuple[str, ...]]) -> None:
    seen = set()
    for key in keys:
        if key in seen:
            raise Invalid(f"{path.name}: {noun} {'/'.join(key)} is there twice.")
        seen.add(key)


def _same_types(found: Iterable[tuple[Path, PlatformData]]) -> None:
    """A channel type is one thing, so every file that uses its name must describe it alike."""
    known: dict[str, tuple[str, tuple]] = {}
    for path, platform in found:
        for one in platform.channels:
            said = (one.display_name, one.description, one.content_type, one.media_support)
            file, before = known.setdefault(one.name, (path.name, said))
            if before != said:
                raise Invalid(f"{path.name}: channel {one.name} is described differently in {file}.")
