"""Finding products, picking one at random, choosing it for the day, and the pages that show it."""

from datetime import timedelta

import pytest

from app.catalogue.models import Category, ContentTemplate, Product, Selection, is_stale, today
from app.catalogue.templates import load_templates
from app.core.database import session
from app.core.errors import Invalid, Missing, NotAllowed
from app.core.time import now


@pytest.fixture
def products(bring, export, workspace):
    bring(export(40))
    return Product.of(workspace).order_by(Product.name).all()


def test_it_is_found_by_name_sku_and_category(products, workspace):
    assert [p.name for p in Product.search(workspace, "scarf 007")] == ["Scarf 007"]
    assert [p.sku for p in Product.search(workspace, "sku-39")] == ["SKU-39"]
    assert len(Product.search(workspace, "100%")) == 0
    apparel = Category.of(workspace).where(Category.name == "Apparel").first()
    silk = Category.of(workspace).where(Category.name == "Silk").first()
    assert Product.found_by(workspace, "", apparel).count() == 40
    assert Product.found_by(workspace, "", silk).count() == 20


def test_pages_follow_each_other_without_gap(products, workspace):
    names, cursor = [], None
    while True:
        page = Product.search(workspace, cursor=cursor, size=15)
        names += [product.name for product in page]
        if not (cursor := page.next_cursor):
            break
    assert names == [product.name for product in products]


def test_picking_never_repeats_within_the_days(products, workspace, alice):
    picked = set()
    for _ in range(40):
        product = Product.pick_random(workspace, 30)
        product.choose(None, by=alice)
        picked.add(product.id)
    assert len(picked) == 40
    with pytest.raises(Missing, match="within the last 30 days"):
        Product.pick_random(workspace, 30)
    assert Product.pick_random(workspace, 0) is not None


def test_a_choice_of_long_ago_counts_no_longer(products, workspace, alice):
    for product in products:
        product.choose(None, by=alice).selected_date = today(workspace) - timedelta(days=31)
    session.flush()
    assert Product.pick_random(workspace, 30) is not None
    with pytest.raises(Missing):
        Product.pick_random(workspace, 32)


def test_picking_keeps_to_the_category(products, workspace):
    silk = Category.of(workspace).where(Category.name == "Silk").first()
    for _ in range(10):
        assert int(Product.pick_random(workspace, 30, silk).name[-3:]) % 2 == 0


def test_what_is_not_on_sale_is_neither_found_nor_chosen(products, workspace, alice):
    for product in products[1:]:
        product.is_active = False
    session.flush()
    assert Product.pick_random(workspace).id == products[0].id
    assert Product.found_by(workspace).count() == 1
    with pytest.raises(Invalid, match="not on sale"):
        products[1].choose(None, by=alice)


def test_choosing_twice_a_day_is_one_choice(products, workspace, alice, vera):
    first = products[0].choose(None, by=alice)
    assert products[0].choose(None, by=alice) is first
    assert Selection.of_today(workspace).product is products[0]
    with pytest.raises(NotAllowed):
        products[0].choose(None, by=vera)


def test_a_copy_older_than_a_day_is_stale():
    assert not is_stale(None)
    assert not is_stale(now() - timedelta(hours=23))
    assert is_stale(now() - timedelta(hours=25))


def test_templates_are_loaded_once_and_the_category_goes_first(workspace, alice):
    first = load_templates(workspace)
    assert load_templates(workspace) == 0
    assert ContentTemplate.of(workspace).count() == 3
    assert first in (0, 3)
    kilts = ContentTemplate.add(
        workspace, alice, template_name="Kilts", content_type="story", template_prompt="Tell of the pleats.",
        product_category="Kilts",
    )  # fmt: skip
    assert ContentTemplate.offered(workspace, "story", ["kilts"]) is kilts
    assert ContentTemplate.offered(workspace, "story", ["Ties"]).product_category is None
    kilts.change(alice, is_active=False)
    assert ContentTemplate.offered(workspace, "story", ["kilts"]).product_category is None


def test_the_list_shows_prices_counts_and_what_is_missing(page, products):
    html = page.get("/products").text
    assert "40 products" in html
    assert "price missing" in html
    assert "picture missing" in html
    assert 'loading="lazy" referrerpolicy="no-referrer"' in html
    assert "Nothing found" in page.get("/products?q=bagpipe").text


def test_an_empty_catalogue_offers_the_first_step(page):
    assert "No products yet" in page.get("/products").text


def test_a_product_is_picked_chosen_and_taken_back(page, products, workspace):
    where = page.get("/products/random?days=7").location
    assert "days=7" in where
    assert "Pick another" in page.get(where).text
    one = products[3]
    assert page.post(f"/products/{one.id}/selection", data={"platform": ""}).status_code == 303
    selection = Selection.of_today(workspace)
    assert selection.product_id == one.id
    assert "Take back" in page.get(f"/products/{one.id}").text
    page.post(f"/products/selections/{selection.id}/removal")
    assert Selection.of_today(workspace) is None


def test_a_template_is_changed_and_switched_off(page, workspace):
    template = ContentTemplate.of(workspace).where(ContentTemplate.content_type == "story").first()
    form = {"template_name": "My story", "content_type": "story", "template_prompt": "Tell it shortly."}
    page.post(f"/products/templates/{template.id}", data=form)
    session.refresh(template)
    assert (template.template_name, template.is_active) == ("My story", False)
    taken = form | {"template_name": "One feature"}
    assert page.post(f"/products/templates/{template.id}", data=taken).status_code == 422


def test_programs_read_and_choose(page, products):
    told = page.get("/api/v1/products?q=scarf&limit=10").get_json()
    assert (len(told["data"]), told["meta"]["total"]) == (10, 40)
    assert told["data"][0]["price"] is None
    assert page.get("/api/v1/products/random").get_json()["data"]["is_active"] is True
    assert page.get(f"/api/v1/products/{products[1].id}").get_json()["data"]["categories"]
    assert page.get("/api/daily-product-posts/categories").get_json()["count"] == 5
    chosen = page.post("/api/daily-product-posts/select-product", json={"sku": "SKU-5"}).get_json()
    assert chosen["product"]["sku"] == "SKU-5"
    select = "/api/daily-product-posts/select-product"
    assert page.post(select, json={"sku": "none"}).status_code == 404
    assert page.post(select, json={}).get_json()["success"] is True


def test_charlie_sees_nothing(sign_in, charlie, products, workspace):
    product, category = products[0].id, Category.of(workspace).first().id
    client = sign_in(charlie)
    assert "No products yet" in client.get("/products").text
    for address in ("/products/{}", "/api/v1/products/{}"):
        assert client.get(address.format(product)).status_code == 404
    for address in ("/products?category={}", "/api/v1/products?category={}"):
        assert client.get(address.format(category)).status_code == 404
    assert client.post(f"/products/{product}/selection").status_code == 404
