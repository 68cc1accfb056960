"""A copy that was put back to an earlier hour, and sends on: what may have gone out since is looked for first.

Of every post from before the copy was started it is known until the backup what became of it (`known_until`).
Whatever way such a post is to go out, it is unsure first, and its account is read back: what stands there is
published, what surely does not goes out as planned, and where nobody can tell a person is asked, once for all.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app.accounts.instance import Instance
from app.core.database import everywhere, scope, session
from app.core.queries import array, queries
from app.core.queue import ring
from app.core.states import try_move
from app.core.time import now
from app.platforms.models import Account
from app.publishing.accounts import connector_for
from app.publishing.connector import CannotTell, Connector, Kind, PublishError, Seen
from app.schedule.doubted import FIRST, RESTORED
from app.schedule.loading import delivery_of
from app.schedule.models import NO_LEASE, NO_TROUBLE, ScheduledPost
from app.schedule.outcomes import LEARNT
from app.schedule.side_by_side import LANES, side_by_side
from app.schedule.standing import Planned, compared
from app.schedule.sweeping import NEVER, Sent
from app.schedule.words import in_words

sql = queries(__file__)
log = structlog.get_logger("publishing")
AGAIN = timedelta(minutes=5)  # between two looks at an account that could not be read
PATIENCE = timedelta(hours=1)  # after its time, or the confirmation, for which a post waits for a look
SINCE = "the backup from which this copy of Slogan was put back"
MAYBE = f"It is from before {SINCE}, and may have gone out since"


def doubt(since: datetime, started: datetime) -> None:
    """Look for whatever was here before this copy was started, and may have gone out elsewhere `since`. Rings."""
    with everywhere():
        session.execute(sql["mark"], {"since": since, "started": started})
        session.execute(sql["doubt"], {"now": now(), "sentence": FIRST})
    ring("schedule.catch_up", at_most_once_in=1)


def catch_up(lanes: int = LANES) -> None:
    """Read back each account whose posts may have gone out, and settle what can be settled. Commits."""
    moment = now()
    with everywhere():
        asked = {"now": moment, "again": moment + AGAIN}
        taken = [tuple(row) for row in session.execute(sql["take"], asked)]
        session.commit()
    side_by_side(read_account, taken, lanes)


def read_account(taken: tuple[UUID, UUID, datetime]) -> None:
    """Settle the posts of one account by what stands there."""
    workspace_id, account_id, since = taken
    with scope(workspace_id):
        account = session.get_one(Account, account_id)
        connector = connector_for(account)
        session.commit()
        if connector is None:
            give_up(account, f"{account.name} cannot be opened.", waiting=True)
            return session.commit()
        try:
            seen = connector.read_back(since)
        except CannotTell as unknown:
            give_up(account, unknown.reason, waiting=unknown.passing)
        except PublishError as trouble:
            if trouble.kind is Kind.RECONNECT:
                account.lost(trouble.message)
            give_up(account, trouble.message, waiting=True)
        except Exception as error:
            session.rollback()
            log.exception("an account could not be read back", account=str(account_id))
            give_up(account, f"Something broke on our side ({type(error).__name__}).", waiting=True)
        else:
            settle(account, connector, seen)
        return session.commit()


def settle(account: Account, connector: Connector, seen: Sequence[Seen]) -> None:
    """Say of each post what was seen of it."""
    posts = doubted(account)
    known = {"account": account.id, "ids": [one.receipt.remote_id for one in seen]}
    out = set(session.scalars(sql["known"], known))
    new = [one for one in seen if one.receipt.remote_id not in out]
    if new:
        planned = [Planned(post.id, words(post, connector), post.scheduled_time) for post in posts + elsewhere(posts)]
        sure, perhaps = compared(planned, new, [connector.plain(one.text) for one in new])
    else:
        sure, perhaps = {}, {}
    for post in posts:
        if post.id in sure:
            found(post, sure[post.id])
        elif post.id in perhaps:
            said = f"{in_words(perhaps[post.id].at, post.zone)}{perhaps[post.id].receipt.where}"
            ask([post.id], f"{MAYBE}. Its words, or nearly, stand on {account.platform.display_name} since {said}")
    left = [post.id for post in posts if post.id not in sure and post.id not in perhaps]
    free = {"ids": array(left), "now": now()}
    nothing = f"Looked on {account.platform.display_name}: it has not gone out since the backup."
    session.execute(sql["free"], free | {"sentence": nothing})


def found(post: ScheduledPost, seen: Seen) -> None:
    """It went out from elsewhere. Its mark stays, so that its follow-ups are looked for as well."""
    changes = {
        "published_at": seen.at, "begun_at": post.begun_at or seen.at, "published_text": seen.text,
        "remote_id": seen.receipt.remote_id, "remote_url": seen.receipt.url, "due_at": post.scheduled_time,
        **NO_TROUBLE, **NO_LEASE,
    }  # fmt: skip
    if any(try_move(post, verb, **changes) for verb in LEARNT):
        where = f"Looked on {post.platform.display_name}: it is out since {in_words(seen.at, post.zone)}"
        post.note("look", f"{where}, after {SINCE}{seen.receipt.where}")
        post.post.went_out()


def give_up(account: Account, reason: str, *, waiting: bool) -> None:
    """Ask a person about the posts of an account that says nothing; `waiting`, only of those whose time is up."""
    here, moment = Instance.here(), now()
    began = (here and here.decided_at) or moment
    late = [post.id for post in doubted(account) if max(post.scheduled_time, began) < moment - PATIENCE or not waiting]
    ask(late, f"{MAYBE}. {reason} Look whether it is there.")


def ask(ids: Sequence[UUID], sentence: str) -> None:
    """Leave posts to a person."""
    session.execute(sql["ask"], {"ids": array(ids), "sentence": sentence, "never": NEVER, "now": now()})


def doubted(account: Account) -> list[ScheduledPost]:
    """What is to be looked for on an account."""
    its = ScheduledPost.account_id == account.id, ScheduledPost.known_until.is_not(None)
    open_ = or_(ScheduledPost.state == "unsure", ScheduledPost.state == "held")
    wanted = select(ScheduledPost).where(*its, open_, ScheduledPost.problem_kind == RESTORED)
    more = joinedload(ScheduledPost.post), joinedload(ScheduledPost.platform), joinedload(ScheduledPost.channel_type)
    return list(session.scalars(wanted.options(*more).execution_options(populate_existing=True)).unique())


def elsewhere(posts: Sequence[ScheduledPost]) -> list[ScheduledPost]:
    """Posts of the account of which an admin said that they went out: what was seen may be them."""
    if not posts:
        return []
    since = min(post.known_until for post in posts if post.known_until)
    its = ScheduledPost.account_id == posts[0].account_id, ScheduledPost.state == "published"
    said = ScheduledPost.remote_id.is_(None), ScheduledPost.published_at >= since
    return list(session.scalars(select(ScheduledPost).where(*its, *said)))


def words(post: ScheduledPost, connector: Connector) -> str:
    """What would stand on the platform, as it is compared."""
    if post.parent_id:
        return connector.plain(post.words)
    plan: Any = Sent(post.id, post.channel_type.name, post.begun_at, {})
    return connector.plain(connector.wording(delivery_of(plan, post.post, post.channel, post.due_at)))
