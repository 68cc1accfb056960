"""A platform of our own to publish to: a real HTTP server with rules, memory, and faults on request.

A subclass says what the platform would say (`answer`, `fault`, `slow`) and which requests create posts.
The faults wait in line; each is used up by one creating request.
"""

import json
import select
import threading
import time
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.patience import LIMIT

RETRY_SECONDS = 37


@dataclass
class Asked:
    """One request as the server got it."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    def json(self):
        return json.loads(self.body or b"{}")

    def form(self):
        """The fields, and the files as name → (file name, mime, bytes), of a multipart body."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        fields, files = {}, {}
        for part in message_from_bytes(head + self.body, policy=HTTP).iter_parts():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            if part.get_filename():
                files[name] = (part.get_filename(), part.get_content_type(), content)
            else:
                fields[name] = content.decode()
        return fields, files

    def first(self, name, default=None):
        return self.query.get(name, [default])[0]


@dataclass
class Said:
    """What the server answers."""

    status: int = 200
    content: object = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Fault:
    """One thing going wrong: before the request is acted on, or after."""

    kind: str  # drop, hang or status
    after: bool = False
    status: int = 0
    seconds: float = 0  # that a hang lasts; 0 lasts until the other side gives up
    done: threading.Event = field(default_factory=threading.Event)  # what was asked is carried out


class Listening(ThreadingHTTPServer):
    request_queue_size = 128  # many lanes call at once, and each is heard


def hung_up(connection):
    """Wait until the other side has given up."""
    select.select([connection], [], [], LIMIT)


class Platform:
    """The part that every fake platform shares. Use it as a context manager."""

    slug = ""
    variants = {"plain": {}}  # the ways this platform can be: what the contract is tried on
    needs_picture = False
    shows_history = True  # whether an account can read back what it posted
    address = ("127.0.0.1", 0)  # where to listen; port 0 is any

    def __init__(self):
        self.posts = []  # what can be seen on the platform, oldest first
        self.asked = []  # every request, oldest first
        self.faults = []
        self.revoked = False
        self.limited = None  # "named": a 429 that says until when; "silent": one that does not
        self.lock = threading.RLock()

    # -- knobs --------------------------------------------------------------------------------------

    def drop(self, after):
        """Hang up on the next create, before or after it is carried out."""
        self.faults.append(Fault("drop", after))

    def hang(self):
        """Carry out the next create, and say nothing. Returns the event that it is carried out."""
        self.faults.append(Fault("hang", True))
        return self.faults[-1].done

    def status(self, status, after):
        """Answer the next create with this status, before or after it is carried out."""
        self.faults.append(Fault("status", after, status))

    def is_about_to_hang(self, method, url):
        """Whether such a request is the one that gets no answer."""
        parts = urlsplit(url)
        asked = Asked(method, parts.path, parse_qs(parts.query), {}, b"")
        return bool(self.faults) and self.faults[0].kind == "hang" and self.creates(asked)

    # -- what a platform says -----------------------------------------------------------------------

    def answer(self, asked):
        raise NotImplementedError

    def creates(self, asked):
        """Whether this request makes a post."""
        raise NotImplementedError

    def error(self, status):
        """This platform's answer with that status."""
        raise NotImplementedError

    def slow(self, named):
        """This platform's 429."""
        raise NotImplementedError

    def credentials(self):
        """What an account here fills into the form."""
        raise NotImplementedError

    # -- serving ------------------------------------------------------------------------------------

    def __enter__(self):
        platform = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 30
            wbufsize = 65_536  # an answer leaves in one piece

            def log_message(self, *_):
                pass

            def handle_any(self):
                platform.serve(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815 (http.server wants it so)

        self.server = Listening(self.address, Handler)
        self.server.daemon_threads = True
        self.url = f"http://{self.address[0]}:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def serve(self, handler):
        """Read a request, answer it, and let go wrong what was asked to go wrong."""
        parts = urlsplit(handler.path)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(
            handler.command, parts.path, parse_qs(parts.query, keep_blank_values=True), headers, b""
        )
        fault = self.faults.pop(0) if self.faults and self.creates(asked) else None
        if fault and fault.kind == "drop" and not fault.after:
            handler.close_connection = True
            return
        asked.body = handler.rfile.read(int(headers.get("content-length", 0)))
        said = self.outcome(asked, fault)
        if fault and fault.kind == "hang":
            fault.done.set()
            time.sleep(fault.seconds) if fault.seconds else hung_up(handler.connection)
        if fault and fault.kind in ("drop", "hang"):
            handler.close_connection = True
            return
        self.send(handler, said)

    def outcome(self, asked, fault):
        with self.lock:
            self.asked.append(asked)
            if self.limited and self.creates(asked):
                return self.slow(self.limited == "named")
            if fault and fault.kind == "status" and not fault.after:
                return self.error(fault.status)
            said = self.answer(asked)
            return self.error(fault.status) if fault and fault.kind == "status" else said

    @staticmethod
    def send(handler, said):
        body = b"" if said.content is None else said.content
        kind = "text/html"
        if not isinstance(body, bytes):
            body, kind = json.dumps(body).encode(), "application/json"
        handler.send_response(said.status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **said.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)
