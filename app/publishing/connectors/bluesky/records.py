"""How a Bluesky record is made: its key, its moment, and the places of links, mentions and hashtags."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import regex

from app.publishing.address import host_of
from app.publishing.delivery import Delivery, Part

POSTS = "app.bsky.feed.post"
TAG_GRAPHEMES = 64
FACET = "app.bsky.richtext.facet"
ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
LINK = re.compile(r"(?<![\w@/])https?://[^\s<>\"]+")
MENTION = re.compile(
    r"(?<![\w.@/])@((?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)"
)
TAG = re.compile(r"(?<!\S)#([^\s#]+)")
_Place = tuple[int, int, dict[str, Any]]
DidOf = Callable[[str], str | None]


def post_record(
    text: str, delivery: Delivery, blobs: list[tuple[Any, int, int]], did_of: DidOf
) -> dict[str, Any]:
    """The record of a post, with its pictures, or a card for its link."""
    record: dict[str, Any] = {"$type": POSTS, "text": text, "createdAt": moment(delivery, 0)}
    if places := facets(text, did_of):
        record["facets"] = places
    if blobs:
        images = [
            {"image": blob, "alt": picture.alt_text, "aspectRatio": {"width": width, "height": height}}
            for picture, (blob, width, height) in zip(delivery.pictures, blobs, strict=True)
        ]
        record["embed"] = {"$type": "app.bsky.embed.images", "images": images}
    elif delivery.link:
        card = {"uri": delivery.link, "title": delivery.title or host_of(delivery.link), "description": ""}
        record["embed"] = {"$type": "app.bsky.embed.external", "external": card}
    return record


def reply_record(delivery: Delivery, part: Part, refs: dict[str, Any], did_of: DidOf) -> dict[str, Any]:
    """The record of a part, which says what it answers and in whose thread."""
    place = delivery.parts.index(part) + 1 if part in delivery.parts else 0
    record = {"$type": POSTS, "text": part.text, "createdAt": moment(delivery, place), "reply": refs}
    places = facets(part.text, did_of)
    return record | ({"facets": places} if places else {})


def moment(delivery: Delivery, seconds: int) -> str:
    """The frozen moment of a record, so many seconds after the first attempt began."""
    at = delivery.begun_at.astimezone(UTC) + timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def tid(key: str, delivery: Delivery) -> str:
    """The record's key: the millisecond of the first attempt, and twenty bits of the idempotency key."""
    digest = int.from_bytes(sha256(key.encode()).digest()[:8])
    milliseconds = int(delivery.begun_at.timestamp() * 1000)
    return _spelt(((milliseconds * 1000 + digest % 1000) << 10) | (digest // 1000 % 1024))


def first_tid(at: datetime) -> str:
    """Every record that is made at that moment or later has this key or one that sorts after it."""
    return _spelt(int(at.timestamp() * 1_000_000) << 10)


def _spelt(number: int) -> str:
    return "".join(ALPHABET[number >> shift & 31] for shift in range(60, -1, -5))


def facets(text: str, did_of: DidOf) -> list[dict[str, Any]]:
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
