"""The accounts that a workspace has connected, and the secrets that open them."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

from app.accounts.models import SURPLUS, Member, check_bursts, record
from app.core.database import Finder, Owned, session
from app.core.errors import Invalid
from app.core.states import move, try_move
from app.core.time import now
from app.core.vault import Sealed
from app.platforms.sender import Opened
from app.platforms.values import words

if TYPE_CHECKING:
    from app.platforms.models import Channel, Platform

CONNECTION = "connection"  # the type of credential that a connector reads
LONGEST_SECRET = 20_000  # characters; a key file of a service account has about 2,500


class Account(Opened, Owned):
    """One connected destination: a page, a profile, a bot's channel, an address."""

    MOVES = {
        "connect": (("new", "connected", "reconnect", "paused"), "connected"),
        "lose": (("connected", "new"), "reconnect"),
        "pause": (("connected", "reconnect", "new"), "paused"),
        "resume": (("paused",), "connected"),
    }

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("state IN ('new', 'connected', 'reconnect', 'paused')", name="state"),
        CheckConstraint(f"surplus IN {SURPLUS}", name="surplus"),
        Index("ix_accounts_workspace", "workspace_id", "platform_id"),
        Index("ix_accounts_application", "application", postgresql_where=text("application IS NOT NULL")),
    )
    noun = "account"

    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(20), default="new")
    remote_id: Mapped[str | None] = mapped_column(String(300))
    handle: Mapped[str | None] = mapped_column(String(300))
    url: Mapped[str | None] = mapped_column(String(500))
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    hourly_cap: Mapped[int | None]  # of the burst guard; where these are empty, the workspace's count
    same_text_days: Mapped[int | None]
    surplus: Mapped[str | None] = mapped_column(String(8))
    application: Mapped[str | None] = mapped_column(String(200))  # whose requests the platform counts together
    blocked_until: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    last_checked_at: Mapped[datetime | None]
    last_post_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]

    platform: Mapped["Platform"] = relationship(lazy="joined")
    credentials: Mapped[list["Credential"]] = relationship(
        back_populates="account", cascade="all, delete-orphan", order_by="Credential.credential_key"
    )

    @classmethod
    def of(cls, workspace: Any) -> Finder[Self]:
        """The accounts that a workspace has; what was taken away is not among them."""
        return super().of(workspace).where(cls.archived_at.is_(None))

    @classmethod
    def ever_of(cls, workspace: Any) -> Finder[Self]:
        """The same with those that were taken away, for what lies in the past."""
        return super().of(workspace)

    @classmethod
    def connect_new(
        cls, workspace: Any, platform: "Platform", name: str, secrets: Mapping[str, str], by: Member | None,
        *, settings: dict[str, Any] | None = None,
    ) -> Self:  # fmt: skip
        """A new account with sealed secrets, `new` until a connector has looked. Raise Invalid."""
        _may(by)
        account = cls(
            id=uuid7(), workspace_id=workspace.id, platform_id=platform.id, platform=platform,
            name=cls._free_name(workspace.id, platform, name), state="new", settings=settings or {},
        )  # fmt: skip
        session.add(account)
        record(by, f"connected {account.name} on {platform.display_name}"[:200], account)
        session.flush()
        account.keep_secrets(secrets)
        return account

    @classmethod
    def _free_name(cls, workspace_id: Any, platform: "Platform", name: str) -> str:
        name = words(name, "name", 120)
        if not name:
            raise Invalid("The account needs a name.", name="Fill this in.")
        taken = select(cls.id).where(
            cls.workspace_id == workspace_id, cls.platform_id == platform.id, cls.name == name,
            cls.archived_at.is_(None),
        )
        if session.scalar(taken):
            raise Invalid(
                f"There is an account “{name}” on {platform.display_name} already.", name="Use another name."
            )
        return name

    def keep_secrets(
        self, secrets: Mapping[str, str], *, expires: Mapping[str, datetime | None] | None = None,
        by: Member | None = None, kind: str = CONNECTION,
    ) -> None:  # fmt: skip
        """Seal new values beside the others; each key is there once, an empty value takes it away.

        `expires` gives the moment when the value of a key ends. A key that was switched off is on again.
        """
        held = {one.credential_key: one for one in self.credentials if one.credential_type == kind}
        for key, value in secrets.items():
            text = words(value, key, LONGEST_SECRET)
            row = held.get(key)
            if not text:
                if row:
                    self.credentials.remove(row)
                continue
            if row is None:
                row = Credential(
                    workspace_id=self.workspace_id, platform_id=self.platform_id,
                    credential_type=kind, credential_key=words(key, "key", 100),
                )  # fmt: skip
                self.credentials.append(row)
            row.credential_value, row.is_encrypted, row.is_active = text, True, True
            row.expires_at = (expires or {}).get(key)
        record(by, "kept new secrets", self, keys=", ".join(sorted(secrets)))
        session.flush()

    def switch_secret(self, key: str, on: bool, by: Member | None, kind: str = CONNECTION) -> None:
        """Switch one secret off or on without forgetting it. Raise Invalid for a key that is not there."""
        _may(by)
        row = next(
            (one for one in self.credentials if (one.credential_type, one.credential_key) == (kind, key)),
            None,
        )
        if row is None:
            raise Invalid(f"{self.name} has no “{key}”.")
        row.is_active = on
        record(by, f"switched {key} of {self.name} {'on' if on else 'off'}"[:200], row)
        session.flush()

    @property
    def secrets_end_at(self) -> datetime | None:
        """The earliest moment when one of the secrets in use ends."""
        return min(
            (one.expires_at for one in self.credentials if one.is_active and one.expires_at), default=None
        )

    def connected(
        self, remote_id: str, handle: str | None, url: str | None, by: Member | None = None
    ) -> None:
        """A connector has looked and knows whose account it is."""
        what = {
            "remote_id": remote_id[:300],
            "handle": (handle or "")[:300] or None,
            "url": (url or "")[:500] or None,
        }
        move(self, "connect", **what, last_error=None, last_checked_at=now(), blocked_until=None)
        record(by, f"found {self.name} connected"[:200], self, handle=handle or remote_id)

    def lost(self, reason: str) -> bool:
        """The platform no longer lets us in: a person must connect again. Says whether this is news."""
        news = try_move(self, "lose", last_error=reason, last_checked_at=now())
        if news:
            record(None, f"lost the connection of {self.name}"[:200], self, reason=reason)
        return news

    def pause(self, by: Member | None) -> None:
        """Send nothing to this account until it is resumed. Raise WrongState, NotAllowed."""
        _may(by)
        move(self, "pause")
        record(by, f"paused {self.name}"[:200], self)

    def resume(self, by: Member | None) -> None:
        """Take `pause` back. Raise WrongState, NotAllowed."""
        _may(by)
        move(self, "resume", last_error=None)
        record(by, f"resumed {self.name}"[:200], self)

    def archive(self, by: Member) -> None:
        """Take it away and destroy what opens it; its posts and numbers stay. NotAllowed."""
        _may(by)
        record(by, f"removed the account {self.name}"[:200], self)
        self.credentials.clear()
        self.archived_at, self.state, self.blocked_until = now(), "new", None
        session.flush()

    def block_until(self, moment: datetime) -> None:
        """Send nothing before `moment`, as the platform asked; never earlier than asked before."""
        self.blocked_until = max(moment, self.blocked_until or moment)
        session.flush()

    def limit_bursts(self, cap: int | None, days: int | None, surplus: str | None, by: Member | None) -> None:
        """Bounds of its own for the burst guard; None leaves one to the workspace. Raise Invalid, NotAllowed."""
        _may(by)
        check_bursts(cap, days, surplus)
        self.hourly_cap, self.same_text_days, self.surplus = cap, days, surplus
        record(by, f"changed the burst guard of {self.name}"[:200], self)
        session.flush()

    def rename(self, name: str, by: Member | None) -> None:
        """Give it another name. Raise Invalid, NotAllowed."""
        _may(by)
        if name.strip() != self.name:
            self.name = self._free_name(self.workspace_id, self.platform, name)
            record(by, f"renamed {self.name}"[:200], self)
            session.flush()

    def channels(self) -> list["Channel"]:
        """The channels of its platform that a post may be written for."""
        return [channel for channel in self.platform.channels if channel.is_open]

    @property
    def is_blocked(self) -> bool:
        """Whether the platform asked us to wait."""
        return self.blocked_until is not None and self.blocked_until > now()

    @property
    def label(self) -> str:
        """What people call it, such as “Mastodon @kilts”."""
        return f"{self.platform.display_name} {self.handle or self.name}"

    def card(self) -> dict[str, Any]:
        """What a program may know of it: never a secret."""
        return {
            "id": str(self.id), "platform": self.platform.name, "name": self.name, "state": self.state,
            "handle": self.handle, "url": self.url, "last_error": self.last_error,
            "blocked_until": self.blocked_until.isoformat() if self.blocked_until else None,
            "secrets": [one.card() for one in self.credentials],
        }  # fmt: skip


class Credential(Owned):
    """One value that opens an account. The value is sealed in the database, whatever it is."""

    __tablename__ = "platform_credentials"
    __table_args__ = (UniqueConstraint("account_id", "credential_type", "credential_key"),)
    noun = "credential"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    credential_type: Mapped[str] = mapped_column(String(50))
    credential_key: Mapped[str] = mapped_column(String(100))
    credential_value: Mapped[str] = mapped_column(Sealed)
    is_encrypted: Mapped[bool] = mapped_column(default=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    expires_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(back_populates="credentials")

    @property
    def is_usable(self) -> bool:
        """Whether it is switched on and has not expired."""
        return self.is_active and (self.expires_at is None or self.expires_at > now())

    def card(self) -> dict[str, Any]:
        """What may be shown of it: that it is there, and until when."""
        return {
            "key": self.credential_key, "type": self.credential_type, "is_encrypted": self.is_encrypted,
            "is_active": self.is_active,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
        }  # fmt: skip


def _may(by: Member | None) -> None:
    if by is not None:
        by.must("connect platforms")
