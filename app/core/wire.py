"""The one outgoing HTTP client: limits on time and size, and no private addresses.

It works on this process's event loop, under plain calls: a lane that asks lets others go on, any other thread
waits (see `waiting`). `connections` are what it keeps open, `lines` what goes to and fro on one of them, `calls`
what that means.
"""

import json as jsonlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode, urljoin, urlsplit

import orjson

from app.core.waiting import wait_for

AGENT = "Slogan/0.1"
REDIRECTS = 5
UNWRITABLE = re.compile("[\0\ud800-\udfff]")  # what no database keeps as text, and no page can show
LONG = re.compile(rb"\d{19}")  # a whole number of which the quick reader might make a fraction


class WireError(Exception):
    """A request that got no usable answer, in words for a person."""


class NotSent(WireError):
    """Nothing reached the other side, so trying again is safe."""


class Forbidden(NotSent):
    """The address is private, or no web address at all."""


class NoAnswer(WireError):
    """The request left and no answer came: what happened there is unknown."""


class TooBig(WireError):
    """The answer is larger than what we are willing to read."""


class BadAnswer(WireError):
    """The answer is not what it says it is."""


@dataclass(frozen=True)
class Answer:
    """What the other side said. An error status is an answer too; names of headers have no case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body as JSON. Raise BadAnswer when it is none."""
        try:
            return _parsed(self.body)
        except (ValueError, RecursionError):
            raise BadAnswer(f"{urlsplit(self.url).hostname} did not answer with JSON.") from None


def _parsed(body: bytes) -> Any:
    """The JSON of a body, read quickly; what only the slow reader takes (NaN, half a sign, UTF-16) by that one."""
    if not LONG.search(body):
        try:
            found = orjson.loads(body)
        except ValueError:
            pass
        else:
            return readable(found) if b"\\u" in body else found
    return readable(jsonlib.loads(body))


def readable(said: Any) -> Any:
    """What the other side said with a sign in the place of each character that nobody can write down."""
    if isinstance(said, str):
        return UNWRITABLE.sub("\ufffd", said)
    if isinstance(said, dict):
        return {readable(key): readable(value) for key, value in said.items()}
    return [readable(one) for one in said] if isinstance(said, list) else said


class Call(NamedTuple):
    """One request as it leaves: `body` is in pieces, times are in seconds, `limit` in bytes."""

    method: str
    url: str
    host: str
    headers: dict[str, str]
    body: list[bytes]
    timeout: float
    connect_timeout: float
    limit: int


@dataclass(eq=False)
class Wire:
    """The way out, for lanes and threads alike. Of one host `connections` are open at most."""

    connections: int = 128

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        bearer: str | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        body: bytes | None = None,
        timeout: float = 30,
        connect_timeout: float = 10,
        limit: int = 10_000_000,
        follow: bool | None = None,
    ) -> Answer:
        """Send one request and read the whole answer.

        `timeout` is in seconds and covers each wait for the other side; all of them together take four times
        as long at most, or two minutes if that is more. `limit` is in bytes.
        GET follows up to five redirects, each address checked again and each with its own time; nothing else does.
        Raise NotSent, Forbidden, NoAnswer or TooBig; a status of 400 or more is no exception.
        """
        head = {"User-Agent": AGENT, "Accept": "*/*", "Accept-Encoding": "gzip", **(headers or {})}
        if bearer:
            head["Authorization"] = f"Bearer {bearer}"
        pieces = [body] if body else []
        if json is not None:
            pieces, head["Content-Type"] = [jsonlib.dumps(json).encode()], "application/json"
        if files is not None:
            pieces, head["Content-Type"] = _form(data or {}, files)
        elif data is not None:
            words = urlencode({key: str(value) for key, value in data.items()})
            pieces, head["Content-Type"] = [words.encode()], "application/x-www-form-urlencoded"
        target = _with(url, params)
        for _ in range(REDIRECTS + 1):
            answer = self._once(method, target, head, pieces, timeout, connect_timeout, limit)
            onward = answer.headers.get("location") if answer.status in (301, 302, 303, 307, 308) else None
            if not onward or not (follow if follow is not None else method == "GET"):
                return answer
            if not (onward := _onward(target, onward)):
                raise BadAnswer(f"{_host_of(target)} sends the request to what is no web address.")
            if not _is_trusted_as(target, onward):
                head.pop("Authorization", None)
            target = onward
        raise BadAnswer(f"{urlsplit(url).hostname} sends the request round in circles.")

    def _once(
        self, method: str, url: str, head: dict[str, str], pieces: list[bytes],
        timeout: float, connect_timeout: float, limit: int,
    ) -> Answer:  # fmt: skip
        from app.core.calls import fetch  # which stands on this file, and which most processes never need

        if not (host := _host_of(url)):
            raise Forbidden("A web address begins with http:// or https://.")
        call = Call(method, url, host, head, pieces, timeout, connect_timeout, limit)
        return wait_for(fetch(call, self))

    def get(self, url: str, **more: Any) -> Answer:
        return self.request("GET", url, **more)

    def post(self, url: str, **more: Any) -> Answer:
        return self.request("POST", url, **more)

    def put(self, url: str, **more: Any) -> Answer:
        return self.request("PUT", url, **more)

    def patch(self, url: str, **more: Any) -> Answer:
        return self.request("PATCH", url, **more)

    def delete(self, url: str, **more: Any) -> Answer:
        return self.request("DELETE", url, **more)


@lru_cache
def _host_of(url: str) -> str | None:
    """Which host a web address names; None where it is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.hostname if parts.scheme in ("http", "https") and not UNWRITABLE.search(url) else None


def _onward(url: str, said: str) -> str | None:
    """Where a redirect leads; None where that cannot be read."""
    try:
        return urljoin(url, said)
    except ValueError:
        return None


def _is_trusted_as(url: str, onward: str) -> bool:
    """Whether a key for one address may go to another: not to another host, nor out of a secure connection."""
    scheme, there, *_ = urlsplit(onward)
    return there == urlsplit(url).netloc and scheme in ("https", urlsplit(url).scheme)


def _with(url: str, params: Mapping[str, Any] | None) -> str:
    if not params:
        return url
    pairs = {key: value for key, value in params.items() if value is not None}
    return f"{url}{'&' if '?' in url else '?'}{urlencode(pairs, doseq=True)}"


def _form(data: Mapping[str, Any], files: Mapping[str, tuple[str, bytes, str]]) -> tuple[list[bytes], str]:
    """A form with files as the pieces of a body, none of them copied, and what it is."""
    line = secrets.token_hex(16)
    pieces = [
        _field(line, f'name="{_quoted(name)}"') + f"{value}\r\n".encode() for name, value in data.items()
    ]
    for name, (file, content, kind) in files.items():
        about = f'name="{_quoted(name)}"; filename="{_quoted(file)}"\r\nContent-Type: {kind}'
        pieces += [_field(line, about), content, b"\r\n"]
    return [*pieces, f"--{line}--\r\n".encode()], f"multipart/form-data; boundary={line}"


def _field(line: str, about: str) -> bytes:
    return f"--{line}\r\nContent-Disposition: form-data; {about}\r\n\r\n".encode()


def _quoted(name: str) -> str:
    """As a browser writes a name in a form."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


wire = Wire()
