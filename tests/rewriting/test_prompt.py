"""What a model is told: the rules of the rows, and the material as material."""

import pytest

from app.core.errors import Invalid
from app.platforms.need import Need
from app.rewriting.prompt import PLACEHOLDERS, messages
from app.rewriting.source import Source

RULES = (
    Need("engagement", "cta", "one question"),
    Need("content", "max_hashtags", "3", maximum=3, mandatory=True),
    Need("content", "max_characters", "280", maximum=280, mandatory=True),
)


def test_the_rules_stand_in_order_of_category_then_key(scarf):
    system = messages("Be kind.", "Write about {title}", scarf, RULES)[0]["content"]
    assert system.startswith("Be kind.")
    listed = system.split("The rules of this channel:\n")[1].splitlines()
    assert listed == ["- At most 280 characters.", "- At most 3 hashtags.", "- Call to action: one question."]


def test_every_placeholder_is_filled(scarf):
    template = "\n".join(f"{name}={{{name}}}" for name in PLACEHOLDERS)
    told = messages("", template, scarf, RULES)[1]["content"]
    assert "product_price=£29.95" in told
    assert "product_sku=TS-12" in told
    assert "url=https://shop.example/scarf" in told
    assert "{" not in told


@pytest.mark.parametrize(
    "template", ["{colour}", "{title.__class__}", "{title[0]}", "{title!r}", "{title:>900}", "{0}", "{}"]
)
def test_nothing_else_can_be_reached(scarf, template):
    with pytest.raises(Invalid, match="does not exist"):
        messages("", template, scarf, ())


def test_a_lone_brace_is_explained(scarf):
    with pytest.raises(Invalid, match="brace without its partner"):
        messages("", "Use { here", scarf, ())
    assert "{ok}" in messages("", "Use {{ok}}", scarf, ())[1]["content"]


def test_braces_in_the_material_stay(scarf):
    odd = Source("text", "A {sku} b", "Say {url} and {that}")
    assert "Say {url} and {that}" in messages("", "{text}", odd, ())[1]["content"]


def test_without_a_price_none_may_be_written():
    bare = Source("product", "Scarf", "A scarf.", facts={"price": ""})
    system, user = messages("", "Price: {product_price}", bare, ())
    assert "no price known (do not write any price)" in user["content"]
    assert "no price known" in system["content"]


def test_the_material_is_there_even_if_the_template_forgets_it(scarf):
    assert "woven in the Scottish Borders" in messages("", "Write a post.", scarf, ())[1]["content"]


def test_the_fence_cannot_be_guessed(scarf):
    fences = {messages("", "{text}", scarf, ())[1]["content"].split(">")[0] for _ in range(5)}
    assert len(fences) == 5


def test_a_very_long_article_is_cut_at_a_sentence():
    long = Source("article", "Long", "This is a sentence of the article. " * 2000)
    told = messages("", "{text}", long, ())[1]["content"]
    assert len(told) < 12_500
    assert "article.</material-" in told
