"""What every command of the terminal shares: its one workspace, who acts, and how it says what came of it."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import click
from sqlalchemy import select

from app.core.errors import Invalid, Missing, Problem
from app.core.settings import settings


def says(command: Callable[..., dict[str, Any]]) -> Callable[..., None]:
    """Print what a command returns: its sentence for a person, all of it with --json. Errors end with 1."""

    @click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
    @wraps(command)
    def run(*args: Any, as_json: bool = False, **more: Any) -> None:
        try:
            result = command(*args, **more)
        except Problem as problem:
            details = "".join(f"\n  {field}: {what}" for field, what in problem.fields.items())
            if as_json:
                click.echo(json.dumps({"error": problem.message, "fields": problem.fields}))
            click.echo(problem.message + details, err=True)
            sys.exit(1)
        click.echo(json.dumps(result, default=str) if as_json else result["says"])

    return run


@contextmanager
def workspace_of(name: str | None) -> Iterator[Any]:
    """The database, the application, and the one workspace (or the one of that name) to work in."""
    from app.local.servers import connected

    with connected():
        from app import the_app
        from app.accounts.instance import arrive
        from app.accounts.models import Workspace
        from app.core.database import enter, everywhere, session
        from app.core.migrate import upgrade

        upgrade(settings().database_url or "")
        with the_app().app_context(), everywhere():
            arrive()
            query = select(Workspace).order_by(Workspace.created_at)
            found = list(session.scalars(query.where(Workspace.name == name) if name else query.limit(2)))
            if not found:
                none_yet = "There is no workspace yet; `slogan init` makes one."
                raise Missing(f"There is no workspace “{name}”." if name else none_yet)
            if len(found) > 1:
                raise Invalid("There are several workspaces; say which with --workspace NAME.")
            enter(found[0].id)
            try:
                yield found[0]
                session.commit()
            except BaseException:
                session.rollback()
                raise
            finally:
                session.remove()


def operator(workspace: Any) -> Any:
    """The admin in whose name the command line acts. Raise Missing when there is none."""
    from app.accounts.models import Member
    from app.core.database import session

    found = session.scalar(
        select(Member)
        .where(Member.workspace_id == workspace.id, Member.role == "admin", Member.is_active)
        .order_by(Member.created_at)
    )
    if found is None:
        raise Missing(f"{workspace.name} has no admin.")
    return found


workspace_option = click.option("--workspace", "name", help="The workspace, by name; needed when there are several.")
