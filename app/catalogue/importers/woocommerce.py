"""WooCommerce's product export: one row a product; variations are rows of their own that name their parent.

Columns: https://github.com/woocommerce/woocommerce/wiki/Product-CSV-Import-Schema
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from app.catalogue.importers.found import (
    BadRow,
    FoundProduct,
    NotAPrice,
    address_of,
    count_of,
    moment_of,
    price_of,
    text_of_html,
)
from app.catalogue.importers.table import Line, Table
from app.core.time import now


def is_woocommerce(columns: Iterable[str]) -> bool:
    """Whether these column names (lower case) are those of a WooCommerce export."""
    return {"name", "regular price"} <= set(columns)


@dataclass
class _Variations:
    """What is kept of a product's variations: little, since a shop may have a hundred thousand."""

    prices: list[Decimal] = field(default_factory=list)
    stock: int | None = None
    count: int = 0

    def add(self, price: Decimal | None, stock: int | None) -> None:
        self.prices = [min([*self.prices, price])] if price is not None else self.prices
        self.stock = self.stock if stock is None else (self.stock or 0) + stock
        self.count += 1

    def __add__(self, other: "_Variations") -> "_Variations":
        stocks = [stock for stock in (self.stock, other.stock) if stock is not None]
        return _Variations(
            self.prices + other.prices, sum(stocks) if stocks else None, self.count + other.count
        )


def read_woocommerce(table: Table, name: str, currency: str | None = None) -> Iterator[FoundProduct | BadRow]:
    """The products of an export, drafts and private ones as inactive. The file names no currency.

    Variations may stand anywhere, so they are gathered in a first reading.
    """
    variations: dict[str, _Variations] = {}
    for row in table:
        if isinstance(row, Line) and _is_variation(row):
            price, _, problem = _price(row, currency)
            variations.setdefault(row.get("parent").lower(), _Variations()).add(price, _stock(row))
            if problem:
                yield BadRow(name, row.number, f"{problem} The variation was read without it.")
    for row in table:
        if isinstance(row, BadRow):
            yield row
        elif not _is_variation(row):
            yield from _product(row, name, currency, variations)


def _is_variation(row: Line) -> bool:
    return "variation" in row.get("type").lower().split(", ")


def _product(
    row: Line, name: str, currency: str | None, variations: dict[str, _Variations]
) -> Iterator[FoundProduct | BadRow]:
    number, sku, title = row.get("id"), row.get("sku"), row.get("name")
    if not title or not (number or sku):
        yield BadRow(name, row.number, "A product needs a name, and an ID or SKU.")
        return
    below = variations.get(f"id:{number}", _Variations()) + variations.get(sku.lower() or "-", _Variations())
    price, told, problem = _price(row, currency)
    if problem:
        yield BadRow(name, row.number, f"{problem} “{title}” was read without it.")
    yield FoundProduct(
        external_id=number or sku,
        sku=sku or None,
        name=text_of_html(title),
        description=text_of_html(
            (row.get("description") or row.get("short description")).replace("\\n", "\n")
        ),
        price=min(below.prices, default=price),
        currency=told,
        stock=_stock(row, below.stock),
        image_url=next((url for part in row.get("images").split(",") if (url := address_of(part))), None),
        url=address_of(row.get("permalink", "product url", "external url")),
        categories=[*_parts(row.get("categories")), *_parts(row.get("tags"))],
        is_active=row.get("published") in ("", "1") and "private" not in row.get("visibility in catalog"),
        source_ref=f"{name}:{row.number}",
        variants_count=max(1, below.count),
    )


def _price(row: Line, currency: str | None) -> tuple[Decimal | None, str | None, str | None]:
    """Price, currency, and what is wrong with it: the sale price while a sale lasts, or the regular one."""
    starts, ends = moment_of(row.get("date sale price starts")), moment_of(row.get("date sale price ends"))
    on_sale = row.get("sale price") and (not starts or starts <= now()) and (not ends or ends >= now())
    try:
        return *price_of(row.get("sale price") if on_sale else row.get("regular price"), currency), None
    except NotAPrice as problem:
        return None, currency, str(problem)


def _stock(row: Line, below: int | None = None) -> int | None:
    """The figure of the row, else that of its variations, else none left where the row says so."""
    counted = count_of(row.get("stock"))
    counted = below if counted is None else counted
    return 0 if counted is None and row.get("in stock?").lower() in ("0", "no", "outofstock") else counted


def _parts(text: str) -> list[str]:
    """Names between commas; a comma with a backslash belongs to its name."""
    return [part.replace("\\,", ",").strip() for part in re.split(r"(?<!\\),", text)]
