"""Products come in whole, once, and never at the price of what is known already."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from app.catalogue.importers import clan
from app.catalogue.models import Category, Product
from app.posts.models import Post


@pytest.fixture
def shop(monkeypatch):
    """A shop's API on this machine: `items` by SKU, `silent` SKUs fail, `down` fails everything."""
    monkeypatch.setattr(clan.Clan, "__init__", _quick(clan.Clan.__init__))
    facts = {"categories": [3], "description": "Eight yards."}

    class Shop:
        items = {
            f"K-{n}": {"product_id": n, "title": f"Kilt {n}", "price": f"{n}50.00"}
            | {"image": f"https://clan.example/{n}.jpg"} | facts
            for n in range(1, 8)
        }  # fmt: skip
        silent: set[str] = set()
        down = False
        url = ""

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            call, sku = parts.path.rsplit("/", 1)[-1], parse_qs(parts.query).get("sku", [""])[0]
            told: object = {"success": False, "message": "Down for stocktaking"}
            if call == "getProducts" and not Shop.down:
                here = "https://clan.example/kilt", "", 1_700_000_000
                items = Shop.items.items()
                rows = [[row["title"], sku, *here, row["product_id"]] for sku, row in items]
                told = {"success": True, "data": rows}
            elif call == "getProductData" and not Shop.down and sku not in Shop.silent:
                told = Shop.items[sku]
            elif call == "getCategoryTree" and not Shop.down:
                told = {"data": [{"id": 1, "name": "Wear", "children": [{"id": 3, "name": "Kilts"}]}]}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(told).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    Shop.url = f"http://127.0.0.1:{server.server_port}/clan/api"
    yield Shop
    server.shutdown()
    server.server_close()


def _quick(make):
    def init(self, *args, **more):
        make(self, *args, **{**more, "pace": 0})

    return init


def active(workspace) -> list[str]:
    return [product.sku for product in Product.of(workspace).where(Product.is_active).order_by(Product.sku)]


def test_the_shared_exports_come_in_whole(bring, shared, workspace):
    activity = bring(shared / "data" / "products")
    assert activity.state == "done"
    assert activity.problems == []
    count = Product.of(workspace).count()
    assert count >= 50
    assert activity.message == f"{count} products: {count} new"
    assert bring(shared / "data" / "products").message == f"{count} products: {count} unchanged"


def test_a_changed_price_is_a_change_and_nothing_else_is(bring, export, workspace):
    bring(export(20))
    before = {row.id: row.updated_at for row in Product.of(workspace)}
    activity = bring(export(20, price="35.00"))
    assert activity.message == "20 products: 18 changed, 2 unchanged"
    assert activity.result["changed"] == 18
    assert set(before) == {row.id for row in Product.of(workspace)}


def test_missing_prices_and_pictures_stay_missing(bring, export, workspace):
    bring(export(1))
    product = Product.of(workspace).first()
    assert (product.price, product.image_url, product.price_words) == (None, None, "price missing")


def test_prices_are_said_in_the_currency_of_the_workspace(bring, export, workspace):
    workspace.currency = "GBP"
    bring(export(2))
    assert Product.of(workspace).where(Product.sku == "SKU-1").first().price_words == "£29.95"


def test_categories_become_a_tree_with_counts(bring, export, workspace):
    bring(export(20))
    tree = [(row["name"], row["depth"], row["products"]) for row in Category.counted(workspace)]
    assert tree == [("Apparel", 0, 20), ("Silk", 1, 10), ("Wool", 1, 10), ("Scarves", 0, 20), ("soft", 0, 20)]


def test_a_broken_row_is_reported_with_its_line(bring, export, workspace):
    path = export(3)
    path.write_text(path.read_text() + "too,few,columns\n,No handle,,,,,TRUE,S,1.00,\n")
    activity = bring(path)
    assert activity.message == "3 products: 3 new; 2 could not be read"
    assert [found["where"] for found in activity.problems] == ["export.csv, line 5", "export.csv, line 6"]


def test_an_import_never_publishes_or_writes(bring, export, workspace):
    bring(export(5))
    assert Post.of(workspace).count() == 0


def test_the_shop_comes_in_with_prices_pictures_and_categories(bring, shop, workspace):
    activity = bring(shop.url)
    assert activity.message == "7 products: 7 new"
    assert (activity.done, activity.total) == (7, 7)
    kilt = Product.of(workspace).where(Product.sku == "K-2").first()
    assert (str(kilt.price), kilt.image_url) == ("250.00", "https://clan.example/2.jpg")
    assert [category.name for category in kilt.categories] == ["Kilts"]


def test_a_shop_that_is_down_leaves_the_old_catalogue(bring, shop, workspace):
    bring(shop.url)
    shop.down = True
    activity = bring(shop.url)
    assert activity.state == "failed"
    assert activity.message == "The shop says: “Down for stocktaking”."
    assert len(active(workspace)) == 7


def test_a_product_whose_details_fail_keeps_its_price(bring, shop, workspace):
    bring(shop.url)
    shop.silent = {"K-2"}
    activity = bring(shop.url)
    assert activity.message == "7 products: 7 unchanged; 1 could not be read"
    assert str(Product.of(workspace).where(Product.sku == "K-2").first().price) == "250.00"


def test_what_the_shop_no_longer_lists_is_taken_off_sale_and_comes_back(bring, shop, workspace):
    bring(shop.url)
    shop.items = {sku: row for sku, row in shop.items.items() if sku != "K-7"}
    activity = bring(shop.url)
    assert activity.message == "6 products: 6 unchanged; 1 no longer on sale"
    assert "K-7" not in active(workspace)
    assert Product.of(workspace).count() == 7
    shop.items = type(shop.items)(shop.items) | {
        "K-7": {"product_id": 7, "title": "Kilt 7", "price": "750.00"}
    }
    bring(shop.url)
    assert "K-7" in active(workspace)


def test_a_list_of_a_few_does_not_empty_the_catalogue(bring, shop, workspace):
    bring(shop.url)
    shop.items = dict(list(shop.items.items())[:2])
    activity = bring(shop.url)
    assert len(active(workspace)) == 7
    assert "fewer than half" in activity.problems[-1]["reason"]


def test_products_of_other_sources_are_not_taken_off_sale(bring, shop, export, workspace):
    bring(export(3))
    bring(shop.url)
    assert len(active(workspace)) == 10


def test_a_file_that_is_nothing_ends_with_a_reason(bring, tmp_path, workspace):
    (tmp_path / "list.csv").write_text("a,b\n1,2\n")
    activity = bring(tmp_path / "list.csv")
    assert activity.state == "failed"
    assert "is not a Shopify or WooCommerce product export" in activity.message


def test_a_private_address_is_not_fetched(bring, workspace):
    activity = bring("http://192.168.1.1/feed.csv")
    assert activity.state == "failed"
    assert "private address" in activity.message
