"""One call by aiohttp, and what it means when it breaks off.

Up to the first byte of it nothing was sent, and `NotSent` says so; from there on nobody knows what happened over
there, and it is `NoAnswer`. Nothing is ever sent a second time.
"""

import asyncio
import re
from collections.abc import Mapping
from functools import lru_cache

from aiohttp import ClientError, ClientResponse, ClientTimeout
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload
from multidict import CIMultiDict
from yarl import URL

from app.core.connections import BROKEN, session
from app.core.wire import Answer, Call, NoAnswer, NotSent, TooBig, Wire, WireError

LEAST = 120.0  # seconds that a call may take in all, or four times its patience if that is longer
PIECE = 65_536  # bytes of a large body that are written at a time
SMALL = 32_768  # bytes of a body that no socket makes us wait for
WRITTEN_RIGHT = re.compile(r"[!#-;=?-\[\]_a-z~]+")  # an address that is goes out as it is: it may be signed
NO_TYPE = ("Content-Type",)


class Body(Payload):
    """What a request carries, and whether any of it has left, and all."""

    _autoclose = True

    def __init__(self, pieces: list[bytes], patience: float) -> None:
        super().__init__(pieces, content_type="application/octet-stream")
        self._size = sum(map(len, pieces))
        self.patience, self.begun, self.done = patience, False, False

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return b"".join(self._value).decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Write it piece by piece; the headers leave with the first one."""
        transport = writer.transport
        self.begun = transport is not None and not transport.is_closing()
        if self._size is not None and self._size <= SMALL:
            await writer.write(b"".join(self._value))
        else:
            for content in self._value:
                view = memoryview(content)
                for start in range(0, len(view), PIECE):
                    async with asyncio.timeout(self.patience):
                        await writer.write(view[start : start + PIECE])
        self.done = True

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """As `write`: the length is what we said it is."""
        await self.write(writer)


async def fetch(call: Call, wire: Wire) -> Answer:
    """Send a request and read the answer. Raise WireError."""
    body = Body(call.body, call.timeout) if call.body else None
    reply = None
    try:
        reply = await session(wire).request(
            call.method, _address(call.url), data=body, headers=call.headers, allow_redirects=False,
            timeout=patience(call.timeout, call.connect_timeout),
            skip_auto_headers=None if "Content-Type" in call.headers else NO_TYPE,
        )  # fmt: skip
        content = await _read(reply, call)
        return Answer(reply.status, _joined(reply.headers), content, call.url)
    except BaseException as error:
        if reply is not None:
            reply.close()
        if not isinstance(error, BROKEN):
            raise
        trouble = _trouble(error, call, reply is not None, body)
    raise trouble  # outside of except, so that no traceback carries the address, which may hold a token


def _address(url: str) -> URL:
    """The address as it was given, if it is written right; else written right. Without a name and password."""
    address = URL(url, encoded=WRITTEN_RIGHT.fullmatch(url) is not None)
    return address.with_user(None) if "@" in address.raw_authority else address


@lru_cache
def patience(timeout: float, connect_timeout: float) -> ClientTimeout:
    """What is waited for, and the whole, however slowly it drips; never shorter than the connecting."""
    whole = max(LEAST, 4 * timeout)
    return ClientTimeout(total=whole, connect=min(connect_timeout, whole / 2), sock_read=timeout)


def _trouble(error: BaseException, call: Call, answered: bool, body: Body | None) -> WireError:
    """What it means that a call broke off once there was a connection."""
    untouched = not body.begun if body is not None else isinstance(error, ValueError) and not answered
    if untouched and isinstance(error, ValueError):
        return NotSent(f"{call.host} cannot be asked: the address or a header is not written right.")
    if untouched:
        return NotSent(f"{call.host} cannot be reached: it hung up before anything was sent.")
    if type(error) is TimeoutError and (body is None or body.done):
        whole = patience(call.timeout, call.connect_timeout).total
        return NoAnswer(f"{call.host} took more than {whole:.0f} seconds to answer.")
    if answered:
        return NoAnswer(f"{call.host} hung up in the middle of its answer.")
    return NoAnswer(f"{call.host} did not answer within {call.timeout:g} seconds, or hung up.")


async def _read(reply: ClientResponse, call: Call) -> bytes:
    """The whole body, decoded. Raise TooBig."""
    head, pieces, size = reply.headers, [], 0
    until_the_end = "Content-Length" not in head and "Transfer-Encoding" not in head
    line = reply.connection.protocol if until_the_end and reply.connection is not None else None
    while piece := await reply.content.readany():
        size += len(piece)
        if size > call.limit:
            most = f"{call.limit // 1_000_000} MB"
            raise TooBig(f"{call.host} answers with more than {most}, which is too much to read.")
        pieces.append(piece)
    if line is not None and isinstance(line.exception(), OSError):
        raise ClientError("cut off")  # the end of the connection is the end of such a body, a reset is not
    return b"".join(pieces)


def _joined(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Headers by name; what was said of one in several lines is joined by commas."""
    if len({name.lower() for name in headers}) == len(headers):
        return headers
    joined: CIMultiDict[str] = CIMultiDict()
    for name, value in headers.items():
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined
