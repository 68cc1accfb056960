"""One world, small, with names: real PostgreSQL and Valkey, migrated once, each test inside a transaction.

Alice (admin), Bob (editor), Mona (manager) and Vera (viewer) work at Lochcarron in Europe/London. Charlie
is admin of another workspace and must see nothing of theirs.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as trying
from sqlalchemy import text

from tests.patience import LIMIT

# The same examples each time, on however slow a machine; SLOGAN_FULL=1 looks for new ones.
same = not os.environ.get("SLOGAN_FULL")
trying.register_profile("calm", deadline=None, derandomize=same, suppress_health_check=[HealthCheck.too_slow])
trying.load_profile("calm")

SHARED = Path(os.environ.get("SLOGAN_SHARED", Path(__file__).parents[2] / "shared"))
PASSWORD = "a-long-password"
for name in ("DATABASE_URL", "REDIS_URL", "DATABASE_APP_URL", "LLM_BASE_URL", "LLM_MODEL", "LLM_API_KEY"):
    os.environ.pop(name, None)


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers(config: pytest.Config):
    """One worker more than there are cores: some of them always wait."""
    return (yield) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that wait: begun last, they would keep everybody waiting."""
    items.sort(key=lambda item: item.get_closest_marker("waits") is None)


@pytest.fixture(scope="session")
def var(worker_id: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=f"slogan-{worker_id}-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="session")
def servers(var: Path) -> Iterator[SimpleNamespace]:
    """PostgreSQL and Valkey of this test process."""
    from app.local.servers import Postgres, Valkey

    postgres, valkey = Postgres(var / "postgres", durable=False), Valkey(var / "valkey")
    try:
        yield SimpleNamespace(
            database_url=postgres.start(), redis_url=valkey.start(), postgres=postgres, valkey=valkey
        )
    finally:
        valkey.stop()
        postgres.stop()


@pytest.fixture(scope="session")
def app(servers: SimpleNamespace, var: Path) -> Flask:
    """The application, connected as the role that owns nothing."""
    from app.accounts import witnesses
    from app.core.migrate import upgrade
    from app.core.settings import override

    witnesses.BESIDE = var  # nothing is left on the machine
    override(
        database_url=servers.database_url, redis_url=servers.redis_url, var_dir=var, private_hosts=["127.0.0.1"],
        sign_in_per_minute=1000, statement_timeout_ms=LIMIT * 1000, _env_file=None,
    )  # fmt: skip
    upgrade(servers.database_url)
    from app import the_app

    made = the_app()
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False, PROPAGATE=False)
    made.extensions["security"].pwd_context.update(  # passwords of a test are no secret, and there are many
        argon2__time_cost=1, argon2__memory_cost=64, argon2__parallelism=1
    )
    return made


@pytest.fixture
def wiped_redis(app: Flask) -> None:
    from app.core.queue import redis

    redis().flushdb()


@pytest.fixture(scope="session")
def ground(app: Flask) -> dict[str, UUID]:
    """What every test stands on, committed once: two workspaces with their people, and all rules in Alice's."""
    from app.catalogue.templates import load_templates
    from app.core.database import enter, session
    from app.platforms.rules import load_rules
    from app.rewriting.processes import load_processes

    with app.app_context():
        cast = make_world()
        load_rules(cast.workspace)
        load_processes(cast.workspace)
        load_templates(cast.workspace)
        session.commit()
        enter("")
        return {name: getattr(cast, name).id for name in ("alice", "bob", "mona", "vera", "charlie")}


def make_world(domain: str = "example.com") -> SimpleNamespace:
    """The two workspaces with their people, committed; the rest of the transaction works in Lochcarron."""
    from app.accounts.people import found_workspace, invite
    from app.core.database import enter, session

    neighbours = found_workspace("Neighbours", "America/New_York")
    cast = {"charlie": invite(neighbours, f"charlie@{domain}", "Charlie", PASSWORD, "admin", by=None)}
    workspace = found_workspace("Lochcarron", "Europe/London")
    for name, role in (("alice", "admin"), ("bob", "editor"), ("mona", "manager"), ("vera", "viewer")):
        cast[name] = invite(workspace, f"{name}@{domain}", name.title(), PASSWORD, role, by=None)
    session.commit()
    enter(workspace.id)
    return SimpleNamespace(workspace=workspace, neighbours=neighbours, **cast)


def lay_rules(workspace, ground: dict[str, UUID]) -> None:
    """Give a workspace of its own the rules that Lochcarron has: copied where they are, which is soon done."""
    from app.accounts.models import Member
    from app.core.database import everywhere, session
    from app.platforms.models import Capability, Channel, ChannelType, Platform, Requirement

    tables = [kind.__table__ for kind in (Platform, ChannelType, Channel, Capability, Requirement)]

    def copy_of(column) -> str:
        if column.name == "workspace_id":
            return "CAST(:mine AS uuid)"
        if column.primary_key or any(key.column.table in tables for key in column.foreign_keys):
            return f"md5({column.name}::text || CAST(:mine AS text))::uuid"
        return column.name

    with everywhere():
        lochcarron = session.get_one(Member, ground["alice"]).workspace_id
        for table in tables:
            names, values = ", ".join(table.c.keys()), ", ".join(copy_of(column) for column in table.c)
            copy = f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {table.name} WHERE workspace_id = :its"
            session.execute(text(copy), {"mine": str(workspace.id), "its": lochcarron})
        session.commit()


@pytest.fixture
def world(app: Flask, ground: dict[str, UUID], wiped_redis: None) -> Iterator[SimpleNamespace]:
    """The people and their workspaces, inside a transaction that is rolled back at the end."""
    from app.core.database import db, enter

    with app.app_context():
        connection = db.engine.connect()
        outer = connection.begin()
        db.session.remove()
        db.session.configure(bind=connection, join_transaction_mode="create_savepoint")
        # Every session of the test, those of its requests too, shares the one connection.
        engines, db._app_engines[app] = db._app_engines[app], {None: connection}
        try:
            yield cast_of(ground)
        finally:
            db.session.remove()
            db._app_engines[app] = engines
            db.session.configure(bind=None)
            enter("")
            outer.rollback()
            connection.close()
            forget(app)


def forget(app: Flask) -> None:
    """What witnesses noted of a world that was rolled back never was: another would take itself for put back."""
    from app.accounts import witnesses

    with app.app_context():
        for note in (witnesses.file(), *witnesses.BESIDE.glob("slogan-*.json")):
            note.unlink(missing_ok=True)


def cast_of(ground: dict[str, UUID]) -> SimpleNamespace:
    from app.accounts.models import Member
    from app.core.database import enter, everywhere, session

    with everywhere():
        cast = {name: session.get_one(Member, member_id) for name, member_id in ground.items()}
        workspace, neighbours = cast["alice"].workspace, cast["charlie"].workspace
    enter(workspace.id)
    return SimpleNamespace(workspace=workspace, neighbours=neighbours, **cast)


@pytest.fixture
def alice(world: SimpleNamespace):
    return world.alice


@pytest.fixture
def bob(world: SimpleNamespace):
    return world.bob


@pytest.fixture
def mona(world: SimpleNamespace):
    return world.mona


@pytest.fixture
def vera(world: SimpleNamespace):
    return world.vera


@pytest.fixture
def charlie(world: SimpleNamespace):
    return world.charlie


@pytest.fixture
def workspace(world: SimpleNamespace):
    return world.workspace


class Fresh(FlaskClient):
    """A client whose every request begins with an empty `g`, though the test's context stays open."""

    def open(self, *args, **more):
        for name in list(g):
            g.pop(name)
        return super().open(*args, **more)


@pytest.fixture
def sign_in(app: Flask, world: SimpleNamespace):
    """A browser without JavaScript, signed in as a member: `page = sign_in(alice)`."""

    def as_member(member) -> FlaskClient:
        client = Fresh(app)
        with client.session_transaction() as cookie:
            cookie["_user_id"] = member.user.fs_uniquifier
            cookie["_fresh"] = True
            cookie["workspace_id"] = str(member.workspace_id)
        return client

    return as_member


@pytest.fixture
def page(sign_in, alice):
    """Alice's browser."""
    return sign_in(alice)


@pytest.fixture
def shared() -> Path:
    """The workshop's real data, which the project itself never needs."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the folder of real articles and products is not here")
    return SHARED
