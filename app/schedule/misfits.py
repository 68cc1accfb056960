"""Scheduled posts that no longer fit a platform's rules, since a rule is a row that somebody may change."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.time import now
from app.platforms.models import Platform
from app.schedule.ahead import BATCH, Ahead, ahead, parts_of, pictures_of, places
from app.schedule.preflight_checks import Sight, broken_rules

MOST = BATCH  # posts looked at while somebody waits, soonest first: a tenth of a millisecond each
FOR_EVER = timedelta(days=3650)
SHOWN = 200


@dataclass(frozen=True)
class Misfit:
    """One planned post that its channel would refuse, and why."""

    id: UUID
    post_id: UUID
    at: datetime
    channel: str
    title: str
    sentences: list[str]


@dataclass(frozen=True)
class Misfits:
    """What was found among the next posts of a platform."""

    posts: list[Misfit]
    number: int
    looked_at: int
    is_all: bool


def misfits(workspace: Any, platform: Platform) -> Misfits:
    """The planned posts of a platform that break a rule now, soonest first, among the next 1,000 of it."""
    sight = Sight(workspace, now(), {}, places(workspace))
    found: list[Misfit] = []
    number = looked_at = 0
    for batch in ahead(workspace, now() + FOR_EVER, platform.id):
        sight.pictures, sight.parts = pictures_of(batch), parts_of(batch)
        for one in batch:
            if trouble := list(broken_rules(one, sight)):
                number += 1
                if len(found) < SHOWN:
                    found.append(_misfit(one, sight, [each.sentence for each in trouble]))
        looked_at += len(batch)
        if looked_at >= MOST:
            return Misfits(found, number, looked_at, is_all=False)
    return Misfits(found, number, looked_at, is_all=True)


def _misfit(one: Ahead, sight: Sight, sentences: list[str]) -> Misfit:
    place = sight.places.get(one.place)
    lines = (line.strip() for line in (one.title or one.words).splitlines())
    title = next((line for line in lines if line), "Empty post")
    return Misfit(one.id, one.post_id, one.scheduled_time, place.label if place else "", title, sentences)
