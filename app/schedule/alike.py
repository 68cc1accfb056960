"""What the sentences of many posts have in common, and what each of them says otherwise."""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import reduce
from typing import NamedTuple

GAP = "…"
WORDS = re.compile(r"“[^”]*”\S*|\"[^\"]*\"\S*|\S+")  # a quotation is one word: chance likenesses in it say nothing
NEAR = 3  # words that are told around what differs
FEW = 3  # words that are told rather than left out
LEAST = 0.5  # of the shortest sentence's words that make the rest worth telling as one sentence


class Piece(NamedTuple):
    """Some words of one sentence, and whether they are its own."""

    words: str
    differs: bool


class Alike(NamedTuple):
    """Sentences held side by side: `words` are what all of them say, with a gap wherever they differ."""

    words: list[str]
    differ: bool
    one: str  # the sentence that most of them are

    @classmethod
    def of(cls, sentences: Sequence[str]) -> "Alike":
        """The likeness of at least one sentence; the first is told where they have little in common."""
        split = [WORDS.findall(sentence) for sentence in sentences]
        words = reduce(_both, split[1:], split[0])
        least = LEAST * min(len(one) for one in split)
        enough = sum(word != GAP for word in words) >= least
        return cls(words if enough else [], len(set(sentences)) > 1, sentences[0])

    @property
    def sentence(self) -> str:
        """What is said of all of them."""
        return " ".join(self.words) or self.one

    def of_its_own(self, sentence: str) -> list[Piece]:
        """What one sentence says that the others do not, with a few words around it; nothing if it says no more."""
        if not self.differ or sentence == self.sentence:
            return []
        words = WORDS.findall(sentence)
        if not self.words:
            return [Piece(sentence, False)]
        return list(_near(_pieces(self.words, words)))


def _both(known: list[str], other: list[str]) -> list[str]:
    """The words of both, in their order, with a gap for what only one of them says."""
    found: list[str] = []
    at = (0, 0)
    for block in SequenceMatcher(None, known, other, autojunk=False).get_matching_blocks():
        if (block.a, block.b) != at and found[-1:] != [GAP]:
            found.append(GAP)
        for word in known[block.a : block.a + block.size]:
            if word != GAP or found[-1:] != [GAP]:
                found.append(word)
        at = (block.a + block.size, block.b + block.size)
    return found


def _pieces(shared: list[str], words: list[str]) -> list[tuple[list[str], bool]]:
    """One sentence cut where it begins and ends to differ."""
    pieces, at = [], 0
    for block in SequenceMatcher(None, shared, words, autojunk=False).get_matching_blocks():
        if block.b > at:
            pieces.append((words[at : block.b], True))
        if block.size:
            pieces.append((words[block.b : block.b + block.size], False))
        at = block.b + block.size
    return pieces


def _near(pieces: list[tuple[list[str], bool]]) -> Iterable[Piece]:
    """The pieces, without what is common and far from all that differs."""
    for index, (words, differs) in enumerate(pieces):
        before = words[:NEAR] if index > 0 else []
        after = words[-NEAR:] if index + 1 < len(pieces) else []
        if differs or len(words) - len(before) - len(after) <= FEW:
            yield Piece(" ".join(words), differs)
        elif before or after:
            yield Piece(" ".join([*before, GAP, *after]), False)
