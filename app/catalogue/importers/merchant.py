"""Google Merchant feeds: RSS 2.0 or Atom with the `g:` namespace, or the same fields as a table.

Fields: https://support.google.com/merchants/answer/7052112
"""

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

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
from app.core.errors import Invalid

NAMESPACE = b"base.google.com/ns/1.0"
_FORBIDDEN = bytes(set(range(32)) - {9, 10, 13})  # XML 1.0 section 2.2


class _Lines:
    """A file read line by line, so that the parser's place in it is known, without forbidden characters."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.number, self.next, self.wide = file, 0, 1, False

    def read(self, size: int) -> bytes:
        line = self.file.readline(size)
        if self.number == 0:
            self.wide = line.startswith((b"\xff\xfe", b"\xfe\xff"))
        self.number = self.next
        self.next += line.endswith(b"\n")
        return line if self.wide else line.translate(None, _FORBIDDEN) or (line and b" ")


def is_merchant(columns: Iterable[str]) -> bool:
    """Whether these column names (lower case) are those of a Merchant table."""
    names = {column.replace("_", " ") for column in columns}
    return {"id", "title", "price"} <= names and bool(names & {"image link", "availability", "link"})


def read_merchant_table(
    rows: Iterable[Line | BadRow], name: str, currency: str | None = None
) -> Iterator[FoundProduct | BadRow]:
    """The products of a Merchant table, one a row."""
    for row in rows:
        if isinstance(row, BadRow):
            yield row
        else:
            cells = {column.replace("_", " "): value.strip() for column, value in row.cells.items()}
            yield from _product(
                lambda field, cells=cells: cells.get(field.replace("_", " "), ""), name, row.number, currency
            )


def read_merchant_feed(
    file: BinaryIO, name: str, currency: str | None = None
) -> Iterator[FoundProduct | BadRow]:
    """The products of a Merchant feed, read as a stream. Raise Invalid when there is no XML at all.

    Where the XML breaks off, what came before it is kept and the place is a BadRow.
    """
    lines, started, path = _Lines(file), 0, []
    try:
        for event, element in iterparse(lines, events=("start", "end")):
            kind = element.tag.rsplit("}", 1)[-1]
            if event == "start":
                path.append(element)
                started = lines.number if kind in ("item", "entry") else started
                continue
            path.pop()
            if kind in ("item", "entry"):
                yield from _product(_fields(element).get, name, started, currency)
                if path:
                    path[-1].remove(element)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        if not started:
            raise Invalid(f"{name} is not a product feed that can be read.") from error
        yield BadRow(name, lines.number, "The file breaks off here. What stands before it was read.")


def _fields(item: Element) -> dict[str, str]:
    """The fields of an item by their plain name, those of the `g:` namespace before RSS's own."""
    told: dict[str, str] = {}
    for child in item:
        space, _, name = child.tag.rpartition("}")
        value = (child.text or "").strip() or child.get("href", "")
        if value and (name not in told or (NAMESPACE.decode() in space and name != "product_type")):
            told[name] = value
    return told


def _product(
    field: Callable[[str], str | None], name: str, line: int, currency: str | None
) -> Iterator[FoundProduct | BadRow]:
    number, title = field("id") or "", text_of_html(field("title") or "")
    if not number or not title:
        yield BadRow(name, line, "A product needs an id and a title.")
        return
    price = None
    try:
        price, currency = price_of(field("sale_price") or field("price"), currency)
    except NotAPrice as problem:
        yield BadRow(name, line, f"{problem} “{title}” was read without it.")
    availability = (field("availability") or "").replace("_", " ").lower()
    yield FoundProduct(
        external_id=number,
        sku=field("mpn") or number,
        name=title,
        description=text_of_html(field("description") or field("summary") or ""),
        price=price,
        currency=currency,
        stock=0 if availability == "out of stock" else count_of(field("quantity")),
        image_url=address_of(field("image_link")),
        url=address_of(field("link")),
        categories=[
            text_of_html(field("product_type") or ""),
            text_of_html(field("google_product_category") or ""),
        ],
        is_active=True,
        source_ref=f"{name}:{line}",
    )
