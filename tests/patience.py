"""Tests wait for what must come, never for a time. The limit ends a test that hangs, and is there for nothing else."""

import time

LIMIT = 120  # seconds
LOOKS = 50  # a second


def until(ready, what="it"):
    """What `ready()` returns once that is true. Looks are counted: a machine that stands still has not waited."""
    for _ in range(LIMIT * LOOKS):
        if found := ready():
            return found
        time.sleep(1 / LOOKS)
    raise AssertionError(f"{what} never came")
