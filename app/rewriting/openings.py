"""First lines of a post that are no sentence of the text: the title, or the product's name."""

from collections.abc import Iterator

from app.rewriting.brief import Brief
from app.rewriting.source import Source

OPENERS = {
    "feature": "A closer look at the {}.",
    "benefit": "Why the {}?",
    "story": "Meet the {}.",
    None: "Meet the {}.",
}


def openings(source: Source, brief: Brief) -> Iterator[tuple[str, float]]:
    """Each opening with its worth; a wanted focus or price comes before the bare name."""
    title = (source.fact("name") or source.title).strip()
    if source.kind == "product":
        opener = OPENERS[source.focus].format(title.removeprefix("The ").removeprefix("the "))
        if source.price and (brief.price or brief.least):
            yield f"{title}, {source.price}", 4.0 if brief.price else 1.4
        if source.english and (source.focus or brief.tone != "professional"):
            yield opener, 3.2 if source.focus else 2.5
        yield title, 1.6 if source.focus else 2.2
        return
    if len(title.split()) < 4 and source.fact("blog_title"):
        title = source.fact("blog_title")
    if len(title.split()) >= 3:
        yield title, 1.2 if brief.tone != "casual" else 0.6
