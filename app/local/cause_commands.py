"""Commands of the terminal about what went wrong: `slogan causes`, and what is done about one of them."""

from typing import Any

import click

from app.local.terminal import operator, says, workspace_of, workspace_option


@click.group()
def causes() -> None:
    """Say what went wrong with posts, grouped by cause; try all of one cause again, skip or cancel them."""


@causes.command(name="list")
@workspace_option
@says
def list_(name: str | None) -> dict[str, Any]:
    """List what went wrong with posts that need a person, the largest cause first."""
    from app.schedule.remedies import Cause

    with workspace_of(name) as workspace:
        found = [cause.card() for cause in Cause.all_of(workspace)]
        lines = [f"{one['key']}  {one['posts']:,} × {one['title']}: {one['sentence']}" for one in found]
        return {"says": "\n".join(lines) or "No post needs a person.", "causes": found}


@causes.command()
@click.argument("key")
@workspace_option
@says
def retry(key: str, name: str | None) -> dict[str, Any]:
    """Try all posts of the cause KEY again, or send them though they are late, below the account's cap."""
    return _mended("retry_all", key, name)


@causes.command()
@click.argument("key")
@click.option("--yes", is_flag=True, help="Do not ask before skipping.")
@workspace_option
@says
def skip(key: str, yes: bool, name: str | None) -> dict[str, Any]:
    """Let all posts of the cause KEY go that were too late: they are not sent."""
    if not yes:
        click.confirm(f"Skip all posts of {key}?", abort=True, err=True)
    return _mended("skip_all", key, name)


@causes.command()
@click.argument("key")
@click.option("--yes", is_flag=True, help="Do not ask before cancelling.")
@workspace_option
@says
def cancel(key: str, yes: bool, name: str | None) -> dict[str, Any]:
    """Take all posts of the cause KEY off the plan."""
    if not yes:
        click.confirm(f"Cancel all posts of {key}?", abort=True, err=True)
    return _mended("cancel_all", key, name)


@causes.command()
@click.argument("key")
@click.option("--yes", is_flag=True, help="Do not ask before sending.")
@workspace_option
@says
def allow(key: str, yes: bool, name: str | None) -> dict[str, Any]:
    """Send all posts of the cause KEY that the burst guard held, beyond what their account may send."""
    if not yes:
        click.confirm(f"Send all posts of {key} now?", abort=True, err=True)
    return _mended("allow_all", key, name)


def _mended(verb: str, key: str, name: str | None) -> dict[str, Any]:
    from app.schedule.remedies import Cause

    with workspace_of(name) as workspace:
        activity = getattr(Cause.find(workspace, key), verb)(by=operator(workspace), here=True)
        lines = "".join(f"\n  {found['where']}: {found['reason']}" for found in activity.problems)
        return {"says": f"{activity.message}{lines}", **activity.card()}
