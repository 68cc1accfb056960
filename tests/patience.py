"""Tests wait for what must come, never for a time. The limit ends a test that hangs, and is there for nothing else."""

import time

LIMIT = 120  # seconds


def until(ready, what="it"):
    """What `ready()` returns once that is true."""
    give_up = time.monotonic() + LIMIT
    while not (found := ready()):
        assert time.monotonic() < give_up, f"{what} never came"
        time.sleep(0.02)
    return found
