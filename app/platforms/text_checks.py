"""Rules on words: length, hashtags, title, links, and what a model must not leave in a text."""

import regex

from app.platforms.counting import UNITS, count, hashtags, mentions, urls
from app.platforms.findings import Draft, Rule, Verdict
from app.platforms.need import Need, amount, figure

_CASHTAG = regex.compile(r"(?<![\w$])\$[A-Za-z]{1,6}\b")
FENCE = regex.compile(r"^\s*```[^\n]*\n?|\n?```\s*$")
_YES = r"(?:sure|certainly|of course|absolutely|okay|ok|great)\b"
_PRODUCT = r"(?:posts?|captions?|tweets?|text|versions?|rewrites?|drafts?|copy)"
PREAMBLE = regex.compile(
    rf"^\s*\**(?:(?:{_YES}[!,.]*\s+)?(?:here(?:'s|’s| is| are)|below is)\s+(?:your|the|a|an|my)\s+"
    rf"(?:[\w’'-]+\s+){{0,4}}{_PRODUCT}(?:\s+(?:for|about|based|in|with|that|of|under)\b[^\n:]{{0,80}})?\s*:\**\s*"
    rf"|{_YES}\s*[!,.:]\s*\n+"
    r"|(?:post|caption|tweet|output)\**\s*:\**\s+)",
    regex.IGNORECASE,
)
AFTERWORD = regex.compile(
    r"\n+\s*(?:\(\s*\d+ (?:characters|words)\s*\)"
    r"|(?:let me know if you|feel free to (?:adjust|edit|change)|i hope this helps|would you like me)\b"
    r"[^\n]*)\s*$",
    regex.IGNORECASE,
)
QUOTES = (('"', '"'), ("“", "”"), ("„", "“"), ("«", "»"), ("'", "'"))
TAIL = regex.compile(r"(?:[\s,·|]*[#＃][\p{L}\p{M}\p{N}_]+)+\s*$")
_IMPERATIVE = regex.compile(
    r"(?:^|[.!?:…—–\n]\s*|\p{Extended_Pictographic}\uFE0F?\s*|\b(?:and|or|then|please|to)\s+)"
    r"(?:shop|discover|read|learn|see|visit|order|buy|join|share|comment|tell|tag|save|follow|subscribe|click|tap|swipe"
    r"|find|explore|get|try|book|sign|download|watch|check|browse|reply|vote|pick|choose|come|call|write|send|ask|start"
    r"|listen|register|reserve|grab|meet|look|drop|let us know|add|claim|support|view)\b",
    regex.IGNORECASE,
)


def _at_most(have: int, most: float, noun: str, draft: Draft) -> Verdict:
    if have <= most:
        return True, f"{figure(have)} of {amount(most, noun)}."
    allowed = f"takes no {noun}" if most == 0 else f"allows {amount(most, noun)}"
    return False, f"{draft.label} {allowed}; this has {figure(have)}."


def _at_least(have: int, least: float, noun: str, draft: Draft) -> Verdict:
    if have >= least:
        return True, f"{amount(have, noun)}, at least {figure(least)} needed."
    return False, f"{draft.label} needs at least {amount(least, noun)}; this has {figure(have)}."


def _noun(draft: Draft) -> str:
    return {"bytes": "bytes", "words": "words"}.get(draft.method, "characters")


def _max_characters(need: Need, draft: Draft) -> Verdict:
    return None if need.top is None else _at_most(draft.length, need.top, _noun(draft), draft)


def _platform_limit(need: Need, draft: Draft) -> Verdict:
    """The platform's own limit speaks only where the channel has none."""
    if any(other.key == "max_characters" and other.origin == "channel" for other in draft.needs):
        return None
    return _max_characters(need, draft)


def _min_characters(need: Need, draft: Draft) -> Verdict:
    return None if need.bottom is None else _at_least(draft.length, need.bottom, _noun(draft), draft)


def _of_text(measure, noun: str, least: bool = False) -> Rule:
    """A rule that compares one measure of the text with the need's figure."""

    def check(need: Need, draft: Draft) -> Verdict:
        bound = need.bottom if least else need.top
        if bound is None:
            return None
        return (_at_least if least else _at_most)(measure(draft.content.text), bound, noun, draft)

    return check


def _exact_hashtags(need: Need, draft: Draft) -> Verdict:
    if need.number is None:
        return None
    have = len(hashtags(draft.content.text))
    if have == need.number:
        return True, f"{have} hashtags, as asked."
    return False, f"{draft.label} asks for exactly {amount(need.number, 'hashtags')}; this has {have}."


def _hashtags_at_end(need: Need, draft: Draft) -> Verdict:
    if not need.on:
        return None
    early = hashtags(TAIL.sub("", draft.content.text))
    if not early:
        return True, "Hashtags stand at the end."
    return False, f"Hashtags belong at the end; {len(early)} stand earlier ({', '.join(early[:3])})."


def _title(measure_least: bool, unit: str = "") -> Rule:
    def check(need: Need, draft: Draft) -> Verdict:
        bound = need.bottom if measure_least else need.top
        if bound is None or not draft.content.title:
            return None
        method = UNITS.get(unit or need.unit, "characters")
        have = count(draft.content.title, method)
        noun = f"{'bytes' if method == 'bytes' else 'characters'} in the title"
        return (_at_least if measure_least else _at_most)(have, bound, noun, draft)

    return check


def _title_required(need: Need, draft: Draft) -> Verdict:
    if not need.on:
        return None
    there = bool((draft.content.title or "").strip())
    return there, "It has a title." if there else f"{draft.label} needs a title; this has none."


def _links(content_text: str, link: str | None) -> int:
    return len({*urls(content_text), *([link] if link else [])})


def _max_links(need: Need, draft: Draft) -> Verdict:
    have = _links(draft.content.text, draft.content.link)
    return None if need.top is None else _at_most(have, need.top, "different links", draft)


def _max_link_characters(need: Need, draft: Draft) -> Verdict:
    if need.top is None or not draft.content.link:
        return None
    return _at_most(len(draft.content.link), need.top, "characters in the link", draft)


def banned_word(word: str) -> regex.Pattern:
    """Finds a word in its common English forms (delve, delves, delved, delving), or a phrase as it stands."""
    if not regex.fullmatch(r"\p{L}+", word):
        return regex.compile(rf"(?<!\w){regex.escape(word)}(?!\w)", regex.IGNORECASE)
    stem = regex.escape(word[:-1] if word.lower().endswith("e") else word)
    ending = "(?:e|es|ed|ing|er)" if word.lower().endswith("e") else "(?:s|es|ed|ing|er)?"
    return regex.compile(rf"(?<!\w){stem}{ending}(?!\w)", regex.IGNORECASE)


def _banned_words(need: Need, draft: Draft) -> Verdict:
    whole = f"{draft.content.title or ''}\n{draft.content.text}"
    found = [hit.group() for word in need.words if (hit := banned_word(word).search(whole))]
    if found:
        return False, f"Not to be used here: {', '.join(found)}."
    return True, "No banned word."


def _cta_required(need: Need, draft: Draft) -> Verdict:
    """A question, a link, or an English sentence that begins with a request counts as a call to action."""
    if not need.on:
        return None
    text = draft.content.text
    there = bool(regex.search(r"[?？]", text) or _links(text, draft.content.link) or _IMPERATIVE.search(text))
    return there, "It asks the reader to do something." if there else (
        "A call to action is missing: no question, no link, no request was found."
    )


def leftovers(text: str) -> list[str]:
    """What a model left around a post, in words; empty when there is only the post."""
    marks = (
        ("an introduction", PREAMBLE.match(text)),
        ("an afterword", AFTERWORD.search(text)),
        ("a code fence", "```" in text),
        ("quotation marks around it", quoted(text)),
    )
    return [name for name, found in marks if found]


def quoted(text: str) -> bool:
    """Whether quotation marks stand around the whole text, and none inside."""
    inner = text.strip()
    return len(inner) > 2 and any(
        inner[0] == left and inner[-1] == right and left not in inner[1:-1] and right not in inner[1:-1]
        for left, right in QUOTES
    )


def _only_post_text(need: Need, draft: Draft) -> Verdict:
    if not need.on:
        return None
    found = leftovers(draft.content.text)
    return not found, "Only the post." if not found else f"More than the post: {', '.join(found)}."


def _forbidden_characters(need: Need, draft: Draft) -> Verdict:
    signs = set(need.value) - {" "}
    found = sorted(signs & set((draft.content.title or "") + draft.content.text))
    if not found:
        return True, "No forbidden sign."
    return False, f"{draft.label} refuses these signs: {' '.join(found)}."


def _reserved_characters(need: Need, draft: Draft) -> Verdict:
    """Reserved signs are sent with a backslash, which may count; so the longer text should fit, too."""
    limit = draft.need("max_characters")
    if limit is None or limit.top is None:
        return None
    signs = set(need.value) - {" "}
    have = draft.length + sum(1 for sign in draft.content.text if sign in signs)
    if have <= limit.top:
        return True, f"{figure(have)} of {figure(limit.top)} characters with reserved signs escaped."
    return False, f"With reserved signs escaped, this has {figure(have)} characters of {figure(limit.top)}."


def _advised(measure, noun: str) -> Rule:
    def check(need: Need, draft: Draft) -> Verdict:
        have, low, high = measure(draft), need.span[0], need.top
        if have is None or (low is None and high is None):
            return None
        if (low is None or have >= low) and (high is None or have <= high):
            return True, f"{figure(have)} {noun}, as advised."
        best = " to ".join(figure(bound) for bound in (low, high) if bound is not None)
        return False, f"Advised: {best} {noun}; this has {figure(have)}."

    return check


def _title_length(draft: Draft) -> int | None:
    return len(draft.content.title) if draft.content.title else None


def _count_hashtags(text: str) -> int:
    return len(hashtags(text))


TEXT_RULES: dict[str, Rule] = {
    "max_characters": _max_characters,
    "max_character_limit": _platform_limit,
    "min_characters": _min_characters,
    "max_words": _of_text(lambda text: count(text, "words"), "words"),
    "min_words": _of_text(lambda text: count(text, "words"), "words", least=True),
    "max_bytes": _of_text(lambda text: count(text, "bytes"), "bytes"),
    "max_hashtags": _of_text(_count_hashtags, "hashtags"),
    "min_hashtags": _of_text(_count_hashtags, "hashtags", least=True),
    "exact_hashtags": _exact_hashtags,
    "hashtags_at_end": _hashtags_at_end,
    "max_cashtags": _of_text(lambda text: len(_CASHTAG.findall(text)), "cashtags"),
    "max_mentions": _of_text(lambda text: len(mentions(text)), "mentions"),
    "max_links": _max_links,
    "max_link_characters": _max_link_characters,
    "max_url_characters": _max_link_characters,
    "max_title_characters": _title(measure_least=False),
    "min_title_characters": _title(measure_least=True),
    "max_subject_characters": _title(measure_least=False, unit="bytes"),
    "title_required": _title_required,
    "banned_words": _banned_words,
    "cta_required": _cta_required,
    "only_post_text": _only_post_text,
    "forbidden_characters": _forbidden_characters,
    "reserved_characters": _reserved_characters,
    "recommended_characters": _advised(lambda draft: draft.length, "characters"),
    "recommended_hashtags": _advised(lambda draft: _count_hashtags(draft.content.text), "hashtags"),
    "recommended_title_characters": _advised(_title_length, "characters in the title"),
    "recommended_subject_characters": _advised(_title_length, "characters in the subject"),
    "truncation_characters": _advised(lambda draft: draft.length, "characters before the fold"),
}
