"""Hashtags made from the source's own words: tags, category, title, names it repeats."""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import regex

from app.rewriting.sentences import sentences
from app.rewriting.source import Source

LOOSE = regex.compile(r"(?:ed|ing|ly|able|ful|ous)$")  # endings of words that name no thing
TOKEN = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}’']*(?:-[\p{L}\p{N}]+)*")
STOP = frozenset(
    (
        "a about above across after again against ago all almost also although always am among an and "
        "another any are aren around as "
        "ask at away back be became because become been before being below best better between both but "
        "by came can cannot case come "
        "comes could day days did didn do does doesn doing don done down during each easy either else "
        "end enough even ever every "
        "everyone example far few find first five for four from full get gets getting give given go goes "
        "going good got great had "
        "hard has have having he help helped helping helps her here high him his how however i if "
        "important in include included "
        "including instead into is isn it its itself just keep kind know last later launched learn "
        "learned least less let like likely "
        "little long look looking lot made main make makes making many may maybe me mean means might "
        "more most much must my need needed "
        "needs never new next no not nothing now of off often old on once one only or order other others "
        "our out over own part parts "
        "people per perhaps place plus point possible post put quite rather really right said same say "
        "says see seem set several she "
        "should show simply since six small so some something soon start started step still such sure "
        "take takes taking tell ten than "
        "that the their them themselves then there these they thing things think this those though three "
        "through time times to today "
        "together too took toward try turn two under until up upon us use used useful user users uses "
        "using very via want wants was way "
        "ways we week weeks well went were what when where whether which while who whole whom whose why "
        "will with within without won work "
        "worked working works would year years yes yet you your yours ourselves part series improving "
        "introducing introduction becoming "
        "creating perfect ideal beautiful stylish comfortable classic womens mens woman man features "
        "featuring includes "
        "buying getting moving building taking keeping writing ample complete front back side detail "
        "details based love "
        "updated announcing announces news blog article review"
    ).split()
)
LONGEST = 28  # characters of one tag; longer ones are not read


@lru_cache(maxsize=128)
def _counts(text: str) -> tuple[Counter, Counter, Counter]:
    """How often single words, pairs of words and capitalised names stand in the text."""
    words, pairs, named = Counter(), Counter(), Counter()
    for sentence in sentences(text):
        found = [hit[0].replace("’", "'") for hit in TOKEN.finditer(sentence.text)]
        low = [_bare(word) for word in found]
        words.update(word for word in low if _weighty(word))
        pairs.update((one, two) for one, two in pairwise(low) if _weighty(one) and _weighty(two))
        named.update(
            (one, two)
            for one, two in pairwise(found[1:])
            if one[0].isupper() and two[0].isupper() and _weighty(_bare(one)) and _weighty(_bare(two))
        )
    return words, pairs, named


def hashtags(source: Source, many: int, turn: int = 0, least: int = 0) -> list[str]:
    """At most so many different hashtags, the best first; `turn` brings others to the front.

    Tags, category, title and names are good ones; single words of the text fill up to `least` only.
    """
    if many <= 0:
        return []
    good = list(_distinct(_telling(source)))
    if len(good) < least:
        for parts in (False, True):
            more = _distinct((*_telling(source), *_plain(source)), parts)
            good += [tag for tag in more if tag not in good][: least - len(good)]
    if turn and len(good) > many:
        rest = good[1 : many + 3]
        shift = turn % len(rest)
        good = [good[0], *rest[shift:], *rest[:shift]]
    return [f"#{tag}" for tag in good[:many]]


def _telling(source: Source) -> Iterator[str]:
    words, pairs, named = _counts(f"{source.text}\n\n{source.fact('description')}")
    title = [hit[0].replace("’", "'") for hit in TOKEN.finditer(source.title)]
    if source.kind == "product" and 1 < len(title) <= 3:
        yield source.title
    yield from (_cased(tag, source) for tag in regex.split(r"[,;|>/\n]", source.fact("tags")))
    yield regex.split(r"[>/|]", source.fact("category"))[-1].strip()
    yield from (f"{one} {two}" for (one, two), number in named.most_common(6) if number >= 2)
    low = {_bare(word) for word in title}
    yield from (
        f"{one} {two}"
        for (one, two), number in pairs.most_common(12)
        if number >= 3 or (number >= 2 and one in low and two in low)
    )
    if source.kind == "product" and title:
        yield title[-1]
    else:
        yield from _from_title(title, pairs)
    yield from (
        word
        for word, number in words.most_common(8)
        if number >= 4 and len(word) > 4 and not LOOSE.search(word)
    )


def _plain(source: Source) -> Iterator[str]:
    words, _, _ = _counts(f"{source.text}\n\n{source.fact('description')}")
    title = [hit[0] for hit in TOKEN.finditer(source.title)]
    yield from (word for word, _ in words.most_common(40) if len(word) > 3 and not LOOSE.search(word))
    yield from (word for word in [*title, *words] if len(word) > 2)


def _cased(words: str, source: Source) -> str:
    """The words with the capitals that title and text give them: 18f is written 18F, one ohs One OHS."""
    words = words.strip()
    if not words or words != words.lower():
        return words
    forms = regex.findall(
        rf"(?<!\w){regex.escape(words)}(?!\w)", f"{source.title}\n{source.text}", flags=regex.I
    )
    return max(
        Counter(forms).items(),
        key=lambda form: (form[1] > 1 and form[0][1:] != form[0][1:].lower(), form[1]),
        default=(words, 0),
    )[0]


def _from_title(title: list[str], pairs: Counter) -> Iterator[str]:
    low = [_bare(word) for word in title]
    for one, two in pairwise(low):
        if _weighty(one) and _weighty(two) and (pairs[(one, two)] or len(title) <= 4):
            yield f"{one} {two}"
    yield from sorted(
        (word for word in low if _weighty(word) and len(word) > 3 and not LOOSE.search(word)),
        key=len,
        reverse=True,
    )


def _distinct(candidates: Iterator[str], parts: bool = False) -> Iterator[str]:
    """CamelCase tags, none twice, none a part or a plural of one before."""
    seen: list[str] = []
    for candidate in candidates:
        tag = camel(candidate)
        low = tag.lower()
        if not 2 < len(tag) <= LONGEST or not regex.search(r"\p{L}", tag) or low in STOP:
            continue
        if any(
            low in (other, f"{other}s") or f"{low}s" == other if parts else low in other or other in low
            for other in seen
        ):
            continue
        seen.append(low)
        yield tag


def camel(words: str) -> str:
    """“best practices” becomes BestPractices; capitals inside a word are kept."""
    parts = [
        regex.sub(r"[^\p{L}\p{M}\p{N}]", "", hit[0].replace("'s", ""))
        for hit in regex.finditer(r"[\p{L}\p{M}\p{N}’']+", words.replace("’", "'"))
    ]
    return "".join(part[0].upper() + part[1:] for part in parts if part)


def _bare(word: str) -> str:
    return word.lower().removesuffix("'s")


def _weighty(word: str) -> bool:
    return len(word) > 2 and word not in STOP and "'" not in word and not word.isdigit()
