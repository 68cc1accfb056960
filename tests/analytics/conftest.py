"""What the tests of the numbers share: a world with real commits, and posts that are out."""

import pytest

from tests.schedule.conftest import committed

__all__ = ["committed"]


@pytest.fixture(autouse=True)
def reachable(app, monkeypatch):
    """Local servers may be called."""
    from app.core.settings import settings

    monkeypatch.setattr(settings(), "private_hosts", ["127.0.0.1"])
