"""A post is put on the calendar: from the tray, from the composer, from anywhere."""

from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint, Response, g, request, url_for
from pydantic import BaseModel

from app.accounts.gate import may
from app.accounts.lateness import offered, read_late
from app.core.errors import Invalid
from app.core.time import at_wall, now, zone
from app.core.ui import read, show
from app.platforms.models import Account, Channel
from app.posts.belonging import belong
from app.posts.models import Post
from app.schedule import crowding
from app.schedule.best_times import best_time
from app.schedule.models import ScheduledPost
from app.schedule.moving import moment_from
from app.schedule.slots import plan_next

room = Blueprint("planning", __name__)
MORNING = time(9)  # what a day without an hour means


class Planning(BaseModel):
    post_id: UUID
    where: str | None = None  # an account's id and a channel's slug, with a space between
    account_id: UUID | None = None
    channel: str | None = None
    when: Literal["at", "next", "best", "now"] = "at"
    at: str | None = None
    next: str | None = None
    campaign_id: str | None = None
    late: str = ""

    def place(self) -> tuple[Account, Channel]:
        """The account and channel that are meant. Raise Invalid at the field, Missing."""
        account_id, slug = (
            (self.where or "").partition(" ")[::2] if self.where else (self.account_id, self.channel)
        )
        if not account_id or not slug:
            raise Invalid(
                "Say where it is to go.", where="Choose an account and a channel.",
                account_id="Choose an account.", channel="Choose a channel.",
            )  # fmt: skip
        return Account.of(g.workspace).get(account_id), Channel.by_slug(g.workspace, slug)

    def plan(self, post: Post) -> ScheduledPost:
        """Put the post on the calendar, into its campaign, and with its own late policy if one is chosen."""
        policy, minutes = read_late(self.late)
        if self.campaign_id:
            belong(post, self.campaign_id, g.user)
        planned = self._plan(post)
        if policy:
            planned.allow_late(policy, minutes, g.user)
        return planned

    def _plan(self, post: Post) -> ScheduledPost:
        account, channel = self.place()
        if self.when == "next":
            return plan_next(post, channel, account, g.user)
        if self.when == "best":
            return ScheduledPost.plan(post, channel, account, best_time(g.workspace, account).at, g.user)
        if self.when == "at" and not self.at:
            raise Invalid("Say when it is to go out.", at="Give a day and a time.")
        here = now().astimezone(zone(g.workspace.zone)).replace(hour=9, minute=0)
        moment = now() if self.when == "now" else moment_at(self.at or "", here)
        return ScheduledPost.plan(post, channel, account, moment, g.user)


def moment_at(typed: str, local: datetime) -> datetime:
    """As `moving.moment_from`, with what is wrong said at the field `at`."""
    try:
        return moment_from(typed, local, g.workspace.zone)
    except Invalid as wrong:
        raise Invalid(wrong.message, at=next(iter(wrong.fields.values()))) from None


@room.post("/schedule/posts")
@may("schedule")
def plan() -> Response:
    from app.schedule.views import done

    form = read(Planning)
    planned = form.plan(Post.of(g.workspace).get(form.post_id))
    local = planned.scheduled_time.astimezone(zone(g.workspace.zone))
    words = "It goes out now" if form.when == "now" else f"Scheduled for {local:%a %-d %b, %H:%M}"
    words = f"{words} on {planned.account.label}"
    if full := crowding.warning(planned, g.workspace):
        words = f"{words}. {full}"
    undo = None if form.when == "now" else url_for("schedule.cancel", scheduled_id=planned.id, here=form.next)
    return done(form.next, words, undo)


@room.get("/schedule/new")
@may("schedule")
def planning_form() -> Response:
    post = Post.of(g.workspace).get(request.args.get("post"))
    return show(
        "schedule/new.html", "sheet", post=post, places=places(), at=suggested(request.args.get("to")),
        here=request.args.get("here") or "/calendar",
        late_offered=offered(above="As its campaign or the workspace says"),
    )  # fmt: skip


def places() -> list[tuple[Account, list[Channel]]]:
    """Every account with the channels that a post may be written for."""
    accounts = Account.of(g.workspace).where(Account.state != "paused").order_by(Account.created_at).all()
    open_here = [one for one in Channel.in_order(g.workspace) if one.is_open]
    by_platform: dict[Any, list[Channel]] = {}
    for channel in open_here:
        by_platform.setdefault(channel.platform_id, []).append(channel)
    return [
        (account, by_platform[account.platform_id])
        for account in accounts
        if account.platform_id in by_platform
    ]


def suggested(to: str | None) -> str:
    """What the form offers: the day (and hour) that was chosen, and never a time that has passed."""
    here = now().astimezone(zone(g.workspace.zone))
    try:
        meant = datetime.fromisoformat(to) if to else datetime.combine(here.date(), MORNING, None)
    except ValueError:
        meant = datetime.combine(here.date(), MORNING, None)
    wall = MORNING if to and len(to) == len("2026-01-01") else meant.time()
    if at_wall(meant.date(), wall, g.workspace.zone) <= now():
        later = here + timedelta(hours=1)
        meant, wall = later.replace(tzinfo=None), later.time().replace(minute=0, second=0, microsecond=0)
    return f"{date(meant.year, meant.month, meant.day)}T{wall:%H:%M}"
