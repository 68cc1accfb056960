"""What leaves, byte by byte, and what comes back."""

import gzip
import socket

import pytest

from app.core.wire import Forbidden, NotSent, wire
from tests.core.conftest import HELLO, Line, greet

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
        if line.number == 1:
            return line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        line.say(b"HTTP/1.1 204 No Content\r\n\r\n")
        line.hear()
        return line.say(HELLO)

    there = server(talk)
    assert wire.request("HEAD", there.url).body == wire.delete(there.url).body == b""
    assert wire.get(there.url).text == "hello"
    assert there.lines == 2  # what HEAD was sent on is not kept: its answer speaks of a body


def test_headers_have_no_case_may_be_long_and_come_in_several_lines(server) -> None:
    def talk(line: Line) -> None:
        line.hear()
        policy = b"content-security-policy: " + b"x" * 40_000 + b"\r\n"
        line.say(HELLO.replace(b"Content", policy + b"RateLimit: 5\r\nratelimit: 9\r\nContent", 1))

    headers = wire.get(server(talk).url).headers
    assert (headers["ratelimit"], headers.get("CONTENT-LENGTH"), headers.get("none")) == ("5, 9", "5", None)
    assert len(headers["Content-Security-Policy"]) == 40_000
