"""What is checked, and what a check says."""

from collections.abc import Callable
from dataclasses import dataclass, field

from app.platforms.counting import count, method_for, options_for
from app.platforms.need import Need


@dataclass(frozen=True)
class MediaFacts:
    """One picture or video: size in bytes, edges in pixels, length in seconds; 0 is unknown."""

    kind: str  # image or video
    mime: str = ""
    bytes: int = 0
    width: int = 0
    height: int = 0
    seconds: float | None = None
    alt_text: str = ""


@dataclass(frozen=True)
class Part:
    """What goes out after a post: the next of its thread, a comment, a later follow-up. `id` stays for ever."""

    id: str
    kind: str  # thread, comment or follow_up
    text: str


@dataclass(frozen=True)
class Content:
    """A post as it would go out to one channel."""

    text: str
    title: str | None = None
    link: str | None = None
    media: tuple[MediaFacts, ...] = ()
    parts: tuple[Part, ...] = ()

    def of_kind(self, kind: str) -> tuple[MediaFacts, ...]:
        """The pictures, or the videos."""
        return tuple(item for item in self.media if item.kind == kind)


@dataclass(frozen=True)
class Finding:
    """One rule held against one post. A `hard` one that did not pass keeps the post from being scheduled."""

    need: Need
    passed: bool
    hard: bool
    message: str
    code: str


@dataclass(frozen=True)
class Draft:
    """A content with everything a rule may ask about it."""

    content: Content
    needs: tuple[Need, ...]
    label: str = "This channel"
    method: str = field(init=False)
    options: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        """Let the rules name the way of counting, once."""
        object.__setattr__(self, "method", method_for(self.needs))
        object.__setattr__(self, "options", options_for(self.needs))

    @property
    def length(self) -> int:
        """Length of the text as the channel counts."""
        return count(self.content.text, self.method, **self.options)

    def need(self, key: str) -> Need | None:
        """The first rule of that name."""
        return next((need for need in self.needs if need.key == key), None)


Verdict = tuple[bool, str] | None  # passed, message; None where the rule does not apply
Rule = Callable[[Need, Draft], Verdict]
