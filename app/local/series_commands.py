"""Commands of the terminal for what recurs."""

from datetime import datetime
from typing import Any

import click

from app.core.errors import Invalid
from app.local.terminal import operator, says, workspace_of, workspace_option


@click.group()
def series() -> None:
    """Posts that come again and again by a rule."""


def moment(typed: str) -> datetime:
    """A wall time. Raise Invalid."""
    try:
        found = datetime.fromisoformat(typed)
    except ValueError:
        raise Invalid(f"“{typed}” is no time. Write it like 2026-12-01T09:00.") from None
    if found.tzinfo:
        raise Invalid("Give the time without an offset: a series follows the clock of its zone.")
    return found


@series.command(name="list")
@workspace_option
@says
def list_(name: str | None) -> dict[str, Any]:
    """Name the series, with their rules and what is wrong with them."""
    from app.core.ui import cards
    from app.schedule.series import Series

    with workspace_of(name) as workspace:
        found = Series.of(workspace).order_by(Series.id.desc()).limit(100).all()
        lines = [f"{one.id}  {one.name}: {one.sentence} ({one.state}). {one.trouble or ''}".rstrip() for one in found]
        return {"says": "\n".join(lines) or "There is no series yet.", "series": cards(found)}


@series.command()
@click.argument("posts", nargs=-1, required=True)
@click.option("--channel", required=True, help="The channel, as platform/channel.")
@click.option("--account", help="The account, by name; needed when the platform has several.")
@click.option("--rule", required=True, help="RRULE, such as FREQ=WEEKLY;BYDAY=MO,TH.")
@click.option("--starts", required=True, help="The wall time it begins, such as 2026-12-01T09:00.")
@click.option("--zone", help="The zone whose clocks it follows; the workspace's without it.")
@click.option("--title", default="", help="What it is called.")
@click.option("--cool-down", default=0, help="Days before a post of it comes again.")
@click.option("--max-repeats", type=int, help="How often each post may come.")
@workspace_option
@says
def add(
    posts: tuple[str, ...], channel: str, account: str | None, rule: str, starts: str, zone: str | None, title: str,
    cool_down: int, max_repeats: int | None, name: str | None,
) -> dict[str, Any]:  # fmt: skip
    """Make a series of one or several POSTS, in this order."""
    from app.platforms.models import Channel
    from app.schedule.series import Series
    from app.schedule.series_edits import posts_called
    from app.schedule.slots import account_called

    with workspace_of(name) as workspace:
        where = Channel.by_slug(workspace, channel)
        made = Series.create(
            workspace, operator(workspace), posts=posts_called(workspace, posts), channel=where,
            account=account_called(workspace, where.platform, account), starts_at=moment(starts), rule=rule,
            zone=zone, name=title, cool_down=cool_down, max_repeats=max_repeats,
        )  # fmt: skip
        return {"says": f"{made.sentence} ({made.id}). {made.trouble or ''}".rstrip(), **made.card()}


@series.command()
@click.argument("rule")
@click.option("--starts", required=True, help="The wall time it begins, such as 2026-12-01T09:00.")
@click.option("--zone", default="UTC", show_default=True)
@says
def preview(rule: str, starts: str, zone: str) -> dict[str, Any]:
    """Say the next ten times of a RULE, and what the clock changes do to it."""
    from app.schedule.occurrences import Recurrence
    from app.schedule.rule_words import sentence

    recurrence = Recurrence.of(rule, moment(starts), zone)
    coming, odd = recurrence.preview()
    times = [f"{one.wall:%a %-d %b %Y, %H:%M}" for one in coming]
    notes = [one.note for one in odd]
    words = sentence(recurrence.rule, recurrence.starts, zone)
    return {"says": "\n".join([words, *times, *notes]), "sentence": words, "times": times, "clock_changes": notes}


@series.command()
@click.argument("series_id")
@click.argument("occurrence")
@click.option("--undo", is_flag=True, help="Let it come again.")
@workspace_option
@says
def skip(series_id: str, occurrence: str, undo: bool, name: str | None) -> dict[str, Any]:
    """Leave one OCCURRENCE (its wall time) of a series out."""
    from app.schedule import series_edits
    from app.schedule.series import Series

    with workspace_of(name) as workspace:
        found = Series.of(workspace).get(series_id)
        act = series_edits.unskip if undo else series_edits.skip
        act(found, moment(occurrence), operator(workspace))
        return {"says": "It comes again." if undo else "It is left out.", **found.card()}


@series.command()
@click.argument("series_id")
@click.argument("post")
@click.argument("number", type=click.IntRange(1))
@workspace_option
@says
def place(series_id: str, post: str, number: int, name: str | None) -> dict[str, Any]:
    """Give a POST of a series another place in its queue: 1 is the first."""
    from app.core.database import as_uuid
    from app.schedule import series_edits
    from app.schedule.series import Series

    with workspace_of(name) as workspace:
        found = Series.of(workspace).get(series_id)
        series_edits.place(found, as_uuid(post, "post"), number - 1, operator(workspace))
        lines = [f"{turn}. {one.first_line}" for turn, one in enumerate(found.posts, 1)]
        return {"says": "\n".join(lines), **found.card()}


@series.command()
@click.argument("series_id")
@click.argument("verb", type=click.Choice(["pause", "resume", "end", "remove"]))
@workspace_option
@says
def change(series_id: str, verb: str, name: str | None) -> dict[str, Any]:
    """Pause, resume, end or remove a series."""
    from app.schedule.series import Series

    with workspace_of(name) as workspace:
        found = Series.of(workspace).get(series_id)
        card = found.card()
        getattr(found, verb)(operator(workspace))
        done = {"pause": "paused", "resume": "resumed", "end": "ended", "remove": "removed"}[verb]
        return {"says": f"“{found.name}” is {done}.", **card}
