"""One request and its answer, and what it means when a call breaks off.

Up to the first byte of it nothing was sent, and `NotSent` says so; from there on nobody knows what happened over
there, and it is `NoAnswer`. Nothing is ever sent a second time.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from multidict import CIMultiDict
from yarl import URL

from app.core.connections import Place, connections
from app.core.lines import BrokenOff, Line, TooMuch, TooSlow, unpacked
from app.core.wire import Answer, Call, NoAnswer, NotSent, TooBig, Wire, WireError

LEAST = 120.0  # seconds that a call may take in all, or four times its patience if that is longer
WRITTEN_RIGHT = re.compile(r"[!#-;=?-\[\]_a-z~]+")  # an address that is goes out as it is: it may be signed
FOREIGN = re.compile("[\0\r\n]")  # what would end a header, and begin another
BODIES = ("POST", "PUT", "PATCH")  # say how much they carry even if that is nothing


class Target(NamedTuple):
    """An address, taken apart: where the connection goes, and the two lines of the head that come of it."""

    place: Place
    path: str
    host: str


async def fetch(call: Call, wire: Wire) -> Answer:
    """Send a request and read the answer. Raise WireError."""
    try:
        target = target_of(call.url)
        head = _head(call, target)
    except ValueError:
        said = NotSent(f"{call.host} cannot be asked: the address or a header is not written right.")
    else:
        return await _asked(call, wire, target.place, head)
    raise said  # outside of except, so that no traceback carries the address, which may hold a token


async def _asked(call: Call, wire: Wire, place: Place, head: bytes) -> Answer:
    """Make the call. Raise WireError."""
    host = connections(wire).to(place)
    line = await host.take(min(call.connect_timeout, whole(call) / 2))
    try:
        body = await line.ask(head, call.body, call.timeout, whole(call), call.limit)
        coding = line.headers.get("Content-Encoding")
        if coding:
            body = unpacked(body, coding.strip().lower(), call.limit)
        return Answer(line.status, _joined(line.headers), body, call.url)
    except (BrokenOff, TooMuch, TooSlow, OSError) as error:  # a TimeoutError is an OSError
        trouble = _trouble(error, call, line)
    finally:
        host.give_back(line)
    raise trouble


@lru_cache(1000)
def target_of(url: str) -> Target:
    """An address as it was given, if it is written right; else written right. Raise ValueError."""
    address = URL(url, encoded=WRITTEN_RIGHT.fullmatch(url) is not None)
    secure, host, port = address.scheme == "https", (address.raw_host or "").lower(), address.port
    if not host or port is None:
        raise ValueError
    named = f"[{host}]" if ":" in host else host
    if not address.is_default_port():
        named = f"{named}:{port}"
    return Target(Place(secure, host, port), address.raw_path_qs, named)


def _head(call: Call, target: Target) -> bytes:
    """What a request begins with. Raise ValueError for what would be read as something else."""
    lines = [f"{call.method} {target.path} HTTP/1.1", f"Host: {target.host}"]
    if call.body or call.method in BODIES:
        lines.append(f"Content-Length: {sum(map(len, call.body))}")
    lines += [f"{name}: {value}" for name, value in call.headers.items()]
    if FOREIGN.search("".join(lines)):
        raise ValueError
    return "\r\n".join((*lines, "\r\n")).encode()


def whole(call: Call) -> float:
    """Seconds that a call may take in all, however slowly it drips."""
    return max(LEAST, 4 * call.timeout)


def _trouble(error: Exception, call: Call, line: Line) -> WireError:
    """What it means that a call broke off once there was a connection."""
    if isinstance(error, TooMuch):
        most = f"{call.limit / 1_000_000:g} MB"
        return TooBig(f"{call.host} answers with more than {most}, which is too much to read.")
    if not line.begun:
        return NotSent(f"{call.host} cannot be reached: it hung up before anything was sent.")
    if isinstance(error, TooSlow):
        return NoAnswer(f"{call.host} took more than {whole(call):.0f} seconds to answer.")
    if line.answered:
        return NoAnswer(f"{call.host} hung up in the middle of its answer.")
    return NoAnswer(f"{call.host} did not answer within {call.timeout:g} seconds, or hung up.")


def _joined(headers: CIMultiDict[str]) -> Mapping[str, str]:
    """Headers by name; what was said of one in several lines is joined by commas."""
    if len({name.lower() for name in headers}) == len(headers):
        return headers
    joined: CIMultiDict[str] = CIMultiDict()
    for name, value in headers.items():
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined
