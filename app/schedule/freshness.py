"""Products that stay true: price and stock are looked at again right before a post goes out.

A post keeps what the shop said when it was written (`posts.product_facts`). A change speaks against sending
only where it matters: the words name the old price, or the product can no longer be bought. Of many posts
at once the one query answers with nothing, as nearly every post's product is as it was.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from babel.numbers import format_currency

from app.accounts.models import Member, record
from app.core.database import session
from app.core.errors import WrongState
from app.core.queries import queries
from app.posts.product_facts import Facts, as_amount, is_sold_out, says_price
from app.schedule.models import ScheduledPost

sql = queries(__file__)
HELD = "product"  # the problem_kind of a post that is held for this


def objection(post: ScheduledPost) -> str | None:
    """What speaks against sending it, or None: “Price is now £34.95; the post was written at £29.95.”"""
    return objections([post]).get(post.id)


def objections(posts: Iterable[Any]) -> dict[UUID, str]:
    """The same of many scheduled posts (anything with an `id`) in one query; who may go is not in it."""
    return {one: sentence for one, (_, sentence) in differences([post.id for post in posts]).items()}


def differences(ids: Iterable[UUID]) -> dict[UUID, tuple[str, str]]:
    """Of each scheduled post whose product changed in a way that matters: `price` or `stock`, and a sentence."""
    wanted = list(ids)
    rows = session.execute(sql["changed_products"], {"ids": wanted}).mappings() if wanted else ()
    return {row["id"]: found for row in rows if (found := _difference(row))}


def _difference(row: Any) -> tuple[str, str] | None:
    was, today = row["product_was"], _today(row)
    if (was is None and today is None) or _same(row["accepted_facts"], today):
        return None
    if today is None:
        return "stock", f"{was.get('name', 'The product')} is no longer in the catalogue."
    if gone := _gone(was, today):
        return "stock", gone
    said = (row["title"], row["own"] or row["text"], row["parts"])
    if was is None or not _price_changed(was, today) or not says_price(said, was["price"], was.get("currency")):
        return None
    before = price_words(was)
    if today["price"] is None:
        return "price", f"The shop no longer names a price; the post was written at {before}."
    return "price", f"Price is now {price_words(today)}; the post was written at {before}."


def _gone(was: Facts | None, today: Facts) -> str | None:
    if not is_sold_out(today) or (was is not None and is_sold_out(was)):
        return None
    if not today["is_active"]:
        return f"{today['name']} is no longer on sale in the shop."
    left = was.get("stock") if was else None
    return f"{today['name']} is out of stock" + (f"; there were {left:,} when the post was written." if left else ".")


def _price_changed(was: Facts, today: Facts) -> bool:
    return (as_amount(was["price"]), was.get("currency")) != (as_amount(today["price"]), today["currency"])


def _today(row: Any) -> Facts | None:
    if row["product_id"] is None:
        return None
    price = str(row["price"]) if row["price"] is not None else None
    return {name: row[name] for name in ("name", "currency", "stock", "is_active")} | {"price": price}


def _same(accepted: Facts | None, today: Facts | None) -> bool:
    """Whether a person has said yes to exactly this."""
    if accepted is None:
        return False
    if today is None or not accepted:
        return today is None and not accepted
    return not _price_changed(accepted, today) and is_sold_out(accepted) == is_sold_out(today)


def price_words(facts: Facts) -> str:
    """A kept price as people write it, such as £29.95."""
    amount = as_amount(facts["price"])
    if amount is None:
        return "price missing"
    return format_currency(amount, facts["currency"], locale="en_GB") if facts.get("currency") else f"{amount:,.2f}"


def send_anyway(post: ScheduledPost, by: Member) -> None:
    """Let it go out although its product has changed; a later change is asked about anew. Raise WrongState."""
    by.must("schedule")
    if post.state not in ("held", "scheduled"):
        raise WrongState(f"This post is {post.state}, so there is nothing to allow.")
    row = session.execute(sql["product_of"], {"id": post.id}).mappings().one()
    difference = objection(post)
    post.accepted_facts = _today(row) or {}
    post.note("allow", f"To be sent anyway. {difference or ''}".strip(), by.name)
    record(by, "allowed a changed product", post)
    session.flush()
    if post.state == "held" and post.problem_kind == HELD:
        post.retry(by)
