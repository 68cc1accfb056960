"""From a connected account to the connector that speaks for it, and the look whether it still may."""

import json
from typing import Any
from uuid import UUID

from pydantic import BaseModel, SecretStr, ValidationError
from sqlalchemy import select

from app.accounts.models import Member, record
from app.core.database import session
from app.core.errors import Invalid, WrongState
from app.core.queries import queries
from app.core.time import now
from app.core.wire import wire
from app.platforms.models import Account, Platform
from app.platforms.sender import Of, Sender
from app.publishing import budgets
from app.publishing.address import host_of
from app.publishing.connector import Connector
from app.publishing.connectors import CONNECTORS
from app.publishing.delivery import Kind, Profile, PublishError

SESSION = "session"
sql = queries(__file__)


def connector_class(platform: Platform | Of) -> type[Connector] | None:
    """The connector of a platform, connected or not. None where Slogan has none."""
    return CONNECTORS.get(platform.name)


def connector_for(account: Account | Sender) -> Connector | None:
    """What speaks for an account; None in placeholder mode: nothing is sent, all is kept in the outbox."""
    return None if account.state == "new" else _speaker_of(account)


def unusable(account: Account | Sender) -> PublishError | None:
    """Why nothing speaks for an account that is connected; None where nothing should.

    What is kept of it was valid once: an address that the operator no longer allows, a field that is new.
    """
    if account.state == "new" or connector_class(account.platform) is None:
        return None
    said = f"What is kept of the connection of {account.name} is no longer valid. Connect it again."
    return PublishError(said, kind=Kind.RECONNECT)


def _speaker_of(account: Account | Sender) -> Connector | None:
    kind = connector_class(account.platform)
    if kind is None:
        return None
    try:
        credentials = kind.Credentials.model_validate(_fitting(kind, account.secrets()))
    except ValidationError:
        return None
    kept = next((one for one in account.credentials if one.credential_type == SESSION), None)
    remembered = json.loads(kept.credential_value) if kept else {}
    return kind(
        credentials,
        wire,
        session={"account_id": str(account.id), **remembered},
        remember=lambda fresh: _remember(account.id, fresh),
    )


def connect(
    workspace: Any, platform: Platform, name: str, given: dict[str, str] | None, by: Member
) -> Account:
    """A new account, tested and connected; with `given` None, or without a connector, a placeholder.

    Raise Invalid at the field that is wrong; Unavailable when the platform says no.
    """
    kind = connector_class(platform)
    if kind is None or given is None:
        return Account.connect_new(workspace, platform, name, {}, by)
    account = Account.connect_new(workspace, platform, name, checked(kind, given), by)
    open_account(account, by)
    return account


def change_connection(account: Account, name: str, given: dict[str, str], by: Member) -> None:
    """Give an account another name and new credentials; secrets left empty stay as they are.

    Raise Invalid at the field that is wrong, or with the platform's words when it says no.
    """
    by.must("connect platforms")
    kind = connector_class(account.platform)
    account.rename(name, by)
    if kind is None or not kind.Credentials.model_fields:
        return
    unticked = {one["name"]: "false" for one in form_of(kind) if one["kind"] == "yes"}
    typed = unticked | {
        field: value for field, value in given.items() if value or field not in secret_fields(kind)
    }
    account.keep_secrets(checked(kind, {**_fitting(kind, account.secrets()), **typed}), by=by)
    open_account(account, by)


def open_account(account: Account, by: Member | None) -> Profile:
    """Ask the platform whose account this is, and mark it connected. Raise Invalid with its words."""
    connector = _speaker_of(account)
    if connector is None:
        raise Invalid(f"{account.name} has no credentials yet. Fill them in first.")
    try:
        profile = connector.check()
    except PublishError as error:
        refused = error.message
    else:
        account.connected(profile.remote_id, profile.handle, profile.url, by)
        return profile
    raise Invalid(f"It is not connected yet. {refused}", form=refused)


def others_there(account: Account) -> list[Account]:
    """The workspace's other accounts that post to the very same place: each has bounds of its own there.

    Small servers number their accounts alike, so their addresses must not be on different ones.
    """
    if account.remote_id is None:
        return []
    found = select(Account).where(
        Account.workspace_id == account.workspace_id, Account.platform_id == account.platform_id,
        Account.remote_id == account.remote_id, Account.id != account.id, Account.archived_at.is_(None),
    )  # fmt: skip
    there = session.scalars(found.order_by(Account.name)).unique()
    return [one for one in there if host_of(one.url or "") == host_of(account.url or "")]


def try_out(account: Account) -> tuple[bool, str]:
    """Whether the connection works, and what came back, in a sentence. Nothing is posted."""
    connector = connector_for(account)
    if connector is None:
        return False, f"{account.name} is not connected: nothing is sent, all is kept in the outbox."
    account.last_checked_at = now()
    try:
        profile = connector.check()
    except PublishError as error:
        account.last_error = error.message
        if error.kind is Kind.RECONNECT:
            account.lost(error.message)
        return False, error.message
    finally:
        budgets.write(connector.learnt())
    if account.state == "reconnect":
        account.connected(profile.remote_id, profile.handle, profile.url)
    account.last_error, account.handle, account.url = None, profile.handle, profile.url
    return True, f"It works: {connector.label} answered as {profile.display_name or profile.handle}."


def remove(account: Account, by: Member) -> int:
    """Take an account away: its credentials are destroyed and what was to go out is cancelled; how many posts.

    What went out stays, with its log and its numbers. Raise WrongState while a post is on its way or may be
    out: what became of it could not be found out any more.
    """
    by.must("connect platforms")
    alone = select(Account.id).where(Account.id == account.id).with_for_update()
    session.execute(alone)  # until this is done, no worker takes up a post of it
    if session.scalar(sql["on_its_way"], {"account": account.id}):
        raise WrongState(f"A post of {account.name} is on its way, or may be out. Settle it first.")
    whose = {"workspace": account.workspace_id, "account": account.id, "now": now()}
    sentence = f"Cancelled, since {account.name} was taken away."
    cancelled = session.scalar(sql["cancel_posts"], {**whose, "sentence": sentence, "who": by.name[:120]}) or 0
    session.execute(sql["stop_schedules"], whose)
    session.execute(sql["end_series"], {**whose, "sentence": f"{account.name} was taken away."})
    account.archive(by)
    return cancelled


def set_mood(account: Account, mood: str, by: Member) -> None:
    """Tell a practice account what is to go wrong, for newcomers to see."""
    by.must("connect platforms")
    account.settings = {**account.settings, "mood": mood}
    record(by, "changed what goes wrong", account)


def checked(kind: type[Connector], given: dict[str, str]) -> dict[str, str]:
    """Credentials as texts, held against the platform's own form. Raise Invalid at each wrong field."""
    try:
        model = kind.Credentials.model_validate({name: value for name, value in given.items() if value != ""})
    except ValidationError as wrong:
        fields = {
            str(error["loc"][0]) if error["loc"] else "form": _sentence(error) for error in wrong.errors()
        }
        raise Invalid("The connection is not complete yet; see the marked fields.", **fields) from None
    values = {name: getattr(model, name) for name in kind.Credentials.model_fields}
    return {name: _plain(value) for name, value in values.items() if value is not None}


def secret_fields(kind: type[Connector]) -> set[str]:
    """The fields of a connection that are never shown again."""
    fields = kind.Credentials.model_fields.items()
    return {name for name, field in fields if "SecretStr" in str(field.annotation)}


def form_of(kind: type[Connector], account: Account | None = None) -> list[dict[str, Any]]:
    """The connection form: one entry a field, with its help; what is secret is never filled in."""
    secret, known = secret_fields(kind), _fitting(kind, account.secrets()) if account else {}
    form = []
    for name, field in kind.Credentials.model_fields.items():
        options = [one for one in getattr(field.annotation, "__args__", ()) if isinstance(one, str)]
        default = "" if field.is_required() or field.default is None else _plain(field.default)
        form.append({
            "name": name, "label": name.replace("_", " ").capitalize(), "help": field.description or "",
            "is_secret": name in secret, "is_known": name in known, "required": field.is_required(),
            "kind": "choice" if options else "yes" if field.annotation is bool else "text",
            "options": [(one, one.capitalize()) for one in options],
            "value": "" if name in secret else known.get(name, default),
            "example": str(field.examples[0]) if field.examples and name not in secret else "",
        })  # fmt: skip
    return form


def _fitting(kind: type[Connector], known: dict[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in known.items() if name in kind.Credentials.model_fields and value != ""
    }


def _plain(value: Any) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, list | dict | BaseModel) else str(value)


def _sentence(error: Any) -> str:
    if error["type"] == "missing":
        return "Fill this in."
    said = str(error["msg"]).removeprefix("Value error, ")
    return said[:1].upper() + said[1:] + ("" if said.endswith((".", "!", "?")) else ".")


def _remember(account_id: UUID, fresh: dict[str, Any]) -> None:
    """Seal and commit what a connector wants to know next time, before its next call leaves."""
    account = Account.anywhere(account_id)
    kept = {name: value for name, value in fresh.items() if name != "account_id"}
    account.keep_secrets({SESSION: json.dumps(kept)}, kind=SESSION)
    session.commit()
