"""The Clan.com shop, against a server on this machine that behaves as the specification says."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from app.catalogue.importers import BadRow, FoundCategory, FoundProduct
from app.catalogue.importers.clan import Clan, read_categories, read_clan
from app.core.errors import Unavailable
from app.core.settings import settings


class Shop:
    """What the shop has, what it was asked, and how it fails."""

    def __init__(self) -> None:
        self.rows: list[object] = [
            ["Kilt &amp; pin", "K-1", "https://clan.example/kilt", "<p>Warm</p>", 1_700_000_000, 11],
            ["Tie", "T-1", "https://clan.example/tie", "", "2024-05-01 10:00:00", "12"],
        ]
        self.details: dict[str, object] = {
            "K-1": {"product_id": 11, "title": "Kilt & pin", "price": "£450.00",
                    "image": "https://clan.example/k.jpg",
                    "description": "<p>Eight yards.</p>", "product_url": "https://clan.example/kilt",
                    "categories": [3, 5]},
            "T-1": {"product_id": 12, "title": "Tie", "price": None, "image": [], "description": "",
                    "categories": []},
        }  # fmt: skip
        self.tree: object = {
            "success": True,
            "data": [
                {"id": 1, "name": "Wear", "children": [{"id": 3, "name": "Kilts", "children": []}]},
                {"id": 5, "name": "Gifts"},
            ],
        }
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.status = 200
        self.refuses = False

    def answer(self, call: str, asked: dict[str, list[str]]) -> object:
        self.asked.append((call, asked))
        if self.refuses:
            return {"success": False, "message": "Down for stocktaking"}
        if call == "getProducts":
            return {"success": True, "data": self.rows[: int(asked["limit"][0])]}
        if call == "getProductData":
            return self.details.get(asked["sku"][0], {"success": False, "message": "No such product"})
        return self.tree


def serve(shop: Shop) -> ThreadingHTTPServer:
    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            told = shop.answer(parts.path.rsplit("/", 1)[-1], parse_qs(parts.query))
            self.send_response(shop.status)
            self.end_headers()
            self.wfile.write(told if isinstance(told, bytes) else json.dumps(told).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("PRIVATE_HOSTS", '["127.0.0.1"]')
    settings.cache_clear()
    shop = Shop()
    server = serve(shop)
    shop.base = f"http://127.0.0.1:{server.server_port}/clan/api"
    yield shop
    server.shutdown()
    server.server_close()
    monkeypatch.undo()
    settings.cache_clear()


def test_products_come_with_what_their_own_call_tells(shop):
    kilt, tie = read_clan(shop.base, pace=0)
    assert kilt == FoundProduct(
        external_id="11", sku="K-1", name="Kilt & pin", description="Eight yards.", price=Decimal("450.00"),
        currency="GBP",
        image_url="https://clan.example/k.jpg", url="https://clan.example/kilt", categories=["3", "5"],
        updated_at=datetime.fromtimestamp(1_700_000_000, UTC), source_ref="getProductData?sku=K-1",
    )  # fmt: skip
    assert (tie.price, tie.image_url, tie.url) == (None, None, "https://clan.example/tie")
    assert tie.updated_at == datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert shop.asked[0] == ("getProducts", {"limit": ["100000"], "newest_first": ["1"], "all_images": ["1"]})
    assert shop.asked[1] == (
        "getProductData",
        {"sku": ["K-1"], "all_images": ["1"], "include_categories": ["1"]},
    )


def test_calls_keep_their_pace(shop):
    at, naps = [0.0], []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        at[0] += seconds

    list(read_clan(shop.base, clock=lambda: at[0], sleep=sleep))
    assert naps == [0.5, 0.5]


def test_a_failing_detail_keeps_the_product_without_price_and_picture(shop):
    del shop.details["K-1"]
    bad, kilt, tie = read_clan(shop.base, pace=0)
    assert bad == BadRow(
        "getProductData",
        None,
        "K-1: The shop says: “No such product”. The product is kept without price and picture.",
    )
    assert (kilt.name, kilt.description, kilt.price, kilt.image_url) == ("Kilt & pin", "Warm", None, None)
    assert (kilt.external_id, tie.sku) == ("11", "T-1")


def test_a_price_that_is_none_is_missing_and_said(shop):
    shop.details["K-1"]["price"] = "ask"
    bad, kilt, _ = read_clan(shop.base, pace=0)
    assert kilt.price is None
    assert kilt.image_url == "https://clan.example/k.jpg"
    assert "“ask” is not a price." in bad.reason


def test_broken_rows_of_the_list_cost_no_other(shop):
    shop.rows += ["nonsense", ["", "", None, None, None, None], ["Kilt again", "K-1", "", "", 0, 11]]
    found = list(read_clan(shop.base, pace=0))
    assert [each.line for each in found if isinstance(each, BadRow)] == [3, 4, 5]
    assert [each.sku for each in found if isinstance(each, FoundProduct)] == ["K-1", "T-1"]


@pytest.mark.parametrize("failure", ["refuses", "status", "empty", "no json"])
def test_a_failing_list_yields_nothing_at_all(shop, failure):
    shop.refuses = failure == "refuses"
    shop.status = 503 if failure == "status" else 200
    if failure == "empty":
        shop.rows = []
    if failure == "no json":
        shop.answer = lambda *_: b"<html>busy</html>"
    with pytest.raises(Unavailable):
        next(read_clan(shop.base, pace=0))


def test_the_shop_s_own_words_are_passed_on(shop):
    shop.refuses = True
    with pytest.raises(Unavailable, match="The shop says: “Down for stocktaking”"):
        list(read_clan(shop.base, pace=0))


def test_the_second_host_stands_in(shop):
    clan = Clan("http://127.0.0.1:9/clan/api", fallback=shop.base, pace=0)
    assert len(list(clan.products())) == 2
    assert clan.base == shop.base, "the host that answered is asked first from then on"


def test_the_tree_is_a_list_with_parents_before_children(shop):
    assert read_categories(shop.base, pace=0) == [
        FoundCategory("1", "Wear", 1, None),
        FoundCategory("3", "Kilts", 2, "1"),
        FoundCategory("5", "Gifts", 1, None),
    ]


def test_a_tree_under_a_nameless_root_is_the_same(shop):
    shop.tree = {
        "children": {
            "a": {"entity_id": "7", "name": "All", "children_data": [{"category_id": 8, "name": "Pins"}]}
        }
    }
    assert [(each.external_id, each.level) for each in read_categories(shop.base, pace=0)] == [
        ("7", 1),
        ("8", 2),
    ]


@pytest.mark.parametrize("tree", [[], {}, {"success": True, "data": []}, 5, None, [[[]]], {"success": False}])
def test_no_tree_is_said(shop, tree):
    shop.tree = tree
    with pytest.raises(Unavailable):
        read_categories(shop.base, pace=0)
