"""Real copies of a real installation: dumps, folders, a database put back. None of them sends a post."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import func, select, text

from app.accounts import instance
from app.accounts.instance import Instance
from app.accounts.models import Member, User, Workspace
from app.accounts.people import found_workspace
from app.core.database import db, enter, everywhere, session
from app.core.migrate import app_url, upgrade
from app.core.settings import BadSettings, override, settings
from app.local.postgres import _INSTALL, Postgres, create_database
from app.maintenance.overdue import send_on, standing
from app.schedule.engine import publish_due
from app.schedule.models import ScheduledPost
from tests.schedule.cast import a_post, an_account, planned

POSTS = 3
pytestmark = pytest.mark.waits


@contextmanager
def installation(url: str, var: Path) -> Iterator[None]:
    """Slogan on a database and a folder, as a process that has just started."""
    before = {"database_url": settings().database_url, "var_dir": settings().var_dir}
    var.mkdir(parents=True, exist_ok=True)
    override(database_url=url, var_dir=var)
    upgrade(url)
    app = Flask("a copy")  # without pages: rooms can be entered into one application only
    app.config.update(SQLALCHEMY_DATABASE_URI=app_url(url))
    db.init_app(app)
    try:
        with app.app_context(), everywhere():
            instance.arrive()
            yield
            session.remove()
            db.engine.dispose()
    finally:
        override(**before)


def found(url: str, var: Path) -> None:
    """A company with posts that are due, and a few minutes of life behind it."""
    with installation(url, var):
        workspace = found_workspace("Mill", "Europe/London")
        ann = User(email="ann@example.com", name="Ann", password="none")
        session.add(ann)
        session.flush()
        session.add(Member(workspace_id=workspace.id, user_id=ann.id, role="admin"))
        account = an_account(workspace)
        for n in range(POSTS):
            planned(account, minutes=-1, post=a_post(workspace, f"Tartan number {n}."))
        session.commit()
        instance.beat()
        instance.beat()


def start(url: str, var: Path) -> SimpleNamespace:
    """Start there, send what is due, and say how it stands."""
    with installation(url, var):
        workspace = session.scalars(select(Workspace)).one()
        publish_due(lanes=0)
        with everywhere():
            session.expire_all()
            out = session.scalar(
                select(func.count()).where(ScheduledPost.state == "published", ScheduledPost.remote_id.is_not(None))
            )
            here = Instance.here()
            return SimpleNamespace(
                out=out, sending=here.sending, noticed=" ".join(here.noticed), overdue=standing(workspace).mine,
            )  # fmt: skip


def dump(url: str, file: Path) -> Path:
    subprocess.run([_INSTALL / "bin" / "pg_dump", "--no-owner", "-f", file, url], check=True, capture_output=True)
    return file


def put_back(file: Path, url: str) -> None:
    subprocess.run(
        [_INSTALL / "bin" / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", file, url], check=True, capture_output=True
    )


@pytest.fixture
def home(servers, app, tmp_path, request) -> Iterator[SimpleNamespace]:
    """An installation of its own on the tests' server, and a dump of it."""
    name = f"copies_{request.node.name.removeprefix('test_')[:30]}"
    made = SimpleNamespace(url=create_database(servers.database_url, name), var=tmp_path / "var", name=name)
    found(made.url, made.var)
    made.dump = dump(made.url, tmp_path / "dump.sql")
    return made


def test_a_dump_in_another_database_sends_nothing_and_the_first_one_sends_on(home, servers, tmp_path):
    copy = create_database(servers.database_url, f"{home.name}_copy")
    put_back(home.dump, copy)
    for var in (tmp_path / "new", home.var):
        seen = start(copy, var)
        assert (seen.out, seen.sending, seen.overdue) == (0, False, POSTS)
        assert "made anew" in seen.noticed
    again = start(home.url, tmp_path / "another host")
    assert (again.out, again.sending) == (POSTS, True)


def test_a_database_put_back_to_yesterday_sends_nothing_until_an_admin_says_so(home):
    assert start(home.url, home.var).out == POSTS
    with installation(home.url, home.var):
        instance.beat()
    with psycopg.connect(home.url, autocommit=True) as server:
        server.execute("DROP SCHEMA public CASCADE")
        server.execute("CREATE SCHEMA public")
    put_back(home.dump, home.url)
    seen = start(home.url, home.var)
    assert (seen.out, seen.sending, seen.overdue) == (0, False, POSTS), "what went out is planned once more"
    assert "went back in time" in seen.noticed
    with installation(home.url, home.var):
        admin = session.scalars(select(Member)).one()
        enter(admin.workspace_id)
        send_on("elsewhere", by=admin)
        session.commit()
    assert start(home.url, home.var).sending
    with psycopg.connect(home.url) as server:
        [made] = server.execute("SELECT count(*) FROM practice_posts").fetchone()
    assert made == 0, "nothing was sent a second time"


def test_a_host_with_other_keys_does_not_shut_the_first_one_out(home):
    with installation(home.url, home.var):
        before = settings().secret_key
        override(secret_key=SecretStr("another one, " * 3))
        try:
            with pytest.raises(BadSettings, match="Another Slogan works with this database, and has other keys"):
                upgrade(home.url)
        finally:
            override(secret_key=before)
        psycopg.connect(app_url(home.url).replace("+psycopg", "")).close()


@pytest.fixture
def passable() -> Iterator[Path]:
    """A folder that the user whom PostgreSQL runs as may enter, too."""
    with tempfile.TemporaryDirectory(prefix="slogan-copies-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_a_folder_that_was_copied_sends_nothing_and_the_first_one_sends_on(app, passable):
    first, second = passable / "var", passable / "copy"
    server = Postgres(first / "postgres", durable=False)
    found(server.start(), first)
    server.stop()
    shutil.copytree(first, second, copy_function=copy_with_owner, dirs_exist_ok=True)
    own_folders(first, second)
    copied = Postgres(second / "postgres", durable=False)
    try:
        seen = start(copied.start(), second)
    finally:
        copied.stop()
    assert (seen.out, seen.sending, seen.overdue) == (0, False, POSTS)
    assert "was copied" in seen.noticed
    try:
        again = start(server.start(), first)
    finally:
        server.stop()
    assert (again.out, again.sending) == (POSTS, True)


def copy_with_owner(source: str, target: str) -> None:
    shutil.copy2(source, target)
    shutil.chown(target, Path(source).stat().st_uid, Path(source).stat().st_gid)


def own_folders(source: Path, target: Path) -> None:
    """Give copied folders the owners that a copy with `cp -a` gives them."""
    for folder in [target, *(path for path in target.rglob("*") if path.is_dir())]:
        was = (source / folder.relative_to(target)).stat()
        shutil.chown(folder, was.st_uid, was.st_gid)


def test_the_condition_of_the_claim_is_asked_once_and_not_for_each_post(world):
    plan = session.scalars(text("EXPLAIN (COSTS OFF) SELECT 1 WHERE (SELECT slogan_may_send(1))")).all()
    assert "InitPlan 1" in " ".join(plan)
