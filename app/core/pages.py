"""Pages of a list by cursor: what comes after the last one seen, however much lies before it."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select, literal, tuple_
from sqlalchemy.orm import Session, scoped_session

from app.core.errors import Invalid

LARGEST = 100
Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Page(Generic[Kind]):
    """A page of rows. `next_cursor` is None on the last one."""

    rows: list[Kind]
    next_cursor: str | None

    @property
    def has_more(self) -> bool:
        return self.next_cursor is not None

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def page_of(
    session: scoped_session[Session] | Session, query: Select[Any], kind: Any, cursor: str | None,
    size: int, by: Any, descending: bool,
) -> Page[Any]:  # fmt: skip
    """One page of `query`, ordered by column `by` (default: id) and then by id."""
    size = max(1, min(size, LARGEST))
    column = kind.id if by is None else by
    if cursor:
        value, last_id = _unpack(cursor, column)
        here = tuple_(column, kind.id)
        last = tuple_(literal(value, column.type), literal(last_id, kind.id.type))
        query = query.where(here < last if descending else here > last)
    order = (column.desc(), kind.id.desc()) if descending else (column.asc(), kind.id.asc())
    rows = list(session.scalars(query.order_by(None).order_by(*order).limit(size + 1)))
    if len(rows) <= size:
        return Page(rows, None)
    last_row = rows[size - 1]
    return Page(rows[:size], pack([getattr(last_row, column.key), last_row.id]))


def pack(values: list[Any]) -> str:
    """A cursor that a link can carry."""
    return urlsafe_b64encode(json.dumps(values, default=str).encode()).decode().rstrip("=")


def unpack(cursor: str) -> list[Any]:
    """What a cursor holds. Raise Invalid for one that we did not make."""
    try:
        values = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise Invalid("This link to the next page is damaged. Start again from the first page.") from None
    if not isinstance(values, list):
        raise Invalid("This link to the next page is damaged. Start again from the first page.")
    return values


def _unpack(cursor: str, column: Any) -> tuple[Any, UUID]:
    try:
        value, last_id = unpack(cursor)
        kind = column.type.python_type
        if kind is datetime:
            value = datetime.fromisoformat(value)
        elif kind in (UUID, Decimal):
            value = kind(value)
        return value, UUID(last_id)
    except (ValueError, TypeError, ArithmeticError):
        raise Invalid("This link to the next page is damaged. Start again from the first page.") from None
