"""What a post says on a channel, and whether it may: of a post itself, and of one that was read beside it."""

from dataclasses import dataclass
from typing import Any, ClassVar

from app.platforms.checks import check, problems
from app.platforms.findings import Content, Finding, Part


class Worded:
    """Whatever has a title, a text, a link and a state, and with them variants, pictures and parts.

    A channel is whatever names its platform and channel type, its label and its needs.
    """

    @property
    def is_approved(self: Any) -> bool:
        """Whether these very words were approved, or have gone out already."""
        return self.state in ("approved", "published")

    def text_for(self: Any, channel: Any) -> str:
        """The text that goes out on a channel: its own, or the post's."""
        own = next((v.text for v in self.variants if v.is_for(channel)), None)
        return own if own and own.strip() else self.text

    def parts_for(self: Any, channel: Any) -> tuple[Part, ...]:
        """What goes out right after it on a channel: its thread and comments; follow-ups come later."""
        return tuple(part.said for part in self.parts if part.kind != "follow_up" and part.is_for(channel))

    def content_for(self: Any, channel: Any) -> Content:
        """What the rules of a channel are held against: text, title, link, pictures and every part."""
        return Content(
            text=self.text_for(channel), title=self.title or None, link=self.link,
            media=tuple(picture.facts for picture in self.pictures),
            parts=tuple(part.said for part in self.parts if part.is_for(channel)),
        )  # fmt: skip

    def findings(self, channel: Any) -> list[Finding]:
        """Every rule of a channel that can be checked, kept or broken."""
        return check(self.content_for(channel), channel.needs(), channel_label=channel.label)

    def problems(self: Any, channel: Any) -> list[str]:
        """What the channel would refuse, as sentences. Empty when it is ready."""
        if not self.text_for(channel).strip() and not self.pictures:
            return ["The post is empty. Write something first."]
        broken = problems(self.content_for(channel), channel.needs(), channel_label=channel.label)
        return [finding.message for finding in broken]


@dataclass(slots=True)
class Plain(Worded):
    """A post that has nothing beside its words, as it was read."""

    title: str
    text: str
    link: str | None
    state: str
    variants: ClassVar[tuple[Any, ...]] = ()
    pictures: ClassVar[tuple[Any, ...]] = ()
    parts: ClassVar[tuple[Any, ...]] = ()
