"""The processes that Slogan starts with: one a channel, from the data file. What people change stays."""

import json
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from uuid_utils.compat import uuid7

from app.core.database import scope, session
from app.core.queries import queries
from app.platforms.models import Channel
from app.rewriting.models import ContentProcess, ProcessConfiguration

sql = queries(__file__)
FILE = Path(__file__).parent / "data" / "processes.toml"
WORDS = ("display_name", "description", "status")  # of a process itself; the rest are categories of settings


def load_processes(workspace: Any) -> int:
    """Give every channel of the workspace its process; how many rows are new or corrected.

    What a person changed or switched off stays as it is. A second run changes nothing.
    """
    with scope(workspace.id):
        channels = Channel.in_order(workspace).all()
        written = _keep("keep_processes", workspace, (_process(channel) for channel in channels))
        written += _keep(
            "keep_settings", workspace, (row for channel in channels for row in _settings(channel))
        )
        _forget_old_rows()
    return written


def process_name(channel: Channel) -> str:
    """What programs call the process that a channel starts with, such as facebook_feed_post_optimizer."""
    return f"{channel.platform.name}_{channel.channel_type.name}_optimizer"


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text())


def _told(channel: Channel) -> dict[str, Any]:
    """What the file says of a channel: what it says of all, and over it what it says of this one."""
    told, own = dict(_file()["all"]), _file()["channel"].get(channel.slug, {})
    for name, value in own.items():
        told[name] = told.get(name, {}) | value if isinstance(value, dict) else value
    return told


def _place(channel: Channel) -> dict[str, Any]:
    name = process_name(channel)
    return {
        "id": str(uuid7()),
        "platform": str(channel.platform_id),
        "kind": str(channel.channel_type_id),
        "name": name,
    }


def _process(channel: Channel) -> dict[str, Any]:
    told = _told(channel)
    description = told["description"].replace("{channel}", channel.label)
    return _place(channel) | {
        "display_name": told.get("display_name", channel.label)[:150],
        "description": description,
        "status": told["status"],
    }


def _settings(channel: Channel) -> Iterator[dict[str, Any]]:
    told, order = _told(channel), 0
    for category, settings in told.items():
        if category in WORDS:
            continue
        for key, value in settings.items():
            order += 1
            yield _place(channel) | {
                "category": category,
                "key": key,
                "value": value.strip()
                .replace("{channel}", channel.label)
                .replace("{platform}", channel.platform.display_name),
                "description": _file()["descriptions"].get(key, ""),
                "display_order": order,
            }


def _keep(name: str, workspace: Any, rows: Iterator[dict[str, Any]]) -> int:
    return session.execute(sql[name], {"workspace": workspace.id, "rows": json.dumps(list(rows))}).rowcount


def _forget_old_rows() -> None:
    """Let rows that this session holds already be read again."""
    session.flush()
    for row in list(session):
        if isinstance(row, ContentProcess | ProcessConfiguration):
            session.expire(row)
