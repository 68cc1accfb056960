"""What the tests of the numbers share: a workspace with real commits, and servers that may be called."""

from collections.abc import Iterator
from types import SimpleNamespace
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import lay_rules


@pytest.fixture(autouse=True)
def reachable(app, monkeypatch):
    """Local servers may be called."""
    from app.core.settings import settings

    monkeypatch.setattr(settings(), "private_hosts", ["127.0.0.1"])


@pytest.fixture
def committed(app: Flask, ground: dict[str, UUID], wiped_redis: None) -> Iterator[SimpleNamespace]:
    """A workspace of its own whose commits are real, for what happens between threads; gone at the end."""
    from app.accounts.people import found_workspace
    from app.core.database import enter, everywhere, session

    with app.app_context():
        workspace = found_workspace("Loom", "Europe/London")
        session.commit()
        lay_rules(workspace, ground)
        enter(workspace.id)
        try:
            yield SimpleNamespace(workspace=workspace)
        finally:
            session.rollback()
            with everywhere():
                session.execute(text("DELETE FROM workspaces WHERE id = :id"), {"id": workspace.id})
                session.commit()
            session.remove()
            enter("")
