"""The one way out: what is refused, what was never sent, and what nobody knows the outcome of."""

import gzip
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from app.core import wire as out
from app.core.settings import override, settings
from app.core.wire import Answer, BadAnswer, Forbidden, NoAnswer, NotSent, TooBig, wire
from tests.patience import LIMIT, until


class Other(BaseHTTPRequestHandler):
    """The other side: each path misbehaves in its own way."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, str, dict[str, str], bytes]] = []

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, status: int = 200, body: bytes = b"{}", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen.append((self.command, self.path, dict(self.headers), sent))
        path, _, rest = self.path.partition("?")
        match path:
            case "/to":
                self.answer(302, b"", Location=rest)
            case "/circle":
                self.answer(302, b"", Location="/circle")
            case "/big":
                self.answer(body=b"x" * 2_000_000)
            case "/bomb":
                self.answer(body=gzip.compress(b"\0" * 30_000_000), Content_Encoding="gzip")
            case "/silent":
                self.server.wait.wait(LIMIT)  # type: ignore[attr-defined]
            case "/hang-up":
                self.close_connection = True
            case "/half":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
                self.close_connection = True
            case "/no":
                self.answer(503, b'{"error": "later"}', Retry_After="7")
            case "/words":
                self.answer(body=b"no json")
            case _:
                self.answer(body=b'{"here": true}')

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 (as http.server calls them)


class Quiet(ThreadingHTTPServer):
    """A server that does not complain of clients."""

    def handle_error(self, *_: Any) -> None:
        pass


@pytest.fixture
def other() -> Iterator[SimpleNamespace]:
    server = Quiet(("127.0.0.1", 0), Other)
    server.wait = threading.Event()  # type: ignore[attr-defined]
    server.daemon_threads = True
    Other.seen = []
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    port = server.server_address[1]
    try:
        yield SimpleNamespace(url=f"http://127.0.0.1:{port}", port=port, seen=Other.seen)
    finally:
        server.wait.set()  # type: ignore[attr-defined]
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def allowed() -> Iterator[None]:
    """This machine may be asked, as an operator would allow it."""
    before = settings().private_hosts
    override(private_hosts=["127.0.0.1"])
    yield
    override(private_hosts=before)


PRIVATE = (
    "http://127.0.0.2/", "http://localhost/", "http://10.0.0.1/", "http://192.168.1.1/", "http://172.16.0.1/",
    "http://169.254.169.254/latest/meta-data", "http://[::1]/", "http://[fc00::1]/", "http://[fe80::1]/",
    "http://[::ffff:10.0.0.1]/", "http://0.0.0.0/", "http://100.64.0.1/", "http://2130706434/", "http://0x7f000002/",
    "http://0177.0.0.2/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/",
    "http://[64:ff9b:1::7f00:1]/", "http://[fec0::1]/", "http://[::7f00:2]/",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused_in_every_spelling(address: str) -> None:
    override(private_hosts=[])
    with pytest.raises(Forbidden, match="private address"):
        wire.get(address, timeout=1, connect_timeout=1)


@pytest.mark.parametrize(
    "address",
    ["ftp://example.com/", "file:///etc/passwd", "gopher://x/", "no address", "//host/x", "http://h\0/"],
)
def test_what_is_no_web_address_is_refused(address: str) -> None:
    with pytest.raises(Forbidden, match="begins with http"):
        wire.get(address)


def test_a_private_address_is_reached_once_an_operator_allows_it(other) -> None:
    assert wire.get(f"{other.url}/", params={"q": "a b", "none": None}).json() == {"here": True}
    assert other.seen[0][1] == "/?q=a+b"


def test_a_name_that_means_a_private_address_is_refused_where_it_is_connected(other, monkeypatch) -> None:
    """What counts is the address that the socket goes to, whatever an earlier look-up said."""
    override(private_hosts=[])
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", other.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(Forbidden):
        wire.get(f"http://good.example:{other.port}/")
    assert other.seen == []


def test_a_redirect_to_a_private_address_is_refused(other) -> None:
    with pytest.raises(Forbidden, match="private address"):
        wire.get(f"{other.url}/to?http://127.0.0.2:{other.port}/secret")
    assert [path for _, path, _, _ in other.seen] == [f"/to?http://127.0.0.2:{other.port}/secret"]


def test_a_redirect_to_another_kind_of_address_is_refused(other) -> None:
    with pytest.raises(Forbidden):
        wire.get(f"{other.url}/to?file:///etc/passwd")


def test_a_redirect_that_nobody_can_read_is_a_bad_answer(other) -> None:
    with pytest.raises(BadAnswer, match="to what is no web address"):
        wire.get(f"{other.url}/to?http://[bad/")


def test_get_follows_and_says_where_it_ended(other) -> None:
    answer = wire.get(f"{other.url}/to?/end")
    assert (answer.status, answer.url) == (200, f"{other.url}/end")


def test_post_does_not_follow(other) -> None:
    assert wire.post(f"{other.url}/to?/end", json={}).status == 302
    assert len(other.seen) == 1


def test_a_key_does_not_follow_to_another_host(other) -> None:
    override(private_hosts=["127.0.0.1", "localhost"])
    wire.get(f"{other.url}/to?http://localhost:{other.port}/end", bearer="secret")
    assert [head.get("Authorization") for _, _, head, _ in other.seen] == ["Bearer secret", None]


def test_circles_end(other) -> None:
    with pytest.raises(BadAnswer, match="in circles"):
        wire.get(f"{other.url}/circle")
    assert len(other.seen) == out.REDIRECTS + 1


@pytest.mark.parametrize("path", ["/big", "/bomb"])
def test_too_much_is_not_read(other, path: str) -> None:
    with pytest.raises(TooBig, match="more than 1 MB"):
        wire.get(other.url + path, limit=1_000_000)


def test_a_closed_door_is_not_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NotSent, match=r"cannot be reached: connection refused"):
        wire.post(f"http://127.0.0.1:{port}/", json={})


def test_an_unknown_name_is_not_sent() -> None:
    with pytest.raises(NotSent, match="cannot be reached"):
        wire.get("http://no-such-host.invalid/", timeout=5)


def test_a_server_without_tls_is_not_sent(other) -> None:
    with pytest.raises(NotSent, match="cannot be reached"):
        wire.get(other.url.replace("http:", "https:"), timeout=5)


def test_silence_is_an_unknown_outcome(other) -> None:
    with pytest.raises(NoAnswer, match=r"did not answer within 0\.3 seconds"):
        wire.post(f"{other.url}/silent", json={"text": "hello"}, timeout=0.3)
    until(lambda: other.seen, "the request")
    assert other.seen[0][3] == b'{"text": "hello"}'


@pytest.mark.parametrize(
    ("path", "words"), [("/hang-up", "hung up"), ("/half", "in the middle of its answer")]
)
def test_hanging_up_is_an_unknown_outcome(other, path: str, words: str) -> None:
    with pytest.raises(NoAnswer, match=words):
        wire.post(other.url + path, json={})
    assert len(other.seen) == 1, "it must not be sent a second time"


def test_an_error_status_is_an_answer(other) -> None:
    answer = wire.get(f"{other.url}/no")
    assert (answer.status, answer.ok, answer.headers["retry-after"]) == (503, False, "7")


def test_words_are_no_json(other) -> None:
    with pytest.raises(BadAnswer, match=r"127\.0\.0\.1 did not answer with JSON"):
        wire.get(f"{other.url}/words").json()


@pytest.mark.parametrize(("body", "found"), [
    (rb'{"a\u0000": ["\ud800", 1, "Gr\u00fc\u00dfe"]}', {"a\ufffd": ["\ufffd", 1, "Gr\u00fc\u00dfe"]}),
    (rb'"\ud83d\ude00"', "\U0001f600"),
    (b'["\xed\xa0\x80"]', ["\ufffd"]),
])  # fmt: skip
def test_what_no_database_keeps_is_read_as_a_sign_for_it(body, found) -> None:
    assert Answer(200, {}, body, "https://there.example/").json() == found


@pytest.mark.parametrize("body", [
    b"[123456789012345678901234567890]", b"[-9223372036854775809, 18446744073709551616]", b"[1e999]",
    '{"gr\u00fc\u00dfe": "\u20ac"}'.encode("utf-16"),
])  # fmt: skip
def test_what_the_quick_reader_would_bend_or_refuse_is_read_all_the_same(body) -> None:
    read, found = json.loads(body), Answer(200, {}, body, "https://there.example/").json()
    assert (found, repr(found)) == (read, repr(read))


def test_json_without_a_bottom_is_no_json() -> None:
    with pytest.raises(BadAnswer, match="did not answer with JSON"):
        Answer(200, {}, b"[" * 200_000, "https://there.example/").json()


def test_a_file_goes_as_a_form(other) -> None:
    wire.post(f"{other.url}/", data={"alt": 7}, files={"file": ("a.png", b"PNG", "image/png")})
    _, _, head, sent = other.seen[0]
    assert head["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'name="alt"\r\n\r\n7' in sent
    assert b'name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\nPNG' in sent


def test_threads_share_the_wire(other) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: wire.get(f"{other.url}/{number}").status, range(40)))
    assert answers == [200] * 40
