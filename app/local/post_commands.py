"""Commands of the terminal about posts on the plan: what became of one, and what a person says of it."""

from typing import Any

import click

from app.local.terminal import operator, says, workspace_of, workspace_option


@click.group()
def scheduled() -> None:
    """Look at posts on the plan, and say what becomes of one."""


@scheduled.command(name="list")
@click.option("--state", default="unsure", show_default=True, help="scheduled, held, unsure, failed, missed …")
@workspace_option
@says
def list_(state: str, name: str | None) -> dict[str, Any]:
    """List the posts in a state, soonest first (a hundred at most)."""
    from app.schedule.asked import Asked
    from app.schedule.words import STATES, in_words

    if state not in STATES:
        raise click.BadParameter(f"Choose one of {', '.join(STATES)}.", param_hint="--state")
    with workspace_of(name) as workspace:
        page, total = Asked(state=state, size=100).page(workspace)
        lines = [f"{one.id}  {in_words(one.scheduled_time, one.zone)}  {one.account.name}: {one.first_line}"
                 for one in page]  # fmt: skip
        return {"says": "\n".join(lines) or f"No post is {STATES[state].word}.", "total": total,
                "posts": [one.card() for one in page]}  # fmt: skip


@scheduled.command()
@click.argument("post")
@workspace_option
@says
def show(post: str, name: str | None) -> dict[str, Any]:
    """Tell what happened to a post, and what happens next."""
    from app.schedule.story import what_next
    from app.schedule.words import in_words

    with workspace_of(name) as workspace:
        found = _of(workspace, post)
        told = [f"  {in_words(line.created_at, workspace.zone)}  {line.sentence}" for line in found.history()]
        lines = [f"{found.first_line} ({found.account.name}): {found.label.word}.", *told, f"Next: {what_next(found)}"]
        return {"says": "\n".join(lines), **found.card(), "next": what_next(found)}


@scheduled.command()
@click.argument("post")
@click.option("--out/--not-out", "went_out", required=True, help="Whether it is on the platform. If not, it is sent.")
@click.option("--url", help="Its address there.")
@workspace_option
@says
def settle(post: str, went_out: bool, url: str | None, name: str | None) -> dict[str, Any]:
    """Say of an unsure post whether it is out, after a look on the platform."""
    return _done(post, name, "settle", went_out, url=url)


@scheduled.command()
@click.argument("post")
@click.argument("url")
@workspace_option
@says
def address(post: str, url: str, name: str | None) -> dict[str, Any]:
    """Say where a post is that a person found or posted there; then its follow-ups are planned."""
    return _done(post, name, "give_address", url)


@scheduled.command()
@click.argument("post")
@workspace_option
@says
def retry(post: str, name: str | None) -> dict[str, Any]:
    """Try a failed, held or missed post again."""
    return _done(post, name, "retry")


@scheduled.command()
@click.argument("post")
@workspace_option
@says
def allow(post: str, name: str | None) -> dict[str, Any]:
    """Send a post that the burst guard holds all the same."""
    return _done(post, name, "allow")


@scheduled.command()
@click.argument("post")
@workspace_option
@says
def skip(post: str, name: str | None) -> dict[str, Any]:
    """Let a post go that was too late: it is not sent."""
    return _done(post, name, "skip")


@scheduled.command()
@click.argument("post")
@workspace_option
@says
def cancel(post: str, name: str | None) -> dict[str, Any]:
    """Take a post off the plan."""
    return _done(post, name, "cancel")


@scheduled.command()
@click.argument("post")
@click.argument("policy", type=click.Choice(["skip", "send", "ask", "inherit"]))
@click.option("--minutes", type=int, help="With `send`: how late it may be at most.")
@workspace_option
@says
def late(post: str, policy: str, minutes: int | None, name: str | None) -> dict[str, Any]:
    """Say what happens to a post when it is late; `inherit`: as its campaign or the workspace says."""
    return _done(post, name, "allow_late", None if policy == "inherit" else policy, minutes)


@click.command()
@workspace_option
@says
def accounts(name: str | None) -> dict[str, Any]:
    """List the accounts: how each is doing, what it has sent within the hour, and what its platform still takes."""
    from app.platforms.models import Account
    from app.publishing.budgets import RateBudget, usage_of
    from app.publishing.health import health

    with workspace_of(name) as workspace:
        found = Account.of(workspace).order_by(Account.name).all()
        doing, budgets = health(found), RateBudget.of_accounts(found)
        lines, told = [], []
        for one in found:
            left = [budget.line(workspace.zone) for budget in budgets[one.id]]
            usage = usage_of(one)
            lines.append(f"{one.label}: {doing[one.id]} {'; '.join([usage.line, *left])}.")
            told.append({**one.card(), **usage.card(), "budgets": [budget.card() for budget in budgets[one.id]]})
        return {"says": "\n".join(lines) or "There is no account yet.", "accounts": told}


def _of(workspace: Any, post: str) -> Any:
    from app.schedule.models import ScheduledPost

    return ScheduledPost.of(workspace).get(post)


def _done(post: str, name: str | None, verb: str, *given: Any, **more: Any) -> dict[str, Any]:
    """Let the post do it, in the operator's name, and say what it is then."""
    with workspace_of(name) as workspace:
        found = _of(workspace, post)
        getattr(found, verb)(*given, by=operator(workspace), **more)
        return {"says": f"{found.history()[-1].sentence} It is {found.label.word}.", **found.card()}
