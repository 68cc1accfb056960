"""The one outgoing HTTP client: limits on time and size, and no private addresses.

It is urllib3 because that stays fast with many threads (see docs/decisions.md). The address check
happens when the socket is opened, on the very address that is connected to, so that a name which
resolves differently a second time gains nothing.
"""

import ipaddress
import json as jsonlib
import logging
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    SSLError,
)

from app.core.settings import settings

AGENT = "Slogan/0.1"
logging.getLogger("urllib3").setLevel(
    logging.INFO
)  # at DEBUG it writes whole addresses, and some hold a token
REDIRECTS = 5


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
    """What the other side said. An error status is an answer too."""

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
            return jsonlib.loads(self.body)
        except ValueError:
            raise BadAnswer(f"{urlsplit(self.url).hostname} did not answer with JSON.") from None


def _open(connection: HTTPConnection) -> socket.socket:
    """Open a socket to the first allowed address of the connection's host."""
    host = connection._dns_host.strip("[]")
    allowed = set(settings().private_hosts)
    try:
        found = socket.getaddrinfo(host, connection.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as unknown:
        raise NameResolutionError(host, connection, unknown) from unknown  # type: ignore[arg-type]
    refused: OSError | None = None
    for family, kind, protocol, _, address in found:
        ip = ipaddress.ip_address(str(address[0]).split("%")[0])
        mapped = _behind(ip)
        if not mapped.is_global and host not in allowed and str(mapped) not in allowed:
            raise Forbidden(f"{host} is a private address, which Slogan does not fetch from.")
        sock = socket.socket(family, kind, protocol)
        sock.settimeout(connection.timeout if isinstance(connection.timeout, int | float) else 10)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect(address)
        except OSError as error:
            sock.close()
            refused = error
        else:
            return sock
    if isinstance(refused, TimeoutError):
        raise ConnectTimeoutError(connection, f"{host} did not answer the call") from refused
    raise NewConnectionError(connection, f"{refused}") from refused


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _behind(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 one stands for (mapped, 6to4, NAT64), or the address itself."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


class _Http(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _open(self)


class _Https(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _open(self)


class _HttpPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Https


@dataclass
class Wire:
    """A pool of connections that threads may share. `connections` are kept open per host."""

    connections: int = 128
    _pools: urllib3.PoolManager = field(init=False)

    def __post_init__(self) -> None:
        self._pools = urllib3.PoolManager(num_pools=64, maxsize=self.connections, retries=False)
        self._pools.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}

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

        `timeout` is in seconds and covers each wait for the other side; `limit` is in bytes.
        GET follows up to five redirects, each address checked again; nothing else does.
        Raise NotSent, Forbidden, NoAnswer or TooBig; a status of 400 or more is no exception.
        """
        head = {"User-Agent": AGENT, "Accept-Encoding": "gzip", **(headers or {})}
        if bearer:
            head["Authorization"] = f"Bearer {bearer}"
        if json is not None:
            body, head["Content-Type"] = jsonlib.dumps(json).encode(), "application/json"
        fields = None
        if files is not None:
            fields = {**{key: str(value) for key, value in (data or {}).items()}, **files}
        elif data is not None:
            fields = {key: str(value) for key, value in data.items()}
        target = _with(url, params)
        for _ in range(REDIRECTS + 1):
            answer = self._once(
                method, target, head, fields, body, files is not None, timeout, connect_timeout, limit
            )
            onward = answer.headers.get("location") if answer.status in (301, 302, 303, 307, 308) else None
            if not onward or not (follow if follow is not None else method == "GET"):
                return answer
            onward = urljoin(target, onward)
            if urlsplit(onward).netloc != urlsplit(target).netloc:
                head.pop("Authorization", None)
            target = onward
        raise BadAnswer(f"{urlsplit(url).hostname} sends the request round in circles.")

    def _once(
        self, method: str, url: str, head: dict[str, str], fields: Any, body: bytes | None,
        multipart: bool, timeout: float, connect_timeout: float, limit: int,
    ) -> Answer:  # fmt: skip
        host = urlsplit(url).hostname
        if urlsplit(url).scheme not in ("http", "https") or not host:
            raise Forbidden("A web address begins with http:// or https://.")
        more: dict[str, Any] = (
            {"body": body} if fields is None else {"fields": fields, "encode_multipart": multipart}
        )
        try:
            reply = self._pools.request(
                method, url, headers=head, preload_content=False, redirect=False, retries=False,
                timeout=urllib3.Timeout(connect=connect_timeout, read=timeout), **more,
            )  # fmt: skip
        except (
            NewConnectionError,
            NameResolutionError,
            ConnectTimeoutError,
            SSLError,
            LocationParseError,
        ) as error:
            raise NotSent(f"{host} cannot be reached: {_reason(error)}.") from error
        except MaxRetryError as error:
            raise NotSent(f"{host} cannot be reached: {_reason(error)}.") from error
        except HTTPError as error:
            raise NoAnswer(f"{host} did not answer within {timeout:g} seconds, or hung up.") from error
        try:
            content = _read(reply, limit, host, max(120.0, 4 * timeout))
        except HTTPError as error:
            raise NoAnswer(f"{host} hung up in the middle of its answer.") from error
        finally:
            reply.release_conn()
        return Answer(reply.status, reply.headers, content, url)

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


def _with(url: str, params: Mapping[str, Any] | None) -> str:
    if not params:
        return url
    pairs = {key: value for key, value in params.items() if value is not None}
    return f"{url}{'&' if '?' in url else '?'}{urlencode(pairs, doseq=True)}"


def _read(reply: Any, limit: int, host: str, longest: float) -> bytes:
    """The whole body: at most `limit` bytes, and at most `longest` seconds however slowly it drips."""
    pieces, size, until = [], 0, time.monotonic() + longest
    while piece := reply.read1(65_536, decode_content=True):  # what is there, without waiting for more
        size += len(piece)
        if size > limit:
            reply.close()
            raise TooBig(f"{host} answers with more than {limit // 1_000_000} MB, which is too much to read.")
        if time.monotonic() > until:
            reply.close()
            raise NoAnswer(f"{host} took more than {longest:.0f} seconds to answer.")
        pieces.append(piece)
    return b"".join(pieces)


def _reason(error: Exception) -> str:
    words = str(error.__cause__ or error).split("]: ")[-1].split(": ")[-1].rstrip(".")
    return words.split("] ")[-1][:120].lower()


wire = Wire()
