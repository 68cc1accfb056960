"""Posting schedules for programs."""

from typing import Any

from flask import Blueprint, g
from pydantic import BaseModel, Field

from app.accounts.gate import may
from app.core.ui import cards, envelope, read
from app.platforms.models import Channel
from app.schedule import rhythm
from app.schedule.asked import account_for
from app.schedule.models import PostingSchedule

OURS = "/api/v1/posting-schedules"
SHOWN = 14  # coming slots


def enter(room: Blueprint) -> None:
    """Add these addresses to the schedule's API."""
    one = f"{OURS}/<uuid:schedule_id>"
    for methods, address, view in (
        ("GET", OURS, every), ("POST", OURS, create), ("GET", one, shown), ("PATCH", one, change),
        ("DELETE", one, remove), ("POST", f"{one}/pause", pause), ("DELETE", f"{one}/pause", resume),
    ):  # fmt: skip
        room.add_url_rule(address, f"posting_{view.__name__}", view, methods=[methods])


class Change(BaseModel):
    """What is to be different; what is not named stays."""

    name: str | None = Field(None, min_length=1, max_length=120)
    channel: str | None = Field(None, description="Its slug: platform/channel type.")
    account_id: str | None = Field(None, description="Needed where the platform has several accounts.")
    times: list[str] | None = Field(None, description="On the wall: 09:00, 17:30.")
    weekdays: list[int] | None = Field(None, description="1 is Monday.")
    zone: str | None = None
    content_type: str | None = None
    description: str | None = Field(None, max_length=2000)

    def values(self, before: dict[str, Any]) -> dict[str, Any]:
        """What `PostingSchedule.create` and `change` take. Raise Invalid at the field, Missing."""
        given = self.model_dump(exclude={"channel", "account_id", "zone", "times", "weekdays"}, exclude_none=True)
        channel = Channel.by_slug(g.workspace, self.channel) if self.channel else before["channel"]
        stays = "account" in before and not self.account_id and before["account"].platform_id == channel.platform_id
        account = before["account"] if stays else account_for(g.workspace, channel.platform, self.account_id)
        times = before["times"] if self.times is None else rhythm.times_of(self.times)
        weekdays = before["weekdays"] if self.weekdays is None else rhythm.days_of(self.weekdays)
        return before | given | {
            "channel": channel, "account": account, "times": times, "weekdays": weekdays,
            "zone_name": self.zone or before["zone_name"],
        }  # fmt: skip


class New(Change):
    """A posting schedule as a program asks for it."""

    name: str = Field(min_length=1, max_length=120)
    channel: str = Field(description="Its slug: platform/channel type.")
    times: list[str]
    weekdays: list[int]


def found(schedule_id: Any) -> PostingSchedule:
    return PostingSchedule.of(g.workspace).get(schedule_id)


def whole(one: PostingSchedule) -> dict[str, Any]:
    """With its coming slots, and what it collides with."""
    slots = [{"at": slot.at.isoformat(), "is_free": slot.post is None} for slot in one.preview(SHOWN)]
    return {**one.card(), "slots": slots, "conflict": one.conflict()}


def every() -> dict[str, Any]:
    """Posting schedules: times on weekdays in a zone, with the next free slot of each."""
    rows = PostingSchedule.of(g.workspace).order_by(PostingSchedule.name).all()
    return envelope(cards(rows), total=len(rows))


@may("schedule")
def create() -> tuple[dict[str, Any], int]:
    """A new one: name, channel, times, weekdays (1 is Monday), zone, content_type."""
    usual = {"zone_name": g.workspace.zone, "content_type": "text", "description": ""}
    return envelope(whole(PostingSchedule.create(g.workspace, g.user, **read(New).values(usual)))), 201


def shown(schedule_id: str) -> dict[str, Any]:
    """One with its coming slots, taken or free, and what it collides with."""
    return envelope(whole(found(schedule_id)))


@may("schedule")
def change(schedule_id: str) -> dict[str, Any]:
    """Change it; what is planned stays where it is."""
    one = found(schedule_id)
    before = {
        "name": one.name, "description": one.description, "content_type": one.content_type, "channel": one.channel,
        "account": one.account, "times": one.times, "weekdays": one.weekdays, "zone_name": one.zone,
    }  # fmt: skip
    one.change(g.user, **read(Change).values(before))
    return envelope(whole(one))


@may("schedule")
def pause(schedule_id: str) -> dict[str, Any]:
    """It offers no slots until it is resumed. What is planned stays."""
    one = found(schedule_id)
    one.pause(by=g.user)
    return envelope(one.card())


@may("schedule")
def resume(schedule_id: str) -> dict[str, Any]:
    """It offers slots again."""
    one = found(schedule_id)
    one.resume(by=g.user)
    return envelope(one.card())


@may("schedule")
def remove(schedule_id: str) -> dict[str, Any]:
    """Take it away. What is planned stays."""
    one = found(schedule_id)
    one.remove(by=g.user)
    return envelope({"taken_away": str(one.id)})
