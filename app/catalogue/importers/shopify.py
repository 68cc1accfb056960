"""Shopify's product export: one row a variant or picture, the rows of a product share a handle.

Columns: https://help.shopify.com/en/manual/products/import-export/using-csv (the names of both the
layout until 2024 and the one since).
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from app.catalogue.importers.found import (
    BadRow,
    FoundProduct,
    NotAPrice,
    address_of,
    count_of,
    price_of,
    text_of_html,
)
from app.catalogue.importers.table import Line

HANDLE = ("handle", "url handle")
PRICE = ("variant price", "price")
SKU = ("variant sku", "sku")


def is_shopify(columns: Iterable[str]) -> bool:
    """Whether these column names (lower case) are those of a Shopify export."""
    names = set(columns)
    return bool(names & set(HANDLE)) and "title" in names and bool(names & set(PRICE))


def read_shopify(
    rows: Iterable[Line | BadRow], name: str, currency: str | None = None, shop: str | None = None
) -> Iterator[FoundProduct | BadRow]:
    """The products of an export. The file names no currency, so it is the one given, or none.

    `shop` is the shop's web address, from which a product's own is made; without it, none is.
    """
    group: list[Line] = []
    seen: set[str] = set()
    for row in rows:
        if isinstance(row, BadRow):
            yield row
            continue
        handle = row.get(*HANDLE)
        if not handle:
            yield BadRow(name, row.number, "This row has no handle, so it belongs to no product.")
        elif group and group[0].get(*HANDLE) == handle:
            group.append(row)
        elif handle in seen:
            yield BadRow(name, row.number, f"The handle “{handle}” stands apart from its other rows.")
        else:
            if group:
                yield from _product(group, name, currency, shop)
            seen.add(handle)
            group = [row]
    if group:
        yield from _product(group, name, currency, shop)


def _product(
    rows: list[Line], name: str, currency: str | None, shop: str | None
) -> Iterator[FoundProduct | BadRow]:
    first = next((row for row in rows if row.get("title")), None)
    if first is None:
        yield BadRow(name, rows[0].number, f"The product “{rows[0].get(*HANDLE)}” has no title.")
        return
    prices: list[Decimal] = []
    for row in rows:
        try:
            price, currency = price_of(row.get(*PRICE), currency)
        except NotAPrice as problem:
            yield BadRow(name, row.number, f"{problem} “{first.get('title')}” was read without it.")
        else:
            prices += [] if price is None else [price]
    yield FoundProduct(
        external_id=first.get(*HANDLE),
        sku=next((row.get(*SKU) for row in rows if row.get(*SKU)), None),
        name=first.get("title"),
        description=text_of_html(first.get("body (html)", "body html", "description")),
        price=min(prices, default=None),
        currency=currency,
        stock=_stock(rows),
        image_url=_picture(rows),
        url=address_of(f"{shop.rstrip('/')}/products/{first.get(*HANDLE)}") if shop else None,
        categories=_categories(first),
        is_active=_is_active(first),
        source_ref=f"{name}:{first.number}",
        variants_count=max(1, sum(1 for row in rows if row.get(*PRICE) or row.get(*SKU))),
    )


def _categories(row: Line) -> list[str]:
    return [row.get("product category"), row.get("type", "product type"), *row.get("tags").split(",")]


def _stock(rows: list[Line]) -> int | None:
    """The sum over the variants that Shopify keeps count of. Without a tracker a figure means nothing."""
    counts = [count_of(row.get("variant inventory qty", "inventory quantity")) for row in rows
              if row.get("variant inventory tracker", "inventory tracker")]  # fmt: skip
    told = [count for count in counts if count is not None]
    return sum(told) if told else None


def _picture(rows: list[Line]) -> str | None:
    """The picture in first position; where positions are not told, the first one."""
    pictures = [
        (row.get("image position") or "1", address_of(row.get("image src", "product image url")))
        for row in rows
    ]
    found = [(place, url) for place, url in pictures if url]
    return next((url for place, url in found if place == "1"), found[0][1] if found else None)


def _is_active(row: Line) -> bool:
    published = row.get("published", "published on online store").lower() not in ("false", "no", "0")
    return published and row.get("status").lower() in ("", "active")
