"""Plain code that mends a text where rules are broken, and says what it did. It never adds a word."""

from collections.abc import Callable, Iterable

import regex

from app.platforms.counting import count, cut, hashtags, method_for, options_for
from app.platforms.need import Need, amount
from app.platforms.text_checks import AFTERWORD, FENCE, PREAMBLE, TAIL, banned_word, quoted

SENTENCE = regex.compile(r"[^\n]*?(?:[.!?…]+[\"'”’)\]]*(?=\s|$)|[。！？]+)[ \t]*|[^\n]+|\n+")
_LIMITS = {"max_characters": None, "max_character_limit": None, "max_bytes": "bytes", "max_words": "words"}


def mend(text: str, needs: Iterable[Need]) -> tuple[str, list[str]]:
    """The text with its broken rules mended, and each repair in words. Check again afterwards.

    Only rules that block are enforced. What plain code cannot supply (a missing hashtag, a call to action,
    more words) stays as it is.
    """
    needs = list(needs)
    binding = [need for need in needs if need.blocks]
    told: list[str] = []
    for key, repair in _REPAIRS.items():
        for need in binding:
            if need.key == key:
                text = _told(text, repair(text, need), told)
    return _shorten(text, needs, told), told


def _told(before: str, outcome: tuple[str, str], told: list[str]) -> str:
    after, words = outcome
    if after != before:
        told.append(words)
    return after


def _only_text(text: str, need: Need) -> tuple[str, str]:
    if not need.on:
        return text, ""
    clean = FENCE.sub("", text.strip()).replace("```", "")
    clean = AFTERWORD.sub("", PREAMBLE.sub("", clean)).strip()
    if quoted(clean):
        clean = clean[1:-1].strip()
    # A fence or quotation may have hidden the introduction.
    clean = PREAMBLE.sub("", clean).strip()
    if quoted(clean):
        clean = clean[1:-1].strip()
    return (clean, "Took away what stood around the post.") if clean and clean != text.strip() else (text, "")


def _without_banned(text: str, need: Need) -> tuple[str, str]:
    words = [banned_word(word) for word in need.words]
    kept = [part for part in SENTENCE.findall(text) if not any(word.search(part) for word in words)]
    clean = regex.sub(r"\n{3,}", "\n\n", "".join(kept)).strip()
    if not clean:  # nothing would be left, so only the words go
        clean = text
        for word in words:
            clean = word.sub("", clean)
        clean = regex.sub(r"[ \t]{2,}", " ", clean).strip()
    if not any(word.search(text) for word in words):
        return text, ""
    return clean, f"Removed what used a banned word ({', '.join(need.words)})."


def _without_signs(text: str, need: Need) -> tuple[str, str]:
    signs = set(need.value) - {" "}
    return "".join(sign for sign in text if sign not in signs), f"Removed the signs {need.value}."


def _fewer_hashtags(text: str, need: Need) -> tuple[str, str]:
    bound = need.number if need.key == "exact_hashtags" else need.top
    most = None if bound is None else int(bound)
    tags = hashtags(text)
    if most is None or len(tags) <= most:
        return text, ""
    for tag in reversed(tags[most:]):  # from the last, so that the first ones stay
        text = _drop_last(text, tag)
    return text, f"Dropped {amount(len(tags) - most, 'hashtags')}; {most} stay."


def _drop_last(text: str, tag: str) -> str:
    """Take the last such hashtag out: at the end wholly, inside a sentence only its sign."""
    places = list(regex.finditer(rf"(?<![\w&/#]){regex.escape(tag)}(?![\p{{L}}\p{{M}}\p{{N}}_])", text))
    if not places:
        return text
    start, end = places[-1].span()
    tail = TAIL.search(text)
    if tail and start >= tail.start():
        return (text[:start].rstrip(" \t,·|") + text[end:]).rstrip()
    return text[:start] + text[start + 1 :]


def _tags_to_end(text: str, need: Need) -> tuple[str, str]:
    if not need.on:
        return text, ""
    body = TAIL.sub("", text)
    early = hashtags(body)
    if not early:
        return text, ""
    last = hashtags(text)[len(early) :]
    for tag in reversed(early):
        places = list(regex.finditer(rf"(?<![\w&/#]){regex.escape(tag)}(?![\p{{L}}\p{{M}}\p{{N}}_])", body))
        if places:
            body = body[: places[-1].start()] + tag[1:] + body[places[-1].end() :]
    unique = list(dict.fromkeys([*early, *last]))
    return f"{body.rstrip()}\n\n{' '.join(unique)}", "Moved the hashtags to the end."


_REPAIRS: dict[str, Callable[[str, Need], tuple[str, str]]] = {
    "only_post_text": _only_text,
    "banned_words": _without_banned,
    "forbidden_characters": _without_signs,
    "hashtags_at_end": _tags_to_end,
    "exact_hashtags": _fewer_hashtags,
    "max_hashtags": _fewer_hashtags,
}


def _shorten(text: str, needs: list[Need], told: list[str]) -> str:
    method, options = method_for(needs), options_for(needs)
    has_own = any(need.key == "max_characters" and need.origin == "channel" for need in needs)
    for need in needs:
        if need.key not in _LIMITS or not need.blocks or not need.top:
            continue
        if need.key == "max_character_limit" and has_own:
            continue
        counting = _LIMITS[need.key] or method
        before = count(text, counting, **options)
        if before > need.top:
            text = _keeping_tags(text, int(need.top), counting, options)
            after = count(text, counting, **options)
            told.append(f"Shortened from {before:,} to {after:,}; {int(need.top):,} are allowed.")
    return text


def _keeping_tags(text: str, limit: int, method: str, options: dict[str, int]) -> str:
    """Cut the body and keep the hashtags at the end, unless they alone take more than half."""
    found = TAIL.search(text)
    tail = found.group().strip() if found else ""
    body = text[: found.start()].rstrip() if found else text
    room = limit - count(f"\n\n{tail}", method, **options)
    if not tail or not body or room < limit / 2:
        return cut(text, limit, method, **options)
    while room > 0:
        whole = f"{cut(body, room, method, **options)}\n\n{tail}"
        over = count(whole, method, **options) - limit
        if over <= 0:
            return whole
        room -= over
    return cut(text, limit, method, **options)
