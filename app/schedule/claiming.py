"""Taking up what is due: a run of posts for each free account, and no account twice at a time.

A claim costs as much as it takes up: one look into the index for each account that has posts, one for each
post that is taken. Where a claim has got to is remembered for a while, so that entries of the index whose
posts are gone, but which an old snapshot (a backup, a long report) keeps from being cleared, are not walked
through again and again.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import func

from app.core.database import everywhere, session
from app.core.queries import array
from app.schedule.history import HistoryLine
from app.schedule.leases import LEASE, Lease, sql
from app.schedule.words import in_words

RUN = 100  # posts of one account that are claimed at once, at most
ROUND = 1000  # accounts that are found at once, at most
FORGET = timedelta(seconds=20)  # after which a claim looks from the beginning again


class Waiting(NamedTuple):
    """An account that has posts due and that nobody is sending for."""

    id: UUID
    platform_id: UUID
    due_at: datetime


class Place(NamedTuple):
    """Where a post stands in its account's order."""

    due_at: datetime
    scheduled_time: datetime
    id: UUID


START = Place(datetime(1, 1, 2, tzinfo=UTC), datetime(1, 1, 2, tzinfo=UTC), UUID(int=0))


class Claims:
    """What one worker takes up, claim by claim."""

    def __init__(self, lease: Lease, mark: int) -> None:
        """`mark` is how far this installation had come when the run began; see `instance.watch`."""
        self.lease, self.mark = lease, mark
        self._got_to: dict[UUID, Place] = {}
        self._forget_at = START.due_at

    def accounts(self, full: Collection[UUID] = (), limit: int = ROUND) -> list[Waiting]:
        """Accounts with posts due, the longest overdue first, without those of the platforms in `full`."""
        with everywhere():
            moment = self.lease.tune()
            if moment >= self._forget_at:
                self._got_to, self._forget_at = {}, moment + FORGET
            session.execute(sql["in_turn"])
            given = {"now": moment, "full": array(full), "limit": limit, "mark": self.mark}
            given["places"] = self._places(self._got_to)
            found = [Waiting(*row) for row in session.execute(sql["accounts_due"], given)]
            session.commit()
        return found

    def take(self, accounts: Iterable[UUID], run: int = RUN) -> dict[UUID, list[UUID]]:
        """Claim up to `run` due posts of each account, for nobody else to send while the lease lives."""
        taken: dict[UUID, list[UUID]] = {}
        with everywhere():
            mine = session.scalars(sql["take_accounts"], {"ids": array(accounts)}).all()
            moment = self.lease.now()
            session.execute(sql["in_turn"])
            asked = {"now": moment, "run": run, "mark": self.mark, "places": self._places(mine)}
            for account_id, *place in session.execute(sql["next_posts"], asked):
                got = Place(*place)
                taken.setdefault(account_id, []).append(got.id)
                self._got_to[account_id] = max(got, self._got_to.get(account_id, START))
            ids = [post for posts in taken.values() for post in posts]
            ours = {"ids": array(ids), "key": self.lease.key, "now": moment, "seconds": LEASE.total_seconds()}
            if ids:
                session.execute(sql["claim"], ours)
            session.commit()
        return taken

    def _places(self, accounts: Iterable[UUID]) -> str:
        """Where we have got to in each account, as the queries read it."""
        return orjson.dumps(
            [{"account_id": one, **self._got_to.get(one, START)._asdict()} for one in accounts]
        ).decode()

    def give_back(self, posts: Collection[UUID]) -> None:
        """Let go of posts that were not begun: they are due as they were."""
        with everywhere():
            given = {"ids": array(posts), "key": self.lease.key, "now": self.lease.now()}
            session.execute(sql["give_back"], given)
            session.commit()
        self._got_to = {}

    def next_due(self, within: timedelta) -> datetime | None:
        """When the next post is due, if that is within so long."""
        with everywhere():
            moment = self.lease.tune()
            found: datetime | None = session.scalar(sql["next_due"], {"now": moment, "soon": moment + within})
            session.commit()
        return found


def put_off_blocked(lease: Lease) -> None:
    """Move due posts of accounts that were asked to slow down to when they may send again."""
    with everywhere():
        for row in session.execute(sql["put_off_blocked"], {"now": lease.tune()}).all():
            sentence = f"The account was asked to slow down. To be sent at {in_words(row.until, row.zone)}."
            tell(row.id, row.workspace_id, "put_off", sentence)
        session.commit()


def tell(post_id: UUID, workspace_id: UUID, verb: str, sentence: str) -> None:
    """Add a line to a scheduled post's history without loading the post."""
    session.add(
        HistoryLine(
            scheduled_post_id=post_id, workspace_id=workspace_id, verb=verb, sentence=sentence,
            created_at=func.clock_timestamp(), details={},
        )
    )  # fmt: skip
