"""A workspace with accounts on the platform of the benchmark, and posts for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from app import the_app
from app.core.database import db, everywhere, session
from app.core.queries import queries
from app.core.wire import wire

sql = queries(__file__.replace("publishing_ground", "publish"))


class Ground:
    """What the benchmark asks of the database. Its sessions are closed before anything forks."""

    def __init__(self, platform: str, accounts: int) -> None:
        from app.accounts.people import found_workspace
        from app.platforms.models import Account, Channel
        from app.platforms.rules import load_rules

        self.platform, self.made = platform, 0
        with self._session():
            workspace = found_workspace("Benchmark", "Europe/London")
            load_rules(workspace)
            channel = Channel.by_slug(workspace, "webhook/message")
            secrets = {
                "url": f"{platform}/posts",
                "secret": "a-secret-of-the-benchmark",
                "honours_key": "true",
            }
            names = [f"Account {n}" for n in range(accounts)]
            rows = [Account.connect_new(workspace, channel.platform, name, secrets, None) for name in names]
            for row in rows:
                row.state, row.hourly_cap = "connected", 0
            session.commit()
            self.given: dict[str, Any] = {
                "workspace": workspace.id, "accounts": [row.id for row in rows], "number": accounts,
                "platform": channel.platform_id, "channel_type": channel.channel_type_id,
            }  # fmt: skip

    @contextmanager
    def _session(self) -> Iterator[None]:
        with the_app().app_context(), everywhere():
            try:
                yield
            finally:
                session.remove()
                db.engine.dispose()

    def plan(self, number: int, at: datetime, rate: int = 0) -> datetime:
        """Put so many new posts on the calendar from a moment on, so many a second; return the moment."""
        with self._session():
            first, self.made = self.made + 1, self.made + number
            session.execute(
                sql["posts"], {"workspace": self.given["workspace"], "first": first, "last": self.made}
            )
            session.execute(sql["plan"], {**self.given, "at": at, "rate": rate})
            session.commit()
        return at

    def any_left(self, at: datetime) -> bool:
        """Whether a post planned from that moment on waits or is under way."""
        with self._session():
            return bool(session.scalar(sql["left"], {"at": at}))

    def lateness(self, at: datetime) -> tuple[list[float], int, datetime]:
        """Median, 95th percentile and most in seconds; how many are out; when the last one was."""
        with self._session():
            row = session.execute(sql["lateness"], {"at": at}).one()
            return list(row[0]), int(row[1]), row[2]

    def waiting(self, at: datetime) -> list[UUID]:
        """The posts planned for that moment."""
        from app.schedule.models import ScheduledPost

        with self._session():
            return list(session.scalars(select(ScheduledPost.id).where(ScheduledPost.scheduled_time >= at)))

    def asked(self) -> dict[str, int]:
        """What the platform counted: `posts` by key, and how often the most frequent key came."""
        return dict(wire.get(f"{self.platform}/count").json())


def publish_one(post_id: str) -> None:
    """What a job for one post would do: claim it, send it, and write down what came of it."""
    from app.accounts import instance
    from app.publishing.breaker import Breaker
    from app.schedule.engine import checked, late_answer, send_all
    from app.schedule.leases import Lease
    from app.schedule.ledger import Ledger
    from app.schedule.sending import Worker

    with the_app().app_context(), everywhere():
        assert instance.watch() is not None
        lease = Lease()
        moment = lease.tune()
        session.execute(
            text(
                "UPDATE scheduled_posts SET state = 'publishing', lease_key = :key, lease_until = :until"
                " WHERE id = :id AND state = 'scheduled'"
            ),
            {"key": lease.key, "until": moment.replace(year=moment.year + 1), "id": post_id},
        )
        session.commit()
        worker = Worker(lease, Ledger(lease, None, late_answer(lease)), Breaker())
        for lane in checked(lease, [UUID(post_id)]):
            send_all(lane, worker)
        session.remove()
