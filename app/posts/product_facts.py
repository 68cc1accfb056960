"""What the shop said of a post's product when the post was written: the price, the stock, whether it was on sale.

The post keeps it, so that somebody can see later what has changed since. It stays as it was for as long as
the text repeats it: a save that mends a comma does not make an old price new.
"""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from app.catalogue.models import Product
from app.rewriting.figures import figures

Facts = dict[str, Any]


def facts_of(product: Product) -> Facts:
    """What is kept of a product: name, price (a text), currency, stock, whether it is on sale."""
    return {
        "name": product.name, "price": str(product.price) if product.price is not None else None,
        "currency": product.currency, "stock": product.stock, "is_active": product.is_active,
    }  # fmt: skip


def facts_when_written(product: Product, source: dict[str, Any] | None) -> Facts:
    """The same for a text that was rewritten from `source`, whose price may be older than the catalogue's."""
    facts, told = facts_of(product), (source or {}).get("facts", {}).get("price")
    if told and told != product.price_words:
        readings = [one for figure in figures(str(told)) if figure.kind == "price" for one in figure.readings]
        if readings:
            currency, value = readings[0]
            facts |= {"price": str(value), "currency": currency}
    return facts


def facts_after(was: Facts | None, product: Product, texts: Iterable[str | None]) -> Facts:
    """What a post keeps after a save: a price that its words still say stays, as does stock that has run out."""
    fresh = facts_of(product)
    if was is None:
        return fresh
    if says_price(texts, was.get("price"), was.get("currency")):
        fresh |= {"price": was["price"], "currency": was.get("currency")}
    if not is_sold_out(was) and is_sold_out(fresh):
        fresh |= {"stock": was.get("stock"), "is_active": was.get("is_active", True)}
    return fresh


def is_sold_out(facts: Facts) -> bool:
    """Whether nobody can buy it: none are left, or the shop has taken it off sale."""
    stock = facts.get("stock")
    return not facts.get("is_active", True) or (stock is not None and stock <= 0)


def says_price(texts: Iterable[str | None], price: str | None, currency: str | None) -> bool:
    """Whether one of the texts names that price, with the currency or as a bare figure such as 29.95."""
    amount = as_amount(price)
    if amount is None:
        return False
    for text in texts:
        for figure in figures(text or ""):
            if figure.kind == "price" and any(
                value == amount and (currency is None or sign == currency) for sign, value in figure.readings
            ):
                return True
            if figure.kind == "number" and amount % 1 and amount in figure.readings:
                return True
    return False


def as_amount(price: str | None) -> Decimal | None:
    """A kept price as a number that compares equal however it is written."""
    try:
        return Decimal(price).normalize() if price is not None else None
    except InvalidOperation:
        return None
