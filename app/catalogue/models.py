"""Products, their categories, which were chosen when, and the templates that posts are made from."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from babel.numbers import format_currency
from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    exists,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from app.accounts.models import Member, Workspace, record
from app.catalogue.templates import ContentTemplate
from app.core.database import Finder, Owned, metadata, session
from app.core.errors import Invalid, Missing
from app.core.pages import Page
from app.core.queries import queries
from app.core.time import now, zone
from app.platforms.models import Platform

__all__ = [
    "Category",
    "ContentTemplate",
    "Product",
    "Selection",
    "is_stale",
    "product_category_links",
    "today",
]

sql = queries(__file__)
FRESH = timedelta(hours=24)  # an older copy of the shop counts as stale

product_category_links = Table(
    "product_category_links",
    metadata,
    Column("product_id", Uuid, ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "category_id",
        Uuid,
        ForeignKey("product_categories.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
    Column("workspace_id", Uuid, ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False),
)


class Category(Owned):
    """A branch of the shop's category tree."""

    __tablename__ = "product_categories"
    __table_args__ = (UniqueConstraint("workspace_id", "external_id"),)
    noun = "category"

    external_id: Mapped[str] = mapped_column(String(300))
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, default="")
    level: Mapped[int] = mapped_column(default=0)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("product_categories.id", ondelete="SET NULL"))

    @classmethod
    def counted(cls, workspace: Any) -> list[dict[str, Any]]:
        """The tree as a list, parents before children: id, name, depth (0 is outermost), and how many
        active products each has, those of its branches included. Empty branches are left out.
        """
        return [
            dict(row) for row in session.execute(sql["categories"], {"workspace": workspace.id}).mappings()
        ]

    def with_branches(self) -> list[UUID]:
        """The ids of this category and of all below it."""
        return list(session.scalars(sql["branches"], {"category": self.id}))


class Product(Owned):
    """Something the shop sells. A price or picture that is unknown stays empty."""

    __tablename__ = "products"
    __table_args__ = (
        UniqueConstraint("workspace_id", "external_id"),
        Index("ix_products_name", "workspace_id", "name", "id"),
        Index("ix_products_sku", "workspace_id", "sku"),
        Index("ix_products_random", "workspace_id", "random_key", postgresql_where=text("is_active")),
        Index(
            "ix_products_words",
            text("(name || ' ' || coalesce(sku, '')) gin_trgm_ops"),
            postgresql_using="gin",
        ),
    )
    noun = "product"

    external_id: Mapped[str] = mapped_column(String(300))
    sku: Mapped[str | None] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, default="")
    price: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    currency: Mapped[str | None] = mapped_column(String(3))
    stock: Mapped[int | None]
    image_url: Mapped[str | None] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(default=True)
    source_ref: Mapped[str] = mapped_column(Text, default="")
    random_key: Mapped[float] = mapped_column(server_default=text("random()"))
    shop_updated_at: Mapped[datetime | None]
    imported_at: Mapped[datetime | None]

    categories: Mapped[list[Category]] = relationship(
        secondary=product_category_links, order_by=Category.level.desc()
    )

    @property
    def price_words(self) -> str:
        """The price as people write it, such as £29.95; says so when it is missing."""
        if self.price is None:
            return "price missing"
        return (
            format_currency(self.price, self.currency, locale="en_GB")
            if self.currency
            else f"{self.price:,.2f}"
        )

    @property
    def stock_words(self) -> str:
        """How many there are, as far as the shop says."""
        if self.stock is None:
            return "stock not told"
        return f"{self.stock:,} in stock" if self.stock else "out of stock"

    @classmethod
    def found_by(cls, workspace: Any, words: str = "", category: Category | None = None) -> Finder[Self]:
        """Active products whose name or SKU has every word, in a category or its branches."""
        finder = cls.of(workspace).where(cls.is_active)
        for word in words.split()[:10]:
            finder = finder.where(
                (cls.name + " " + func.coalesce(cls.sku, "")).icontains(word, autoescape=True)
            )
        return finder.where(_in(category)) if category else finder

    @classmethod
    def search(
        cls,
        workspace: Any,
        words: str = "",
        category: Category | None = None,
        cursor: str | None = None,
        size: int = 24,
    ) -> Page[Self]:
        """One page of what `found_by` finds, by name."""
        return cls.found_by(workspace, words, category).page(cursor, size, by=cls.name, descending=False)

    @classmethod
    def pick_random(cls, workspace: Any, within_days: int = 30, category: Category | None = None) -> Self:
        """Any active product that was not chosen within so many days, today counted.

        Raise Missing, with what to do, when there is none. Walks the index on random_key from a random
        place on; `choose` gives the product a new key.
        """
        start = random.random()  # noqa: S311 (nobody gains by guessing it)
        since = today(workspace) - timedelta(days=within_days)
        chosen = exists().where(Selection.product_id == cls.id, Selection.selected_date > since)
        finder = cls.found_by(workspace, category=category).where(~chosen).order_by(cls.random_key)
        found = finder.where(cls.random_key >= start).first() or finder.where(cls.random_key < start).first()
        if found is None:
            raise Missing(
                f"Every product here was chosen within the last {within_days} days. Take fewer days."
                if cls.found_by(workspace, category=category).first()
                else "There is no product to choose from yet."
            )
        return found

    def choose(self, platform: Platform | None, by: Member | None) -> "Selection":
        """Make it the product of today, on the workspace's clocks. Raise Invalid when it is not on sale."""
        if by:
            by.must("write")
        if not self.is_active:
            raise Invalid(f"“{self.name}” is not on sale in the shop now, so it cannot be chosen.")
        workspace = session.get(Workspace, self.workspace_id)
        day, platform_id = today(workspace), platform.id if platform else None
        same = Selection.product_id == self.id, Selection.selected_date == day
        known = Selection.of(workspace).where(*same, Selection.platform_id == platform_id).first()
        if known:
            return known
        selection = Selection(
            workspace_id=self.workspace_id, product_id=self.id, selected_date=day, platform_id=platform_id
        )
        session.add(selection)
        self.random_key = random.random()  # noqa: S311
        record(by, "chose a product", self, day=day)
        session.flush()
        return selection

    def posts(self) -> list[dict[str, Any]]:
        """The posts that were made of it, newest first: id, first words, state, and when they went out."""
        return [
            dict(row) for row in session.execute(sql["posts_of_product"], {"product": self.id}).mappings()
        ]

    @classmethod
    def last_import(cls, workspace: Any) -> datetime | None:
        """When the catalogue was last read from its source."""
        return session.scalar(select(func.max(cls.imported_at)).where(cls.workspace_id == workspace.id))

    def card(self) -> dict[str, Any]:
        """What a program reads; an unknown price is null, never a guess."""
        shown = (
            "external_id",
            "sku",
            "name",
            "description",
            "currency",
            "stock",
            "image_url",
            "url",
            "is_active",
        )
        return {
            "id": str(self.id), **{name: getattr(self, name) for name in shown},
            "price": str(self.price) if self.price is not None else None,
            "price_words": self.price_words,
        }  # fmt: skip


def _in(category: Category) -> Any:
    links = product_category_links.c
    return exists().where(links.product_id == Product.id, links.category_id.in_(category.with_branches()))


def is_stale(moment: datetime | None) -> bool:
    """Whether a catalogue read at that moment is older than a day."""
    return moment is not None and now() - moment > FRESH


def today(workspace: Any) -> date:
    """The day on the workspace's clocks."""
    return now().astimezone(zone(workspace.zone)).date()


class Selection(Owned):
    """A product chosen on a day for a platform, and what came of it."""

    __tablename__ = "product_selections"
    __table_args__ = (Index("ix_product_selections_recent", "workspace_id", "selected_date", "product_id"),)
    noun = "selection"

    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), index=True)
    selected_date: Mapped[date]
    platform_id: Mapped[UUID | None] = mapped_column(ForeignKey("platforms.id", ondelete="SET NULL"))
    post_id: Mapped[UUID | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"))
    content_generated: Mapped[str | None] = mapped_column(Text)
    posted_at: Mapped[datetime | None]
    engagement_metrics: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)

    product: Mapped[Product] = relationship()
    platform: Mapped[Platform | None] = relationship(lazy="joined")

    @classmethod
    def latest(cls, workspace: Any, product: Product | None = None, number: int = 30) -> list[Self]:
        """The newest selections, of one product if it is named."""
        finder = cls.of(workspace).options(joinedload(cls.product))
        finder = finder.where(cls.product_id == product.id) if product else finder
        return finder.order_by(cls.selected_date.desc(), cls.created_at.desc()).limit(number).all()

    @classmethod
    def of_today(cls, workspace: Any) -> Self | None:
        """What was chosen for today, the latest first."""
        finder = (
            cls.of(workspace).options(joinedload(cls.product)).where(cls.selected_date == today(workspace))
        )
        return finder.order_by(cls.created_at.desc()).first()

    def take_back(self, by: Member | None) -> None:
        """Undo the choice. Raise Invalid once something was posted of it."""
        if by:
            by.must("write")
        if self.posted_at:
            raise Invalid("This choice has been posted already, so it stays in the history.")
        record(by, "took back a choice", self.product)
        session.delete(self)
