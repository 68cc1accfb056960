"""Bringing products in. `read_products` tells the kind of a source by what is in it."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from app.catalogue.importers.found import BadRow, FoundCategory, FoundProduct, Upload
from app.catalogue.importers.merchant import NAMESPACE, is_merchant, read_merchant_feed, read_merchant_table
from app.catalogue.importers.shopify import is_shopify, read_shopify
from app.catalogue.importers.table import Table
from app.catalogue.importers.woocommerce import is_woocommerce, read_woocommerce
from app.core.errors import Invalid, Unavailable
from app.core.wire import Forbidden, TooBig, Wire, WireError
from app.core.wire import wire as outgoing

__all__ = ["BadRow", "FoundCategory", "FoundProduct", "Upload", "read_products"]

LARGEST_DOWNLOAD = 100_000_000  # bytes
KINDS = "a Shopify or WooCommerce product export (CSV) or a Google Merchant feed"


def read_products(
    source: str | Path | Upload, wire: Wire = outgoing, currency: str | None = None, shop: str | None = None
) -> Iterator[FoundProduct | BadRow]:
    """Yield every product of a source, and a BadRow for every place that could not be read.

    A `str` is a web address, a `Path` a file on this machine or a folder of such files, an `Upload`
    a file that somebody sent. `currency` (ISO 4217) is for sources that name none, `shop` the web
    address that a Shopify product's own is made from. Raise Invalid when the source as a whole is
    nothing we know, Unavailable when an address does not answer. Memory does not grow with the source.
    """
    if isinstance(source, Path):
        yield from _on_this_machine(source, currency, shop)
    elif isinstance(source, Upload):
        yield from _by_content(source.file, source.name, currency, shop)
    else:
        yield from _fetched(source, wire, currency, shop)


def _on_this_machine(path: Path, currency: str | None, shop: str | None) -> Iterator[FoundProduct | BadRow]:
    if path.is_dir():
        files = sorted(
            file for file in path.iterdir() if file.suffix.lower() in (".csv", ".tsv", ".xml", ".rss")
        )
        if not files:
            raise Invalid(f"There is no product file (.csv, .tsv or .xml) in {path.name}.")
        for file in files:
            try:
                yield from _on_this_machine(file, currency, shop)
            except Invalid as problem:  # one file of a folder is one row of it
                yield BadRow(file.name, None, problem.message)
        return
    try:
        file = path.open("rb")
    except OSError as error:
        raise Invalid(f"{path} cannot be opened: {error.strerror}.") from error
    with file:
        yield from _by_content(file, path.name, currency, shop)


def _fetched(
    address: str, wire: Wire, currency: str | None, shop: str | None
) -> Iterator[FoundProduct | BadRow]:
    try:
        answer = wire.get(address, timeout=30, limit=LARGEST_DOWNLOAD)
    except (Forbidden, TooBig) as error:
        raise Invalid(str(error)) from error
    except WireError as error:
        raise Unavailable(str(error)) from error
    if not answer.ok:
        raise Unavailable(f"{address} answered with status {answer.status}, so nothing was read.")
    yield from _by_content(BytesIO(answer.body), address, currency, shop)


def _by_content(
    file: BinaryIO, name: str, currency: str | None, shop: str | None
) -> Iterator[FoundProduct | BadRow]:
    """Tell a feed by its first bytes and a table by its column names."""
    head = file.read(16_384)
    file.seek(0)
    plain = (
        head.replace(b"\0", b"")
        .removeprefix(b"\xef\xbb\xbf")
        .removeprefix(b"\xff\xfe")
        .removeprefix(b"\xfe\xff")
    )
    if plain.lstrip().startswith(b"<"):
        if NAMESPACE not in plain:
            raise Invalid(f"{name} is not {KINDS}.")
        yield from read_merchant_feed(file, name, currency)
        return
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Invalid(f"{name} is a zip or an Excel file. Save it as CSV first.")
    table = Table(file, name)
    if is_shopify(table.columns):
        yield from read_shopify(table, name, currency, shop)
    elif is_woocommerce(table.columns):
        yield from read_woocommerce(table, name, currency)
    elif is_merchant(table.columns):
        yield from read_merchant_table(table, name, currency)
    else:
        shown = ", ".join(column for column in table.columns[:6] if column)[:200]
        raise Invalid(f"{name} is not {KINDS}. Its first line reads: {shown or 'nothing'}.")
