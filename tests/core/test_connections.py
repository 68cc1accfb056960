"""Connections are kept and never trusted: closed ones, forks, certificates, and the end of the process."""

import asyncio
import gc
import os
import socket
import ssl
import subprocess
import sys
import threading
from concurrent.futures import CancelledError
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.core import connections
from app.core.waiting import start_lane
from app.core.wire import Forbidden, NotSent, wire
from tests.core.conftest import HELLO, Line, greet
from tests.patience import LIMIT


def test_one_connection_serves_many_calls(server) -> None:
    there = server(greet)
    assert {wire.post(there.url, json={"n": n}).status for n in range(5)} == {200}
    assert (len(there.heard), there.lines) == (5, 1)


@pytest.mark.parametrize("goodbye", [b"", b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 2\r\n\r\nno"])
def test_a_connection_that_the_other_side_ended_or_spoke_on_is_not_used_again(server, goodbye: bytes) -> None:
    answered, ended, never = threading.Event(), threading.Event(), threading.Event()

    def talk(line: Line) -> None:
        if line.number > 1:
            return greet(line)
        line.hear()
        line.say(HELLO)
        answered.wait(LIMIT)
        line.say(goodbye) if goodbye else line.socket.shutdown(socket.SHUT_RDWR)
        ended.set()
        return never.wait(LIMIT)

    there = server(talk)
    wire.get(there.url)
    answered.set()
    ended.wait(LIMIT)
    never.wait(0.05)  # the loop hears of it meanwhile, or looks when it is asked
    assert wire.post(there.url, json={}).text == "hello"
    assert (len(there.heard), there.lines) == (2, 2)
    never.set()


def test_what_was_closed_this_moment_is_seen_before_anything_is_sent(server) -> None:
    """The loop may be too busy to have noticed: here a lane holds it while the other side hangs up."""
    told, gone = threading.Event(), threading.Event()

    def talk(line: Line) -> None:
        line.hear()
        line.say(HELLO)
        if line.number == 1:
            told.wait(LIMIT)
            line.socket.shutdown(socket.SHUT_RDWR)
            gone.set()

    there = server(talk)

    def lane() -> str:
        wire.get(there.url)
        told.set()
        gone.wait(LIMIT)  # the whole loop stands still
        return wire.post(there.url, json={}).text

    assert start_lane(lane).result(LIMIT) == "hello"


def test_nobody_at_the_door_is_not_sent(server) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as door:
        address = door.getsockname()
        waiting = [socket.socket() for _ in range(3)]  # they fill the door's queue
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        with pytest.raises(NotSent, match=r"did not answer the call within 0\.2 seconds"):
            wire.post(f"http://127.0.0.1:{address[1]}", json={}, connect_timeout=0.2)
        for one in waiting:
            one.close()


@pytest.mark.parametrize("silent", [True, False])
def test_a_secure_connection_that_does_not_come_about_is_not_sent(server, silent: bool) -> None:
    def talk(line: Line) -> None:
        if silent:
            line.socket.recv(10_000)
            threading.Event().wait(1)

    there = server(talk)
    with pytest.raises(NotSent, match="cannot be reached"):
        wire.post(there.url.replace("http:", "https:"), json={}, connect_timeout=0.3)


def test_one_private_address_among_several_is_not_taken(server, monkeypatch) -> None:
    there = server(greet)
    port = int(there.url.rsplit(":")[-1])
    hosts = ("127.0.0.1", "::1", "10.0.0.1")
    found = [
        (
            socket.AF_INET6 if ":" in host else socket.AF_INET,
            socket.SOCK_STREAM,
            6,
            "",
            (host, port, 0, 0)[: 4 if ":" in host else 2],
        )
        for host in hosts
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found[1:])
    with pytest.raises(Forbidden, match=r"several\.example is a private address"):
        wire.get(f"http://several.example:{port}/")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert wire.get(f"http://allowed.example:{port}/").text == "hello"


def test_a_name_that_is_found_too_late_is_no_news(monkeypatch, caplog) -> None:
    """Whoever asked has given up: that the name means nothing is no error of the loop's."""
    told = threading.Event()

    def late(*_: Any, **__: Any) -> None:
        told.wait(LIMIT)
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", late)
    with pytest.raises(NotSent, match=r"within 0\.05 seconds"):
        wire.get("http://late.example/", connect_timeout=0.05)
    told.set()
    for _ in range(2):  # the first may still be on its way
        with pytest.raises(NotSent, match="not known"):
            wire.get("http://late.example/")
    gc.collect()
    assert "never retrieved" not in caplog.text


def test_who_gives_up_while_addresses_race_sends_nothing(server, monkeypatch) -> None:
    """The race waits for its losers, and swallows that meanwhile it was cancelled itself."""
    there = server(greet)

    async def race(*_: Any, **__: Any) -> socket.socket:
        winner = socket.create_connection(("127.0.0.1", int(there.url.rsplit(":")[-1])))
        lane.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(LIMIT)
        return winner

    monkeypatch.setattr(connections, "start_connection", race)
    started = threading.Event()

    def ask() -> None:
        started.wait(LIMIT)
        try:
            wire.post(there.url, json={})
        finally:
            ended.set()

    ended = threading.Event()
    lane = start_lane(ask)
    started.set()
    assert ended.wait(LIMIT)
    with pytest.raises(CancelledError):
        lane.result(LIMIT)
    assert there.heard == []


def test_an_address_that_holds_for_one_link_alone_is_private(monkeypatch) -> None:
    found = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fe80::1", 80, 0, 1))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [found])
    with pytest.raises(Forbidden, match=r"next-door\.example is a private address"):
        wire.post("http://next-door.example/", json={})


def test_a_fork_leaves_its_parent_s_connections_alone(server) -> None:
    there = server(greet)
    wire.get(there.url)
    pid = os.fork()
    if pid == 0:
        fine = wire.get(there.url).text == "hello"
        os._exit(0 if fine else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert wire.get(there.url).text == "hello"
    assert (len(there.heard), there.lines) == (3, 2)


# -- the whole of a process, with certificates -------------------------------------------------------

PROCESS = """
import atexit, os, sys
import app.core.wire as out
from app.core.settings import override
assert "httptools" not in sys.modules, "a process that asks for nothing does without it"
override(private_hosts=["127.0.0.1"])
@atexit.register
def late():
    try:
        out.wire.get("http://late.example/")
    except out.NotSent as no:
        print(no, flush=True)
print(out.wire.get(sys.argv[1]).text, out.wire.post(sys.argv[1], json={}).text)
if os.fork() == 0:
    atexit.unregister(late)
    sys.exit(0)  # as it should, not by os._exit: what it leaves behind is its parent's
os.wait()
print(out.wire.get(sys.argv[1]).text)
try:
    out.wire.get(sys.argv[1].replace("127.0.0.1", "127.0.0.2"))
except out.Forbidden as no:
    print(no)
"""


def certificate(folder: Path) -> tuple[Path, Path]:
    """A key and its certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "here")])
    moment = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.IPAddress(IPv4Address("127.0.0.1")), x509.DNSName("here.example")]
            ),
            critical=False,
        )
        .sign(key, SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def secure(server, tmp_path: Path):
    cert, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)

    def talk(line: Line) -> None:
        if line.socket.recv(1, socket.MSG_PEEK) != b"\x16":  # no word of TLS
            return greet(line)
        with context.wrap_socket(line.socket, server_side=True) as line.socket:
            if there.answers:
                line.hear()
                line.say(there.answers.pop(0))
                return None
            return greet(line)

    there = server(talk)
    there.answers = []
    there.url, there.certificate = there.url.replace("http:", "https:"), cert
    return there


def test_a_certificate_that_nobody_vouches_for_is_not_sent(secure) -> None:
    with pytest.raises(NotSent, match="its certificate is not valid: self-signed certificate"):
        wire.post(secure.url, json={})
    assert secure.heard == []


@pytest.fixture
def trusted(secure, monkeypatch):
    """The same, with a certificate that this process trusts."""
    context = ssl.create_default_context(cafile=secure.certificate)
    monkeypatch.setattr(connections, "_trust", lambda: context)
    return secure


def test_a_name_that_ends_with_a_dot_is_certified_without_it(trusted, monkeypatch) -> None:
    port = int(trusted.url.rsplit(":")[-1])
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert wire.get(f"https://here.example.:{port}/").text == "hello"


def test_a_key_does_not_follow_out_of_a_secure_connection(trusted) -> None:
    plain = trusted.url.replace("https:", "http:")
    trusted.answers[:] = [
        b"HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: %s/\r\n\r\n" % plain.encode()
    ]
    assert wire.get(trusted.url, bearer="secret").text == "hello"
    assert [b"secret" in one for one in trusted.heard] == [True, False]


def test_a_process_asks_forks_and_ends_without_a_word(secure) -> None:
    trusting = {**os.environ, "SSL_CERT_FILE": str(secure.certificate)}
    given = [sys.executable, "-c", PROCESS, secure.url]
    done = subprocess.run(given, env=trusting, capture_output=True, text=True, timeout=LIMIT)
    said = "hello hello\nhello\n127.0.0.2 is a private address, which Slogan does not fetch from.\n"
    said += (
        "late.example cannot be reached: none of its addresses answers.\n"  # no thread looks it up any more
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, said, "")
    assert secure.lines == 1
