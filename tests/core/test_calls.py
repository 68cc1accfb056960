"""What it means when the other side breaks off at any moment of a call."""

import logging
import re
import socket
import threading
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from app.core import calls, lines
from app.core.waiting import start_lane
from app.core.wire import NoAnswer, NotSent, wire
from tests.core.conftest import HELLO, Line, Talk, greet
from tests.patience import LIMIT


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


def in_chunks_written_oddly(line: Line) -> None:
    line.hear()
    line.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\nTransfer-Encoding : chunked\r\n\r\n5\r\nhel")


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


BREAKS = (after_reading, by_reset, in_the_head, not_http, too_long, in_the_chunks, in_chunks_written_oddly,
          false_chunks, false_gzip, to_the_end_by_reset)  # fmt: skip


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
def hurry(monkeypatch) -> None:
    """A call may take four times its patience in all, and no longer."""
    monkeypatch.setattr(calls, "LEAST", 0)


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
    ask = lines.Line.ask

    async def ask_late(line: Any, *given: Any) -> bytes:
        line.close()
        return await ask(line, *given)

    monkeypatch.setattr(lines.Line, "ask", ask_late)
    with pytest.raises(NotSent, match="before anything was sent"):
        wire.post(there.url, json={})
    assert len(there.heard) == 1
