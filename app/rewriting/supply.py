"""What plain code can add to a model's text: hashtags of the source's words, a call to action."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import regex

from app.platforms.counting import hashtags as written_tags
from app.rewriting import brief as briefs
from app.rewriting.calls import calls
from app.rewriting.hashtags import hashtags
from app.rewriting.source import Source

if TYPE_CHECKING:
    from app.platforms.need import Need

TAIL = regex.compile(r"\s*((?:[#＃][\p{L}\p{M}\p{N}_]+\s*)*)$")


def supply(text: str, source: Source, needs: Sequence["Need"], missing: set[str]) -> tuple[str, list[str]]:
    """The text with what these broken rules miss, and each addition in words. `missing`: rules' keys."""
    brief, told = briefs.read(needs), []
    body, tags = text[: TAIL.search(text).start()], TAIL.search(text)[1].split()
    if "cta_required" in missing and source.english:
        asked = calls(brief.calls, of=source.kind, tone=brief.tone, address=False, card=False)
        if asked:
            body = f"{body}\n\n{asked[0]}"
            told.append(f"Added the call to action “{asked[0]}”.")
    have = {tag.lower() for tag in written_tags(text)}
    short = brief.tags[0] - len(have)
    if missing & {"exact_hashtags", "min_hashtags"} and short > 0:
        more = [
            tag
            for tag in hashtags(source, brief.tags[0] + len(have), 0, brief.tags[0] + len(have))
            if tag.lower() not in have
        ][:short]
        tags += more
        told += [f"Added {' '.join(more)}, made from the source's own words."] if more else []
    return "\n\n".join(part for part in (body, " ".join(tags)) if part), told
