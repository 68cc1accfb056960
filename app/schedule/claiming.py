"""Taking up what is due: a run of posts for each free account, and no account twice at a time.

A claim costs as much as it takes up: one look into the index for each account that has posts, one for each
post that is taken. It looks from an account's beginning, so that a post that comes back, in whatever way, goes
before those after it. Entries of posts that are gone, which an old snapshot (a backup, a long report) keeps
from being cleared, are walked through again, but those of the one account alone.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func

from app.core.database import everywhere, session
from app.core.queries import array
from app.schedule.history import HistoryLine
from app.schedule.leases import LEASE, Lease, sql
from app.schedule.words import in_words

RUN = 60  # posts of one account that are claimed at once, at most
ROUND = 1000  # accounts of one platform that are found at once, at most


class Waiting(NamedTuple):
    """An account that has posts due and that nobody is sending for."""

    id: UUID
    platform_id: UUID
    due_at: datetime


class Claims:
    """What one worker takes up, claim by claim."""

    def __init__(self, lease: Lease, mark: int) -> None:
        """`mark` is how far this installation had come when the run began; see `instance.watch`."""
        self.lease, self.mark = lease, mark

    def accounts(self, limit: int = ROUND) -> list[Waiting]:
        """Accounts with posts due, the longest overdue first; `limit` of each platform at most."""
        with everywhere():
            given = {"now": self.lease.tune(), "limit": limit, "mark": self.mark}
            session.execute(sql["in_turn"])
            found = [Waiting(*row) for row in session.execute(sql["accounts_due"], given)]
            session.commit()
        return found

    def take(self, accounts: Iterable[UUID], run: int = RUN) -> dict[UUID, list[UUID]]:
        """Claim up to `run` due posts of each account, for nobody else to send while the lease lives."""
        taken: dict[UUID, list[UUID]] = {}
        with everywhere():
            if mine := session.scalars(sql["take_accounts"], {"ids": array(accounts)}).all():
                session.execute(sql["in_turn"])
                asked = {"accounts": array(mine), "run": run, "mark": self.mark, "now": self.lease.now()}
                lease = {"key": self.lease.key, "seconds": LEASE.total_seconds()}
                for account_id, post_id in session.execute(sql["claim"], asked | lease):
                    taken.setdefault(account_id, []).append(post_id)
            session.commit()
        return taken

    def give_back(self, posts: Collection[UUID]) -> None:
        """Let go of posts that were not begun: they are due as they were."""
        with everywhere():
            given = {"ids": array(posts), "key": self.lease.key, "now": self.lease.now()}
            session.execute(sql["give_back"], given)
            session.commit()

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
