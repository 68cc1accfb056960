"""The connections that the wire keeps open, by aiohttp, and the addresses that it refuses.

The address check happens when a socket is opened, on the very address that is connected to, so that a name
which resolves differently a second time gains nothing.
"""

import asyncio
import atexit
import ipaddress
import os
import select
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from typing import Any

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    InvalidURL,
    TCPConnector,
    ThreadedResolver,
)
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError

from app.core.settings import settings
from app.core.wire import Forbidden, NotSent, Wire

KEPT = 55.0  # seconds that a connection stays open unused
LOOK_UPS = 32  # names that are looked up at the same time, each in a thread: for a dead server it takes long
HEADER = 65_536  # bytes of one header; as many as 256 are read
BROKEN = (ClientError, HttpProcessingError, OSError, RuntimeError, ValueError)  # TimeoutError is an OSError
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Dial:
    """A host that is being connected to, and whether one of its addresses was refused."""

    __slots__ = ("host", "is_private")

    def __init__(self, host: str) -> None:
        self.host, self.is_private = host, False


_dial: ContextVar[Dial] = ContextVar("dial")


def _socket(found: Any) -> socket.socket:
    """A socket for an address, unless it is private."""
    family, kind, protocol, _, address = found
    dial = _dial.get()
    ip = _behind(ipaddress.ip_address(str(address[0]).split("%")[0]))
    if not ip.is_global and not {dial.host, str(ip)}.intersection(settings().private_hosts):
        dial.is_private = True
        raise PermissionError("private")  # another address of the host may do
    return socket.socket(family, kind, protocol)


def _behind(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 one stands for (mapped, 6to4, NAT64), or the address itself."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


class Connections(TCPConnector):
    """Connections by host. Whatever goes wrong here is NotSent."""

    async def connect(self, req: ClientRequest, traces: list[Any], timeout: ClientTimeout) -> Connection:  # noqa: ASYNC109
        """Take an idle connection or open one. Raise Forbidden, NotSent."""
        dial = Dial(req.host.lower())
        _dial.set(dial)
        try:
            return await super().connect(req, traces, timeout)
        except BROKEN as error:
            odd = "" if dial.is_private else "no proper address or "  # such as 127.1
            if dial.is_private or isinstance(error, InvalidURL):
                said = f"{dial.host} is {odd}a private address, which Slogan does not fetch from."
                raise Forbidden(said) from None
            why = _reason(error, timeout.connect or 0)
        raise NotSent(f"{req.url.host} cannot be reached: {why}.")

    async def _get(self, key: Any, traces: list[Any]) -> Connection | None:
        """An idle connection that the other side has neither closed nor spoken on since its last answer."""
        while (idle := await super()._get(key, traces)) is not None:
            line = idle.protocol
            if line is not None and not line.should_close and not _speaks(idle.transport):
                return idle
            idle.close()
        return None


def _speaks(transport: asyncio.BaseTransport | None) -> bool:
    """Whether something came in that the loop has not read yet."""
    if transport is None:
        return True
    look = select.poll()
    look.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
    return bool(look.poll(0))


def _reason(error: BaseException, patience: float) -> str:
    """Why a connection could not be opened, in a few words."""
    if isinstance(error, ClientConnectorCertificateError):
        error = error.certificate_error
    elif isinstance(error, ClientConnectorError):
        error = error.os_error
    if isinstance(error, TimeoutError):
        return f"it did not answer the call within {patience:g} seconds"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return (error.reason or "no secure connection").replace("_", " ").lower()
    if isinstance(error, OSError) and error.errno and error.errno > 0:
        return os.strerror(error.errno).lower()
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "it hung up" if isinstance(error, OSError) else "its name is not written right"


class LookUps:
    """Looks names up in the loop's threads. uvloop has four for that, where dead names hold up the living."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def getaddrinfo(self, host: str, port: int, **more: int) -> asyncio.Future[list[Any]]:
        """As the loop's own."""
        return self._loop.run_in_executor(None, partial(socket.getaddrinfo, host, port, **more))

    def getnameinfo(self, address: tuple[Any, ...], flags: int) -> asyncio.Future[tuple[str, str]]:
        """As the loop's own: asked for addresses that hold for one link alone."""
        return self._loop.run_in_executor(None, socket.getnameinfo, address, flags)


# -- the sessions of this process --------------------------------------------------------------------

_sessions: dict[tuple[asyncio.AbstractEventLoop, Wire], ClientSession] = {}


def session(wire: Wire) -> ClientSession:
    """A wire's session on the loop that runs here."""
    here = asyncio.get_running_loop()
    if found := _sessions.get((here, wire)):
        return found
    if here not in {home for home, _ in _sessions}:
        here.set_default_executor(ThreadPoolExecutor(LOOK_UPS, thread_name_prefix="look-up"))
    connector = Connections(
        limit=0, limit_per_host=wire.connections, keepalive_timeout=KEPT, socket_factory=_socket,
        resolver=ThreadedResolver(LookUps(here)),  # type: ignore[arg-type]
    )  # fmt: skip
    made = ClientSession(
        connector=connector, cookie_jar=DummyCookieJar(), trust_env=False,
        max_line_size=HEADER, max_field_size=HEADER, max_headers=256,
    )  # fmt: skip
    made._retry_connection = False  # else GET, PUT and DELETE are sent again when a connection breaks off
    _sessions[here, wire] = made
    return made


def _hang_up() -> None:
    """The process ends."""
    for (home, _), one in list(_sessions.items()):
        with suppress(Exception):
            asyncio.run_coroutine_threadsafe(one.close(), home).result(1)


def _leave() -> None:
    """A fork has none of its parent's connections: they are left alone, neither used nor closed."""
    for one in _sessions.values():
        if one.connector is not None:
            one.connector._closed = True  # says nothing and touches nothing any more
    _sessions.clear()


atexit.register(_hang_up)
os.register_at_fork(after_in_child=_leave)
