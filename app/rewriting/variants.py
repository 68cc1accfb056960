"""Another variant says something else, as far as the source allows it."""

from collections.abc import Callable, Mapping
from typing import Any

from app.rewriting.rewrite import Rewriting
from app.rewriting.writer import NAME as BUILT_IN

TRIES = 8  # seeds; the built-in writer needs well under a second for each


def another(write: Callable[[int], Rewriting], asked: Mapping[str, Any]) -> Rewriting:
    """What `write` makes of the seed that is asked for; with the built-in writer, not a text that is known.

    `asked` holds the seed and the known texts. A model varies by itself, so it is asked once. Where the
    source has no other text, the known one comes again, with a note that says so.
    """
    seed, known = asked.get("seed", 0), asked.get("known") or ()
    done = write(seed)
    if done.provider != BUILT_IN or done.text not in known:
        return done
    for more in range(1, TRIES):
        other = write(seed + more)
        if other.text and other.text not in known and other.fit_to_schedule >= done.fit_to_schedule:
            return other
    done.notes.append("The built-in writer has no other text of this source for this channel.")
    return done
