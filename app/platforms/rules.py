"""The rules that Slogan starts with become rows of a workspace, and again with a newer Slogan."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from uuid_utils.compat import uuid7

from app.core.database import scope, session
from app.core.queries import queries
from app.platforms.data import PlatformData, load_platforms
from app.platforms.models import Capability, Channel, ChannelType, Platform, Requirement

sql = queries(__file__)


def load_rules(workspace: Any, platforms: Iterable[PlatformData] | None = None) -> int:
    """Write the data files (or `platforms`) into the workspace; how many rows are new or corrected.

    What a person added, changed or switched off stays as it is. A second run changes nothing.
    Raise Invalid, naming file and key, where a data file is wrong.
    """
    told = list(platforms) if platforms is not None else load_platforms()
    with scope(workspace.id):
        written = (
            _keep("keep_platforms", workspace, (_platform(one) for one in told))
            + _keep("keep_channel_types", workspace, _channel_types(told))
            + _keep("keep_channels", workspace, _channels(told))
            + _keep("keep_capabilities", workspace, _capabilities(told))
            + _keep("keep_requirements", workspace, _requirements(told))
        )
        _forget_old_rows()
    return written


def _forget_old_rows() -> None:
    """Let rows that this session holds already be read again."""
    session.flush()
    for row in list(session):
        if isinstance(row, Platform | ChannelType | Channel | Capability | Requirement):
            session.expire(row)


def _keep(name: str, workspace: Any, rows: Iterable[dict[str, Any]]) -> int:
    with_ids = [{"id": str(uuid7()), **row} for row in rows]
    return session.execute(sql[name], {"workspace": workspace.id, "rows": json.dumps(with_ids)}).rowcount


def _platform(one: PlatformData) -> dict[str, Any]:
    names = "name", "display_name", "description", "status", "priority"
    links = {
        "website_url": one.website_url or None,
        "api_documentation_url": one.api_documentation_url or None,
    }
    return {name: getattr(one, name) for name in names} | links


def _channel_types(told: list[PlatformData]) -> list[dict[str, Any]]:
    names = "name", "display_name", "description", "content_type", "media_support"
    kinds = {channel.name: channel for platform in told for channel in platform.channels}
    return [
        {name: getattr(kind, name) for name in names} | {"display_order": order}
        for order, kind in enumerate(kinds.values(), start=1)
    ]


def _channels(told: list[PlatformData]) -> Iterable[dict[str, Any]]:
    for platform in told:
        for one in platform.channels:
            place = {"platform": platform.name, "channel": one.name}
            yield place | {"status": one.status, "priority": one.display_order, "notes": one.notes}


def _capabilities(told: list[PlatformData]) -> Iterable[dict[str, Any]]:
    for platform in told:
        for one in platform.capabilities:
            row = {name.removeprefix("capability_"): value for name, value in asdict(one).items()}
            yield row | {"platform": platform.name, "category": row["type"], "key": row["name"]}


def _requirements(told: list[PlatformData]) -> Iterable[dict[str, Any]]:
    for platform in told:
        for channel in platform.channels:
            for one in channel.requirements:
                yield {"platform": platform.name, "channel": channel.name} | asdict(one)
