"""How a Bluesky record is made: its key, its moment, and the places of links, mentions and hashtags."""

import re
from collections.abc import Callable
from datetime import UTC, timedelta
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import regex

from app.publishing.delivery import Delivery

TAG_GRAPHEMES = 64
FACET = "app.bsky.richtext.facet"
ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
LINK = re.compile(r"(?<![\w@/])https?://[^\s<>\"]+")
MENTION = re.compile(
    r"(?<![\w.@/])@((?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)"
)
TAG = re.compile(r"(?<!\S)#([^\s#]+)")
_Place = tuple[int, int, dict[str, Any]]


def moment(delivery: Delivery, seconds: int) -> str:
    """The frozen moment of a record, so many seconds after the first attempt began."""
    at = delivery.begun_at.astimezone(UTC) + timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def comment_key(delivery: Delivery) -> str:
    """The idempotency key of the first comment."""
    return str(uuid5(NAMESPACE_URL, f"{delivery.key}/first-comment"))


def tid(key: str, delivery: Delivery) -> str:
    """The record's key: the millisecond of the first attempt, and twenty bits of the idempotency key."""
    digest = int.from_bytes(sha256(key.encode()).digest()[:8])
    milliseconds = int(delivery.begun_at.timestamp() * 1000)
    number = ((milliseconds * 1000 + digest % 1000) << 10) | (digest // 1000 % 1024)
    return "".join(ALPHABET[number >> shift & 31] for shift in range(60, -1, -5))


def facets(text: str, did_of: Callable[[str], str | None]) -> list[dict[str, Any]]:
    """Links, mentions and hashtags of a text, by their places in its UTF-8 bytes."""
    found: list[_Place] = []
    for match in LINK.finditer(text):
        uri, start = _trimmed(match.group()), match.start()
        found.append((start, start + len(uri), {"$type": f"{FACET}#link", "uri": uri}))
    for match in MENTION.finditer(text):
        did = did_of(match.group(1))
        if did:  # a handle that nobody has stays plain text
            found.append((match.start(), match.end(), {"$type": f"{FACET}#mention", "did": did}))
    for match in TAG.finditer(text):
        tag = match.group(1).rstrip(".,;:!?)]}'\"…")
        if re.search(r"[^\W\d_]", tag) and len(regex.findall(r"\X", tag)) <= TAG_GRAPHEMES:
            found.append((match.start(), match.start() + 1 + len(tag), {"$type": f"{FACET}#tag", "tag": tag}))
    return [
        {
            "index": {"byteStart": len(text[:start].encode()), "byteEnd": len(text[:end].encode())},
            "features": [what],
        }
        for start, end, what in sorted(found, key=lambda facet: facet[0])
    ]


def _trimmed(uri: str) -> str:
    """A link without the punctuation of the sentence it stands in."""
    uri = uri.rstrip(".,;:!?'\"…")
    while uri.endswith(")") and uri.count("(") < uri.count(")"):
        uri = uri[:-1].rstrip(".,;:!?'\"…")
    return uri
