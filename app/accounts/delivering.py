"""Notices leave Slogan: planned once, written to the ledger, sent, and never sent again where that is unknown.

What is new goes out within a minute; what grows, at most once an hour; several causes share one letter.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload
from uuid_utils.compat import uuid7

from app.accounts import chatting, instance, letters, mailer
from app.accounts.mailer import NotNow, Refused, Unknown
from app.accounts.models import Member, Workspace
from app.accounts.notices import KINDS, notify, settle
from app.accounts.telling import ChatRoom, Delivery
from app.core.database import everywhere, scope, session
from app.core.queries import queries
from app.core.time import now

sql = queries(__file__)
log = structlog.get_logger("notices")
COLLECTING = timedelta(seconds=10)  # a burst becomes one notice before anybody is told
QUIET = timedelta(hours=1)  # between two letters about the same cause
LEASE = timedelta(minutes=10)
A_RUN = 45.0  # seconds after which no further letter is begun
MOST_TRIES = 12  # over about six hours
FIRST_WAIT = 60.0  # seconds; it doubles with each try
LONGEST_WAIT = 3600.0
LOST = "The worker stopped while it was being sent: it may have arrived, and is not sent again."


class Address(NamedTuple):
    """Whom a letter is for, and which digest it is, if any."""

    workspace_id: UUID
    channel: str
    member_id: UUID | None
    digest: str | None


def deliver() -> int:
    """Plan what is news, and send what is due. Commits; returns how many letters were sent or kept.

    A copy tells nobody anything outside of itself: what it would say, the real one says.
    """
    away: set[str] = set()
    done, until = 0, time.monotonic() + A_RUN
    with everywhere():
        if not instance.sends():
            return 0
        plan()
        give_up_lost()
        while time.monotonic() < until and (address := next_address(away)):
            with scope(address.workspace_id):
                done += send_letter(address, away)
    return done


def plan() -> list[UUID]:
    """Write down who is to be told of each notice that is new, or has grown since an hour. Commits."""
    moment = now()
    news = {"now": moment, "before": moment - COLLECTING, "quiet": moment - QUIET}
    ids = [row.id for row in session.execute(sql["announce"], news)]
    if ids:
        session.execute(sql["plan_mails"], {"ids": ids, "now": moment})
        session.execute(sql["plan_chats"], {"ids": ids, "now": moment})
    session.commit()
    return ids


def send_digest(
    workspace: Workspace, title: str, lines: Iterable[Any], kind: str = "other", *, key: str | None = None
) -> int:
    """Tell everybody who wants `kind` a list: by email, and in the chat. Returns how many letters were planned.

    A line is a text, or a text and an address (as a pair, or as {"text", "href"}). Of one `key`, each person
    gets one letter, however often it is called. Who chose nothing gets it as an admin or manager. It leaves
    with the next round of deliveries, after the commit of the caller.
    """
    told = {
        "workspace": workspace.id, "kind": kind if kind in KINDS else "other", "title": title[:200],
        "digest": (key or f"{kind}-{uuid7()}")[:200], "now": now(),
    }  # fmt: skip
    with scope(workspace.id):
        made = session.scalars(sql["plan_digest"], told).all()
        lines = [_line(one) for one in lines]
        session.execute(update(Delivery).where(Delivery.id.in_(made)).values(lines=lines))
    return len(made)


def _line(given: Any) -> dict[str, str]:
    if isinstance(given, str):
        return {"text": given, "href": ""}
    if isinstance(given, dict):
        return {"text": str(given["text"]), "href": str(given.get("href") or "")}
    return {"text": str(given[0]), "href": str(given[1] or "")}


def give_up_lost() -> None:
    """What a dead worker was sending may have arrived: it is not sent again. Commits."""
    lost = update(Delivery).where(Delivery.state == "sending", Delivery.lease_until < now())
    session.execute(lost.values(state="unsure", last_error=LOST))
    session.commit()


def next_address(away: set[str]) -> Address | None:
    """For whom the next letter is; None when nothing is due, or what is due has to wait."""
    row = session.execute(sql["next_address"], {"now": now(), "away": sorted(away)}).first()
    session.commit()
    return Address(*row) if row else None


def send_letter(address: Address, away: set[str]) -> int:
    """One letter with all that is due for somebody: taken, committed, sent, and its outcome written down."""
    letter = uuid7()
    taken = take(address, letter)
    if not taken:
        return 0
    workspace = session.get_one(Workspace, address.workspace_id)
    try:
        is_out = _send(workspace, address, taken, letter)
    except NotNow as later:
        if address.channel == "email" and later.away:
            away.add("email")  # one try a round finds out whether the server is back
        return wait(taken, str(later), later.wait)
    except Refused as no:
        return end(taken, "fail", str(no))
    except Unknown as unknown:
        return end(taken, "lose", f"{unknown} It may have arrived, and is not sent again.")
    except Exception as error:  # a letter that breaks stops no other
        session.rollback()
        log.exception("a letter broke")
        return wait(taken, f"Something broke on our side ({type(error).__name__}).", 0)
    return end(taken, "arrive" if is_out else "keep", None)


def take(address: Address, letter: UUID) -> list[Delivery]:
    """What is due for somebody, as ours to send; what was settled meanwhile is dropped. Commits."""
    moment = now()
    due = (
        select(Delivery)
        .where(
            Delivery.workspace_id == address.workspace_id, Delivery.channel == address.channel,
            Delivery.member_id.is_not_distinct_from(address.member_id),
            Delivery.digest.is_not_distinct_from(address.digest),
            Delivery.state == "waiting", Delivery.due_at <= moment,
        )
        .options(joinedload(Delivery.notice)).order_by(Delivery.created_at).limit(50)
        .with_for_update(of=Delivery, skip_locked=True).execution_options(populate_existing=True)
    )  # fmt: skip
    taken = []
    for delivery in session.scalars(due).unique():
        if delivery.notice is not None and not delivery.notice.is_open:
            delivery.state, delivery.last_error = "dropped", "It was settled before anybody was told."
            continue
        delivery.state, delivery.letter, delivery.lease_until = "sending", letter, moment + LEASE
        delivery.tries += 1
        taken.append(delivery)
    session.commit()
    return taken


def _send(workspace: Workspace, address: Address, taken: list[Delivery], letter: UUID) -> bool:
    items = letters.items_of(workspace, taken)
    if address.channel == "chat":
        room = ChatRoom.of(workspace).first()
        if room is None:
            raise Refused("The workspace has no chat any more.")
        where, message = room.address, letters.chat(workspace, items)
        session.commit()  # no transaction is open while we wait for the network
        chatting.post(where, message)
        return True
    member = session.get(Member, address.member_id) if address.member_id else None
    if member is None or not member.is_active:
        raise Refused("This person is no longer a member.")
    mail = letters.mail(workspace, items, member.user.email, letter)
    session.commit()
    return mailer.post(mail, str(letter))


def end(taken: Sequence[Delivery], verb: str, said: str | None) -> int:
    """Write down that it arrived, was kept, refused, or may have arrived. Commits; 1 when it went well."""
    well = verb in ("arrive", "keep")
    _set(taken, Delivery.MOVES[verb][1], last_error=said, sent_at=now() if well else None)
    first = taken[0]
    cause = f"delivery-{first.channel}"
    if well:
        settle(first.workspace_id, cause, "Letters arrive again.")
    else:
        what = "Mails to members" if first.channel == "email" else "Messages to the chat"
        notify(
            first.workspace_id, cause=cause, kind="delivery", title=f"{what} may not arrive",
            sentence=said or "", link="/notices/settings",
        )  # fmt: skip
    session.commit()
    return int(well)


def wait(taken: Sequence[Delivery], said: str, asked: float) -> int:
    """Try again later, with growing waits, or give up. Commits."""
    tries = max(delivery.tries for delivery in taken)
    if tries >= MOST_TRIES:
        return end(taken, "fail", f"After {tries} tries: {said}")
    pause = max(min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tries - 1)), asked)
    _set(taken, "waiting", last_error=said, due_at=now() + timedelta(seconds=pause))
    session.commit()
    return 0


def _set(taken: Sequence[Delivery], state: str, **changes: Any) -> None:
    ours = update(Delivery).where(Delivery.id.in_([one.id for one in taken]), Delivery.state == "sending")
    session.execute(ours.values(state=state, lease_until=None, **changes))

