"""The list of runs: newest first, by cursor, narrowed by state and process."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.core.database import Finder, session
from app.core.pages import Page
from app.rewriting.models import ContentProcess, Execution

SIZE = 25


class Filters(BaseModel):
    """What the address of the list may say."""

    state: Literal["", "pending", "running", "success", "partial", "failed"] = ""
    process: UUID | None = None
    cursor: str | None = None


def history(workspace: Any, filters: Filters) -> Page[Execution]:
    """One page of runs, the newest first."""
    finder: Finder[Execution] = Execution.of(workspace).options(joinedload(Execution.asked_by))
    if filters.state:
        finder = finder.where(Execution.state == filters.state)
    if filters.process:
        finder = finder.where(Execution.process_id == filters.process)
    return finder.page(filters.cursor, SIZE, by=Execution.created_at)


def latest_of(process: ContentProcess, number: int = 10) -> list[Execution]:
    """The newest runs of a process."""
    runs = select(Execution).where(Execution.process_id == process.id).options(joinedload(Execution.asked_by))
    return list(session.scalars(runs.order_by(Execution.created_at.desc()).limit(number)))
