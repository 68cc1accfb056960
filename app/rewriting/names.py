"""Names in a text: capitalised words that stand where a plain word would be small."""

from collections.abc import Iterator
from functools import lru_cache

import regex

from app.rewriting.figures import CODES, WEEKDAYS, months

TOKEN = regex.compile(r"[\p{L}\p{M}][\p{L}\p{M}\p{N}]*(?:[’'-][\p{L}\p{M}]+)*")
CONNECTORS = frozenset("of the and & de la le van von der den du y e for".split())
SENTENCE_START = regex.compile(
    r"(?:^|[.!?…:;•–—|>\n\r\"“”„«»(\[*]|[\p{Emoji_Presentation}\p{Extended_Pictographic}]\ufe0f?)\s*"
    r"[\"'“‘„«(\[*]*$"
)
ENDINGS = ("ish", "ian", "ians", "an", "ans", "ese", "er", "ers", "ic", "s")
# Platforms and words that people capitalise without naming anything.
ALLOWED = frozenset(
    "i i’m i'm i’ll i'll i’ve i've i’d i'd ok dm dms pm faq ps tl tldr rt diy q a vs am hi hello dear mr "
    "mrs ms dr yes no "
    "facebook instagram twitter x linkedin threads mastodon bluesky pinterest tiktok youtube reddit "
    "telegram discord slack "
    "whatsapp internet web english god christmas easter new free now sale today here tip tips note "
    "update read more shop "
    "learn link bio story post blog article guide how why what when who which where you your we our us "
    "it its the this that "
    "these those and or but not all any one get see find save share follow comment reply sign up join "
    "discover".split()
)
NOUNS_CAPITALISED = ("de", "lb")  # languages that write every noun with a capital


def names(text: str, language: str = "en") -> Iterator[tuple[str, int]]:
    """Capitalised sequences that are not there because of the sentence's start. Yields (name, position).

    The first word of a sentence never makes a name by itself, unless it is written like one (NASA).
    """
    run: list[regex.Match] = []
    for line_start, line in _lines(text):
        tokens = list(TOKEN.finditer(line))
        if _headline(tokens):
            continue
        for token in tokens:
            capital, first = _capitalised(token[0]), _starts(line, token)
            joined = bool(run) and line[run[-1].end() : token.start()] in (" ", "-", " & ", ". ", "/")
            if capital and joined and not (first and "." in line[run[-1].end() : token.start()]):
                run.append(token)
                continue
            yield from _finished(run, line, line_start, language)
            run = [token] if capital and (not first or _odd(token[0]) or _before_capital(line, token)) else []
        yield from _finished(run, line, line_start, language)
        run = []


def _finished(run: list, line: str, offset: int, language: str) -> Iterator[tuple[str, int]]:
    if len(run) > 1 and _starts(line, run[0]) and not _odd(run[0][0]) and not _called(run[1][0]):
        run = run[1:]  # “On Tuesday”, “Read NASA’s report”: the first word is no part of the name
    if run and not (language[:2] in NOUNS_CAPITALISED and len(run) < 2):
        yield line[run[0].start() : run[-1].end()], offset + run[0].start()


def _called(word: str) -> bool:
    """A word that says: what stands before me is a name."""
    return word.lower() in (
        "inc",
        "ltd",
        "corp",
        "co",
        "gmbh",
        "company",
        "group",
        "university",
        "institute",
        "foundation",
    )


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, regex.sub(r"[#@]\w+", lambda tag: " " * len(tag[0]), line)
        start += len(line) + 1


def _capitalised(word: str) -> bool:
    return word[0].isupper() and word.lower() not in CONNECTORS


def _odd(word: str) -> bool:
    """Written so that it is a name even at the start of a sentence: NASA, McDonald, PayPal."""
    letters = regex.sub(r"[^\p{L}]", "", word)
    return len(letters) > 2 and (word.isupper() or regex.search(r"\p{Ll}\p{Lu}", word) is not None)


def _before_capital(line: str, token: regex.Match) -> bool:
    """A first word followed by another capitalised one: “Acme Corp says”. Not “Read NASA’s report”."""
    following = TOKEN.match(line, token.end() + 1) if line[token.end() : token.end() + 1] == " " else None
    return bool(following) and _capitalised(following[0]) and token[0].lower() not in ALLOWED


def _starts(line: str, token: regex.Match) -> bool:
    at = token.start()  # a short look back: a whole page on one line must not cost its square
    return SENTENCE_START.search(line[:at] if at < 12 else f"x{line[at - 12 : at]}") is not None


def _headline(tokens: list) -> bool:
    """A line in Title Case or in capitals throughout says nothing about which words are names."""
    long = [token[0] for token in tokens[1:] if len(token[0]) > 3]
    return len(long) > 2 and sum(word[0].isupper() for word in long) / len(long) > 0.7


@lru_cache(maxsize=64)
def vocabulary(text: str) -> frozenset[str]:
    """Every word of a text in small letters, also the parts of compounds and of CamelCase tags."""
    words = set()
    for token in TOKEN.finditer(text):
        plain = token[0].replace("’", "'")
        parts = [
            plain,
            *plain.replace("'", "-").split("-"),
            *regex.findall(r"\p{Lu}?[\p{Ll}\p{N}]+|\p{Lu}+", plain),
        ]
        words.update(part.lower() for part in parts if part)
    return frozenset(words)


def strange(name: str, known: frozenset[str], allowed: frozenset[str]) -> list[str]:
    """The words of a name that the source does not have, in whatever case or number."""
    return [
        word
        for word in TOKEN.findall(name)
        if not regex.search(r"\d", word) and not _known(word.replace("’", "'").lower(), known, allowed)
    ]


def _known(word: str, known: frozenset[str], allowed: frozenset[str]) -> bool:
    bare = regex.sub(r"'s?$", "", word)
    forms = {word, bare, bare.rstrip("s"), bare + "s", bare.replace("-", "")}
    if forms & known or forms & allowed or bare in ALLOWED or bare in CONNECTORS or bare in _calendar():
        return True
    if "-" in bare and all(_known(part, known, allowed) for part in bare.split("-") if part):
        return True
    return (
        len(bare) > 5
        and bare.endswith(ENDINGS)
        and any(other[:4] == bare[:4] and abs(len(other) - len(bare)) < 4 for other in known)
    )


@lru_cache(maxsize=1)
def _calendar() -> frozenset[str]:
    return frozenset([*WEEKDAYS, *months(), *(code.lower() for code in CODES)])
