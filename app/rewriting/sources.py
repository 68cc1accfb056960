"""What a rewrite may start from here: a section of an article, a product, or a text; and how it is kept."""

from typing import Any

from app.catalogue.models import Product
from app.catalogue.templates import ContentTemplate
from app.core.errors import Invalid
from app.rewriting import prompt
from app.rewriting.source import FOCUSES, Source

LONGEST = 60_000  # characters of a text that is typed or pasted
SHORTEST = 3  # characters


def of_section(section: Any, focus: str | None = None) -> Source:
    """A section as material, with what its article knows."""
    article = section.article
    facts = {
        "blog_title": article.title,
        "section_title": section.heading or article.title,
        "tags": list(article.tags or []),
        # The summary speaks for the whole article: the first section may open with it, the others have their own words.
        "excerpt": article.summary if section.position == 1 else None,
        "author": article.author,
    }
    title = section.heading or article.title
    return Source(
        "article", title, section.text, article.url, facts, checked_focus(focus), article.language or "en"
    )


def of_product(product: Any, focus: str | None = None) -> Source:
    """A product as material. A price that is not known stays empty, and the prompt says so."""
    facts = {
        "name": product.name,
        "sku": product.sku,
        "price": product.price_words if product.price is not None else None,
        "category": [category.name for category in product.categories],
        "description": product.description,
    }
    return Source("product", product.name, product.description, product.url, facts, checked_focus(focus))


def of_text(text: str, focus: str | None = None) -> Source:
    """A text as somebody typed it; its first line is its title. Raise Invalid when empty or too long."""
    text = (text or "").replace("\r\n", "\n").replace("\x00", "").strip()
    if len(text) < SHORTEST:
        raise Invalid(
            "There is nothing to rewrite yet.",
            text="Write or paste a text, or choose a section or a product.",
        )
    if len(text) > LONGEST:
        raise Invalid(
            "This text is too long.", text=f"Use at most {LONGEST:,} characters; this has {len(text):,}."
        )
    first, _, rest = text.partition("\n")
    titled = len(first) <= 120 and rest.strip() and not first.rstrip().endswith((".", "!", "?", ":"))
    title = first.strip("# ").strip() if titled else " ".join(text.split()[:8])
    return Source("text", title, text, focus=checked_focus(focus))


def checked_focus(focus: str | None) -> str | None:
    """The focus, or None for none. Raise Invalid at the field."""
    if focus and focus not in FOCUSES:
        raise Invalid("This focus does not exist.", focus=f"Choose one of {', '.join(FOCUSES)}.")
    return focus or None


def template_for(workspace: Any, product: Product, focus: str | None) -> ContentTemplate | None:
    """The catalogue's prompt for this focus and the product's categories, if one is in use."""
    if not focus:
        return None
    return ContentTemplate.offered(workspace, focus, [category.name for category in product.categories])


def usable(text: str) -> str:
    """The catalogue's prompt as part of a template: braces that name nothing are taken literally."""
    try:
        prompt.fill(text, dict.fromkeys(prompt.PLACEHOLDERS, ""))
    except Invalid:
        return text.replace("{", "{{").replace("}", "}}")
    return text


def kept(source: Source) -> dict[str, Any]:
    """A source as the history keeps it: nothing that changes later changes what was asked."""
    return {
        "kind": source.kind,
        "title": source.title,
        "text": source.text,
        "url": source.url,
        "facts": {key: value for key, value in source.facts.items() if value},
        "focus": source.focus,
        "language": source.language,
    }


def restored(data: dict[str, Any]) -> Source:
    """The source of a kept run."""
    return Source(
        **{name: data.get(name) for name in ("kind", "title", "text", "url", "facts", "focus", "language")}
    )
