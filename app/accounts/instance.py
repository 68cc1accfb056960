"""This installation: whether it is still itself, or has been restored, cloned or moved and must not send.

One row of the database says where it lies (server, database, folder, machine) and how far it has come (the
mark). When a process starts, and every minute, that is held against what is found. What does not fit turns
sending off, for everybody, until an admin says what this is. Until then it edits, plans and shows as ever.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Text, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from app.accounts import witnesses
from app.core.database import after_commit, db, everywhere, session
from app.core.errors import WrongState
from app.core.time import now

AWAY = timedelta(minutes=5)  # between two beats: longer is an outage that people are told about
WHERE = text(
    "SELECT oid::bigint AS oid, slogan_system() AS system FROM pg_database WHERE datname = current_database()"
)


class Instance(db.Model):  # type: ignore[name-defined]
    """The one row. It belongs to the installation, not to a workspace."""

    __tablename__ = "instance"
    __table_args__ = (
        CheckConstraint("one", name="one"), CheckConstraint("decision IN ('real', 'copy')", name="decision"),
    )  # fmt: skip

    one: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    identity: Mapped[UUID] = mapped_column(server_default=func.gen_random_uuid())
    system_identifier: Mapped[int | None] = mapped_column(BigInteger)
    database_oid: Mapped[int] = mapped_column(BigInteger)
    machine: Mapped[str | None] = mapped_column(Text)
    place: Mapped[str | None] = mapped_column(Text)
    place_number: Mapped[int | None] = mapped_column(BigInteger)
    mark: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    beat_at: Mapped[datetime] = mapped_column(server_default=func.now())
    arrived_at: Mapped[datetime | None]
    sending: Mapped[bool] = mapped_column(server_default=text("true"))
    off_since: Mapped[datetime | None]
    noticed: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    decision: Mapped[str | None] = mapped_column(String(8))
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None]

    @classmethod
    def here(cls) -> "Instance | None":
        """The row as the database has it now; None while somebody is putting the database back."""
        return session.scalar(select(cls).execution_options(populate_existing=True))

    @property
    def waits(self) -> bool:
        """Whether an admin has still to say what this is."""
        return not self.sending and self.decision is None

    def signs(self, *, ask_redis: bool = True) -> list[str]:
        """What speaks for a copy, in sentences. Empty on an ordinary day."""
        lies = session.execute(WHERE).one()
        memories = witnesses.recall(self.identity, ask_redis=ask_redis)
        return [*self._elsewhere(lies), *self._moved(witnesses.home(lies.system)), *self._went_back(memories)]

    def _elsewhere(self, lies: Any) -> list[str]:
        if self.system_identifier and lies.system and lies.system != self.system_identifier:
            return ["The database lies on another server than before: it was restored or cloned there."]
        if lies.oid != self.database_oid:
            return ["The database was made anew on its server and filled from another one or from a backup."]
        return []

    def _moved(self, home: witnesses.Home | None) -> list[str]:
        if home is None or self.place is None:
            return []
        found = []
        if home.machine and self.machine and home.machine != self.machine:
            found.append("The folder with the database is on another machine than before.")
        if home.place != self.place and (home.number is None or home.number != self.place_number):
            found.append(f"The folder with the database was copied: it was {self.place}, and is {home.place}.")
        elif home.number and self.place_number and home.number != self.place_number:
            found.append(f"The folder {home.place} is not the one that was there before: it was put back.")
        return found

    def _went_back(self, memories: list[witnesses.Memory]) -> list[str]:
        if self.arrived_at is None and any(one.identity != self.identity for one in memories[:1]) and _planned():
            return ["This folder belongs to another database; this one was brought here from elsewhere."]
        ahead = [one for one in memories if one.identity == self.identity and one.mark > self.mark]
        if not ahead:
            return []
        most = max(ahead, key=lambda one: one.mark)
        stands, then = (f"{moment:%a %-d %b %Y, %H:%M} UTC" for moment in (self.beat_at, most.at))
        return [f"The database went back in time: it stands at {stands}, and {most.where} remembers {then}."]

    def turn_off(self, signs: list[str]) -> None:
        """Send nothing more until an admin has said what this is."""
        off = {"sending": False, "off_since": now(), "noticed": signs, "decision": None}
        session.execute(update(Instance).where(Instance.sending).values(**off))
        session.refresh(self)

    def settle_in(self) -> None:
        """Learn where the database lies, as far as it is not known yet; a folder that was moved has a new name."""
        home = witnesses.home(session.execute(WHERE).one().system)
        if home and (self.place, self.place_number, self.machine) != home:
            self.place, self.place_number = home.place, home.number or self.place_number
            self.machine = home.machine or self.machine
        self.arrived_at = self.arrived_at or now()
        session.flush()

    def decide(self, real: bool, who: str) -> None:
        """An admin says that this is the real one, which sends on, or a copy, which stays off.

        Either way it becomes an installation of its own, at home where it is now. Raise WrongState when
        nothing waits for a decision.
        """
        lies = session.execute(WHERE).one()
        home = witnesses.home(lies.system) or witnesses.Home(None, None, None)  # type: ignore[arg-type]
        new = {
            "identity": func.gen_random_uuid(), "mark": Instance.mark + 1, "arrived_at": now(),
            "system_identifier": lies.system, "database_oid": lies.oid,
            "place": home.place, "place_number": home.number, "machine": home.machine,
            "sending": real, "decision": "real" if real else "copy", "decided_by": who[:120], "decided_at": now(),
        }  # fmt: skip
        decided = session.execute(update(Instance).where(~Instance.sending).values(**new))
        session.refresh(self)
        if not decided.rowcount:  # type: ignore[attr-defined]
            raise WrongState("Sending is on: there is nothing to confirm.")
        known = self.identity, self.mark, self.beat_at
        after_commit(lambda: witnesses.tell(*known))

    def card(self) -> dict[str, Any]:
        """What programs read."""
        return {
            "sending": self.sending, "waits_for_an_admin": self.waits, "noticed": self.noticed,
            "off_since": self.off_since.isoformat() if self.off_since and not self.sending else None,
            "decision": self.decision, "decided_by": self.decided_by,
            "decided_at": self.decided_at.isoformat() if self.decided_at else None,
        }  # fmt: skip


class Outage(db.Model):  # type: ignore[name-defined]
    """A time in which Slogan did not run: from its last sign of life to the next."""

    __tablename__ = "outages"
    __table_args__ = (Index("ix_outages_ended_at", "ended_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]


def watch() -> int | None:
    """The mark that whoever sends has seen, for `slogan_may_send`; None when nothing may be sent.

    To be called at the beginning of every run: a database may have been put back since the last one.
    """
    here = Instance.here()
    if here is None or not here.sending:
        return None
    if signs := here.signs(ask_redis=False):
        here.turn_off(signs)
        session.commit()
        return None
    witnesses.keep_up(here.identity, here.mark, here.beat_at)
    return here.mark


def arrive() -> None:
    """A process has started: look whether this is still the same installation, and learn what is new."""
    here = Instance.here()
    if here is None or not here.sending:
        return
    if signs := here.signs():
        here.turn_off(signs)
    else:
        here.settle_in()
        known = here.identity, here.mark, here.beat_at
        after_commit(lambda: witnesses.tell(*known))
    session.commit()


def beat() -> None:
    """Every minute: look once more, raise the mark, and note an outage that has just ended."""
    here = Instance.here()
    if here is None or not here.sending:
        return
    if signs := here.signs():
        here.turn_off(signs)
        session.commit()
        return
    last, moment = here.beat_at, now()
    session.execute(text("SET LOCAL synchronous_commit = on"))  # the witnesses must never be ahead by a crash
    if moment - last > AWAY:
        session.execute(insert(Outage).values(id=uuid7(), began_at=last, ended_at=moment))
    raised = update(Instance).values(mark=Instance.mark + 1, beat_at=moment)
    session.execute(raised.execution_options(synchronize_session=False))
    session.refresh(here)
    session.commit()
    witnesses.tell(here.identity, here.mark, here.beat_at)


def sends() -> bool:
    """Whether this installation may call out by itself: to publish, look, measure or tell."""
    return bool(session.scalar(select(Instance.sending)))


def _planned() -> bool:
    with everywhere():
        return bool(session.scalar(text("SELECT EXISTS (SELECT 1 FROM scheduled_posts)")))
