"""A browser without JavaScript for smoke and benchmarks: cookies, forms with their CSRF token, and a stopwatch."""

import json
import re
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"|"X-CSRFToken": "([^"]+)"')


class Refused(Exception):
    """The server answered with an error status."""


class Browser:
    """Signed in at one address; keeps how long each page took, in milliseconds."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.pages: dict[str, float] = {}
        self._token = ""
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def sign_in(self, email: str, password: str) -> None:
        """Fill the sign-in form. Raise Refused when it does not let us in."""
        self.get("/sign-in")
        self.post("/sign-in", email=email, password=password)
        if 'name="login_user_form"' in self.get("/"):
            raise Refused(f"{email} may not sign in")

    def get(self, path: str) -> str:
        """Open a page and remember its time and its CSRF token."""
        began = time.perf_counter()
        page = self._send(urllib.request.Request(self.address + path))
        self.pages[path.split("?", maxsplit=1)[0]] = 1000 * (time.perf_counter() - began)
        if found := _TOKEN.search(page):
            self._token = found[1] or found[2]
        return page

    def post(self, path: str, **fields: Any) -> str:
        """Send a form."""
        body = urlencode({"csrf_token": self._token, **fields}, doseq=True).encode()
        return self._send(urllib.request.Request(self.address + path, body))

    def api(self, method: str, path: str, **fields: Any) -> Any:
        """Ask the API as this person; returns `data`."""
        body = json.dumps(fields).encode() if fields else None
        asked = urllib.request.Request(self.address + path, body, method=method)
        return json.loads(self._with_token(asked, "application/json"))["data"]

    def upload(self, path: str, files: list[tuple[str, bytes]], **fields: str) -> Any:
        """Send files to the API under `files`; returns `data`."""
        mark = uuid4().hex
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        for name, content in files:
            head = f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
            parts.append(head.encode() + content + b"\r\n")
        asked = urllib.request.Request(self.address + path, b"".join([*parts, f"--{mark}--\r\n".encode()]))
        return json.loads(self._with_token(asked, f"multipart/form-data; boundary={mark}"))["data"]

    def _with_token(self, asked: urllib.request.Request, kind: str) -> str:
        asked.add_header("Content-Type", kind)
        asked.add_header("X-CSRFToken", self._token)
        asked.add_header("Accept", "application/json")
        return self._send(asked)

    def _send(self, asked: urllib.request.Request) -> str:
        asked.add_header("Referer", self.address + "/")
        try:
            with self._opener.open(asked, timeout=60) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            raise Refused(
                f"{asked.get_method()} {asked.selector}: {error.code} {error.read().decode(errors='replace')[:500]}"
            ) from None
