"""One rule, whatever it came from: a channel's row, a platform's capability or a process's constraint.

Page, prompt, live counter and checks all read Needs, so a person and a model are told the same truth.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import regex

_SOFT_SOURCES = ("unverified", "opinion")
_ADVICE = ("recommended_", "safe_", "truncation_")
_RANGE = regex.compile(r"(\d+(?:\.\d+)?)\s*(?:-|–|to)\s*(\d+(?:\.\d+)?)")
_UPPER = regex.compile(r"(?:^|_)(?:max|limit|upper|recommended|truncation|safe|exact)(?:_|$)")
_LOWER = regex.compile(r"(?:^|_)(?:min|exact)(?:_|$)")
_NO = {"", "0", "false", "no", "none", "off"}
_KEY_NAMES = {"cta": "call to action", "cta_strategy": "call to action", "tone_guidelines": "tone"}


@dataclass(frozen=True)
class Need:
    """A rule that a text or its media must keep (mandatory) or should keep. Numbers are in `unit`."""

    category: str
    key: str
    value: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    mandatory: bool = False
    description: str = ""
    source: str = ""
    origin: str = "channel"  # channel, platform or process

    @classmethod
    def of_requirement(cls, row: Any) -> "Need":
        """From a row of channel_requirements, or from the data file's line for it."""
        return cls(
            row.category, row.key, row.value, row.unit or "", row.min_value, row.max_value,
            row.is_mandatory, row.description or "", row.source or "",
        )  # fmt: skip

    @classmethod
    def of_capability(cls, row: Any) -> "Need":
        """From a row of platform_capabilities. What nobody verified guides and never blocks."""
        return cls(
            row.capability_type, row.capability_name, row.capability_value, row.unit or "",
            row.min_value, row.max_value, verified(row.source or ""),
            row.description or "", row.source or "", "platform",
        )  # fmt: skip

    @classmethod
    def of_constraint(cls, key: str, value: str, *, mandatory: bool = True, description: str = "") -> "Need":
        """From a process's setting, such as ("max_characters", "200") or ("banned_words", "delve")."""
        return cls("process", key, str(value), mandatory=mandatory, description=description, origin="process")

    @cached_property
    def number(self) -> float | None:
        """The value as a number, where it is one."""
        try:
            return float(self.value)
        except ValueError:
            return None

    @cached_property
    def top(self) -> float | None:
        """The largest figure allowed. Where the value is itself the limit, it wins over an older bound."""
        return self._bound(self.span[1], _UPPER)

    @cached_property
    def bottom(self) -> float | None:
        """The smallest figure allowed, found in the same way."""
        return self._bound(self.span[0], _LOWER)

    @cached_property
    def span(self) -> tuple[float | None, float | None]:
        """The two ends of a range such as 15-60; else the bounds of the rule."""
        ends = _RANGE.fullmatch(self.value.strip())
        return (float(ends[1]), float(ends[2])) if ends else (self.minimum, self.maximum)

    def _bound(self, bound: float | None, named: regex.Pattern) -> float | None:
        number = self.number
        return number if bound is None or (number is not None and named.search(self.key)) else bound

    @cached_property
    def on(self) -> bool:
        """Whether a yes-or-no rule says yes."""
        return self.value.strip().lower() not in _NO

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The value as a list: items between commas or line ends."""
        return tuple(item.strip() for item in regex.split(r"[,\n;]", self.value) if item.strip())

    @cached_property
    def blocks(self) -> bool:
        """Whether breaking it keeps a post from being scheduled."""
        return self.mandatory and not self.key.startswith(_ADVICE)

    def sentence(self) -> str:
        """The rule in words, for a person and for a prompt."""
        say = _SENTENCES.get(self.key)
        told = say(self) if say else None
        return told or _plain(self)


def verified(source: str) -> bool:
    """Whether a source is more than memory or opinion."""
    return not any(mark in source.lower() for mark in _SOFT_SOURCES)


def figure(number: float | None) -> str:
    """A number as people write it: 63,206; 1.91; 0.5."""
    if number is None:
        return "any number of"
    return f"{number:,.0f}" if number == int(number) else f"{number:,.4f}".rstrip("0").rstrip(".")


def size(number: float | None) -> str:
    """A number of bytes as people write it, decimal: 2 MB."""
    if number is None:
        return "any size"
    for unit, bytes_ in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if number >= bytes_:
            return f"{number / bytes_:,.1f}".removesuffix(".0") + f" {unit}"
    return f"{number:,.0f} bytes"


_singular = r"\1"
_COUNTABLE = regex.compile(
    r"\b(hashtag|cashtag|picture|video|character|word|mention|link|second|byte|title)s\b"
)


def amount(number: float | None, noun: str) -> str:
    """A figure with its noun: 3 hashtags, 1 hashtag."""
    return f"{figure(number)} {_COUNTABLE.sub(_singular, noun, count=1) if number == 1 else noun}"


_COUNTED = {
    "graphemes": ", counted as graphemes",
    "utf16_units": ", counted in UTF-16 units",
    "utf8_bytes": ", counted in UTF-8 bytes",
    "bytes": ", counted in bytes",
    "weighted_characters": ", counted with weights (an address is 23, an emoji or CJK sign 2)",
}


_UNSAID = {"text", "list", "boolean", "rule", "method", "style", "strategy", "ratio"}


def _plain(need: Need) -> str:
    name = _KEY_NAMES.get(need.key, need.key.replace("_", " "))
    name = name[0].upper() + name[1:]
    number = need.number
    value = figure(number) if number is not None else need.value
    unit = "" if need.unit in _UNSAID else f" {need.unit}"
    if number is not None and None not in (need.minimum, need.maximum) and need.minimum != need.maximum:
        unit += f" ({figure(need.minimum)} to {figure(need.maximum)})"
    return f"{name}: {value}{unit}".rstrip(" .") + "."


def _most(thing: str) -> Callable[[Need], str | None]:
    def say(need: Need) -> str | None:
        if need.top is None:
            return None
        counted = "" if "bytes" in thing else _COUNTED.get(need.unit, "")
        return f"No {thing}." if need.top == 0 else f"At most {amount(need.top, thing)}{counted}."

    return say


def _least(thing: str) -> Callable[[Need], str | None]:
    return lambda need: None if need.bottom is None else f"At least {amount(need.bottom, thing)}."


def _largest(thing: str) -> Callable[[Need], str | None]:
    return lambda need: None if need.top is None else f"{thing} of at most {size(need.top)}."


def _if_on(sentence: str, otherwise: str = "") -> Callable[[Need], str | None]:
    return lambda need: sentence if need.on else otherwise or None


def _advised(thing: str) -> Callable[[Need], str | None]:
    def say(need: Need) -> str:
        low, high = need.span
        if low is not None and high is not None and low != high:
            return f"Best with {figure(low)} to {figure(high)} {thing}."
        return f"Best with about {amount(need.number, thing)}." if need.number is not None else _plain(need)

    return say


_SENTENCES: dict[str, Callable[[Need], str | None]] = {
    "max_characters": _most("characters"),
    "max_character_limit": _most("characters"),
    "min_characters": _least("characters"),
    "max_words": _most("words"),
    "min_words": _least("words"),
    "max_bytes": _most("bytes of text"),
    "max_hashtags": _most("hashtags"),
    "min_hashtags": _least("hashtags"),
    "exact_hashtags": lambda need: f"Exactly {amount(need.number, 'hashtags')}.",
    "hashtags_at_end": _if_on("Hashtags stand at the end, after the text."),
    "max_cashtags": _most("cashtags ($NAME)"),
    "max_title_characters": _most("characters in the title"),
    "min_title_characters": _least("characters in the title"),
    "max_subject_characters": _most("bytes in the subject line"),
    "title_required": _if_on("A title is needed."),
    "max_mentions": _most("mentions"),
    "max_links": _most("different links"),
    "max_images": _most("pictures"),
    "min_images": _least("pictures"),
    "max_videos": _most("videos"),
    "media_required": _if_on(
        "A picture or a video is needed.", "Pictures and videos are welcome, not needed."
    ),
    "min_videos": _least("videos"),
    "mixed_media": _if_on("Pictures and videos may be mixed.", "Pictures or a video, not both."),
    "image_formats": lambda need: f"Pictures as {', '.join(need.words)}.",
    "video_formats": lambda need: f"Videos as {', '.join(need.words)}.",
    "max_image_bytes": _largest("Pictures"),
    "max_video_bytes": _largest("Videos"),
    "max_gif_bytes": _largest("Animated GIFs"),
    "max_video_seconds": _most("seconds of video"),
    "min_video_seconds": _least("seconds of video"),
    "alt_text_required": _if_on("Every picture needs an alternative text."),
    "max_alt_text_characters": _most("characters in an alternative text"),
    "alt_text_max_characters": _most("characters in an alternative text"),
    "aspect_ratio": lambda need: f"Width to height is {need.value}.",
    "recommended_aspect_ratio": lambda need: f"Best with a width to height of {need.value}.",
    "image_aspect_ratio_max": _most("times as wide as high for a picture"),
    "image_aspect_ratio_min": _least("times as wide as high for a picture"),
    "video_aspect_ratio_max": _most("times as wide as high for a video"),
    "video_aspect_ratio_min": _least("times as wide as high for a video"),
    "banned_words": lambda need: f"Never use: {', '.join(need.words)}." if need.words else None,
    "cta_required": _if_on("Ends with a clear call to action."),
    "only_post_text": _if_on(
        "Answer with the text of the post alone: no introduction, quotes or code fences."
    ),
    "forbidden_characters": lambda need: f"None of these signs: {need.value}.",
    "recommended_characters": _advised("characters"),
    "recommended_hashtags": _advised("hashtags"),
    "recommended_title_characters": _advised("characters in the title"),
}
