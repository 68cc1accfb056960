"""What goes to a platform and what comes back: a delivery, its pictures, a receipt, or a failure."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, Self
from uuid import NAMESPACE_URL, uuid5

from pydantic import BaseModel

from app.core.waiting import in_thread
from app.core.wire import readable
from app.platforms.findings import Part

__all__ = [
    "CannotTell",
    "Delivery",
    "Kind",
    "Metrics",
    "OnKeep",
    "Part",
    "Picture",
    "Profile",
    "PublishError",
    "Receipt",
    "Seen",
    "web_address",
    "with_link",
]
OnKeep = Callable[[dict[str, Any]], None]
WORDS = ("channel", "text", "title", "link", "reply_to")


def web_address(said: object) -> str | None:
    """An address that a page may link to; None for anything else, since the other side chose it."""
    text = readable(str(said or "").strip())
    at_home = text.startswith("/") and not text.startswith(("//", "/\\"))
    return text if at_home or text.lower().startswith(("https://", "http://")) else None


def with_link(text: str, link: str | None) -> str:
    """The words, and the link where they lack it."""
    return f"{text}\n\n{link}".strip() if link and link not in text else text


@dataclass(frozen=True)
class Picture:
    """One picture of a post. Width and height are in pixels, `bytes_size` in bytes."""

    path: Path
    mime: str
    width: int
    height: int
    alt_text: str
    bytes_size: int

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def mark(self) -> str:
        """What tells it from another picture, or from the same one under another description."""
        return sha256(f"{self.path}\0{self.alt_text}".encode()).hexdigest()[:16]

    def read(self) -> bytes:
        """The file's bytes. Raise PublishError when it is gone."""
        try:
            return in_thread(self.path.read_bytes)
        except OSError:
            trouble = PublishError(f"The picture {self.name} can no longer be read.", kind=Kind.REFUSED)
        raise trouble


@dataclass(frozen=True)
class Delivery:
    """One post on its way to one account; the same at every attempt, but for its handles.

    `key` is the idempotency key and `begun_at` the moment of the first attempt (aware). `handles` is what
    earlier attempts kept (ids of uploads, a record key), as JSON; `on_keep` commits them to the attempt.
    `parts` go out right after the post; `reply_to` is the remote id of the post that this one answers.
    """

    key: str
    channel: str
    text: str
    begun_at: datetime
    title: str | None = None
    link: str | None = None
    pictures: tuple[Picture, ...] = ()
    first_comment: str | None = None  # short for one part of that kind
    parts: tuple[Part, ...] = ()
    reply_to: str | None = None
    handles: dict[str, Any] = field(default_factory=dict)
    on_keep: OnKeep | None = None

    def __post_init__(self) -> None:
        """Read the short form."""
        if self.first_comment and not self.parts:
            comment = Part("first-comment", "comment", self.first_comment)
            object.__setattr__(self, "parts", (comment,))

    def keep(self, **handles: Any) -> None:
        """Add to the handles and commit them all, before the next call leaves this machine."""
        self.handles.update(handles)
        if self.on_keep:
            in_thread(self.on_keep, dict(self.handles))

    def words(self) -> dict[str, Any]:
        """What it says, as JSON for the attempt."""
        said = {name: getattr(self, name) for name in WORDS}
        return said | {"parts": [asdict(part) for part in self.parts]}

    def as_sent(self, sent: dict[str, Any]) -> Self:
        """The same with the words of an earlier attempt, whatever the post says by now."""
        if not sent:
            return self
        comment = sent.get("first_comment")
        parts = tuple(Part(**part) for part in sent.get("parts", ()))
        said = {name: sent[name] for name in WORDS if name in sent}
        return replace(self, **said, first_comment=comment, parts=parts)

    def key_of(self, part: Part) -> str:
        """The idempotency key of a part; a delivery that is itself an answer has its own."""
        return self.key if self.reply_to else str(uuid5(NAMESPACE_URL, f"{self.key}/{part.id}"))

    def answer(self) -> tuple[Part, "Receipt"]:
        """A delivery that answers an earlier post, as a part of it, and that post."""
        return Part(self.key, "follow_up", self.text), Receipt(str(self.reply_to))


@dataclass(frozen=True)
class Receipt:
    """The platform has the post. `remote_id` is opaque: only the connector that made it reads it.

    `trouble` is a sentence about parts that are not out and will not go out by themselves; `out_at` is when
    the post itself went out, where that was in an earlier attempt.
    """

    remote_id: str
    url: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    trouble: str | None = None
    out_at: datetime | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "remote_id", readable(self.remote_id))
        object.__setattr__(self, "url", web_address(self.url))

    @property
    def where(self) -> str:
        """How a sentence ends that says it is out: with its address on the web, if the connector gave one."""
        return f": {self.url}" if self.url and not self.url.startswith("/") else "."


@dataclass(frozen=True)
class Seen:
    """A post that stands on an account, whoever put it there and when."""

    receipt: Receipt
    text: str
    at: datetime


class Metrics(BaseModel):
    """The counts of one post at this moment; None where the platform gives none."""

    likes: int | None = None
    shares: int | None = None
    comments: int | None = None
    views: int | None = None
    reach: int | None = None
    impressions: int | None = None
    clicks: int | None = None
    saves: int | None = None


@dataclass(frozen=True)
class Profile:
    """Whose account this is. `limits` holds what the server says of itself, under its own names.

    `lacks` names permissions that the connection misses, each with the posts that need it: `all` or
    `pictures`. Empty where nothing is missing, or where the platform does not tell.
    """

    remote_id: str
    handle: str
    display_name: str
    url: str | None = None
    limits: dict[str, Any] = field(default_factory=dict)
    lacks: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", web_address(self.url))


class Kind(StrEnum):
    """What a failure means for the post."""

    TRANSIENT = "transient"  # nothing went out, or a repeat is safe: try again later
    RATE_LIMITED = "rate_limited"  # the platform asks to wait: `until`
    RECONNECT = "reconnect"  # a person must mend the connection
    REFUSED = "refused"  # for good, and the platform said why
    DUPLICATE = "duplicate"  # it is there already: find it
    UNSURE = "unsure"  # it may or may not be out: look, and never repeat blindly


class PublishError(Exception):
    """What went wrong, in words for a person. `retry_in` is in seconds, `until` an aware moment.

    `out`: the post itself is out, and what went wrong is one of its parts.
    """

    def __init__(
        self, message: str, *, kind: Kind, retry_in: float | None = None, until: datetime | None = None,
        out: Receipt | None = None,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.message = readable(message)
        self.kind = kind
        self.retry_in = retry_in
        self.until = until
        self.out = out


class CannotTell(Exception):
    """Nobody but a person can find out whether the post is there. `reason` says why.

    `passing`: it may be known another time, so it is worth another look.
    """

    def __init__(self, reason: str, *, passing: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.passing = passing
