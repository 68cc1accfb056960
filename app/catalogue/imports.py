"""Bringing products in: in batches, each product once, and never at the price of what is known already."""

import re
from collections.abc import Iterator
from pathlib import Path

from app.accounts.activity import Activity
from app.accounts.models import Workspace
from app.accounts.uploads import SHOP, sent_files, watched
from app.catalogue.importers import BadRow, FoundProduct, read_products
from app.catalogue.importers.clan import Clan
from app.catalogue.stock_taking import Taker
from app.core.database import session
from app.core.errors import Invalid, Unavailable
from app.core.settings import settings

BATCH = 500  # products between two commits
BATCH_OF_CALLS = 5  # the shop is asked twice a second at most, and a person watches
_API = re.compile(r"^https?://\S+/api/?$")


def import_products(activity: Activity, source: str) -> None:
    """Read every product of `source` into the catalogue, to the activity's end.

    `source` is `clan` for the shop of the settings, the address of such an API (it ends with /api),
    the address of a feed, or a path on this machine. What changed is changed, what is equal left
    alone; a place that cannot be read costs no other. Nothing is ever published by an import.
    """
    with watched(activity):
        workspace = session.get(Workspace, activity.workspace_id)
        assert workspace is not None
        taker = Taker(workspace)
        if source == SHOP or _API.match(source):
            _from_shop(
                activity, taker, settings().clan_api_url if source == SHOP else source, workspace.currency
            )
        else:
            _from_files(activity, taker, source, workspace.currency)
        activity.done = taker.seen_count
        activity.finish(taker.words(), **taker.counts())


def _from_files(activity: Activity, taker: Taker, source: str, currency: str | None) -> None:
    for number, found in enumerate(_found(source, currency), 1):
        if isinstance(found, BadRow):
            _note(activity, taker, found)
        else:
            taker.add(found)
        if number % BATCH == 0:
            _flush(activity, taker, taker.seen_count)
    _flush(activity, taker, taker.seen_count)


def _found(source: str, currency: str | None) -> Iterator[FoundProduct | BadRow]:
    """What a source holds. Of several files that were sent, one that is nothing we know is one problem."""
    files = sent_files(source)
    if files is None:
        yield from read_products(source if "://" in source else Path(source), currency=currency)
        return
    for file in files:
        try:
            yield from read_products(file, currency=currency)
        except Invalid as problem:
            if len(files) == 1:
                raise
            yield BadRow(file.name, None, problem.message)


def _from_shop(activity: Activity, taker: Taker, base: str, currency: str | None) -> None:
    """The list first: when it fails, nothing has been touched. Then the tree, then one call a product."""
    shop = Clan(base, currency=currency)
    activity.step(0, message="Asking the shop for its list.")
    listed, bad = shop.listing()
    try:
        taker.take_tree(shop.categories())
    except Unavailable as problem:
        _note(activity, taker, BadRow("getCategoryTree", None, problem.message))
    for row in bad:
        _note(activity, taker, row)
    for number, each in enumerate(listed, 1):
        for found in shop.detailed(each):
            if isinstance(found, BadRow):
                _note(activity, taker, found)
            else:
                taker.add(found)
        if number % BATCH_OF_CALLS == 0:
            _flush(activity, taker, number, len(listed))
    _flush(activity, taker, len(listed), len(listed))
    if bad:
        reason = "Some rows of the list could not be read, so no product was taken off sale this time."
        _note(activity, taker, BadRow("getProducts", None, reason))
    elif not taker.retire({each.sku for each in listed}):
        reason = "The list has fewer than half of the products known, so none was taken off sale."
        _note(activity, taker, BadRow("getProducts", None, reason))


def _flush(activity: Activity, taker: Taker, done: int, total: int | None = None) -> None:
    for row in taker.flush():
        _note(activity, taker, row)
    activity.step(done, total, taker.words())


def _note(activity: Activity, taker: Taker, row: BadRow) -> None:
    taker.bad += 1
    activity.problem(row.file if row.line is None else f"{row.file}, line {row.line}", row.reason)
