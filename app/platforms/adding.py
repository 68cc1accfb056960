"""How platforms, channels and rules come to be, and how the first two change: by form, never by code."""

import re
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from uuid_utils.compat import uuid7

from app.accounts.models import Member, record
from app.core.database import session
from app.core.errors import Invalid
from app.platforms.values import words

ADDRESSES = {"matrix"}  # pages that lie beside those of the platforms
LARGEST_PRIORITY = 10_000


def add_platform(kind: Any, workspace: Any, by: Member | None, values: dict[str, Any]) -> Any:
    """A platform row from what a person typed. Raise Invalid, NotAllowed."""
    told = _platform_values(kind, values)
    name = short_name(values.get("name") or told["display_name"], "name")
    if name in ADDRESSES:
        raise Invalid(
            f"“{name}” is the address of another page.",
            name=f"Use another short name, such as {name}_network.",
        )
    _free(
        kind,
        f"There is a platform called {name} already.",
        "name",
        kind.workspace_id == workspace.id,
        kind.name == name,
    )
    row = kind(id=uuid7(), workspace_id=workspace.id, name=name, **told)
    return _keep(row, by, f"added the platform {row.display_name}", "name")


def change_platform(row: Any, by: Member | None, values: dict[str, Any]) -> None:
    """New values for a platform; its short name stays, since programs know it. Raise Invalid, NotAllowed."""
    shown = "display_name", "description", "status", "priority", "website_url", "api_documentation_url"
    _apply(
        row,
        by,
        _platform_values(type(row), {name: getattr(row, name) for name in shown} | values),
        row.display_name,
    )


def add_channel(kind: Any, types: Any, platform: Any, by: Member | None, values: dict[str, Any]) -> Any:
    """A channel of a platform, with its channel type when that is new. Raise Invalid, NotAllowed."""
    _may(by)
    told = _channel_values(kind, {"status": "active", **values})
    channel_type = _type_of(types, platform.workspace_id, values)
    mine = (kind.platform_id == platform.id, kind.channel_type_id == channel_type.id)
    _free(kind, f"{platform.display_name} has a {channel_type.display_name.lower()} already.", "name", *mine)
    row = kind(
        id=uuid7(),
        workspace_id=platform.workspace_id,
        platform_id=platform.id,
        channel_type_id=channel_type.id,
        **told,
    )
    _keep(row, by, f"added {platform.display_name} {channel_type.display_name.lower()}", "name")
    session.expire(platform, ["channels"])
    return row


def change_channel(row: Any, by: Member | None, values: dict[str, Any]) -> None:
    """Another status, place, note, or support switched. Raise Invalid, NotAllowed."""
    shown = "status", "priority", "notes", "is_supported"
    _apply(
        row, by, _channel_values(type(row), {name: getattr(row, name) for name in shown} | values), row.label
    )


def add_rule(kind: Any, place: dict[str, Any], owner: Any, by: Member | None, values: dict[str, Any]) -> Any:
    """A requirement of a channel or a capability of a platform (`owner`). Raise Invalid, NotAllowed.

    One that was removed comes back with the new values.
    """
    _may(by)
    values = dict(values)
    names = {
        "category": short_name(values.pop("category", None), "category", 50),
        "key": short_name(values.pop("key", None), "key", 100),
    }
    here = [getattr(kind, name) == value for name, value in (place | names).items()]
    row = session.scalar(select(kind).where(kind.workspace_id == owner.workspace_id, *here))
    if row is not None and row.is_active:
        raise Invalid(
            f"There is such a rule already: {names['key']}.",
            key="Change the one that is there, or use another key.",
        )
    fresh = row is None
    row = row or kind(id=uuid7(), workspace_id=owner.workspace_id, value="", is_active=True, **place, **names)
    wanted = row.wanted({"min_value": None, "max_value": None, **values})
    for name, value in (wanted | {"is_active": True}).items():
        setattr(row, name, value)
    label = getattr(owner, "label", None) or owner.display_name
    if fresh:
        session.add(row)
    row.written(by, f"added {names['key'].replace('_', ' ')} to {label}")
    session.expire(owner, ["requirements" if hasattr(owner, "requirements") else "capabilities"])
    return row


def short_name(value: Any, field: str, longest: int = 50) -> str:
    """A name for programs: small letters, digits and underscores. Raise Invalid when nothing is left."""
    name = re.sub(r"[^a-z0-9]+", "_", words(value, field, 200).lower()).strip("_")
    if not name:
        raise Invalid("A name is missing.", **{field: "Use letters and digits, such as feed_post."})
    if len(name) > longest:
        raise Invalid("The name is too long.", **{field: f"Use at most {longest} characters."})
    return name


def _type_of(types: Any, workspace_id: Any, values: dict[str, Any]) -> Any:
    display = words(values.get("display_name"), "display_name", 100)
    name = short_name(values.get("name") or display, "display_name")
    known = session.scalar(select(types).where(types.workspace_id == workspace_id, types.name == name))
    if known:
        return known
    content = _one_of(values.get("content_type") or "mixed", types.CONTENTS, "content_type")
    media = values.get("media_support") or (list(types.MEDIA) if content == "mixed" else [content])
    media = [_one_of(medium, types.MEDIA, "media_support") for medium in media]
    row = types(
        id=uuid7(), workspace_id=workspace_id, name=name,
        display_name=display or name.replace("_", " ").capitalize(),
        description=words(values.get("description"), "description", 2_000),
        content_type=content, media_support=media,
        display_order=LARGEST_PRIORITY, is_active=True,
    )  # fmt: skip
    session.add(row)
    return row


def _platform_values(kind: Any, values: dict[str, Any]) -> dict[str, Any]:
    display = words(values.get("display_name"), "display_name", 100)
    if not display:
        raise Invalid("A platform needs a name.", display_name="Fill this in.")
    return {
        "display_name": display,
        "description": words(values.get("description"), "description", 2_000),
        "status": _one_of(values.get("status") or "active", kind.STATUSES, "status"),
        "priority": _priority(values.get("priority", 100)),
        "website_url": _address(values.get("website_url"), "website_url"),
        "api_documentation_url": _address(values.get("api_documentation_url"), "api_documentation_url"),
    }


def _channel_values(kind: Any, values: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": _one_of(values["status"], kind.STATUSES, "status"),
        "priority": _priority(values.get("priority", 100)),
        "notes": words(values.get("notes"), "notes", 2_000),
        "is_supported": bool(values.get("is_supported", True)),
    }


def _one_of(value: Any, allowed: tuple[str, ...], field: str) -> str:
    if value not in allowed:
        raise Invalid(f"“{value}” is not possible here.", **{field: f"Choose one of {', '.join(allowed)}."})
    return value


def _priority(value: Any) -> int:
    text = words(value, "priority", 10)
    if not re.fullmatch(r"\d{1,5}", text, re.ASCII) or int(text) > LARGEST_PRIORITY:
        raise Invalid(
            "The place in the list is a whole number.",
            priority=f"Use a whole number from 0 to {LARGEST_PRIORITY:,}.",
        )
    return int(text)


def _address(value: Any, field: str) -> str | None:
    text = words(value, field, 500)
    try:
        right = not text or (urlsplit(text).scheme in ("http", "https") and bool(urlsplit(text).hostname))
    except ValueError:
        right = False
    if not right:
        raise Invalid("This is no web address.", **{field: "Begin with https://, or leave it empty."})
    return text or None


def _apply(row: Any, by: Member | None, wanted: dict[str, Any], label: str) -> None:
    _may(by)
    if all(getattr(row, name) == value for name, value in wanted.items()):
        return
    for name, value in wanted.items():
        setattr(row, name, value)
    record(by, f"changed {label}"[:200], row)
    session.flush()


def _keep(row: Any, by: Member | None, what: str, field: str) -> Any:
    _may(by)
    try:
        with session.begin_nested():
            session.add(row)
            record(by, what[:200], row)
    except IntegrityError:
        raise Invalid(
            "Somebody added the same a moment ago.", **{field: "Load the page again to see it."}
        ) from None
    return row


def _free(kind: Any, sentence: str, field: str, *conditions: Any) -> None:
    with session.no_autoflush:
        if session.scalar(select(kind.id).where(*conditions)):
            raise Invalid(sentence, **{field: "Use another name."})


def _may(by: Member | None) -> None:
    if by is not None:
        by.must("change rules")
