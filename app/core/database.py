"""Rows, whose they are, and what happens after the commit.

The database keeps tenants apart: every workspace-owned table has a row-level-security policy that
compares `workspace_id` with the setting `slogan.workspace` of the transaction. Who sets nothing
sees nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from typing import Any, Generic, Self, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import (
    Connection,
    DateTime,
    Engine,
    Executable,
    ForeignKey,
    MetaData,
    Select,
    event,
    func,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, registry, scoped_session
from uuid_utils.compat import uuid7

from app.core.errors import Missing
from app.core.pages import Page, page_of
from app.core.waiting import in_lane, loop, wait_for

EVERYWHERE = "*"
LANE_CONNECTIONS = 4  # those that claim and write for all lanes; see `schedule.engine`
_scope: ContextVar[str] = ContextVar("workspace", default="")


NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)


class Base(DeclarativeBase):
    registry = registry(metadata=metadata, type_annotation_map={datetime: DateTime(timezone=True)})


class LaneSession(FlaskSession):
    """A session that a lane uses speaks to the database over the loop: others go on while it waits."""

    def get_bind(self, *args: Any, **more: Any) -> Engine | Connection:
        return _lane_engine(loop()).sync_engine if in_lane() else super().get_bind(*args, **more)


@cache
def _lane_engine(_loop: object) -> AsyncEngine:
    config = current_app.config
    size = {"pool_size": LANE_CONNECTIONS, "max_overflow": 0, "pool_pre_ping": False}
    return create_async_engine(
        config["SQLALCHEMY_DATABASE_URI"], **{**config["SQLALCHEMY_ENGINE_OPTIONS"], **size}
    )


def close_lane_connections() -> None:
    """Close what lanes have open, when none of them is at work. For a lane to call."""
    wait_for(_lane_engine(loop()).dispose())


class Direct:
    """A connection for single statements across workspaces, each of them a transaction of its own.

    A lane's session goes to the database five times for one: is it there, begin, for whom, the statement,
    commit. This goes once. Outside of lanes the session does it.
    """

    def __init__(self) -> None:
        self._open: Connection | None = None

    def rows(self, statement: Executable, given: dict[str, Any]) -> list[Any]:
        """What the statement returns. After an error the next one opens another connection."""
        if not in_lane():
            with everywhere():
                found = session.execute(statement, given).all()
                session.commit()
            return list(found)
        try:
            self._open = self._open or self._connect()
            return list(self._open.execute(statement, given).all())
        except DBAPIError:
            self.close()
            raise

    def _connect(self) -> Connection:
        made = _lane_engine(loop()).sync_engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        made.execute(text("SELECT set_config('slogan.workspace', :workspace, false)"), {"workspace": EVERYWHERE})
        return made

    def close(self) -> None:
        """Close the connection, which no other use may inherit."""
        if self._open:
            self._open.invalidate()
            self._open.close()
            self._open = None


db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    session_options={"expire_on_commit": False, "class_": LaneSession},
)
session: scoped_session[Session] = db.session  # type: ignore[assignment]


class Row(db.Model):  # type: ignore[name-defined]
    """A thing with an id that sorts by its birth (UUIDv7), and the moments of its life."""

    __abstract__ = True
    noun = "entry"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7, sort_order=-10)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=90)
    updated_at: Mapped[datetime] = mapped_column(
        server_default=func.now(), onupdate=func.now(), sort_order=91
    )

    @classmethod
    def anywhere(cls, row_id: Any) -> Self:
        """The row of that id, for jobs and the command line; pages use `of`. Raise Missing."""
        found = session.get(cls, as_uuid(row_id, cls.noun))
        if found is None:
            raise Missing(f"There is no such {cls.noun}.")
        return found


class Owned(Row):
    """A row that belongs to one workspace."""

    __abstract__ = True

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), sort_order=-9)

    @classmethod
    def of(cls, workspace: Any) -> "Finder[Self]":
        """The rows of one workspace, to be narrowed further."""
        return Finder(cls, select(cls).where(cls.workspace_id == workspace.id))


Kind = TypeVar("Kind", bound=Row)


class Finder(Generic[Kind]):
    """A select that already knows its workspace."""

    def __init__(self, kind: type[Kind], query: Select[tuple[Kind]]) -> None:
        self.kind, self.query = kind, query

    def where(self, *conditions: Any) -> "Finder[Kind]":
        return Finder(self.kind, self.query.where(*conditions))

    def join(self, *target: Any, **more: Any) -> "Finder[Kind]":
        return Finder(self.kind, self.query.join(*target, **more))

    def options(self, *options: Any) -> "Finder[Kind]":
        return Finder(self.kind, self.query.options(*options))

    def order_by(self, *columns: Any) -> "Finder[Kind]":
        return Finder(self.kind, self.query.order_by(*columns))

    def limit(self, number: int) -> "Finder[Kind]":
        return Finder(self.kind, self.query.limit(number))

    def get(self, row_id: Any) -> Kind:
        """The row of that id. Raise Missing, also for a neighbour's."""
        found: Kind | None = session.scalar(self.query.where(self.kind.id == as_uuid(row_id, self.kind.noun)))  # type: ignore[assignment]
        if found is None:
            raise Missing(f"There is no such {self.kind.noun}. It may have been removed.")
        return found

    def all(self) -> list[Kind]:
        return list(session.scalars(self.query))

    def first(self) -> Kind | None:
        found: Kind | None = session.scalar(self.query.limit(1))  # type: ignore[assignment]
        return found

    def count(self) -> int:
        return session.scalar(select(func.count()).select_from(self.query.order_by(None).subquery())) or 0

    def page(
        self, cursor: str | None = None, size: int = 20, *, by: Any = None, descending: bool = True
    ) -> Page[Kind]:
        """One page by keyset: at most `size` rows (capped at 100) after `cursor`, ordered by `by` then id."""
        return page_of(session, self.query, self.kind, cursor, size, by, descending)

    def __iter__(self) -> Iterator[Kind]:
        return iter(session.scalars(self.query))


def as_uuid(value: Any, noun: str) -> UUID:
    """A UUID from what came in. Raise Missing, since a malformed id names nothing."""
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        raise Missing(f"There is no such {noun}.") from None


@contextmanager
def scope(workspace_id: Any) -> Iterator[None]:
    """Work inside one workspace: the database shows and takes nothing else."""
    if _scope.get() == str(workspace_id):
        yield
        return
    before = _scope.set(str(workspace_id))
    _tell_open_transaction()
    try:
        yield
    except BaseException:
        _scope.reset(before)
        with suppress(DBAPIError):  # a failed transaction hears nothing: what made it fail is worth telling
            _tell_open_transaction()
        raise
    _scope.reset(before)
    _tell_open_transaction()


@contextmanager
def everywhere() -> Iterator[None]:
    """Work across workspaces: for the clock, the workers' claims and the command line alone."""
    with scope(EVERYWHERE):
        yield


def enter(workspace_id: Any) -> None:
    """Set the workspace for the rest of this request, job or command."""
    _scope.set(str(workspace_id))
    _tell_open_transaction()


_TELL = text("SELECT set_config('slogan.workspace', :workspace, true)")


def _tell_open_transaction() -> None:
    if current_app and session.registry.has() and session().in_transaction() and session().is_active:
        with session.no_autoflush:
            session.flush()
            session.execute(_TELL, {"workspace": _scope.get()})


@event.listens_for(Session, "after_begin")
def _tell_new_transaction(_session: Session, _transaction: Any, connection: Any) -> None:
    connection.execute(_TELL, {"workspace": _scope.get()})


def after_commit(act: Callable[[], object]) -> None:
    """Call `act` once all is committed, not when a savepoint is released; a rollback forgets it."""
    session().info.setdefault("after_commit", []).append(act)


@event.listens_for(Session, "after_commit")
def _committed(committed: Session) -> None:
    if committed.in_nested_transaction():  # only a savepoint was released
        return
    for act in committed.info.pop("after_commit", []):
        act()


@event.listens_for(Session, "after_transaction_create")
def _begun(begun: Session, transaction: Any) -> None:
    if transaction.nested:
        earlier = len(begun.info.get("after_commit", []))
        begun.info.setdefault("savepoints", WeakKeyDictionary())[transaction] = earlier


@event.listens_for(Session, "after_rollback")
def _rolled_back(rolled_back: Session) -> None:
    savepoint = rolled_back.get_nested_transaction()
    earlier = rolled_back.info["savepoints"][savepoint] if savepoint else 0
    del rolled_back.info.get("after_commit", [])[earlier:]
