"""How a post will look on a channel: a likeness made from the channel's rules, no copy of a design."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from app.platforms.counting import count, hashtags, mentions, urls
from app.platforms.findings import Draft
from app.platforms.models import Account, Channel
from app.platforms.need import Need
from app.posts.models import PostMedia

TALL = 0.7  # width to height below which a picture fills the card, as in stories and reels


@dataclass(frozen=True)
class Preview:
    """One card: who speaks, what is read before the fold, what after it, and what lies beyond the limit."""

    channel: Channel
    speaker: str
    handle: str
    title: str
    head: Markup
    tail: Markup
    link: str
    pictures: list[PostMedia]
    looks: str

    @property
    def host(self) -> str:
        """Whose page the link opens."""
        return urlsplit(self.link).netloc.removeprefix("www.")

    @property
    def initial(self) -> str:
        return self.speaker[:1].upper()


def preview_of(
    draft: Draft, channel: Channel, account: Account | None, speaker: str, pictures: list[PostMedia]
) -> Preview:
    """The card of a draft on a channel. `speaker` is who speaks while no account is connected."""
    text = draft.content.text.strip()
    fold = _fold(text, fold_of(draft, channel))
    limit = _fits(text, draft)
    return Preview(
        channel=channel, speaker=account.name if account else speaker,
        handle=(account and account.handle) or "",
        title=draft.content.title or "" if shows_title(draft) else "",
        head=_marked(text[:fold], limit), tail=_marked(text[fold:], limit - fold),
        link=draft.content.link or "", pictures=pictures, looks=_looks(draft),
    )  # fmt: skip


def limit_of(draft: Draft) -> Need | None:
    """The rule that limits the length of the text."""
    return next(
        (need for key in ("max_characters", "max_character_limit") if (need := draft.need(key)) and need.top),
        None,
    )


def fold_of(draft: Draft, channel: Channel) -> int | None:
    """After how many characters a reader must ask for more, by the channel's rules or the platform's."""
    own = draft.need("truncation_characters")
    facts = (
        [own]
        if own
        else [row.need for row in channel.platform.capabilities if row.key.endswith("truncation_characters")]
    )
    return next((int(need.top) for need in facts if need.top), None)


def shows_title(draft: Draft) -> bool:
    """Whether this channel has a place for a title."""
    return any("title" in need.key or "subject" in need.key for need in draft.needs)


def _looks(draft: Draft) -> str:
    """What the card resembles, as the rules tell it: a letter, a page, a tall picture, a picture first."""
    on = {need.key for need in draft.needs if need.on}
    ratio = draft.need("aspect_ratio") or draft.need("recommended_aspect_ratio")
    width, _, height = (ratio.value if ratio else "").partition(":")
    tall = width.isdecimal() and height.isdecimal() and int(width) / (int(height) or 1) < TALL
    looks = {
        "is-letter": "max_subject_characters" in on,
        "is-page": "title_required" in on and "max_subject_characters" not in on,
        "is-tall": tall,
        "is-picture-first": "media_required" in on,
    }
    return " ".join(name for name, true in looks.items() if true)


def _fold(text: str, after: int | None) -> int:
    if after is None or len(text) <= after:
        return len(text)
    space = max(text.rfind(" ", 0, after), text.rfind("\n", 0, after))
    return space if space > after // 2 else after


def _fits(text: str, draft: Draft) -> int:
    """How much of the text, in Python's characters, is inside the limit."""
    need = limit_of(draft)
    if need is None or need.top is None or draft.length <= need.top:
        return len(text)
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (
            (middle, high)
            if count(text[:middle], draft.method, **draft.options) <= need.top
            else (low, middle - 1)
        )
    return low


def _marked(text: str, limit: int) -> Markup:
    """Escaped, with addresses, hashtags and names marked, and what lies beyond the limit told apart."""
    limit = max(0, limit)
    html = _with_links(text[:limit])
    if text[limit:]:
        html += Markup('<mark class="over" title="Beyond the limit">{}</mark>').format(
            _with_links(text[limit:])
        )
    return html


def _with_links(text: str) -> Markup:
    spans = _spans(text)
    html, at = Markup(), 0
    for start, end in spans:
        html += escape(text[at:start]) + Markup('<span class="linkish">{}</span>').format(text[start:end])
        at = end
    return html + escape(text[at:])


def _spans(text: str) -> list[tuple[int, int]]:
    """Where addresses stand, then hashtags and names outside of them, in reading order."""
    found = _places(text, urls(text))
    for start, end in found:
        text = text[:start] + " " * (end - start) + text[end:]
    return sorted(found + _places(text, hashtags(text)) + _places(text, mentions(text)))


def _places(text: str, words: list[str]) -> list[tuple[int, int]]:
    places, at = [], 0
    for word in words:
        start = text.find(word, at)
        if start < 0:
            continue
        at = start + len(word)
        places.append((start, at))
    return places


def slug_id(slug: str) -> str:
    """A channel's slug as an id that HTML and CSS take."""
    return re.sub(r"[^a-z0-9]+", "-", slug.lower())
