"""Products, their categories, which were chosen when, and the templates that posts are made from."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Numeric, String, Table, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Owned, metadata

product_category_links = Table(
    "product_category_links",
    metadata,
    Column("product_id", Uuid, ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
    Column("category_id", Uuid, ForeignKey("product_categories.id", ondelete="CASCADE"), primary_key=True, index=True),
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


class Product(Owned):
    """Something the shop sells. A price or picture that is unknown stays empty."""

    __tablename__ = "products"
    __table_args__ = (
        UniqueConstraint("workspace_id", "external_id"),
        Index("ix_products_name", "workspace_id", "name", "id"),
        Index("ix_products_sku", "workspace_id", "sku"),
        Index("ix_products_random", "workspace_id", "random_key", postgresql_where=text("is_active")),
        Index("ix_products_words", text("(name || ' ' || coalesce(sku, '')) gin_trgm_ops"), postgresql_using="gin"),
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

    categories: Mapped[list[Category]] = relationship(secondary=product_category_links)


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


class ContentTemplate(Owned):
    """The prompt for posts about products: by focus, and by category where one fits better."""

    __tablename__ = "product_content_templates"
    __table_args__ = (
        UniqueConstraint("workspace_id", "template_name"),
        CheckConstraint("content_type IN ('feature', 'benefit', 'story')", name="content_type"),
    )
    noun = "template"

    template_name: Mapped[str] = mapped_column(String(100))
    product_category: Mapped[str | None] = mapped_column(String(100))
    content_type: Mapped[str] = mapped_column(String(50))
    template_prompt: Mapped[str] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(default=True)
