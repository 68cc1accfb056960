"""Clan.com's shop API, which is read only and needs no key.

    getProducts?limit=N&newest_first=1&all_images=1
        {success, data: [[name, sku, url, description, timestamp, id], …]}
    getProductData?sku=…&all_images=1&include_categories=1
        {product_id, title, price, image, description, product_url, categories}
    getCategoryTree
        the categories, each with its children

A failure is {success: false, message}. The list has neither prices nor pictures, so each product
needs a call of its own; the shop asks for a pause of at least half a second between calls.
Source: the project's specification, details, section 5b.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from app.catalogue.importers.found import (
    BadRow,
    FoundCategory,
    FoundProduct,
    NotAPrice,
    address_of,
    moment_of,
    price_of,
    text_of_html,
)
from app.core.errors import Unavailable
from app.core.wire import Wire, WireError
from app.core.wire import wire as outgoing

BASE = "https://clan.com/clan/api"
PACE = 0.5  # seconds from the start of one call to the start of the next
SINGLE, LIST = 10, 30  # seconds to wait for an answer
LARGEST_LIST = 50_000_000  # bytes
MOST = 100_000  # products asked for in one list
SOURCE = "getProductData?sku="  # how the products of this shop are known again
DEEPEST = 20  # levels of categories; the shop has five


@dataclass(frozen=True)
class ListedProduct:
    """One row of the list: everything that is known before the product's own call."""

    name: str
    sku: str
    url: str | None
    description: str
    updated_at: Any
    external_id: str


@dataclass
class Clan:
    """The shop behind `base`, or behind `fallback` when `base` cannot be reached.

    `pace` is the least time between two calls in seconds; `clock` and `sleep` keep it.
    """

    base: str = BASE
    fallback: str | None = None
    wire: Wire = field(default_factory=lambda: outgoing)
    pace: float = PACE
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    currency: str | None = None
    _last: float | None = field(default=None, init=False, repr=False)

    def listing(self, limit: int = MOST) -> tuple[list[ListedProduct], list[BadRow]]:
        """All products by name and SKU, newest first, and the rows that are none.

        Raise Unavailable when the shop gives no list, or an empty one: the old catalogue is worth more.
        """
        told = self._ask("getProducts", LIST, limit=limit, newest_first=1, all_images=1)
        rows = told.get("data") if isinstance(told, dict) else told
        if not isinstance(rows, list) or not rows:
            raise Unavailable("The shop lists no products, so the catalogue was left as it is.")
        listed, bad, seen = [], [], set()
        for number, row in enumerate(rows, 1):
            found = _listed(row, number)
            if isinstance(found, ListedProduct) and found.sku in seen:
                found = BadRow(
                    "getProducts", number, f"The SKU {found.sku} is listed twice; the first one counts."
                )
            if isinstance(found, BadRow):
                bad.append(found)
            else:
                listed.append(found)
                seen.add(found.sku)
        return listed, bad

    def detailed(self, listed: ListedProduct) -> Iterator[FoundProduct | BadRow]:
        """One product with price, picture and categories; without them and a BadRow if its call fails."""
        failed = False
        try:
            told = self._details(listed.sku)
        except Unavailable as problem:
            told, failed = {}, True
            yield _bad(listed, f"{problem.message} The product is kept without price and picture.")
        try:
            price, currency = price_of(told.get("price"), self.currency)
        except NotAPrice as problem:
            price, currency = None, self.currency
            yield _bad(listed, f"{problem} The product is kept without it.")
        yield FoundProduct(
            external_id=str(told.get("product_id") or listed.external_id),
            sku=listed.sku,
            name=text_of_html(_words(told.get("title"))) or listed.name,
            description=text_of_html(_words(told.get("description"))) or listed.description,
            price=price,
            currency=currency,
            image_url=_picture(told.get("image")),
            url=address_of(told.get("product_url")) or listed.url,
            categories=_categories(told.get("categories")),
            updated_at=moment_of(listed.updated_at),
            source_ref=f"{SOURCE}{listed.sku}",
            is_partial=failed,
        )

    def _details(self, sku: str) -> dict[str, Any]:
        """What the shop tells about one product, by itself or under `data`. Raise Unavailable if nothing."""
        told = self._ask("getProductData", SINGLE, sku=sku, all_images=1, include_categories=1)
        if isinstance(told, dict) and isinstance(told.get("data"), dict):
            told = told["data"]
        if not isinstance(told, dict):
            raise Unavailable("The shop's answer is not a product.")
        return told

    def products(self, limit: int = MOST) -> Iterator[FoundProduct | BadRow]:
        """The whole catalogue, one call a product. Raise Unavailable, nothing yielded, if the list fails."""
        listed, bad = self.listing(limit)
        yield from bad
        for each in listed:
            yield from self.detailed(each)

    def categories(self) -> list[FoundCategory]:
        """The category tree, parents before children. Raise Unavailable when the shop gives none."""
        told = self._ask("getCategoryTree", LIST)
        tree = told.get("data", told) if isinstance(told, dict) else told
        found = list(_branches(tree))
        if not found:
            raise Unavailable("The shop lists no categories, so those known were left as they are.")
        return found

    def _ask(self, call: str, wait: float, **params: Any) -> Any:
        """The answer to one call, from the first host that gives one, else Unavailable with the reason."""
        reason = ""
        for host in dict.fromkeys([self.base, self.fallback or self.base]):
            self._keep_pace()
            try:
                answer = self.wire.get(
                    f"{host.rstrip('/')}/{call}", params=params, timeout=wait, limit=LARGEST_LIST
                )
                if answer.status >= 500:
                    reason = f"The shop answered with status {answer.status}."
                    continue
                told = answer.json()
            except (WireError, RecursionError) as error:
                reason = str(error)
                continue
            if isinstance(told, dict) and told.get("success") is False:
                raise Unavailable(f"The shop says: “{_words(told.get('message'))[:300] or 'no'}”.")
            if not answer.ok:
                raise Unavailable(f"The shop answered with status {answer.status}.")
            self.base, self.fallback = host, self.base if host != self.base else self.fallback
            return told
        raise Unavailable(reason)

    def _keep_pace(self) -> None:
        if self._last is not None:
            left = self._last + self.pace - self.clock()
            if left > 0:
                self.sleep(left)
        self._last = self.clock()


def read_clan(base: str = BASE, **how: Any) -> Iterator[FoundProduct | BadRow]:
    """The whole catalogue of the shop at `base`. `how` are the fields of `Clan`."""
    yield from Clan(base, **how).products()


def read_categories(base: str = BASE, **how: Any) -> list[FoundCategory]:
    """The category tree of the shop at `base`. `how` are the fields of `Clan`."""
    return Clan(base, **how).categories()


def _bad(listed: ListedProduct, reason: str) -> BadRow:
    return BadRow("getProductData", None, f"{listed.sku}: {reason}")


def _listed(row: object, number: int) -> ListedProduct | BadRow:
    if not isinstance(row, list) or len(row) < 6:
        return BadRow(
            "getProducts",
            number,
            "This product has not the six fields name, SKU, URL, description, time, id.",
        )
    name, sku, url, description, timestamp, identity = row[:6]
    if not _words(name).strip() or not _words(sku).strip():
        return BadRow("getProducts", number, "This product has no name or no SKU.")
    return ListedProduct(text_of_html(_words(name)), _words(sku).strip(), address_of(url),
                         text_of_html(_words(description)), timestamp,
                         _words(identity) or _words(sku).strip())  # fmt: skip


def _words(value: object) -> str:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _picture(value: object) -> str | None:
    """The address of a picture, given as an address, as {url: …}, or as a list of either."""
    pictures = value if isinstance(value, list) else [value]
    addresses = (
        address_of(each.get("url") or each.get("src") if isinstance(each, dict) else each)
        for each in pictures
    )
    return next((url for url in addresses if url), None)


def _categories(value: object) -> list[str]:
    """The categories of a product, by the ids (or, failing that, names) that the shop gives."""
    given = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else [value]
    return [_words(_identity(each) or each.get("name") if isinstance(each, dict) else each) for each in given]


def _identity(node: dict[str, Any]) -> object:
    return next((node[key] for key in ("id", "category_id", "entity_id") if node.get(key) is not None), None)


def _branches(tree: object) -> Iterator[FoundCategory]:
    """A tree as a list. A branch is {id, name, children}; a root without a name is only its children."""
    waiting: list[tuple[object, int, str | None]] = [(tree, 1, None)]
    seen: set[str] = set()
    while waiting:
        node, level, parent = waiting.pop()
        if level > DEEPEST:
            continue
        if isinstance(node, list):
            waiting += [(each, level, parent) for each in reversed(node)]
            continue
        if not isinstance(node, dict):
            continue
        identity, name = _words(_identity(node)), text_of_html(_words(node.get("name") or node.get("title")))
        children = next(
            (node[key] for key in ("children", "children_data", "subcategories") if node.get(key)), None
        )
        if identity and name and identity not in seen:
            seen.add(identity)
            yield FoundCategory(identity, name, level, parent)
            waiting.append(
                (list(children.values()) if isinstance(children, dict) else children, level + 1, identity)
            )
        elif not identity:
            below = children if children is not None else list(node.values())
            waiting.append((list(below.values()) if isinstance(below, dict) else below, level, parent))
