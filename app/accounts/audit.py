"""What changed on a row, as SQLAlchemy's own attribute history tells it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import inspect

from app.core.vault import Sealed

HIDDEN = {"password", "digest", "fs_uniquifier"}


def changes_of(row: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The unsaved changes of a row: what its columns held, and what they hold now."""
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    state = inspect(row)
    for attribute in state.mapper.column_attrs:
        history = state.attrs[attribute.key].history
        if not history.has_changes() or attribute.key in ("updated_at", "created_at"):
            continue
        secret = attribute.key in HIDDEN or isinstance(attribute.columns[0].type, Sealed)
        if history.deleted:
            old[attribute.key] = "…" if secret else plain(history.deleted[0])
        if history.added and history.added[0] is not None:
            new[attribute.key] = "…" if secret else plain(history.added[0])
    return old, new


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    return value if isinstance(value, str | int | float | bool | None) else str(value)
