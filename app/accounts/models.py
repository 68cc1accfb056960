"""Workspaces, the people in them, what they may do, and what they did."""

import hashlib
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_security.core import RoleMixin, UserMixin
from flask_security.utils import hash_password
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

from app.accounts.audit import changes_of
from app.accounts.lateness import check_late
from app.core.database import Owned, Row, db, session
from app.core.errors import Invalid, NotAllowed
from app.core.time import now, zone

ROLES = {  # viewer, editor, manager, admin
    "see": (True, True, True, True),
    "write": (False, True, True, True),
    "import": (False, True, True, True),
    "schedule": (False, True, True, True),
    "approve": (False, False, True, True),
    "change rules": (False, False, True, True),
    "connect platforms": (False, False, False, True),
    "administer": (False, False, False, True),
}
RANKS = ("viewer", "editor", "manager", "admin")
MOST_AN_HOUR = 10_000  # posts
LONGEST_WINDOW = 90  # days: what was sent is known that long at least
SURPLUS = ("hold", "smooth")


def check_bursts(cap: int | None, days: int | None, surplus: str | None) -> None:
    """Raise Invalid, at its field, for bounds of the burst guard that are none. None is left to the workspace."""
    if cap is not None and not 0 <= cap <= MOST_AN_HOUR:
        raise Invalid("That is no cap.", hourly_cap=f"Give 1 to {MOST_AN_HOUR:,} posts, or 0 for no cap.")
    if days is not None and not 0 <= days <= LONGEST_WINDOW:
        raise Invalid("That is no window.", same_text_days=f"Give 1 to {LONGEST_WINDOW} days, or 0 for none.")
    if surplus is not None and surplus not in SURPLUS:
        raise Invalid("There is no such way.", surplus="Choose to hold or to spread what is over.")


class Workspace(Row):
    """A company or brand: everything in it is its own, and no other sees it."""

    __tablename__ = "workspaces"
    __table_args__ = (CheckConstraint(f"surplus IN {SURPLUS}", name="surplus"),)
    noun = "workspace"

    name: Mapped[str] = mapped_column(String(120))
    zone: Mapped[str] = mapped_column(String(64), default="UTC")
    currency: Mapped[str | None] = mapped_column(String(3))
    sending_on: Mapped[bool] = mapped_column(default=True)
    approval_required: Mapped[bool] = mapped_column(default=False)
    late_policy: Mapped[str] = mapped_column(String(8), default="ask")
    late_minutes: Mapped[int] = mapped_column(default=180)
    hourly_cap: Mapped[int] = mapped_column(default=25, server_default=text("25"))  # posts of an account; 0: none
    same_text_days: Mapped[int] = mapped_column(default=7, server_default=text("7"))  # 0: any text, any time
    surplus: Mapped[str] = mapped_column(String(8), default="hold", server_default=text("'hold'"))

    def rename(self, name: str, zone_name: str, by: "Member") -> None:
        """Give the workspace another name and zone. Raise Invalid for a zone that is none."""
        by.must("administer")
        zone(zone_name)
        self.name, self.zone = name, zone_name
        record(by, "changed the workspace", self)

    def allow_late(self, policy: str, minutes: int | None, by: "Member") -> None:
        """Say what happens when a post is late whose campaign and self say nothing; waiting ones follow."""
        by.must("administer")
        check_late(policy, minutes)
        self.late_policy, self.late_minutes = policy, minutes or self.late_minutes
        record(by, "changed how late posts may be", self)
        session.flush()


    def limit_bursts(self, cap: int, days: int, surplus: str, by: "Member") -> None:
        """Say how many posts an account may send in an hour, how soon the same text again, and what becomes of
        what is over: held for a person, or put off. Raise Invalid at the field, NotAllowed.
        """
        by.must("administer")
        check_bursts(cap, days, surplus)
        self.hourly_cap, self.same_text_days, self.surplus = cap, days, surplus
        record(by, "changed the burst guard", self)


class Role(RoleMixin):
    """Flask-Security asks for a role class; our roles are a member's, one for each workspace."""


class User(Row, UserMixin):
    """A person who signs in. What they may do is said by their membership of a workspace."""

    __tablename__ = "users"
    noun = "person"

    email: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password: Mapped[str] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True, default=lambda: secrets.token_hex(16))
    zone: Mapped[str | None] = mapped_column(String(64))

    @property
    def roles(self) -> list[Any]:
        return []

    @classmethod
    def join(cls, email: str, name: str, password: str) -> "User":
        """A new person. Raise Invalid when the address is taken or the password too short."""
        email = email.strip().lower()
        if len(password) < 10:
            raise Invalid("The password is too short.", password="Use at least 10 characters.")  # noqa: S106 (words)
        if session.scalar(select(cls.id).where(cls.email == email)):
            raise Invalid(f"{email} has an account already.", email="This address has an account already.")
        person = cls(email=email, name=name, password=hash_password(password))
        session.add(person)
        session.flush()
        return person


class Member(Owned):
    """A person in a workspace, with a role."""

    __tablename__ = "members"
    __table_args__ = (
        UniqueConstraint("workspace_id", "user_id"),
        CheckConstraint("role IN ('viewer', 'editor', 'manager', 'admin')", name="role"),
    )
    noun = "member"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(10), default="viewer")
    is_active: Mapped[bool] = mapped_column(default=True)
    mail_kinds: Mapped[list[str] | None] = mapped_column(ARRAY(String(20)))  # None: as is usual for the role

    user: Mapped[User] = relationship(lazy="joined")
    workspace: Mapped[Workspace] = relationship()

    @property
    def name(self) -> str:
        return self.user.name

    def may(self, verb: str) -> bool:
        """Whether this member's role allows `verb` of ROLES."""
        return self.is_active and ROLES[verb][RANKS.index(self.role)]

    def must(self, verb: str) -> None:
        """Raise NotAllowed unless this member may do `verb`."""
        if not self.may(verb):
            raise NotAllowed(
                f"Your role ({self.role}) may not {verb} here. Ask an admin of {self.workspace.name}."
            )

    def card(self) -> dict[str, Any]:
        return {"id": str(self.id), "name": self.name, "email": self.user.email, "role": self.role}


class ApiToken(Owned):
    """A key for programs: it acts as the member who made it. Only its digest is stored."""

    __tablename__ = "api_tokens"
    noun = "API token"

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    last_used_at: Mapped[datetime | None]

    member: Mapped[Member] = relationship()

    @classmethod
    def issue(cls, member: Member, name: str) -> tuple["ApiToken", str]:
        """A new token and its secret, which is shown once."""
        secret = f"slogan_{secrets.token_urlsafe(32)}"
        token = cls(
            workspace_id=member.workspace_id, member_id=member.id, name=name, digest=cls.digest_of(secret)
        )
        session.add(token)
        session.flush()
        record(member, "made an API token", token)
        return token, secret

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()


class AuditEntry(db.Model):  # type: ignore[name-defined]
    """Who did what to which thing, with the values before and after. Kept for AUDIT_MONTHS."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_thing", "workspace_id", "kind", "row_id", "at"),
        Index("ix_audit_entries_at", "workspace_id", "at"),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    at: Mapped[datetime] = mapped_column(primary_key=True, default=now, server_default=func.now())
    workspace_id: Mapped[UUID]  # it goes with its workspace, by a trigger: no key is checked with each entry
    member_id: Mapped[UUID | None]
    who: Mapped[str] = mapped_column(String(120))
    what: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(60))
    row_id: Mapped[UUID | None]
    old_values: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    new_values: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)

    @classmethod
    def latest(
        cls, workspace: Any, kind: str | None = None, row_id: Any = None, number: int = 50
    ) -> list["AuditEntry"]:
        """The newest entries, of one thing if it is named."""
        query = select(cls).where(cls.workspace_id == workspace.id)
        if kind:
            query = query.where(cls.kind == kind)
        if row_id:
            query = query.where(cls.row_id == row_id)
        return list(session.scalars(query.order_by(cls.at.desc()).limit(number)))


def record(by: "Member | None", what: str, row: Any, **details: Any) -> None:
    """Write who did what to `row`, with its unsaved changes as before and after. None is Slogan itself.

    Call it after changing attributes and before they are flushed. Columns that hold secrets are
    named, never shown. `details` are added to the new values.
    """
    old, new = changes_of(row)
    session.add(
        AuditEntry(
            workspace_id=row.id if isinstance(row, Workspace) else row.workspace_id,
            member_id=by.id if by else None,
            who=by.name if by else "Slogan",
            what=what,
            kind=type(row).__tablename__,
            row_id=row.id,
            old_values=old,
            new_values=new | {key: str(value) for key, value in details.items()},
        )
    )
