"""What the catalogue's tests share: an import through the verb, and products to look at."""

import pytest

from app.accounts.activity import Activity
from app.catalogue.imports import import_products

COLUMNS = "Handle,Title,Body (HTML),Type,Product Category,Tags,Published,Variant SKU,Variant Price,Image Src"


@pytest.fixture
def bring(workspace, alice):
    """Import a source through the verb, as a worker does."""

    def now(source) -> Activity:
        activity = Activity.start(workspace, "import products", "Products", alice, source=str(source))
        import_products(activity, str(source))
        return activity

    return now


@pytest.fixture
def export(tmp_path):
    """A Shopify export of so many products; one in ten has no price, one in five no picture."""

    def write(number: int, price: str = "29.95"):
        rows = [
            f"scarf-{n},Scarf {n:03},<p>Soft</p>,Scarves,Apparel > {'Wool' if n % 2 else 'Silk'},soft,TRUE,"
            f"SKU-{n},{'' if n % 10 == 0 else price},{'' if n % 5 == 0 else f'https://cdn.example.com/{n}.jpg'}"
            for n in range(number)
        ]
        path = tmp_path / "export.csv"
        path.write_text("\n".join([COLUMNS, *rows]) + "\n")
        return path

    return write
