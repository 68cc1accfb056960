"""An account as it is read to send for it: whose it is, what holds it up, and what opens it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from app.core.vault import open_


class Opened:
    """Whatever has credentials: an account, and one that was read beside it."""

    def secrets(self: Any) -> dict[str, str]:
        """What opens the account, by key: without what is switched off or has expired."""
        return {one.credential_key: one.credential_value for one in self.credentials if one.is_usable}


class Home(NamedTuple):
    """The workspace of an account."""

    name: str
    sending_on: bool
    approval_required: bool


class Of(NamedTuple):
    """The platform of an account, by the name that programs use and by the one that people use."""

    name: str
    display_name: str


class Kept(NamedTuple):
    """A credential, sealed until it is needed: one that cannot be opened keeps its own account from sending."""

    credential_type: str
    credential_key: str
    sealed: str
    is_usable: bool

    @property
    def credential_value(self) -> str:
        return open_(self.sealed)


@dataclass(frozen=True, slots=True)
class Sender(Opened):
    """What a worker knows of an account. It belongs to no session: lanes may keep it, and nothing changes it."""

    id: UUID
    name: str
    state: str
    blocked_until: datetime | None
    platform: Of
    home: Home
    credentials: Sequence[Kept]

    @classmethod
    def of(cls, row: Any) -> "Sender":
        """From a row of the query `senders`."""
        return cls(
            row.id, row.name, row.state, row.blocked_until, Of(row.platform, row.platform_name),
            Home(row.home, row.sending_on, row.approval_required), [Kept(*one) for one in row.credentials or ()],
        )  # fmt: skip
