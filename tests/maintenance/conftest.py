"""A world whose commits are real: who drops a month of a table is another connection."""

from tests.schedule.conftest import committed

__all__ = ["committed"]
