"""What a post's late policy says when its moment has passed."""

from datetime import datetime, timedelta
from typing import Protocol

from app.schedule.words import in_words, span

GRACE = timedelta(minutes=5)  # as long as nobody calls late


class Planned(Protocol):
    """What a late policy needs to know of a post."""

    scheduled_time: datetime
    due_at: datetime
    late_policy: str
    late_minutes: int
    zone: str


def verdict(post: Planned, moment: datetime) -> tuple[str, str] | None:
    """None to send it now, or the move (`miss` or `hold`) and the reason.

    A post that waited because Slogan or its platform made it wait (a rate limit, another try) is not asked
    about anew: `due_at` was on time. It may still not go out later than `late_minutes` after its moment.
    """
    late, overdue = moment - post.scheduled_time, moment - post.due_at
    if late <= GRACE:
        return None
    within = late <= timedelta(minutes=post.late_minutes)
    was_due = f"It was due at {in_words(post.scheduled_time, post.zone)}, {span(late)} ago"
    if within and (overdue <= GRACE or post.late_policy == "send"):
        return None
    if post.late_policy == "ask":
        return "hold", f"{was_due}, and nobody has said whether it may go out that late."
    if post.late_policy == "send":
        return "miss", f"{was_due}, later than the {post.late_minutes} minutes it may be late."
    return "miss", f"{was_due}, and it is to be skipped when it is late."
