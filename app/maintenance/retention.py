"""How long what grows is kept: one list, and the nightly round that keeps to it.

Big tables are partitioned by month, and lose a month at a time; of small ones, rows go. Nothing goes that
something living needs: the tries of a post that is not done stay, however old they are, since they alone say
what of it may be out already.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from app.accounts import mailer
from app.core.database import everywhere, session
from app.core.migrate import engine_url
from app.core.queries import queries
from app.core.settings import settings

sql = queries(__file__)
log = structlog.get_logger("retention")
BATCH = 5000
PATIENCE = text("SET LOCAL lock_timeout = '3s'")  # whoever publishes waits no longer; the next night tries again


class Kept(NamedTuple):
    """A table, what it holds in words, and how long it does. `needed` counts what must stay, `done` drops the rest."""

    table: str
    what: str
    long: Callable[[], int]
    needed: str | None = None
    done: str | None = None


MONTHS = (  # by month of these tables' partitions
    Kept("audit_entries", "The audit: who did what", lambda: settings().audit_months),
    Kept(
        "attempts", "The publishing log: every try to send a post that is done", lambda: settings().history_months,
        needed="tries_of_living_posts", done="tries_of_posts_that_are_done",
    ),
    Kept(
        "metric_samples", "Figures of each post over time; its latest, and the sums of each day, stay",
        lambda: settings().history_months,
    ),
)  # fmt: skip
DAYS = (  # by day, row by row; each has a query of its table's name
    Kept("notices", "Notices that are closed", lambda: settings().notice_days),
    Kept("notice_deliveries", "Mails and messages to members", lambda: settings().notice_days),
    Kept("activities", "What imports and other long work came to", lambda: settings().notice_days),
    Kept("outages", "When Slogan was away", lambda: 365),
    Kept("post_looks", "Looks whether posts are still there", lambda: 30),
    Kept("rate_budgets", "What platforms said of their rate limits", lambda: 30),
)

UNITS = (("months", MONTHS), ("days", DAYS))
FOR_LIFE = (  # never here: each goes with what it belongs to
    ("post_history", "What happened to each post, in words", "as long as the post"),
    ("execution_history", "Every rewrite: what went in, what came out, what it cost", "as long as its process"),
)


class Line(NamedTuple):
    """One entry of the list, for the admin page."""

    what: str
    long: str
    size: int


def tidy() -> dict[str, int]:
    """Throw away what is past its time: how many rows, or months, of each table. Commits as it goes."""
    with everywhere():
        gone = {one.table: _forget(one) for one in DAYS}
    gone["mails"] = mailer.burn(settings().notice_days)
    gone |= {one.table: _drop(one, as_owner()) for one in MONTHS}
    log.info("tidied", **{table: number for table, number in gone.items() if number})
    return gone


Begin = Callable[[], AbstractContextManager[Connection]]


def as_owner() -> Begin:
    """Begin a transaction as the owner of the tables: the application's own rights do not reach so far."""
    return create_engine(engine_url(settings().database_url or ""), poolclass=NullPool).begin


def _forget(kept: Kept) -> int:
    number, days = 0, kept.long()
    while True:
        found = session.execute(sql[kept.table], {"days": days, "batch": BATCH}).rowcount  # type: ignore[attr-defined]
        session.commit()
        number += found
        if found < BATCH:
            return number


def _drop(kept: Kept, begin: Begin) -> int:
    """Drop the months of a table that are past their time; how many."""
    with begin() as connection:
        expired = connection.execute(sql["expired"], {"table": kept.table, "months": kept.long()}).all()
    number = 0
    for month in expired:
        try:
            with begin() as connection:
                connection.execute(PATIENCE)
                number += _drop_month(kept, month, connection)
        except OperationalError as busy:
            log.warning("a month is left for the next night", month=month.name, error=str(busy.orig).strip())
    return number


def _drop_month(kept: Kept, month: Any, connection: Connection) -> bool:
    span = {"begins": month.begins, "ends": month.ends}
    if kept.needed and kept.done and connection.scalar(sql[kept.needed], span):
        connection.execute(sql[kept.done], span)
        return False
    connection.exec_driver_sql(f'DROP TABLE public."{month.name}"')
    return True


def standing() -> list[Line]:
    """The list in words, with the space that each takes, in bytes."""
    lives = [(one.table, one.what, f"{one.long()} {unit}") for unit, listed in UNITS for one in listed]
    lives += FOR_LIFE
    asked = {"tables": [table for table, _, _ in lives]}
    sizes = {row.name: int(row.bytes) for row in session.execute(sql["sizes"], asked)}
    written = sum(facts.st_size for _, facts in mailer.written())
    mails = Line("Mails that no server took, in var/mail", f"{settings().notice_days} days", written)
    return [*(Line(what, long, sizes.get(table, 0)) for table, what, long in lives), mails]
