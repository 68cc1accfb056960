"""Reading what a platform says in an answer: its words, and how long it asks us to wait."""

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from app.core.time import now
from app.core.wire import Answer, BadAnswer
from app.publishing.delivery import Kind

EPOCH_FROM = 1_000_000_000  # a smaller number is a number of seconds, not a moment


def said(answer: Answer) -> dict[str, Any]:
    """The JSON object in an answer; an empty one where there is none, as in a proxy's error page."""
    try:
        content = answer.json()
    except BadAnswer:
        return {}
    return content if isinstance(content, dict) else {}


def asked_to_wait(headers: Mapping[str, str], *names: str) -> datetime | None:
    """The latest moment that `Retry-After` or a header of `names` holds; None when there is none."""
    found = [moment for name in ("retry-after", *names) if (moment := moment_of(headers.get(name)))]
    return max(found, default=None)


def moment_of(value: object) -> datetime | None:
    """Seconds from now, an epoch, an ISO 8601 time or an HTTP date as an aware moment, else None."""
    if value is None:
        return None
    text = str(value).strip()
    try:
        number = float(text)
    except ValueError:
        return _written(text)
    if not 0 <= number < 100_000_000_000:  # the year 5138
        return None
    return datetime.fromtimestamp(number, UTC) if number > EPOCH_FROM else now() + timedelta(seconds=number)


def _written(text: str) -> datetime | None:
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, OverflowError):  # before the year 1 or after 9999, too
            continue
    return None


def usual_kind(status: int, once: bool) -> Kind:
    """What an error status means where a platform has no meaning of its own for it.

    `once`: the request made a post, so a fault after it was read may have left one behind.
    """
    if status == 429:
        return Kind.RATE_LIMITED
    if status in (302, 303) and once:
        return Kind.UNSURE  # “look over there” is also what a place says that has taken a form
    if status == 401 or 300 <= status < 400:
        return Kind.RECONNECT
    if status >= 500 or status == 408:
        return Kind.UNSURE if once else Kind.TRANSIENT
    return Kind.REFUSED


def missing(given: object, needed: Mapping[str, str], whole: str) -> dict[str, str]:
    """What of the needed permissions was not given, `whole` standing for all; nothing where none were named."""
    if not isinstance(given, list) or not given or whole in given:
        return {}
    return {name: posts for name, posts in needed.items() if name not in given}


def unmarked(content: str) -> str:
    """The words of a status, whose content comes as HTML."""
    broken = re.sub(r"<br\s*/?>|</p>", "\n", content)
    return html.unescape(re.sub(r"<[^>]*>", "", broken))
