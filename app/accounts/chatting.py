"""A workspace's chat: an incoming-webhook address that takes a text, such as Slack's."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import update

from app.accounts import letters
from app.accounts.letters import Item
from app.accounts.mailer import NotNow, Refused, Unknown
from app.accounts.models import Member, record
from app.accounts.notices import KINDS
from app.accounts.telling import ChatRoom, Delivery
from app.core.database import session
from app.core.errors import Invalid
from app.core.time import now
from app.core.wire import Forbidden, NotSent, WireError, wire

PATIENCE = 10.0  # seconds for its answer
HELLO = Item("Slogan can reach you here", "Notices of what needs a person will appear in this channel.")


def post(address: str, message: dict[str, Any]) -> None:
    """Send a message. Raise NotNow, Refused or Unknown, in words without the address, which is a secret."""
    try:
        answer = wire.post(address, json=message, timeout=PATIENCE, connect_timeout=5, limit=100_000)
    except Forbidden as no:
        raise Refused(str(no)) from None
    except NotSent as error:
        raise NotNow(str(error)) from None
    except WireError as error:
        raise Unknown(str(error)) from None
    if answer.ok:
        return
    said = f"The chat answered {answer.status}: {' '.join(answer.text.split())[:200]}"
    if answer.status == 429:
        raise NotNow("The chat asked us to slow down.", wait_of(answer.headers.get("retry-after")))
    raise NotNow(said) if answer.status >= 500 else Refused(said)


def wait_of(header: str | None) -> float:
    """How many seconds Retry-After asks for: a number or a date; a minute where it says nothing."""
    if not header:
        return 60
    if header.strip().isdigit():
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 60


def connect(workspace: Any, address: str, kinds: list[str], by: Member) -> ChatRoom:
    """Name the chat of a workspace, tried out first; an empty address keeps the one that is there.

    Raise Invalid with what the chat said, NotAllowed.
    """
    by.must("administer")
    room = ChatRoom.of(workspace).first()
    address = address.strip()
    if room is None and not address:
        raise Invalid("The chat needs an address.", address="Paste the address that the chat gave you.")
    if address:
        _check(address)
        problem = trouble(workspace, address)
        if problem:
            raise Invalid("The chat did not take a message.", address=problem)
        room = room or ChatRoom(workspace_id=workspace.id)
        room.address, room.tested_at, room.last_error = address, now(), None
    assert room
    room.kinds = [kind for kind in kinds if kind in KINDS]
    session.add(room)
    session.flush()
    record(by, "set up the chat for notices", room, host=host_of(room))
    return room


def test(room: ChatRoom, workspace: Any, by: Member) -> tuple[bool, str]:
    """Send a message to see whether it arrives; whether it did, and a sentence."""
    by.must("administer")
    room.tested_at, room.last_error = now(), trouble(workspace, room.address)
    return not room.last_error, room.last_error or "It works: look into the channel."


def disconnect(room: ChatRoom, by: Member) -> None:
    """Forget the address, and what still waits for it."""
    by.must("administer")
    record(by, "took the chat for notices away", room, host=host_of(room))
    waiting = update(Delivery).where(
        Delivery.workspace_id == room.workspace_id, Delivery.channel == "chat", Delivery.state == "waiting"
    )
    session.execute(waiting.values(state="dropped", last_error="The chat was taken away."))
    session.delete(room)


def trouble(workspace: Any, address: str) -> str | None:
    """What goes wrong when a greeting is sent there, or None."""
    try:
        post(address, letters.chat(workspace, [HELLO]))
    except (NotNow, Refused, Unknown) as error:
        return str(error)
    return None


def host_of(room: ChatRoom) -> str:
    """As much of the address as may be shown."""
    return urlsplit(room.address).hostname or ""


def _check(address: str) -> None:
    if not address.startswith(("https://", "http://")) or not urlsplit(address).hostname:
        raise Invalid("This is no web address.", address="It begins with https://.")
