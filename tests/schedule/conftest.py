"""A world whose commits are real, for what happens between threads, workers and processes."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import text

from app.core.wire import Wire
from tests.conftest import make_world


@pytest.fixture
def committed(app: Flask, wiped_redis: None) -> Iterator[SimpleNamespace]:
    """The two workspaces with their people, committed, and taken away at the end."""
    from app.core.database import enter, everywhere, session

    with app.app_context():
        try:
            made = make_world("committed.example")
            yield made
        finally:
            session.rollback()
            with everywhere():
                ours = {"ids": [made.workspace.id, made.neighbours.id]}
                session.execute(text("DELETE FROM workspaces WHERE id = ANY(:ids)"), ours)
                session.execute(text("DELETE FROM users WHERE email LIKE '%@committed.example'"))
                session.commit()
            session.remove()
            enter("")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connectors on a wire that waits a third of a second for an answer, not half a minute."""

    class Impatient(Wire):
        def request(self, method, url, **options):
            return super().request(method, url, **{**options, "timeout": 0.3})

    monkeypatch.setattr("app.publishing.accounts.wire", Impatient())
