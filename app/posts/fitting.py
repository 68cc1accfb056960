"""A text that is too long for a channel becomes a thread there, or is shortened with a link to the rest."""

import regex

from app.core.errors import Invalid
from app.platforms.counting import count, cut, graphemes
from app.platforms.findings import Draft
from app.platforms.mending import SENTENCE
from app.posts.composing import Composer, Tab
from app.posts.parts import Written
from app.posts.typed import Typed


def fitted(composer: Composer) -> Typed:
    """What was typed, after what a channel's button asked for: the channel has a text of its own then.

    Raise Invalid when there is no link to lead to the rest.
    """
    typed = composer.typed
    slug, parts = typed.split or typed.shorten, typed.parts()
    tab = next((tab for tab in composer.tabs if tab.channel.slug == slug), None)
    if tab is None:
        return typed
    if typed.split:
        first, *others = thread_of(tab.content.text, tab.draft)
        typed.say(slug, first)
        parts = [Written("thread", text, only_for=slug) for text in others] + parts
    else:
        typed.say(slug, shortened(tab))
    typed.take(parts)
    typed.tab, typed.split, typed.shorten = slug, "", ""
    return typed


def thread_of(text: str, draft: Draft) -> list[str]:
    """The text in pieces that fit, cut between paragraphs or sentences where that is possible."""
    pieces, piece = [], ""
    for atom in _atoms(text, draft):
        if piece.strip() and not _fits((piece + atom).strip(), draft):
            pieces.append(piece.strip())
            piece = ""
        piece += atom
    return [*pieces, piece.strip()] if piece.strip() else pieces or [""]


def shortened(tab: Tab) -> str:
    """The text of a channel with the link to the rest. Raise Invalid."""
    link, limit = tab.content.link, tab.limit
    if not link:
        raise Invalid("There is no link to the rest.", link="Give the link under which the whole can be read.")
    text, draft = tab.content.text.replace(link, "").strip(), tab.draft
    room = int(limit.top or 0) if limit else draft.length
    while room > 0:
        whole = f"{cut(text, room, draft.method, **draft.options)}\n\n{link}"
        if _fits(whole, draft):
            return whole
        room -= max(1, count(whole, draft.method, **draft.options) - int(limit.top or 0 if limit else 0))
    return link


def _atoms(text: str, draft: Draft) -> list[str]:
    """Sentences; words of a sentence that does not fit; letters of a word that does not."""
    found: list[str] = []
    for sentence in SENTENCE.findall(text.strip()):
        if _fits(sentence.strip(), draft):
            found.append(sentence)
            continue
        for word in regex.findall(r"\S+\s*", sentence):
            found += [word] if _fits(word.strip(), draft) else graphemes(word)
    return found


def _fits(text: str, draft: Draft) -> bool:
    limits = [need for need in draft.needs if need.key in ("max_characters", "max_character_limit") and need.top]
    own = [need for need in limits if need.key == "max_characters"] or limits
    bytes_ = [need for need in draft.needs if need.key == "max_bytes" and need.top and need.blocks]
    return all(count(text, draft.method, **draft.options) <= (need.top or 0) for need in own) and all(
        len(text.encode()) <= (need.top or 0) for need in bytes_
    )
