"""Takes found products into the catalogue: a batch is a handful of statements, however large it is."""

import json
from decimal import Decimal
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from app.accounts.models import Workspace
from app.catalogue.importers import BadRow, FoundCategory, FoundProduct
from app.catalogue.importers.clan import SOURCE
from app.core.database import session
from app.core.queries import queries

sql = queries(__file__)
LONGEST_ID, LONGEST_SKU = 300, 200  # characters, as the columns have them
PATH = " > "  # how feeds write a category below another
CENT = Decimal("0.01")


class Taker:
    """One import's way into the catalogue. `add` products, `flush` now and then, read `words` at the end."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace.id
        self.seen: set[str] = set()
        self.new = self.changed = self.gone = self.bad = 0
        self.waiting: list[FoundProduct] = []
        self.problems: list[BadRow] = []
        rows = session.execute(sql["known_categories"], {"workspace": self.workspace})
        self.categories: dict[str, UUID] = dict(rows.all())
        self.from_tree = False

    @property
    def seen_count(self) -> int:
        return len(self.seen)

    def add(self, found: FoundProduct) -> None:
        """Take note of a product; the first of two with the same id counts."""
        reason = ""
        if found.external_id in self.seen:
            reason = f"“{found.name}” has the same id as a product before it; the first one counts."
        elif len(found.external_id) > LONGEST_ID or len(found.sku or "") > LONGEST_SKU:
            reason = f"The id or SKU of “{found.name}” is longer than any shop's."
        if reason:
            self.problems.append(BadRow(found.source_ref, None, reason))
            return
        self.seen.add(found.external_id)
        self.waiting.append(found)

    def flush(self) -> list[BadRow]:
        """Write what waits, and hand back what could not be taken. The caller commits."""
        batch = sorted(
            self.waiting, key=lambda found: found.external_id
        )  # one order, so no two imports deadlock
        problems, self.waiting, self.problems = self.problems, [], []
        if batch:
            known = self._ids(found.external_id for found in batch)
            self._write([found for found in batch if not found.is_partial or found.external_id not in known])
            kept = [
                known[found.external_id] for found in batch if found.is_partial and found.external_id in known
            ]
            if kept:
                back = session.execute(sql["back_on_sale"], self._with(ids=kept))
                self.changed += back.rowcount  # type: ignore[attr-defined]
        return problems

    def _write(self, batch: list[FoundProduct]) -> None:
        rows = json.dumps([_row(found) for found in batch])
        taken = session.execute(sql["take_products"], self._with(rows=rows)).all()
        ids = self._ids(found.external_id for found in batch)
        changed = {row_id for row_id, is_new in taken if not is_new}
        new = {row_id for row_id, is_new in taken if is_new}
        changed |= self._link({ids[found.external_id]: found.categories for found in batch}) - new
        self.new += len(new)
        self.changed += len(changed)
        session.execute(sql["seen_products"], self._with(ids=list(ids.values())))

    def _link(self, wanted: dict[UUID, list[str]]) -> set[UUID]:
        """Link products to their categories; returns those whose links changed."""
        self._take_paths({name for names in wanted.values() for name in names})
        pairs = {
            (product, self.categories[key])
            for product, names in wanted.items() for name in names
            if (key := _key(name)) in self.categories
        }  # fmt: skip
        linked = {
            "linked": [product for product, _ in pairs],
            "categories": [category for _, category in pairs],
        }
        gone = session.scalars(sql["drop_links"], self._with(products=list(wanted), **linked)).all()
        came = session.scalars(sql["take_links"], self._with(**linked)).all()
        return {*gone, *came}

    def take_tree(self, found: list[FoundCategory]) -> None:
        """Take the shop's own category tree; from now on its ids name the categories of products."""
        self.from_tree = True
        self._take([(_key(each.external_id), each.name, each.level, _key(each.parent_external_id or ""))
                    for each in found])  # fmt: skip

    def _take_paths(self, names: set[str]) -> None:
        """Make categories of names that are not known yet; `A > B` is B below A."""
        unknown = {name for name in names if _key(name) not in self.categories}
        if self.from_tree:
            unknown = {name for name in unknown if not name.isdigit()}  # an id that the tree does not explain
        rows: dict[str, tuple[str, str, int, str]] = {}
        for name in sorted(unknown):
            parts = [part.strip() for part in name.split(">") if part.strip()]
            for depth in range(1, len(parts) + 1):
                key, above = _key(PATH.join(parts[:depth])), _key(PATH.join(parts[: depth - 1]))
                rows.setdefault(key, (key, parts[depth - 1], depth, above))
        self._take(list(rows.values()))

    def _take(self, found: list[tuple[str, str, int, str]]) -> None:
        if not found:
            return
        names = ("external_id", "name", "level", "parent_external_id")
        rows = json.dumps([{"id": str(uuid7()), **dict(zip(names, each, strict=True))} for each in found])
        session.execute(sql["take_categories"], self._with(rows=rows))
        session.execute(sql["set_parents"], self._with(rows=rows))
        known = session.execute(sql["known_categories"], {"workspace": self.workspace})
        self.categories = dict(known.all())

    def retire(self, skus: set[str]) -> bool:
        """Take products off sale that the shop's whole list no longer has.

        Refuse when it has fewer than half of those known: that is a shop in trouble, not a sale.
        """
        here = self._with(from_shop=f"{SOURCE}%")
        if len(skus) * 2 < (session.scalar(sql["active_of_shop"], here) or 0):
            return False
        self.gone = len(session.scalars(sql["vanish"], here | {"skus": list(skus)}).all())
        return True

    def counts(self) -> dict[str, int]:
        """What came of it, in numbers."""
        unchanged = self.seen_count - self.new - self.changed
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": unchanged,
            "gone": self.gone,
            "bad": self.bad,
        }

    def words(self) -> str:
        """What came of it, such as “1,114 products: 3 new, 7 changed, 1,104 unchanged”."""
        count = self.counts()
        parts = [f"{count[name]:,} {name}" for name in ("new", "changed", "unchanged") if count[name]]
        line = f"{self.seen_count:,} product{'' if self.seen_count == 1 else 's'}"
        line += f": {', '.join(parts)}" if parts else ""
        line += f"; {self.gone:,} no longer on sale" if self.gone else ""
        return line + (f"; {self.bad:,} could not be read" if self.bad else "")

    def _ids(self, external_ids: Any) -> dict[str, UUID]:
        rows = session.execute(sql["ids_of_products"], self._with(external_ids=list(external_ids)))
        return dict(rows.all())

    def _with(self, **values: Any) -> dict[str, Any]:
        return {"workspace": self.workspace, **values}


def _key(name: str) -> str:
    """By what a category is known: its id or path, without regard to case and spaces."""
    return " ".join(name.casefold().split())[:LONGEST_ID]


def _row(found: FoundProduct) -> dict[str, Any]:
    same = "external_id", "sku", "name", "description", "currency", "stock", "image_url", "url", "is_active"
    return {
        "id": str(uuid7()), **{name: getattr(found, name) for name in same}, "source_ref": found.source_ref,
        "price": str(found.price.quantize(CENT)) if found.price is not None else None,
        "shop_updated_at": found.updated_at.isoformat() if found.updated_at else None,
    }  # fmt: skip
