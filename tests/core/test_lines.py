"""What goes to and fro on a connection: odd answers, packed ones, and those that never end."""

import gzip
import socket
import threading
import tracemalloc
import zlib

import pytest

from app.core import connections, lines
from app.core.lines import HEAD
from app.core.waiting import loop, start_lane, wait_for
from app.core.wire import NoAnswer, NotSent, TooBig, Wire, wire
from tests.core.conftest import HELLO, Line, greet
from tests.patience import LIMIT

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def saying(*words: bytes):
    """A server that says it to every request, one piece after the other."""

    def talk(line: Line) -> None:
        while True:
            line.hear()
            for piece in words:
                line.say(piece)
                threading.Event().wait(0.002)  # so that they come one by one

    return talk


def packed(body: bytes, coding: str) -> bytes:
    return OK + f"Content-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


PLAIN = zlib.compressobj(wbits=-15)
ANSWERS = {
    "byte by byte": [HELLO[at : at + 1] for at in range(len(HELLO))],
    "after a word in between": [b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", HELLO],
    "after an odd word with a body": [b"HTTP/1.1 099 Odd\r\nContent-Length: 3\r\n\r\nodd", HELLO],
    "in chunks with a trailer": [CHUNKED, b"2\r\nhe\r\n", b"3;odd=1\r\nllo\r\n", b"0\r\nX-End: 1\r\n\r\n"],
    "packed": [packed(gzip.compress(b"hello"), "gzip")],
    "packed in two": [packed(gzip.compress(b"hel") + gzip.compress(b"lo"), "GZIP")],
    "deflated": [packed(zlib.compress(b"hello"), "deflate")],
    "named as if it were packed": [packed(b"hello", "UTF-8")],
    "by bare line feeds": [HELLO.replace(b"\r\n", b"\n")],
    "with a folded header": [HELLO.replace(b"Content", b"X: 1,\r\n 2\r\nContent")],
    "in chunks with spaces": [CHUNKED + b"5 \r\nhello\r\n0 \r\n\r\n"],
    "deflated without a frame": [packed(PLAIN.compress(b"hello") + PLAIN.flush(), "deflate")],
}


@pytest.mark.parametrize("words", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_read_however_it_comes(server, words) -> None:
    there = server(saying(*words))
    assert [wire.post(there.url, json={}).text for _ in range(2)] == ["hello", "hello"]
    assert there.lines == 1


def test_what_comes_in_several_headers_is_joined_and_trailers_are_not_asked(server) -> None:
    there = server(saying(CHUNKED.replace(OK, OK + b"X: 1 \t\r\nx: 2\r\n"), b"0\r\nX: 3\r\n\r\n"))
    assert wire.get(there.url).headers["X"] == "1, 2"


def test_without_a_body_nothing_is_waited_for(server) -> None:
    answer = wire.delete(server(saying(b"HTTP/1.1 204 No Content\r\nContent-Encoding: br\r\n\r\n")).url)
    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize("head", [b"", b"Transfer-Encoding: identity\r\n"])
def test_a_body_of_which_nobody_says_the_length_ends_with_the_connection(server, head: bytes) -> None:
    def talk(line: Line) -> None:
        line.hear()
        line.say(OK + head + b"\r\nhello")

    there = server(talk)
    assert [wire.get(there.url).text for _ in range(2)] == ["hello", "hello"]
    assert there.lines == 2


SECOND = b"HTTP/1.1 500 No\r\nX: 1\r\nContent-Length: 5\r\n\r\nworld"


@pytest.mark.parametrize("more", [SECOND, b"HTTP", b"junk\r\n\r\n"], ids=["answer", "half an answer", "junk"])
def test_what_comes_behind_an_answer_is_no_part_of_it_and_ends_the_connection(server, more: bytes) -> None:
    there = server(saying(HELLO + more))
    answers = [wire.post(there.url, json={}) for _ in range(2)]
    assert [(one.status, one.text, "X" in one.headers) for one in answers] == [(200, "hello", False)] * 2
    assert there.lines == 2


def test_a_body_that_nobody_may_send_is_not_read(server) -> None:
    assert wire.request("HEAD", server(saying(HELLO)).url).body == b""


def test_an_answer_is_not_kept_in_memory_with_its_connection(server) -> None:
    large = OK + b"Content-Length: 9000000\r\n\r\n" + b"x" * 9_000_000
    there = server(saying(large))
    wire.get(there.url)
    tracemalloc.start()
    try:
        assert len(wire.get(there.url).body) == 9_000_000
        assert tracemalloc.get_traced_memory()[0] < 4_000_000
    finally:
        tracemalloc.stop()
    assert there.lines == 1


ENDLESS = {
    "headers": (OK, b"X: " + b"x" * 100 + b"\r\n"),
    "many short headers": (OK, b"X:\r\n"),
    "one header": (OK + b"X: ", b"x" * 100),
    "trailers": (CHUNKED + b"0\r\n", b"X: " + b"x" * 100 + b"\r\n"),
    "talk of chunks": (CHUNKED + b"1;", b"x" * 100),
    "words in between": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
}


@pytest.mark.parametrize(("start", "more"), ENDLESS.values(), ids=ENDLESS)
def test_what_is_no_body_does_not_go_on_for_ever(server, start: bytes, more: bytes) -> None:
    said = []

    def talk(line: Line) -> None:
        line.hear()
        line.say(start)
        while True:
            line.say(more * (10_000 // len(more)))
            said.append(10_000)

    with pytest.raises(NoAnswer):
        wire.post(server(talk).url, json={}, timeout=LIMIT)
    assert sum(said) < HEAD + 20_000_000  # what waits in the sockets is said too


def test_a_packed_body_is_no_larger_than_the_limit_when_unpacked(server) -> None:
    there = server(saying(packed(gzip.compress(b"x" * 900_000) * 2, "gzip")))
    with pytest.raises(TooBig, match="more than 1 MB"):
        wire.get(there.url, limit=1_000_000)


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (gzip.compress(b"hello")[:-4], "gzip"),
        (gzip.compress(b"hello") + b"more", "gzip"),
        (gzip.compress(b"") * 1000, "gzip"),
        (gzip.compress(gzip.compress(b"hello")), "gzip, gzip"),
        (b"hello", "br"),
    ],
    ids=["cut off", "goes on", "in a thousand pieces", "packed twice", "packed as nobody asked"],
)
def test_a_packed_body_that_cannot_be_unpacked_in_a_moment_is_no_answer(
    server, body: bytes, coding: str
) -> None:
    with pytest.raises(NoAnswer, match="in the middle of its answer"):
        wire.post(server(saying(packed(body, coding))).url, json={})


def test_what_no_database_keeps_is_no_header(server) -> None:
    with pytest.raises(NoAnswer):
        wire.post(server(saying(HELLO.replace(b"Content", b"X: \0\r\nContent"))).url, json={})


def test_an_answer_ends_an_upload_that_nobody_reads_any_more(server) -> None:
    never = threading.Event()

    def talk(line: Line) -> None:
        line.socket.recv(1000)
        line.say(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        never.wait(LIMIT)

    there = server(talk)
    assert [wire.post(there.url, body=b"x" * 20_000_000).status for _ in range(2)] == [413, 413]
    assert there.lines == 2  # the rest of an upload would be read as the next request
    never.set()


def test_a_length_is_a_length_however_it_is_written(server) -> None:
    def talk(line: Line) -> None:
        line.hear()
        line.say(OK + b"content-length: 9\r\n\r\nhello")

    with pytest.raises(NoAnswer, match="in the middle of its answer"):
        wire.post(server(talk).url, json={})


def test_a_connection_on_which_an_upload_still_waits_is_not_kept(server) -> None:
    """The answer came before the other side had read it all: what is next would wait behind the rest."""
    never = threading.Event()

    def talk(line: Line) -> None:
        line.socket.recv(10)
        line.say(HELLO)
        never.wait(LIMIT)

    port = int(server(talk).url.rsplit(":")[-1])

    async def ask() -> tuple[bytes, bool]:
        _, line = await loop().create_connection(lines.Line, "127.0.0.1", port)
        line._transport.write(b"x" * 10_000_000)
        return await line.ask(b"POST / HTTP/1.1\r\n\r\n", [], LIMIT, LIMIT, 1000), line.rest()

    assert wait_for(ask()) == (b"hello", False)
    never.set()


@pytest.mark.parametrize("header", [{"X": "a\r\nEvil: 1"}, {"X\nEvil": "1"}, {"X": "\0"}, {"X": "\ud800"}])
def test_a_header_cannot_begin_another(server, header: dict[str, str]) -> None:
    there = server(greet)
    with pytest.raises(NotSent, match="a header is not written right"):
        wire.post(there.url, json={}, headers=header)
    assert there.heard == []


def test_an_address_goes_out_as_it_is_when_it_is_written_right_and_else_is_written_right(server) -> None:
    there = server(greet)
    for path in ("/a%2Fb?sign=%2b+%20", "/ü b?q=ß#part"):
        wire.get(there.url.replace("//", "//name:word@") + path)
    assert [one.split(b" ")[1] for one in there.heard] == [b"/a%2Fb?sign=%2b+%20", b"/%C3%BC%20b?q=%C3%9F"]
    assert b"Host: " + there.url.removeprefix("http://").encode() in there.heard[0]
    assert b"word" not in b"".join(there.heard)


def test_no_more_connections_than_allowed_and_who_waits_too_long_has_sent_nothing(server) -> None:
    few = Wire(connections=2)
    told = threading.Event()

    def talk(line: Line) -> None:
        while True:
            line.hear()
            told.wait(LIMIT)
            line.say(HELLO)

    there = server(talk)
    lanes = [start_lane(lambda: few.post(there.url, json={}).text) for _ in range(6)]
    with pytest.raises(NotSent, match=r"did not answer the call within 0\.1 seconds"):
        few.post(there.url, json={}, connect_timeout=0.1)
    told.set()
    assert [lane.result(LIMIT) for lane in lanes] == ["hello"] * 6
    assert (there.lines, len(there.heard)) == (2, 6)


def test_who_gives_up_leaves_no_connection_behind(server) -> None:
    """A job's time-out cancels what it waited for."""
    asked, ended = threading.Event(), threading.Event()

    def talk(line: Line) -> None:
        line.hear()
        asked.set()
        try:
            line.hear()
        except (ConnectionError, OSError):
            ended.set()

    one = Wire(connections=1)
    there = server(talk)
    lane = start_lane(lambda: one.post(there.url, json={}))
    assert asked.wait(LIMIT)
    lane.cancel()
    assert ended.wait(LIMIT)
    again = server(greet)
    assert one.post(again.url, json={}).text == "hello"


def test_what_nobody_uses_is_closed(server, monkeypatch) -> None:
    monkeypatch.setattr(connections, "KEPT", 0.1)
    ended = threading.Event()

    def talk(line: Line) -> None:
        try:
            greet(line)
        except (ConnectionError, OSError):
            ended.set()

    assert Wire().get(server(talk).url).text == "hello"
    assert ended.wait(LIMIT)


def test_addresses_that_fail_in_several_ways_say_so(monkeypatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("255.255.255.255", port)),
    ]
    from app.core.settings import override, settings

    before = settings().private_hosts
    override(private_hosts=["two.example"])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(NotSent, match="none of its addresses answers"):
        wire.get(f"http://two.example:{port}/")
    override(private_hosts=before)
