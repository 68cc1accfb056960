"""One connection by HTTP/1.1: a request goes out, its answer comes back, and it is known how far each has got.

httptools reads what comes in (llhttp, as Node.js does), the loop does the rest. A line knows of no retries, no
redirects and no cookies: what was sent was sent once.
"""

import asyncio
import select
import time
import zlib
from typing import cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from multidict import CIMultiDict

HEAD = 131_072  # bytes that an answer's head may have
MOST_BESIDE = 8  # bytes that may come for one of the body: in chunks of one each there are six
HEADERS = 256  # and so many headers
PIECE = 65_536  # bytes of a large body that are written at a time
SMALL = 32_768  # bytes of a body that no socket makes us wait for
GZIP = ("gzip", "x-gzip")
UNREAD = ("br", "zstd", "compress", "x-compress")  # ways to pack that we neither ask for nor can read
MEMBERS = 32  # packed pieces that a body may have one behind the other: each costs a copy of those behind it


class BrokenOff(Exception):
    """The connection ended, or what came is no HTTP."""


class TooMuch(Exception):
    """The answer is larger than the limit."""


class TooSlow(Exception):
    """All of it together takes too long, however short each wait is."""


class Line(asyncio.Protocol):
    """One connection. Between two requests nothing may come in: then it is closed."""

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(  # what real servers write: bare line feeds, folded headers
            lenient_headers=True, lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
        )
        self._reply: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._look = select.poll()
        self._keeps = True
        self._forget()

    def _forget(self) -> None:
        self.begun = self.sent = False  # whether any of the request has left, and all
        self.answered = False  # whether the answer's head is here
        self.status = 0
        self.headers: CIMultiDict[str] = CIMultiDict()
        self._pieces: list[bytes] = []
        self._size = self._came = 0

    # -- asking -------------------------------------------------------------------------------------

    async def ask(self, head: bytes, body: list[bytes], patience: float, whole: float, limit: int) -> bytes:
        """Send a request and return the body of its answer, as it came, `limit` bytes of it at most.

        `patience` is for each wait, `whole` for all of it, both in seconds. Raise BrokenOff, TooMuch,
        TooSlow, TimeoutError; `begun`, `sent` and `answered` then say how far it got.
        """
        self._forget()
        if self._transport.is_closing():
            raise BrokenOff
        self._reply = asyncio.get_running_loop().create_future()
        self._patience, self._limit, self._asks_for_head = patience, limit, head.startswith(b"HEAD ")
        self._heard = time.monotonic()
        self._ends = self._heard + whole
        self.begun = True
        if sum(map(len, body)) <= SMALL:
            self._transport.write(b"".join((head, *body)))
        else:
            await self._upload(head, body)
        self.sent = True
        self._watch()
        try:
            await self._reply
        finally:
            if self._timer:
                self._timer.cancel()
        return b"".join(self._pieces)

    async def _upload(self, head: bytes, body: list[bytes]) -> None:
        """Write it piece by piece, unless the answer comes first: then nobody wants the rest."""
        assert self._reply
        self._transport.write(head)
        for content in body:
            view = memoryview(content)
            for start in range(0, len(view), PIECE):
                wait = min(self._patience, self._ends - time.monotonic())
                async with asyncio.timeout(wait):
                    await self._may_write.wait()
                if self._reply.done():
                    self._keeps = False
                    return
                self._transport.write(view[start : start + PIECE])
        self._heard = time.monotonic()

    def _watch(self) -> None:
        """Look again when nothing may have come for too long, instead of anew with all that comes."""
        assert self._reply
        if self._reply.done():
            return
        moment = time.monotonic()
        until = min(self._heard + self._patience, self._ends)
        if until > moment:
            self._timer = asyncio.get_running_loop().call_later(until - moment, self._watch)
        else:
            self._fail(TooSlow() if moment >= self._ends else TimeoutError())

    @property
    def is_usable(self) -> bool:
        """Whether the other side has neither ended it nor said anything that the loop has not read yet."""
        return self._keeps and not self._transport.is_closing() and not self._look.poll(0)

    def rest(self) -> bool:
        """Its answer is here, whole or not: whether it can carry another request. If not, it is closed."""
        reply, self._reply = self._reply, None
        self._pieces = []  # else it would keep its last answer in memory as long as it is kept itself
        came = reply is not None and reply.done() and not reply.cancelled() and reply.exception() is None
        if came and self._keeps and not self._transport.is_closing():
            return True
        self.close()
        return False

    def close(self) -> None:
        """Hang up at once."""
        self._keeps = False
        self._transport.abort()

    # -- what the loop tells ------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._look.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    def data_received(self, data: bytes) -> None:
        if self._reply is None or self._reply.done():
            self.close()
            return
        self._heard = time.monotonic()
        self._came += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._keeps = False
            self._fail(BrokenOff())
        if self._came > HEAD + MOST_BESIDE * self._size:
            self._fail(BrokenOff())

    def connection_lost(self, exc: Exception | None) -> None:
        """A body of which nobody said how long it is ends with the connection; by a reset nothing ends."""
        self._keeps = False
        in_chunks = "chunked" in " ".join(self.headers.getall("Transfer-Encoding", ())).lower()
        if self.answered and exc is None and not in_chunks and "Content-Length" not in self.headers:
            self._finish()
        else:
            self._fail(BrokenOff())

    # -- what the parser tells ----------------------------------------------------------------------

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.answered:  # after the body come trailers, which nobody asked for
            self.headers.add(name.rstrip().decode("latin-1"), value.rstrip().decode("utf-8", "replace"))
            if len(self.headers) > HEADERS or b"\0" in value:
                raise BrokenOff

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        self.answered = self.status >= 200
        if self.answered and self._asks_for_head:  # the parser would wait for the body that is spoken of
            self._finish()
            raise BrokenOff  # it is not to read on

    def on_body(self, data: bytes) -> None:
        self._size += len(data)
        if self._size <= self._limit:
            self._pieces.append(data)
        else:
            self._fail(TooMuch())

    def on_message_complete(self) -> None:
        if self.answered:
            gone = self.sent and not self._transport.get_write_buffer_size()
            self._keeps = self._keeps and gone and self._parser.should_keep_alive()
            self._finish()
        else:  # a word in between, such as 100 Continue
            self.headers.clear()
            self._pieces.clear()

    def on_message_begin(self) -> None:
        if not self._reply or self._reply.done():  # an answer that nobody asked for is not to be mixed in
            raise BrokenOff

    def _finish(self) -> None:
        if self._reply and not self._reply.done():
            self._reply.set_result(None)
        self._may_write.set()

    def _fail(self, error: Exception) -> None:
        if self._reply and not self._reply.done():
            self._reply.set_exception(error)
        self._may_write.set()


def unpacked(body: bytes, coding: str, limit: int) -> bytes:
    """A body as it was before it was packed, so long as that is no more than `limit` bytes.

    Some name what is no way to pack, such as UTF-8. Raise BrokenOff for what cannot be unpacked, TooMuch.
    """
    if body and (coding in UNREAD or "," in coding):
        raise BrokenOff
    if coding not in (*GZIP, "deflate"):
        return body
    pieces: list[bytes] = []
    size = 0
    while body:  # there may be several, one behind the other
        if len(pieces) == MEMBERS:
            raise BrokenOff
        reader = zlib.decompressobj(_window(body, coding))
        try:
            pieces.append(reader.decompress(body, limit + 1 - size))
        except zlib.error:
            raise BrokenOff from None
        size += len(pieces[-1])
        if size > limit:
            raise TooMuch
        if not reader.eof:
            raise BrokenOff
        body = reader.unused_data
    return b"".join(pieces)


def _window(body: bytes, coding: str) -> int:
    """How zlib is to read it: some send what they call `deflate` without its frame."""
    if coding in GZIP:
        return 16 + zlib.MAX_WBITS
    return zlib.MAX_WBITS if body[0] & 15 == 8 else -zlib.MAX_WBITS
