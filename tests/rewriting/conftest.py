"""A small model server, a product, and the channels that Slogan starts with."""

import csv
import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import frontmatter
import pytest

from app.platforms.data import load_platforms
from app.platforms.need import Need
from app.rewriting.providers import OpenAICompatible
from app.rewriting.rewrite import Process
from app.rewriting.source import Source
from tests.conftest import SHARED
from tests.patience import LIMIT

FACEBOOK_FEED = (
    Need.of_constraint("min_characters", "150"), Need.of_constraint("max_characters", "200"),
    Need.of_constraint("exact_hashtags", "3"), Need.of_constraint("hashtags_at_end", "true"),
    Need.of_constraint("cta_required", "true"), Need.of_constraint("banned_words", "delve"),
    Need.of_constraint("only_post_text", "true"),
)  # fmt: skip
GOOD = (
    "Soft wool from the Scottish Borders, woven into a scarf that keeps the cold wind out all winter long. "
    "Would you wear it every day?\n\n#TartanScarf #Wool #Scotland"
)


class ModelServer:
    """Speaks the OpenAI chat completions shape. `answers` are given in turn; the last one stays.

    An answer is a text, a status number, a dict (sent as it is) or ("hang",), which none follows.
    """

    def __init__(self) -> None:
        self.answers: list = [GOOD]
        self.asked: list[dict] = []
        self.keys: list[str] = []
        self.ended = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                server.keys.append(self.headers.get("Authorization", ""))
                answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
                with suppress(BrokenPipeError, ConnectionResetError):  # the client gave up, as it should
                    self._give(answer)

            def _give(self, answer: object) -> None:
                if isinstance(answer, tuple):
                    server.ended.wait(LIMIT)
                    answer = GOOD
                status = answer if isinstance(answer, int) else 200
                body = {"error": {"message": "no"}} if isinstance(answer, int) else answer
                if isinstance(answer, str):
                    body = {
                        "id": "1",
                        "object": "chat.completion",
                        "created": 1,
                        "model": "small-1",
                        "choices": [
                            {
                                "index": 0,
                                "finish_reason": "stop",
                                "message": {"role": "assistant", "content": answer},
                            }
                        ],
                        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
                    }
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}/v1"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A model server that can be told what to answer."""
    made = ModelServer()
    yield made
    made.ended.set()
    made.http.shutdown()
    made.http.server_close()


@pytest.fixture
def model(server: ModelServer) -> OpenAICompatible:
    """The provider that asks the server."""
    return OpenAICompatible(server.address, "sk-secret-key", "small-1", timeout=5)


@pytest.fixture
def scarf() -> Source:
    """One product with all its facts."""
    return Source(
        "product",
        "Tartan Scarf",
        "A soft wool scarf, woven in the Scottish Borders. It keeps the cold wind out "
        "all winter long. Every scarf is 180 cm long and made from 100% lambswool.",
        "https://shop.example/scarf",
        {"name": "Tartan Scarf", "sku": "TS-12", "price": "£29.95", "category": "Scarves", "tags": ["wool"]},
    )


@pytest.fixture(scope="session")
def channels() -> dict[str, tuple[Need, ...]]:
    """The rules of every channel, by platform/channel."""
    return {
        f"{platform.name}/{channel.name}": tuple(Need.of_requirement(row) for row in channel.requirements)
        for platform in load_platforms()
        for channel in platform.channels
    }


@pytest.fixture
def facebook(channels: dict) -> tuple[tuple[Need, ...], Process]:
    """The rows of the Facebook feed and the process that writes for it."""
    return channels["facebook/feed_post"], Process(constraints=FACEBOOK_FEED, channel="Facebook feed post")


@pytest.fixture(scope="session")
def articles() -> list[Source]:
    """The real articles of the shared folder; skips where it is not there."""
    folder = SHARED / "data" / "articles"
    if not folder.is_dir():
        pytest.skip("The shared folder with the real articles is not there.")
    found = []
    for path in sorted(folder.glob("*.md")):
        page = frontmatter.load(str(path))
        facts = {
            "tags": [str(tag) for tag in page.get("tags") or []],
            "excerpt": " ".join(str(page.get("excerpt") or "").split()),
        }
        address = f"https://blog.example/{path.stem}"
        found.append(Source("article", str(page["title"]), page.content, address, facts))
    return found


@pytest.fixture(scope="session")
def products() -> list[Source]:
    """The real products of the shared folder; skips where it is not there."""
    folder = SHARED / "data" / "products"
    if not folder.is_dir():
        pytest.skip("The shared folder with the real products is not there.")
    found = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                if row["Title"]:
                    price = f"£{row['Variant Price']}" if row["Variant Price"] else None
                    facts = {
                        "name": row["Title"],
                        "price": price,
                        "category": row["Type"],
                        "tags": row["Tags"],
                    }
                    address = f"https://shop.example/{row['Handle']}"
                    found.append(Source("product", row["Title"], row["Body (HTML)"], address, facts))
    return found
