"""What a post's late policy says when its moment has passed, and whose word it is."""

import math
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, NamedTuple, Protocol

from app.accounts.lateness import AS_ABOVE, chosen, in_minutes, in_short, offered
from app.accounts.models import Workspace
from app.campaigns.models import Campaign
from app.core.database import session
from app.schedule.words import in_words, span

GRACE = timedelta(minutes=5)  # as long as nobody calls late
PATIENCE = timedelta(minutes=90)  # all tries of a post fit into it, and the wait that a platform asks for


class Planned(Protocol):
    """What a late policy needs to know of a post."""

    scheduled_time: datetime
    due_at: datetime
    late_policy: str
    late_minutes: int
    zone: str


def verdict(post: Planned, moment: datetime) -> tuple[str, str] | None:
    """None to send it now, or the move (`miss` or `hold`) and the reason.

    `due_at` is when Slogan last meant to try. One that waited because its platform or another try made it
    wait is therefore on time, for a while; one that waited for Slogan or for its account is late. A person
    who sends, moves or tries it again by hand sets both times, so that it is not late any more.
    """
    late, overdue = moment - post.scheduled_time, moment - post.due_at
    if late <= GRACE:
        return None
    was_due = f"It was due at {in_words(post.scheduled_time, post.zone)}, and could only have gone out"
    if post.late_policy == "send":
        if late <= timedelta(minutes=post.late_minutes):
            return None
        exactly = in_minutes(math.ceil(late / timedelta(minutes=1)))  # in hours, three would be more than three
        return "miss", f"{was_due} {exactly} later. It may be {in_minutes(post.late_minutes)} late at most."
    if overdue <= GRACE and late <= PATIENCE:
        return None
    if post.late_policy == "ask":
        return "hold", f"{was_due} {span(late)} later. Nobody has said whether it may go out that late."
    return "miss", f"{was_due} {span(late)} later. It is to be skipped when it is late."


def policy_said(reason: str) -> str:
    """The end of a verdict's reason: what the late policy said then, without how late it was."""
    return reason.rpartition(" later. ")[2]


def inherited(post: Any, workspace: Workspace) -> tuple[str, int]:
    """The late policy of a post that has none of its own: its campaign's, or the workspace's."""
    campaign = session.get(Campaign, post.campaign_id) if post.campaign_id else None
    if campaign and campaign.late_policy:
        return campaign.late_policy, campaign.late_minutes or workspace.late_minutes
    return workspace.late_policy, workspace.late_minutes


class Said(NamedTuple):
    """What a page says of a post's late policy, and what it offers instead."""

    short: str
    whose: str
    campaign: str | None
    choice: str
    offered: list[tuple[str, str]]


def said_of(planned: Any) -> Said:
    """The late policy of a scheduled post, in words, and the choices of its form."""
    post, own = planned.post, (planned.late_policy, planned.late_minutes)
    campaign = session.get(Campaign, post.campaign_id) if post.campaign_id else None
    above = inherited(post, session.get_one(Workspace, planned.workspace_id))
    who = campaign.name if campaign and campaign.late_policy else "the workspace"
    row = SimpleNamespace(
        late_own=planned.late_own, campaign=campaign and campaign.name,
        campaign_late=campaign and campaign.late_policy,
    )  # fmt: skip
    return Said(
        in_short(*own), whose(row), campaign.name if campaign else None,
        chosen(*own) if planned.late_own else AS_ABOVE,
        offered(*(own if planned.late_own else (None, None)), above=f"As {who} says ({in_short(*above)})"),
    )  # fmt: skip


def whose(row: Any) -> str:
    """Who says what happens when it is late. `row` has late_own, campaign (a name) and campaign_late."""
    if row.late_own:
        return "its own choice"
    return f"as the campaign {row.campaign} says" if row.campaign_late else "as the workspace says"
