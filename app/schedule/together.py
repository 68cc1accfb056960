"""What is said of several posts of one trouble at once: in the plural, and without what differs between them."""

import re
from collections.abc import Sequence

from app.schedule.alike import GAP, Alike

LATE = r"^It was due at .*, and could only have gone out .* later\. "
PLURALS = tuple((re.compile(pattern), words) for pattern, words in (  # our own sentences speak of one post
    (LATE + r"Nobody has said.*",
     "Their time had passed before they could go out. Nobody has said whether they may go out that late."),
    (LATE + r"It is to be skipped.*", "Their time had passed before they could go out, so they were skipped."),
    (LATE + r"It may be.*", "They were later than they may be, so they were not sent."),
    (r"^It no longer fits ", "They no longer fit "),
    (r"^The post was put into the archive since it was ", "The posts were put into the archive since they were "),
    (r"^The post was changed since it was scheduled, and waits ", "The posts were changed since then, and wait "),
    (r"\bIt goes out (?=after that|when the account)", "They go out "),
    (r"^This very post went out on (.*) already: .*", r"These very posts went out on \1 already."),
    (r" has had the same text within (.*?): .*", r" has had the same texts within \1."),
    (r"^Another post with the same text goes out ", "Other posts with the same texts go out "),
))  # fmt: skip
LEFT_OPEN = re.compile(rf"[;:,] (?:this has |it has )?{GAP}\.?(?=\s[A-Z]|$)")  # an end that says nothing in common


def said_of_all(sentences: Sequence[str]) -> str:
    """One sentence for several posts, from what is said of each; what most of them say where they are not alike."""
    said = list(dict.fromkeys(in_plural(sentence) for sentence in sentences))
    return LEFT_OPEN.sub(".", Alike.of(said).sentence)


def in_plural(sentence: str) -> str:
    """A sentence of ours about one post, as it is said of several; what a platform says stays as it is."""
    for pattern, words in PLURALS:
        sentence = pattern.sub(words, sentence)
    return sentence
