"""Commands of the terminal that stand together: this installation, and campaigns."""

from datetime import date
from typing import Any

import click

from app.local.terminal import operator, says, workspace_of, workspace_option


@click.group()
def instance() -> None:
    """Say whether Slogan sends from here, and confirm it after a backup was put back or a copy was made."""


@instance.command()
@workspace_option
@says
def show(name: str | None) -> dict[str, Any]:
    """Say whether posts are sent, what was noticed, and how many are overdue."""
    from app.maintenance.overdue import standing

    with workspace_of(name) as workspace:
        found = standing(workspace, size=1)
        lines = ["Sending is on." if found.here.sending else "Sending is off: nothing goes out from here."]
        lines += [f"  {sentence}" for sentence in found.here.noticed if not found.here.sending]
        if found.here.decided_by:
            word = "the real one" if found.here.decision == "real" else "a copy"
            lines.append(f"{found.here.decided_by} said that this is {word}.")
        lines.append(f"{found.everywhere:,} posts are overdue.")
        if not found.here.sending:
            lines.append(f"{found.later:,} are planned for later, and may have gone out since the backup.")
        if found.here.waits:
            lines.append("`slogan instance confirm --overdue hold` sends on; `slogan instance copy` stays off.")
        return {"says": "\n".join(lines), **found.here.card(), "overdue": found.everywhere}


@instance.command()
@click.option(
    "--overdue", type=click.Choice(["hold", "policy", "elsewhere"]), default="hold", show_default=True,
    help="Hold them for a look, let each follow its late policy, or note that they went out already.",
)  # fmt: skip
@click.option(
    "--planned", type=click.Choice(["look", "keep"]), default="look", show_default=True,
    help="Look on the platforms before anything from before is sent, or keep it: nothing was sent from elsewhere.",
)  # fmt: skip
@workspace_option
@says
def confirm(overdue: str, planned: str, name: str | None) -> dict[str, Any]:
    """Say that this is the real one: it sends on."""
    from app.maintenance.overdue import send_on, this_one

    with workspace_of(name) as workspace:
        number = send_on(overdue, by=operator(workspace), planned=planned)
        return {"says": f"Sending is on. {number:,} posts were overdue.", **this_one().card(), "overdue": number}


@instance.command()
@workspace_option
@says
def copy(name: str | None) -> dict[str, Any]:
    """Say that this is a copy: nothing is sent from here."""
    from app.maintenance.overdue import stay_off, this_one

    with workspace_of(name) as workspace:
        stay_off(by=operator(workspace))
        return {"says": "Noted: this is a copy, and it sends nothing.", **this_one().card()}


@click.group()
def campaigns() -> None:
    """Begin, list and close campaigns."""


@campaigns.command(name="list")
@workspace_option
@says
def list_(name: str | None) -> dict[str, Any]:
    """List the campaigns, the open ones first."""
    from app.campaigns.models import Campaign

    with workspace_of(name) as workspace:
        found = Campaign.of(workspace).order_by(Campaign.state.desc(), Campaign.name).all()
        lines = [f"{one.name}: {one.when(workspace.zone)} ({one.id})" for one in found]
        return {"says": "\n".join(lines) or "There is no campaign yet.", "campaigns": [one.card() for one in found]}


@campaigns.command()
@click.argument("title")
@click.option("--description", default="")
@click.option("--from", "starts_on", type=click.DateTime(["%Y-%m-%d"]), help="Its first day: 2026-12-01.")
@click.option("--to", "ends_on", type=click.DateTime(["%Y-%m-%d"]), help="Its last day.")
@click.option("--late", type=click.Choice(["skip", "send", "ask"]), help="What happens to late posts.")
@click.option("--late-minutes", type=int, help="With `send`: how late they may be at most.")
@workspace_option
@says
def begin(
    title: str, description: str, starts_on: Any, ends_on: Any, late: str | None, late_minutes: int | None,
    name: str | None,
) -> dict[str, Any]:  # fmt: skip
    """Begin the campaign TITLE."""
    from app.campaigns.models import Campaign

    with workspace_of(name) as workspace:
        begun = Campaign.begin(
            workspace, operator(workspace), name=title, description=description, starts_on=day(starts_on),
            ends_on=day(ends_on), late_policy=late, late_minutes=late_minutes,
        )  # fmt: skip
        return {"says": f"{begun.name} has begun ({begun.id}).", **begun.card()}


@campaigns.command()
@click.argument("campaign")
@workspace_option
@says
def close(campaign: str, name: str | None) -> dict[str, Any]:
    """Close a campaign, by its name or id."""
    from app.campaigns.models import Campaign

    with workspace_of(name) as workspace:
        found = Campaign.called(workspace, campaign)
        found.close(by=operator(workspace))
        return {"says": f"{found.name} is closed.", **found.card()}


def day(moment: Any) -> date | None:
    """The day of what was given."""
    return moment.date() if moment else None
