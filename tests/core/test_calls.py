"""What leaves, byte by byte, and what it means when the other side breaks off at any moment of a call."""

import gzip
import logging
import re
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.core import calls
from app.core.waiting import start_lane
from app.core.wire import Forbidden, NoAnswer, NotSent, wire
from tests.core.conftest import Line, Talk
from tests.patience import LIMIT

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


# -- what leaves -------------------------------------------------------------------------------------


def greet(line: Line) -> None:
    while True:
        line.hear()
        line.say(HELLO)


SIGNED = "/a%2Fb/%7ec?sig=x%2By%20z%3d&q=a+b&to=http://x.example/(1);[2]@3"
ADDRESSES = {
    SIGNED: SIGNED,
    "/über uns?q=ä b|c": "/%C3%BCber%20uns?q=%C3%A4+b%7Cc",
    "/kept%2F%20é": "/kept%2F%20%C3%A9",
    "?q=1#part": "/?q=1",
    "": "/",
}


@pytest.mark.parametrize("given", ADDRESSES)
def test_an_address_goes_out_as_it_was_given_and_is_put_right_only_where_it_must_be(
    server, given: str
) -> None:
    there = server(greet)
    wire.get(there.url + given)
    assert there.heard[0].split()[1].decode() == ADDRESSES[given]


def test_a_name_of_any_language_is_asked_by_its_ascii_form(server, monkeypatch) -> None:
    there = server(greet)
    port = int(there.url.rsplit(":")[-1])
    asked = []
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_, **__: asked.append(host) or found)
    wire.get(f"http://Bücher.example:{port}/")
    assert asked == ["xn--bcher-kva.example"]
    assert b"Host: xn--bcher-kva.example:" in there.heard[0]


def test_a_name_and_a_password_in_an_address_are_not_sent(server) -> None:
    there = server(greet)
    wire.get(there.url.replace("//", "//me:secret@"), bearer="key")
    assert there.heard[0].count(b"Authorization") == there.heard[0].count(b"Authorization: Bearer key") == 1


def test_nothing_is_said_of_a_body_that_is_not_there(server) -> None:
    there = server(greet)
    wire.post(there.url)
    assert b"Content-Length: 0" in there.heard[0]
    assert b"Content-Type" not in there.heard[0]


def test_a_form_and_json_say_what_they_are(server) -> None:
    there = server(greet)
    wire.post(there.url, data={"text": "a & ü", "n": 1})
    wire.post(there.url, json={"n": 1})
    assert b"Content-Type: application/x-www-form-urlencoded" in there.heard[0]
    assert there.heard[0].endswith(b"text=a+%26+%C3%BC&n=1")
    assert b"Content-Type: application/json" in there.heard[1]
    assert there.heard[1].endswith(b'{"n": 1}')


def test_the_name_of_a_file_cannot_break_out_of_its_form(server) -> None:
    there = server(greet)
    wire.post(there.url, files={"file": ('a".png\r\nX: 1', b"\r\n--\r\n", "image/png")})
    assert b'name="file"; filename="a%22.png%0D%0AX: 1"\r\n' in there.heard[0]


def test_a_large_body_arrives_whole(server) -> None:
    there = server(greet)
    content = bytes(range(256)) * 20_000
    wire.put(there.url, body=content, headers={"Content-Type": "image/png"})
    wire.post(there.url, files={"file": ("a.png", content, "image/png")})
    assert there.heard[0].endswith(b"\r\n\r\n" + content)
    assert content in there.heard[1]


def test_a_header_with_a_line_break_is_not_sent(server) -> None:
    there = server(greet)
    for more in ({}, {"json": {}}):
        with pytest.raises(NotSent, match="not written right"):
            wire.post(there.url, headers={"Authorization": "Bearer a\nb"}, **more)
    assert there.heard == []


@pytest.mark.parametrize(
    "address", ["http://h:99999/", "http://h:x/", "http://h\\x/", f"http://{'a' * 70}.example/"]
)
def test_an_address_that_means_nothing_is_not_sent(address: str) -> None:
    with pytest.raises(NotSent):
        wire.post(address, json={})


def test_an_address_that_cannot_be_read_is_none() -> None:
    with pytest.raises(Forbidden, match="begins with http"):
        wire.get("http://[::1/")


# -- what comes back ---------------------------------------------------------------------------------

PACKED = gzip.compress(b"hello")
ANSWERS = {
    "chunks": (b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", b"hello"),
    "gzip": (b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(PACKED), PACKED), b"hello"),
    "to the end": (b"\r\nhello", b"hello"),
    "nothing": (b"Content-Length: 0\r\n\r\n", b""),
}  # fmt: skip


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_kind_of_body_is_read(server, kind: str) -> None:
    said, meant = ANSWERS[kind]

    def talk(line: Line) -> None:
        line.hear()
        line.say(b"HTTP/1.1 200 OK\r\n" + said)

    assert wire.get(server(talk).url).body == meant


def test_what_has_no_body_has_none(server) -> None:
    def talk(line: Line) -> None:
        line.hear()
        line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        line.hear()
        line.say(b"HTTP/1.1 204 No Content\r\n\r\n")
        line.hear()
        line.say(HELLO)

    there = server(talk)
    assert wire.request("HEAD", there.url).body == wire.delete(there.url).body == b""
    assert wire.get(there.url).text == "hello"
    assert there.lines == 1


def test_headers_have_no_case_may_be_long_and_come_in_several_lines(server) -> None:
    def talk(line: Line) -> None:
        line.hear()
        policy = b"content-security-policy: " + b"x" * 40_000 + b"\r\n"
        line.say(HELLO.replace(b"Content", policy + b"RateLimit: 5\r\nratelimit: 9\r\nContent", 1))

    headers = wire.get(server(talk).url).headers
    assert (headers["ratelimit"], headers.get("CONTENT-LENGTH"), headers.get("none")) == ("5, 9", "5", None)
    assert len(headers["Content-Security-Policy"]) == 40_000


# -- what breaks off ---------------------------------------------------------------------------------


def after_reading(line: Line) -> None:
    line.hear()


def by_reset(line: Line) -> None:
    line.hear()
    line.reset()


def in_the_head(line: Line) -> None:
    line.hear()
    line.say(b"HTTP/1.1 200 OK\r\nContent-Le")


def not_http(line: Line) -> None:
    line.hear()
    line.say(b"SSH-2.0-OpenSSH\r\n\r\n")


def too_long(line: Line) -> None:
    line.hear()
    line.say(b"HTTP/1.1 200 OK\r\nx: " + b"x" * 200_000 + b"\r\n\r\n")


def in_the_chunks(line: Line) -> None:
    line.hear()
    line.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")


def false_chunks(line: Line) -> None:
    line.hear()
    line.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n")


def false_gzip(line: Line) -> None:
    line.hear()
    line.say(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello")


def to_the_end_by_reset(line: Line) -> None:
    line.hear()
    line.say(b"HTTP/1.1 200 OK\r\n\r\nhello")
    threading.Event().wait(0.05)  # the words are to arrive before the reset
    line.reset()


BREAKS = (after_reading, by_reset, in_the_head, not_http, too_long, in_the_chunks, false_chunks, false_gzip,
          to_the_end_by_reset)  # fmt: skip


@pytest.mark.parametrize("method", ["POST", "PUT", "GET"])
@pytest.mark.parametrize("talk", BREAKS)
def test_what_was_read_and_not_answered_is_unknown_and_never_sent_again(
    server, talk: Talk, method: str
) -> None:
    there = server(talk)
    with pytest.raises(NoAnswer):
        wire.request(method, there.url, body=b"post", timeout=LIMIT)
    assert len(there.heard) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "GET", "DELETE"])
def test_a_used_connection_that_breaks_off_is_unknown_too(server, method: str) -> None:
    """A client that repeats what it holds for harmless would send it a second time here."""

    def talk(line: Line) -> None:
        line.hear()
        line.say(HELLO)
        line.hear()

    there = server(talk)
    wire.get(there.url)
    with pytest.raises(NoAnswer):
        wire.request(method, there.url, json={"text": "once"} if method != "GET" else None)
    assert (len(there.heard), there.lines) == (2, 1)


def test_a_read_that_stops_in_the_middle_is_unknown(server) -> None:
    def talk(line: Line) -> None:
        line.hear()
        line.say(HELLO[:-2])
        line.hear()

    there = server(talk)
    with pytest.raises(NoAnswer, match="in the middle of its answer"):
        patiently(lambda seconds: wire.post(there.url, json={}, timeout=seconds), r"within \S+ seconds")


def test_an_upload_that_nobody_takes_ends(server) -> None:
    never = threading.Event()
    there = server(lambda _: never.wait(LIMIT))
    with pytest.raises(NoAnswer, match=r"within 0\.2 seconds"):
        wire.post(there.url, body=b"x" * 30_000_000, timeout=0.2)
    never.set()


@pytest.fixture
def hurry(monkeypatch) -> Iterator[None]:
    """A call may take four times its patience in all, and no longer."""
    monkeypatch.setattr(calls, "LEAST", 0)
    calls.patience.cache_clear()
    yield
    calls.patience.cache_clear()


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nx: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_what_drips_comes_to_an_end(server, start: bytes) -> None:
    def talk(line: Line) -> None:
        line.hear()
        line.say(start)
        while True:
            line.say(b".")
            threading.Event().wait(0.02)

    there = server(talk)
    with pytest.raises(NoAnswer, match=r"more than \d+ seconds"):  # and each wait is short enough
        patiently(lambda seconds: wire.get(there.url, timeout=seconds), r"within \S+ seconds|in the middle")


def patiently(call: Callable[[float], Any], too_slow: str) -> None:
    """Make a call with little patience; with more where this machine was too slow to get as far as that."""
    for seconds in (0.12, 1.2, 12.0):
        try:
            call(seconds)
        except NoAnswer as error:
            if not re.search(too_slow, str(error)) or seconds == 12.0:
                raise


def test_an_answer_before_the_end_of_the_upload_is_an_answer(server) -> None:
    def talk(line: Line) -> None:
        line.socket.recv(1000)
        line.say(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        while line.socket.recv(1_000_000):
            pass

    assert wire.post(server(talk).url, body=b"x" * 5_000_000).status == 413


# -- lanes, and what nobody may read -----------------------------------------------------------------


def test_lanes_ask_side_by_side(server) -> None:
    """No one is answered before all have asked."""
    together = threading.Barrier(30)

    def talk(line: Line) -> None:
        line.hear()
        together.wait(LIMIT)
        line.say(HELLO)

    there = server(talk)
    lanes = [start_lane(lambda: wire.post(there.url, json={}).text) for _ in range(30)]
    assert [lane.result(LIMIT) for lane in lanes] == ["hello"] * 30


def test_an_address_with_a_token_stands_in_no_log_and_no_error(server, caplog) -> None:
    there, gone = server(greet), server(after_reading)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{free.getsockname()[1]}"
    said = []
    with caplog.at_level(logging.DEBUG):
        wire.get(f"{there.url}/bot-t0ken/send")
        for url in (
            f"{gone.url}/bot-t0ken",
            f"{closed}/bot-t0ken",
            "http://h:x/bot-t0ken",
            "http://no.invalid/t0ken",
        ):
            try:
                wire.post(url, body=b"x" * 100_000)
            except (NotSent, NoAnswer) as error:
                said += traceback.format_exception(error)
    assert len(said) >= 4
    assert "t0ken" not in "".join(said) + caplog.text


def test_only_a_request_that_left_counts_as_sent(server, monkeypatch) -> None:
    """The connection ends between the choice of it and the first byte: surely nothing arrived."""
    there = server(greet)
    wire.get(there.url)
    begin = calls.Body.write

    async def write_late(body: Any, writer: Any) -> None:
        writer.transport.close()
        await begin(body, writer)

    monkeypatch.setattr(calls.Body, "write", write_late)
    with pytest.raises(NotSent, match="before anything was sent"):
        wire.post(there.url, json={})
    assert len(there.heard) == 1
