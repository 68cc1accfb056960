"""Products for programs, and the doors that document 5 names."""

from typing import Any

from flask import Blueprint, g
from pydantic import BaseModel, Field

from app.accounts.gate import may
from app.catalogue.models import Category, Product
from app.core.errors import Missing
from app.core.ui import cards, envelope, read, read_args

room = Blueprint("catalogue_api", __name__, url_prefix="/api")


class Asked(BaseModel):
    q: str = Field("", max_length=200)
    category: str = ""
    cursor: str | None = None
    limit: int = Field(20, ge=1, le=100)
    days: int = Field(30, ge=0, le=3650)

    @property
    def chosen(self) -> Category | None:
        return Category.of(g.workspace).get(self.category) if self.category else None


@room.get("/v1/products")
def products() -> dict[str, Any]:
    """Active products by name. `q` searches name and SKU, `category` is an id, `cursor` goes on."""
    asked = read_args(Asked)
    page = Product.search(g.workspace, asked.q, asked.chosen, asked.cursor, asked.limit)
    total = Product.found_by(g.workspace, asked.q, asked.chosen).count()
    return envelope(cards(page), total=total, next_cursor=page.next_cursor)


@room.get("/v1/products/random")
def pick() -> dict[str, Any]:
    """Any active product that was not chosen within `days` days, of a `category` if its id is given."""
    asked = read_args(Asked)
    return envelope(Product.pick_random(g.workspace, asked.days, asked.chosen).card())


@room.get("/v1/products/<uuid:product_id>")
def product(product_id: str) -> dict[str, Any]:
    """One product with its categories."""
    found = Product.of(g.workspace).get(product_id)
    return envelope(found.card() | {"categories": [category.name for category in found.categories]})


@room.get("/daily-product-posts/categories")
def categories() -> dict[str, Any]:
    """Document 5's categories with their number of products."""
    rows = [{"id": str(row["id"]), "name": row["name"], "level": row["depth"] + 1, "count": row["products"]}
            for row in Category.counted(g.workspace)]  # fmt: skip
    return {"success": True, "categories": rows, "count": len(rows)}


class Wanted(BaseModel):
    product_id: str = ""
    sku: str = Field("", max_length=200)
    days: int = Field(30, ge=0, le=3650)


@room.post("/daily-product-posts/select-product")
@may("write")
def select_product() -> dict[str, Any]:
    """Document 5's choice of the day: by `product_id` or `sku`, or any when both are empty."""
    wanted = read(Wanted)
    if wanted.product_id:
        found: Product | None = Product.of(g.workspace).get(wanted.product_id)
    elif wanted.sku:
        found = Product.of(g.workspace).where(Product.sku == wanted.sku).first()
    else:
        found = Product.pick_random(g.workspace, wanted.days)
    if found is None:
        raise Missing(f"There is no product with the SKU {wanted.sku}.")
    found.choose(None, by=g.user)
    return {"success": True, "product": found.card()}
