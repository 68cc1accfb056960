"""A world whose commits are real, for what happens between threads, workers and processes."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import lay_rules, make_world
from tests.patience import LIMIT
from tests.publishing.servers import Impatient
from tests.publishing.servers.mastodon import Server as Mastodon
from tests.publishing.servers.platform import Platform


@pytest.fixture
def committed(app: Flask, ground: dict[str, UUID], wiped_redis: None) -> Iterator[SimpleNamespace]:
    """The two workspaces with their people, and all rules in Alice's, committed, and taken away at the end."""
    from app.core.database import enter, everywhere, session

    with app.app_context():
        try:
            made = make_world("committed.example")
            lay_rules(made.workspace, ground)
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
def mastodon() -> Iterator[Platform]:
    """A Mastodon of our own."""
    with Mastodon() as server:
        yield server


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], datetime]:
    """Say what time it is, for everything that plans."""

    def set_to(words: str) -> datetime:
        moment = datetime.fromisoformat(f"{words}+00:00")
        for module in (
            "app.schedule.laying_out", "app.schedule.series", "app.schedule.series_edits", "app.schedule.moves",
            "app.schedule.planning", "app.schedule.models", "app.schedule.occurrences",
        ):  # fmt: skip
            monkeypatch.setattr(f"{module}.now", lambda: moment)
        return moment

    return set_to


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Callable[[Platform], None]:
    """Connectors on a wire that gives up soon on the request that gets no answer: `impatient(server)`."""
    return lambda server: monkeypatch.setattr("app.publishing.accounts.wire", Impatient(server))


@pytest.fixture(scope="module")
def chaos(app: Flask, servers: SimpleNamespace, var: Path) -> Iterator[Callable[..., dict[str, Any]]]:
    """Put cells of the failure matrix through real workers: `chaos(cells, count)` says what became of them."""
    from app.core.database import enter, everywhere, session
    from benchmarks.chaos.cells import rounds
    from benchmarks.chaos.running import Run, Stack
    from benchmarks.chaos.verdict import judge

    with psycopg.connect(servers.database_url, autocommit=True) as owner:
        # A commit that a crash may take back proves nothing.
        owner.execute("ALTER ROLE slogan_app SET synchronous_commit = on")
        stack = Stack(app, servers.postgres, servers.valkey, var)

        def run(cells: list[Any], count: int) -> dict[str, Any]:
            verdicts = {}
            for group in rounds(cells, small=True):
                one = Run(stack, group, count, large=False)
                one.go(bound=LIMIT)
                verdicts |= {cell.slug: judge(one, cell) for cell in group}
                stack.platforms.ask("forget")
            return verdicts

        try:
            yield run
        finally:
            stack.end()
    with psycopg.connect(servers.database_url, autocommit=True) as owner:
        owner.execute("ALTER ROLE slogan_app RESET synchronous_commit")
    with app.app_context():
        with everywhere():
            session.execute(text("DELETE FROM workspaces WHERE name = 'Chaos'"))
            session.commit()
        session.remove()
        enter("")
