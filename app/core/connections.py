"""The connections that the wire keeps open, and the addresses that it refuses.

The address check happens when a socket is opened, on the very address that is connected to, so that a name
which resolves differently a second time gains nothing.
"""

import asyncio
import ipaddress
import os
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any, NamedTuple

from aiohappyeyeballs import start_connection

from app.core.lines import Line
from app.core.settings import settings
from app.core.wire import Forbidden, NotSent, Wire

KEPT = 55.0  # seconds that a connection stays open unused, at most
LOOK_UPS = 32  # names that are looked up at the same time, each in a thread: for a dead server it takes long
NAT64 = ipaddress.ip_network("64:ff9b::/96")
LOCAL = [ipaddress.ip_network(one) for one in ("64:ff9b:1::/48", "fec0::/10", "::/96")]  # are private too
SECOND_ADDRESS = 0.25  # seconds after which the next address of a host is tried beside the first (RFC 8305)


class Place(NamedTuple):
    """Where a connection goes."""

    secure: bool
    host: str
    port: int


class Host:
    """What is open to one place. Whatever goes wrong here is NotSent."""

    def __init__(self, place: Place, most: int, threads: ThreadPoolExecutor) -> None:
        """`most` connections are open at a time; names are looked up in `threads`."""
        self.place = place
        self.idle: list[tuple[Line, float]] = []  # and since when nobody uses it
        self.users = 0  # that have a connection, or wait for one
        self._room, self._threads = asyncio.Semaphore(most), threads
        self._asked: asyncio.Future[list[Any]] | None = None

    async def take(self, patience: float) -> Line:
        """An idle connection, or a new one within so many seconds. Raise Forbidden, NotSent."""
        self.users += 1
        try:
            if self.idle and not self._room.locked():
                await self._room.acquire()  # which takes no time
                if line := self._usable():
                    return line
                self._room.release()
            async with asyncio.timeout(patience):
                return await self._made()
        except BaseException as error:
            self.users -= 1
            if not isinstance(error, OSError | ValueError | RuntimeError):  # uvloop raises the last for some
                raise
            why = _reason(error, patience)
        raise NotSent(f"{self.place.host} cannot be reached: {why}.")

    def give_back(self, line: Line) -> None:
        """A connection has done what it was taken for."""
        self.users -= 1
        self._room.release()
        if line.rest():
            self.idle.append((line, time.monotonic()))

    def tidy(self, old: float) -> None:
        """Close what nobody has used since a moment of the steady clock."""
        for line, since in self.idle:
            if since <= old:
                line.close()
        self.idle = [one for one in self.idle if one[1] > old]

    def _usable(self) -> Line | None:
        """A connection that the other side has neither closed nor spoken on since its last answer."""
        while self.idle:
            line, _ = self.idle.pop()
            if line.is_usable:
                return line
            line.close()
        return None

    async def _made(self) -> Line:
        await self._room.acquire()
        try:
            return self._usable() or await self._open()
        except BaseException:
            self._room.release()
            raise

    async def _open(self) -> Line:
        loop, host = asyncio.get_running_loop(), self.place.host
        refused: list[str] = []
        opened = partial(_socket, host, refused)
        found = await self._addresses()
        try:
            way = await start_connection(
                found, happy_eyeballs_delay=SECOND_ADDRESS, interleave=1, socket_factory=opened
            )
        except OSError:
            if not refused:
                raise
        else:
            if (task := asyncio.current_task()) and task.cancelling():
                way.close()  # while the addresses raced, who asked gave up, and the race kept that to itself
                raise asyncio.CancelledError
            secure, name = (_trust(), host.rstrip(".")) if self.place.secure else (None, None)
            _, line = await loop.create_connection(Line, sock=way, ssl=secure, server_hostname=name)
            return line
        raise Forbidden(f"{host} is a private address, which Slogan does not fetch from.")

    async def _addresses(self) -> list[Any]:
        """What the name means. Who asks while somebody else does gets the same answer."""
        if self._asked is None or self._asked.done():
            look = partial(socket.getaddrinfo, self.place.host, self.place.port, type=socket.SOCK_STREAM)
            self._asked = asyncio.get_running_loop().run_in_executor(self._threads, look)
            self._asked.add_done_callback(asyncio.Future.exception)  # heard, even if nobody waits any more
        return await asyncio.shield(self._asked)


class Connections:
    """What is open from one loop, host by host."""

    def __init__(self, most: int) -> None:
        """`most` connections are open to one place at a time."""
        self._most = most
        self._hosts: dict[Place, Host] = {}
        self._threads = ThreadPoolExecutor(LOOK_UPS, thread_name_prefix="look-up")
        asyncio.get_running_loop().call_later(KEPT / 2, self._tidy)

    def to(self, place: Place) -> Host:
        """What is open to a place."""
        return self._hosts.get(place) or self._hosts.setdefault(place, Host(place, self._most, self._threads))

    def _tidy(self) -> None:
        """Close what nobody has used for long, and forget whom nobody asks any more."""
        for host in self._hosts.values():
            host.tidy(time.monotonic() - KEPT / 2)
        self._hosts = {host.place: host for host in self._hosts.values() if host.idle or host.users}
        asyncio.get_running_loop().call_later(KEPT / 2, self._tidy)


# -- addresses ---------------------------------------------------------------------------------------


def _socket(host: str, refused: list[str], found: Any) -> socket.socket:
    """A socket for an address, unless it is private."""
    family, kind, protocol, _, address = found
    ip = _behind(ipaddress.ip_address(str(address[0]).split("%")[0]))
    private = not ip.is_global or any(ip in one for one in LOCAL)
    if private and not {host, str(ip)}.intersection(settings().private_hosts):
        refused.append(str(ip))
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


@cache
def _trust() -> ssl.SSLContext:
    """Whom this machine trusts."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _reason(error: BaseException, patience: float) -> str:
    """Why a connection could not be opened, in a few words."""
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
    if isinstance(error, ConnectionError):
        return "it hung up"
    return (
        "its name is not written right" if isinstance(error, ValueError) else "none of its addresses answers"
    )


# -- the connections of this process -----------------------------------------------------------------

_open: dict[tuple[asyncio.AbstractEventLoop, Wire], Connections] = {}
_parents: list[Connections] = []  # kept, so that nothing of them is ever closed from here


def connections(wire: Wire) -> Connections:
    """A wire's connections on the loop that runs here."""
    here = asyncio.get_running_loop()
    return _open.get((here, wire)) or _open.setdefault((here, wire), Connections(wire.connections))


def _leave() -> None:
    """A fork has none of its parent's connections: they are left alone, neither used nor closed."""
    _parents.extend(_open.values())
    _open.clear()


os.register_at_fork(after_in_child=_leave)
