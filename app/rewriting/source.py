"""What a rewrite starts from: one article, section, product or plain text, and everything known of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.errors import Invalid

KINDS = ("text", "article", "product")
FOCUSES = ("feature", "benefit", "story")


@dataclass(frozen=True, eq=False)
class Source:
    """The material of a rewrite. Nothing outside it counts as known.

    `facts` holds what is not running text: sku, price ("£29.95" or absent), currency, name,
    description, category, tags, blog_title, section_title, excerpt. Values are text, numbers or
    lists of text; an empty value means "not known".
    """

    kind: str
    title: str
    text: str
    url: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    focus: str | None = None
    language: str = "en"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise Invalid(f"A source is one of {', '.join(KINDS)}, not “{self.kind}”.")
        if self.focus is not None and self.focus not in FOCUSES:
            raise Invalid(f"The focus is one of {', '.join(FOCUSES)}, not “{self.focus}”.")

    def fact(self, key: str) -> str:
        """The fact as text; empty when it is not known. Lists are joined with commas."""
        value = self.facts.get(key)
        if value is None:
            return ""
        if isinstance(value, (list, tuple, set)):
            return ", ".join(str(part) for part in value if str(part).strip())
        return str(value).strip()

    @property
    def price(self) -> str:
        """The price with its currency, as a person writes it; empty when no price is known."""
        price, currency = self.fact("price"), self.fact("currency")
        if not price:
            return ""
        return (
            f"{price} {currency}" if currency and price.replace(".", "").replace(",", "").isdigit() else price
        )

    @property
    def english(self) -> bool:
        return (self.language or "en").lower().startswith("en")

    def everything(self) -> str:
        """All that is known, as one text: what the fact lock compares with."""
        known = [self.title, self.text, self.url or "", self.price]
        known += [f"{self.fact(key)}" for key in sorted(self.facts)]
        return "\n".join(part for part in known if part)

    def digest(self) -> str:
        """Stable fingerprint of the material, for choosing variants the same way each time."""
        return hashlib.sha256(f"{self.title}\n{self.text}".encode()).hexdigest()[:16]
