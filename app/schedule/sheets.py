"""A table of posts, as a spreadsheet saves it: each line is planned by itself, and a bad one costs no other."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.accounts.activity import Activity
from app.accounts.models import Member, Workspace
from app.accounts.uploads import sent_files, start_import, watched
from app.campaigns.models import Campaign
from app.catalogue.importers.found import BadRow
from app.catalogue.importers.table import Line, Table
from app.core.database import session
from app.core.errors import Invalid, Problem
from app.core.time import at_wall, zone
from app.platforms.models import Account, Channel
from app.posts.models import Post
from app.posts.writing import compose
from app.schedule.models import ScheduledPost
from app.schedule.series_edits import place_of
from app.schedule.slots import account_called, plan_next
from app.schedule.words import as_list

EVERY = 10  # lines between two words of progress
TEXT = ("text", "message", "post", "caption", "content", "content_text", "generated_content")
WHEN = ("when", "date and time", "scheduled_time", "scheduled time", "date", "day")
HOUR = ("time", "hour")
EXAMPLE = """text,channel,when,account,title,link,campaign,first comment
"Nine tartans for the autumn, woven in Lochcarron.",practice/feed_post,2030-01-07 09:00,,,https://example.com/tartans,,
"Its time is left empty: it takes the next free slot of a posting schedule.",practice/feed_post,,,,,,
"""


class Row(NamedTuple):
    """A line of the table, found to be usable: what, where and when."""

    text: str
    channel: Channel
    account: Account
    at: datetime | None
    line: Line

    def known(self) -> ScheduledPost | None:
        """The same text that stands there for that time already: the same table was sent before."""
        same = select(ScheduledPost).join(Post, Post.id == ScheduledPost.post_id).where(
            ScheduledPost.account_id == self.account.id,
            ScheduledPost.channel_type_id == self.channel.channel_type_id,
            ScheduledPost.state != "cancelled", Post.text == self.text,
        )  # fmt: skip
        at = (ScheduledPost.scheduled_time == self.at) if self.at else ScheduledPost.posting_schedule_id.is_not(None)
        return session.scalar(same.where(at).limit(1))


class Stood(NamedTuple):
    """Where posts of a table stand on the plan, for the link that leads to them."""

    days: set[date]
    accounts: set[UUID]

    def add(self, post: ScheduledPost) -> None:
        self.days.add(post.scheduled_time.astimezone(zone(post.zone)).date())
        self.accounts.add(post.account_id)

    def lead(self, number: int) -> dict[str, str]:
        """The link and its words: the list of posts from their first day on, of their account if it is one."""
        if not self.days:
            return {}
        first, last = min(self.days), max(self.days)
        only = f"&account={next(iter(self.accounts))}" if len(self.accounts) == 1 else ""
        span = f"of {first:%-d %b %Y}" if first == last else f"from {first:%-d %b} to {last:%-d %b %Y}"
        posts = "the post" if number == 1 else f"the {number:,} posts"
        return {"link": f"/calendar/list?day={first}{only}", "link_says": f"See {posts} {span}"}


def plan_sheet(activity: Activity) -> None:
    """Plan every line of the tables that an activity was given, to its end; what is wrong with a line is noted."""
    with watched(activity):
        workspace = session.get_one(Workspace, activity.workspace_id)
        by = session.get(Member, activity.started_by_id) if activity.started_by_id else None
        count, stood = Counter[str](), Stood(set(), set())
        for number, (where, line) in enumerate(_lines(activity.inputs["source"]), 1):
            count[_taken(activity, where, line, workspace, by, stood)] += 1
            if number % EVERY == 0:
                activity.step(number, None, _words(count))
        activity.done = count.total()
        lead = stood.lead(count["planned"] + count["known"])
        activity.finish(_words(count), **{name: count[name] for name in ("planned", "known", "bad")}, **lead)


def _lines(source: str) -> Iterator[tuple[str, Line | BadRow]]:
    for path in sent_files(source) or [Path(source)]:
        with path.open("rb") as file:
            table = Table(file, path.name)
            if not set(table.columns) & set(TEXT):
                raise Invalid(f"{path.name} has no column “text”. Its columns: {as_list(table.columns)}.")
            for line in table:
                number = line.line if isinstance(line, BadRow) else line.number
                yield f"{path.name}, line {number}", line


def _taken(
    activity: Activity, where: str, line: Line | BadRow, workspace: Workspace, by: Member | None, stood: Stood
) -> str:  # fmt: skip
    """What became of one line: planned, known or bad."""
    if isinstance(line, BadRow):
        activity.problem(where, line.reason)
        return "bad"
    try:
        with session.begin_nested():
            row = row_of(line, workspace, activity.inputs.get("place") or "")
            known = row.known()
            stood.add(known or plan_row(row, workspace, by))
    except Problem as problem:
        activity.problem(where, as_list([problem.message]))
        return "bad"
    return "known" if known else "planned"


def row_of(line: Line, workspace: Workspace, place: str) -> Row:
    """What a line says; `place` is for those that name no channel. Raise Invalid, Missing."""
    text, named = line.get(*TEXT), line.get("channel", "where")
    if not text:
        raise Invalid("It has no text.")
    if named:
        channel = Channel.by_slug(workspace, named.replace(" ", "").lower())
        account = account_called(workspace, channel.platform, line.get("account") or None)
    elif place:
        account, channel = place_of(workspace, place)
    else:
        raise Invalid("It names no channel. Write one such as practice/feed_post, or choose one for all lines.")
    return Row(text, channel, account, moment_of(line, workspace), line)


def moment_of(line: Line, workspace: Workspace) -> datetime | None:
    """When it is meant, on the workspace's clocks unless it says otherwise. Raise Invalid."""
    typed = f"{line.get(*WHEN)} {line.get(*HOUR)}".strip().replace("/", "-")
    if not typed:
        return None
    try:
        meant = datetime.fromisoformat(typed)
    except ValueError:
        raise Invalid(f"“{typed}” is no time. Write the day first: 2030-01-07 09:00.") from None
    if len(typed) <= len("2030-01-07"):
        raise Invalid(f"“{typed}” says no hour. Write 2030-01-07 09:00.")
    return meant if meant.tzinfo else at_wall(meant.date(), meant.time(), workspace.zone)


def plan_row(row: Row, workspace: Workspace, by: Member | None) -> ScheduledPost:
    """Write the post and plan it; without a time, in the next free slot. Raise Problem, and nothing is kept."""
    line = row.line
    post = compose(
        workspace, by, text=row.text, title=line.get("title"), link=line.get("link", "url") or None,
        first_comment=line.get("first comment", "first_comment") or None,
        variants={row.channel.slug: None},
    )  # fmt: skip
    if (campaign := line.get("campaign")) and by is not None:
        Campaign.called_or_begun(workspace, campaign, by).take(post, by)
    if row.at is None:
        return plan_next(post, row.channel, row.account, by)
    return ScheduledPost.plan(post, row.channel, row.account, row.at, by)


def _words(count: Counter[str]) -> str:
    parts = [f"{count['planned']:,} of {count.total():,} planned"]
    parts += [f"{count['known']:,} on the plan already"] if count["known"] else []
    parts += [f"{count['bad']:,} could not be"] if count["bad"] else []
    return f"{', '.join(parts)}."


def start(workspace: Workspace, by: Member, files: Any, place: str) -> Activity:
    """Ask a worker to plan tables that were sent. Raise Invalid, NotAllowed."""
    by.must("schedule")
    if place:
        place_of(workspace, place)
    return start_import(workspace, by, "posts", files=files, place=place)
