"""Which of a source's own sentences are worth saying: scores, and passages that stand on their own."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import regex

from app.rewriting.hashtags import STOP, TOKEN
from app.rewriting.sentences import Sentence, sentences
from app.rewriting.source import Source

# English openings that lean on a sentence before them.
LEANING = regex.compile(
    r"^[\"'“‘(]*(?:whereas|you[’']re also|we also|there are (?:\w+ )?(?:times|cases)|this|that|"
    r"these|those|it|they|them|he|she|his|her|hers|their|its|such|both|neither|"
    r"either|another|others?|"
    r"however|but|and|or|so|yet|then|thus|hence|therefore|instead|rather|moreover|furthermore|"
    r"nevertheless|nonetheless|also|"
    r"still|otherwise|conversely|similarly|likewise|meanwhile|plus|too|in contrast|on the other hand|"
    r"as a result|"
    r"in the meantime|meanwhile|at the same time|along the way|in reality|for example|for instance|"
    r"in addition|additionally|similarly|because of this|for this reason|with that|after that|"
    r"first|firstly|second|secondly|third|thirdly|fourth|fifth|finally|lastly|next|again|here|there it|"
    r"below|above|"
    r"one of them|some of these|the (?:latter|former|first|second|third|same|other|next|following|above)|"
    r"not only that|in other words|in short|that said|of course|yes|no|unfortunately|luckily|"
    r"more specifically|specifically|"
    r"as (?:you|we) (?:can see|mentioned|noted|said)|to (?:do|achieve|address) (?:this|that|so)|"
    r"like many|as such)\b",
    regex.I,
)
LEAD_IN = regex.compile(
    r"^(?:However|But|And|So|Also|Plus|Moreover|Furthermore|In addition|Additionally|For example|"
    r"For instance|First|Firstly|Second|Secondly|Third|Finally|Lastly|Of course|In short|In other words|"
    r"Unfortunately|More specifically|Specifically|That said|As a result|In fact|Indeed), (?=\p{L})"
)
VAGUE = regex.compile(
    r"^(?:how|why|what|when|where|who|do|does|did|can|could|is|are|will|would|should)\b[^,?]{0,25}"
    r"\b(?:they|them|it|this|that|these|those)\b",
    regex.I,
)
POINTING = regex.compile(
    r"\b(?:this|that|these|those|such) (?!is\b|are\b|was\b|can\b|will\b|the\b|we\b|you\b|they\b|it\b|"
    r"in\b|to\b|"
    r"a\b|an\b|have\b|has\b|our\b|your\b)\p{L}{3,}",
    regex.I,
)
META = regex.compile(
    r"\b(?:in this (?:post|article|blog|series|edition|guide)|this (?:post|article|blog|series|column|"
    r"page)|(?:see|read|in) part|"
    r"part (?:one|two|three|1|2|3)|email us|click|sign up|sign-up|screenshot|figure|pictured|photo|image|"
    r"illustration|video|below|above|"
    r"previous(?:ly)? (?:post|mentioned)|as mentioned|editor|originally (?:published|posted)|disclaimer|"
    r"subscribe|questions, suggestions|feedback|hear from you|work with us|working with us|contact us|"
    r"get in touch|"
    r"reach out|join us|hiring|pull requests|apply (?:now|today)|"
    r"deadline|the following|as follows|stay tuned|check out|learn more|more information|read more|"
    r"next (?:post|week|month)|"
    r"last (?:week|month|year)|yesterday|today|tomorrow|recently|we[’']ll (?:talk|discuss|share|explain|"
    r"cover|provide)|"
    r"i[’']ll (?:talk|discuss|share|explain|cover)|dear \w+|thank you|thanks)\b",
    regex.I,
)
OTHERS = regex.compile(
    r"\b(?:number of|several|some|many|few|two|three) other\b|\banother (?:way|reason|thing|one)\b", regex.I
)
LEAD = 0.8  # what the author put into the excerpt is what it is about
BACKWARDS = regex.compile(
    r"\b(?:do|does|did|doing|done) (?:that|this|so|it)[.!?]$|\b(?:this|that|these|those)[.!?]$", regex.I
)
FRAGMENT = regex.compile(r"\p{Lu}\p{Ll}+ing\b|(?:To|How to) \p{Ll}")
FINITE = regex.compile(
    r",|\b(?:is|are|was|were|can|could|will|would|has|have|had|may|might|must|should|does|do|did|means|"
    r"makes?|made|"
    r"helps?|helped|requires?|takes?|took|gives?|gave|lets?|allows?|allowed|feels?|brings?|became|"
    r"becomes?|comes?)\b|\?$"
)
SAID = regex.compile(r"\b(?:he|she|they|his|her|their|said|says|told|asked|explained|added)\b", regex.I)
SELF = regex.compile(r"\b(?:I|I[’'](?:m|ve|d|ll)|me|my|myself)\b")
SAY_YOU = regex.compile(r"\b(?:you|your|yours)\b", regex.I)
FOCUS = {
    "feature": regex.compile(
        r"\b(?:with|includes?|including|features?|made (?:of|from)|built|consists?|provides?|offers?|"
        r"comes?|has|have|"
        r"supports?|contains?|complete|design(?:ed)?|adjustable|material|works?|allows?|lets?)\b",
        regex.I,
    ),
    "benefit": regex.compile(
        r"\b(?:helps?|saves?|saved|easier|easily|easy|better|faster|simpler|reduc\w+|improv\w+|"
        r"increas\w+|without|so you|"
        r"you can|benefits?|value|ensures?|protect\w*|comfort\w*|perfect|ideal|keeps?|avoid|able to|more)\b",
        regex.I,
    ),
    "story": regex.compile(
        r"\b(?:when|after|began|started|launched|learned|discovered|realized|found|years? ago|at first|story|"
        r"founded|wanted|decided|worked|was|were|had|asked|told|met|visited|history|grew|once)\b",
        regex.I,
    ),
}
GAIN = FOCUS["benefit"]
TAIL = (
    regex.compile(
        r"(?<=\p{L}[\p{L}\s’'-]{40,}), (?:which|who|where|including|such as|so that|as well as|making|"
        r"allowing|giving|helping|"
        r"ranging|especially|particularly|particularly)\b[^,]*[.!?]$"
    ),
    regex.compile(r"(?<=.{45,})(?: [—–] |—|; )[^—–;]*[.!?]$"),
)
BRACKETS = regex.compile(r"\s?\([^()]*\)|\s?\[[^\[\]]*\]")


@dataclass(frozen=True)
class Passage:
    """One or more sentences of one paragraph that can be read alone, in the source's words."""

    text: str
    score: float
    block: int
    place: int
    size: int  # sentences
    words: frozenset[str]
    question: bool

    def alike(self, other: "Passage") -> float:
        """How much of the smaller one is said by the other, from 0 to 1."""
        return len(self.words & other.words) / max(1, min(len(self.words), len(other.words)))


def passages(source: Source) -> tuple[Passage, ...]:
    """Every usable passage, the best first. The same source gives the same list."""
    lead = source.fact("excerpt") or source.fact("description")
    text = source.text if not lead or lead in source.text else f"{lead}\n\n{source.text}"
    headline = f"{source.title} {source.fact('blog_title')} {source.fact('section_title')}"
    led = bool(lead) and text is not source.text
    return _passages(text, headline, source.focus or "", source.english, source.kind == "product", led)


@lru_cache(maxsize=64)
def _passages(
    text: str, headline: str, focus: str, english: bool, product: bool, led: bool
) -> tuple[Passage, ...]:
    every = sentences(text)
    counts = Counter(word for sentence in every for word in content_words(sentence.text))
    wanted = content_words(headline)
    scores = [
        _score(sentence, counts, wanted, focus, english and not product)
        + LEAD * (led and sentence.block == 0)
        for sentence in every
    ]
    found = {
        passage.text: passage
        for passage in sorted(_runs(every, scores, english, product), key=lambda passage: passage.score)
    }
    return tuple(sorted(found.values(), key=lambda passage: (-passage.score, passage.block, passage.place)))


def content_words(text: str) -> frozenset[str]:
    """The words that carry meaning, without their endings."""
    return frozenset(
        regex.sub(r"(?:'s|s|ed|ing)$", "", word)
        for hit in TOKEN.finditer(text)
        if (word := hit[0].replace("’", "'").lower()) not in STOP and len(word) > 2
    )


def _runs(
    every: tuple[Sentence, ...], scores: list[float], english: bool, product: bool
) -> Iterator[Passage]:
    for at, first in enumerate(every):
        opened = _opening(first.text, english)
        if opened is None or not usable(opened, product):
            continue
        texts, total = [opened], scores[at]
        yield _passage(texts, total, first)
        for shorter in _shorter(opened):
            if usable(shorter, product):
                yield _passage([shorter], total - 0.4, first)
        for after in range(at + 1, min(at + 4, len(every))):
            if (
                every[after].block != first.block
                or not usable(every[after].text, True)
                or META.search(every[after].text)
            ):
                break
            texts, total = [*texts, every[after].text], total + scores[after]
            yield _passage(texts, total / len(texts) + (0.9 if product else 0.15) * len(texts), first)


def _passage(texts: list[str], score: float, first: Sentence) -> Passage:
    text = " ".join(one if one[-1] in '.!?…。！？"”’»)' else f"{one}." for one in texts)
    return Passage(
        text,
        round(score, 4),
        first.block,
        first.place,
        len(texts),
        content_words(text),
        texts[-1].endswith("?") or texts[0].endswith("?"),
    )


def _opening(text: str, english: bool) -> str | None:
    """The sentence as the start of a passage, without its lead-in; None when it leans on what was before."""
    if not english:
        return text
    if cut := LEAD_IN.match(text):
        text = text[cut.end()].upper() + text[cut.end() + 1 :]
    return None if LEANING.match(text) or VAGUE.match(text) else text


def usable(text: str, short: bool = False) -> bool:
    """Whole, of a readable length, and without addresses or leftovers of markup."""
    words = len(text.split())
    dense = regex.search(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Hangul}]", text) is not None
    if not dense and words < (2 if short else 5):
        return False
    if len(text) > 420 or regex.search(r"https?://|www\.|[{}|<>\\`=*_]|:$|\bTK\b|\[|(?<!\w)[#@]\w", text):
        return False
    if text.count("(") != text.count(")") or text.count("“") != text.count("”") or text.count('"') % 2:
        return False
    return short or text.rstrip("\"'”’»)").endswith((".", "!", "?", "…", "。", "！", "？"))


def _shorter(text: str) -> Iterator[str]:
    """The sentence without brackets or a trailing clause; what stays is word for word the source's."""
    bare = BRACKETS.sub("", text)
    if bare != text:
        yield bare
    for pattern in TAIL:
        cut = pattern.sub("", bare)
        if (
            cut != bare
            and len(cut) > 45
            and cut.count("“") == cut.count("”")
            and not cut.endswith((",", ":"))
        ):
            yield cut + "."


def _score(sentence: Sentence, counts: Counter, wanted: frozenset[str], focus: str, english: bool) -> float:
    words = content_words(sentence.text)
    if not words:
        return -2.0
    score = 2.0 * len(words & wanted) / max(2, min(len(wanted), 5)) if wanted else 0.0
    score += 1.2 * sum(min(counts[word], 6) for word in words) / (6 * len(words))
    score += math.exp(-sentence.block / 5) + (0.3 if sentence.place == 0 else 0)
    score += 0.6 - min(1.2, abs(len(sentence.text) - 105) / 110)
    score -= {"quote": 0.9, "item": 0.7, "aside": 1.3}.get(sentence.kind, 0)
    if focus and not english:
        score += 0.9 * min(2, len(FOCUS[focus].findall(sentence.text)))
    return score + (_english(sentence.text, focus) if english else 0)


def _english(text: str, focus: str) -> float:
    score = 0.4 * bool(SAY_YOU.search(text)) + 0.4 * bool(GAIN.search(text)) + 0.2 * text.endswith("?")
    score -= 1.6 * bool(META.search(text)) + 0.9 * bool(POINTING.search(text)) + 0.5 * bool(SAID.search(text))
    score -= 0.8 * bool(SELF.search(text)) + 0.7 * bool(regex.match(r"The \p{Ll}", text))
    score -= 0.7 * bool(OTHERS.search(text)) + 1.4 * bool(FRAGMENT.match(text) and not FINITE.search(text))
    score -= 1.5 * bool(BACKWARDS.search(text))
    if focus:
        score += 0.9 * min(2, len(FOCUS[focus].findall(text)))
    return score
