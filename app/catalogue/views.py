"""Products: the catalogue, one product, the choice of the day, templates, and the way in."""

from flask import Blueprint, Response, g, redirect, request, url_for
from pydantic import BaseModel, Field

from app.accounts.gate import may
from app.accounts.uploads import imports_of, start_import
from app.catalogue.models import Category, ContentTemplate, Product, Selection, is_stale
from app.catalogue.templates import FOCUSES, LONGEST
from app.core.ui import read, read_args, show, went
from app.platforms.models import Platform

room = Blueprint("catalogue", __name__)
SIZE = 24
DAYS = 30  # how long a product rests after it was chosen, unless a person says otherwise


class Filters(BaseModel):
    q: str = Field("", max_length=200)
    category: str = ""
    cursor: str | None = None
    days: int = Field(DAYS, ge=0, le=3650)

    @property
    def chosen(self) -> Category | None:
        return Category.of(g.workspace).get(self.category) if self.category else None


@room.get("/products")
def products() -> Response:
    asked = read_args(Filters)
    category, last = asked.chosen, Product.last_import(g.workspace)
    return show(
        "catalogue/products.html", "list_block", asked=asked, category=category,
        page=Product.search(g.workspace, asked.q, category, asked.cursor, SIZE), last_import=last,
        total=Product.found_by(g.workspace, asked.q, category).count(), stale=is_stale(last),
        categories=Category.counted(g.workspace), today=Selection.of_today(g.workspace),
    )  # fmt: skip


@room.get("/products/random")
def pick() -> Response:
    asked = read_args(Filters)
    found = Product.pick_random(g.workspace, asked.days, asked.chosen)
    where = url_for(".product", product_id=found.id, days=asked.days, category=asked.category or None)
    return redirect(where)  # type: ignore[return-value]


@room.get("/products/<uuid:product_id>")
def product(product_id: str) -> Response:
    found = Product.of(g.workspace).get(product_id)
    asked = read_args(Filters)
    return show(
        "catalogue/product.html", product=found, posts=found.posts(), asked=asked,
        history=Selection.latest(g.workspace, found), platforms=Platform.in_order(g.workspace),
        picked="days" in request.args,
    )  # fmt: skip


class Choice(BaseModel):
    platform: str = ""


@room.post("/products/<uuid:product_id>/selection")
@may("write")
def choose(product_id: str) -> Response:
    found, wanted = Product.of(g.workspace).get(product_id), read(Choice).platform
    selection = found.choose(Platform.called(g.workspace, wanted) if wanted else None, by=g.user)
    undo = url_for(".take_back", selection_id=selection.id)
    return went(
        url_for(".product", product_id=found.id), f"“{found.name}” is the product of today.", undo=undo
    )


@room.post("/products/selections/<uuid:selection_id>/removal")
@may("write")
def take_back(selection_id: str) -> Response:
    selection = Selection.of(g.workspace).get(selection_id)
    product_id = selection.product_id
    selection.take_back(by=g.user)
    return went(url_for(".product", product_id=product_id), "The choice is taken back.")


@room.get("/products/templates")
def templates() -> Response:
    found = ContentTemplate.of(g.workspace).order_by(
        ContentTemplate.content_type, ContentTemplate.template_name
    )
    return show("catalogue/templates.html", templates=found.all(), **_choices())


def _choices() -> dict[str, object]:
    names = sorted({row["name"] for row in Category.counted(g.workspace)}, key=str.casefold)
    return {"focuses": FOCUSES, "categories": names}


class TemplateForm(BaseModel):
    template_name: str = Field(min_length=1, max_length=100)
    content_type: str = Field(pattern="^(feature|benefit|story)$")
    product_category: str | None = Field(None, max_length=100)
    template_prompt: str = Field(min_length=1, max_length=LONGEST)
    is_active: bool = False


@room.post("/products/templates")
@may("write")
def add_template() -> Response:
    form = read(TemplateForm)
    ContentTemplate.add(g.workspace, g.user, **form.model_dump(exclude={"is_active"}))
    return went(url_for(".templates"), f"“{form.template_name}” is added.")


@room.post("/products/templates/<uuid:template_id>")
@may("write")
def change_template(template_id: str) -> Response:
    template = ContentTemplate.of(g.workspace).get(template_id)
    template.change(g.user, **read(TemplateForm).model_dump())
    return went(url_for(".templates"), f"“{template.template_name}” is saved.")


@room.get("/products/import")
@may("import")
def importing() -> Response:
    last = Product.last_import(g.workspace)
    recent = imports_of(g.workspace, "products")
    return show("catalogue/import.html", recent=recent, last_import=last, stale=is_stale(last))


class ImportForm(BaseModel):
    url: str = Field("", max_length=2000)
    shop: bool = False


@room.post("/products/import")
@may("import")
def bring_in() -> Response:
    form, files = read(ImportForm), request.files.getlist("files")
    activity = start_import(g.workspace, g.user, "products", url=form.url, files=files, shop=form.shop)
    return went(url_for("accounts.activity", activity_id=activity.id))
