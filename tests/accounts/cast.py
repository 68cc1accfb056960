"""What people are told of, and what became of the letters, for the tests of telling."""

from datetime import timedelta

from sqlalchemy import text

from app.accounts.notices import notify
from app.accounts.telling import ChatRoom, Delivery
from app.core.database import session

ALICE, MONA, BOB = "alice@example.com", "mona@example.com", "bob@example.com"


def happened(workspace, cause="loom", kind="failed", **more):
    """Something that people are to be told of now."""
    what = {"title": "The loom stands still", "sentence": "A thread broke.", "link": "/causes/loom", **more}
    notify(workspace.id, cause=cause, kind=kind, **what)
    later(workspace, seconds=11)


def later(workspace, **gap):
    """So much later: every moment of the notices and the ledger lies that much farther back."""
    gap = timedelta(**gap)
    moments = {
        "notices": ("opened_at", "last_at", "announced_at", "closed_at"),
        "notice_deliveries": ("due_at", "lease_until", "created_at"),
    }
    for table, columns in moments.items():
        changes = ", ".join(f"{column} = {column} - :gap" for column in columns)
        back = text(f"UPDATE {table} SET {changes} WHERE workspace_id = :id")
        session.execute(back, {"gap": gap, "id": workspace.id})
    session.commit()
    session.expire_all()


def ledger(workspace, channel="email"):
    session.expire_all()
    return Delivery.of(workspace).where(Delivery.channel == channel).order_by(Delivery.created_at, Delivery.id).all()


def states(workspace, channel="email"):
    return [one.state for one in ledger(workspace, channel)]


def has_chat(workspace, chat, kinds=("failed", "held")):
    room = ChatRoom(workspace_id=workspace.id, address=chat.url, kinds=list(kinds))
    session.add(room)
    session.commit()
    return room


def body(mail, kind="plain"):
    return mail.get_body((kind,)).get_content()
