"""A mail server and a chat of our own, in which anything can be let go wrong."""

import json
import socket
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller

from app.core.settings import override, settings
from tests.patience import LIMIT
from tests.publishing.servers.platform import hung_up


class Listening(Controller):
    """A controller on a socket that listens already."""

    def __init__(self, handler, ear, **more):
        super().__init__(handler, hostname="127.0.0.1", **more)
        self._ear = ear

    def _create_server(self):
        return self.loop.create_server(self._factory_invoker, sock=self._ear, ssl=self.ssl_context)


class MailServer:
    """Takes mails; `says` is its answer to each (None: it hangs up after taking it); `how` is for aiosmtpd."""

    def __init__(self, **how):
        self.mails, self.says, self.refused, self.sealed = [], "250 OK", set(), []
        self._ear = socket.create_server(("127.0.0.1", 0))  # taken once, so that nobody is quicker
        self.port = self._ear.getsockname()[1]
        self._controller = Listening(self, self._ear, port=self.port, ready_timeout=LIMIT, **how)

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *_):
        self._controller.stop()

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 (aiosmtpd's name)
        if address in self.refused:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.says is None or self.says.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
            self.sealed.append((server.transport.get_extra_info("cipher") is not None, session.authenticated))
        if self.says is None:
            server.transport.abort()
            return "250 OK"
        return self.says

    def to(self, address):
        return [mail for mail in self.mails if mail["To"] == address]


class Chat:
    """An incoming webhook: `status` is its answer; while it `hangs` it has none."""

    def __init__(self):
        self.messages, self.status, self.headers, self.hangs = [], 200, {}, False
        chat = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if chat.status == 200:
                    chat.messages.append(body["text"])
                if chat.hangs:
                    hung_up(self.connection)
                    return
                self.send_response(chat.status)
                for name, value in chat.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/services/T0/B0/secret"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def mails_taken():
    """A mail server of our own, which Slogan is told to use."""
    with MailServer() as server:
        before = settings().model_dump(include={"smtp_host", "smtp_port", "smtp_tls"})
        override(smtp_host="127.0.0.1", smtp_port=server.port, smtp_tls="none")
        yield server
        override(**before)
