"""What somebody typed into the composer, whether it is saved or not."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from app.posts.models import Media, Post
from app.posts.parts import KINDS, UNITS, Written, in_units

FIRST_WAIT = 120  # minutes that a new follow-up waits


class Typed(BaseModel):
    """The composer as it is sent. `own` and `own_slug` stand side by side, `media` and `alt` likewise."""

    version: int | None = None
    title: str = ""
    text: str = ""
    link: str = ""
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
    part_id: list[str] = Field(default_factory=list)
    part_kind: list[str] = Field(default_factory=list)
    part_text: list[str] = Field(default_factory=list)
    part_after: list[str] = Field(default_factory=list)
    part_unit: list[str] = Field(default_factory=list)
    part_for: list[str] = Field(default_factory=list)
    part_add: str = ""  # the kind of a part to add
    part_drop: str = ""  # the place of a part to take off
    part_earlier: str = ""  # the place of a part to move one forward
    split: str = ""  # a channel whose text is to become a thread
    shorten: str = ""  # a channel whose text is to be cut, with the link to the rest
    product_id: UUID | None = None
    article_section_id: UUID | None = None
    campaign_id: str | None = None  # `none` takes it out of its campaign; nothing sent leaves it there

    @classmethod
    def of_post(cls, post: Post, tab: str = "") -> "Typed":
        """The composer as a saved post fills it."""
        own = {variant.slug: variant.text or "" for variant in post.variants}
        typed = cls(
            version=post.version, title=post.title, text=post.text, link=post.link or "", format=post.format,
            channels=list(own), own_slug=list(own), own=list(own.values()),
            own_for=[slug for slug, text in own.items() if text], tab=tab,
            media=[str(picture.media_id) for picture in post.pictures],
            alt=[picture.alt_text for picture in post.pictures],
            campaign_id=str(post.campaign_id) if post.campaign_id else None,
        )  # fmt: skip
        typed.take([part.written for part in post.parts])
        return typed

    def own_text(self, slug: str) -> str:
        """What was typed for one channel alone, in use or not."""
        return dict(zip(self.own_slug, self.own, strict=False)).get(slug, "")

    def say(self, slug: str, text: str) -> None:
        """Give a channel a text of its own."""
        own = dict(zip(self.own_slug, self.own, strict=False)) | {slug: text}
        self.own_slug, self.own = list(own), list(own.values())
        self.own_for = list(dict.fromkeys([*self.own_for, slug]))

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
            "text": self.text, "title": self.title, "link": self.link, "parts": self.parts(),
            "format": self.format, "variants": self.variants(), "pictures": self.pictures(),
        }  # fmt: skip

    def parts(self) -> list[Written]:
        """The parts as typed, after what a button asked for: add one, drop one, move one forward."""
        told = [self._part(place, kind) for place, kind in enumerate(self.part_kind)]
        at = int(self.part_earlier) if self.part_earlier.isdecimal() else 0
        if 0 < at < len(told):
            told[at - 1], told[at] = told[at], told[at - 1]
        if self.part_drop.isdecimal() and int(self.part_drop) < len(told):
            del told[int(self.part_drop)]
        if self.part_add in KINDS:
            wait = FIRST_WAIT if self.part_add == "follow_up" else None
            told.append(Written(self.part_add, "", wait))
        return told

    def take(self, parts: list[Written]) -> None:
        """Hold these parts as if they had been typed."""
        self.part_kind, self.part_text = [one.kind for one in parts], [one.text for one in parts]
        self.part_id, self.part_for = [one.id or "" for one in parts], [one.only_for or "" for one in parts]
        waits = [in_units(one.delay_minutes) for one in parts]
        self.part_after, self.part_unit = [number for number, _ in waits], [unit for _, unit in waits]
        self.part_add = self.part_drop = self.part_earlier = ""

    def _part(self, place: int, kind: str) -> Written:
        def at(values: list[str]) -> str:
            return values[place] if place < len(values) else ""

        number, size = at(self.part_after), dict(UNITS).get(at(self.part_unit), 1)
        wait = int(number) * size if kind == "follow_up" and number.isdecimal() and len(number) < 7 else None
        return Written(kind, at(self.part_text), wait, at(self.part_for) or None, at(self.part_id) or None)


def with_uploads(typed: Typed, kept: Iterable[Media]) -> Typed:
    """The same with more pictures at the end."""
    there = set(typed.media)
    more = [str(media.id) for media in kept if str(media.id) not in there]
    typed.alt = (typed.alt + [""] * len(typed.media))[: len(typed.media)] + [""] * len(more)
    typed.media = typed.media + more
    return typed
