"""Reads HTML or Markdown as a list of blocks: headings, paragraphs, items, quotes, code, tables.

Both kinds of source go the same way (Markdown is rendered first, so that HTML inside Markdown is no
special case), through nh3, which throws out scripts, styles and everything it does not know.
"""

import re
from itertools import groupby

import nh3
from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin

from app.articles.reading import BLOCKS, Block, Reader

DEEPEST = 200  # tags inside tags; no article has more, and the cleaner's time grows with the square of it
_INLINE = {"a", "img", "em", "i", "strong", "b", "code", "br", "sup", "q"}
_DROPPED = {"script", "style", "noscript", "template", "iframe", "object", "svg", "math", "form", "button",
            "select", "textarea", "nav", "title"}  # fmt: skip
_OPENINGS = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_SELF_CLOSING = {"p", "li", "br", "hr", "img", "td", "th", "tr", "dt", "dd", "input", "meta", "link",
                 "source", "wbr", "col", "option", "tbody", "thead", "area", "base", "embed",
                 "param", "track"}  # fmt: skip
_markdown = MarkdownIt("commonmark", {"html": True}).enable("table").use(footnote_plugin)


def blocks_of_markdown(body: str) -> list[Block]:
    """The blocks of a Markdown text. Footnotes are left out."""
    kept, inside = [], False
    for token in _markdown.parse(body):
        inside = (inside or token.type == "footnote_block_open") and token.type != "footnote_block_close"
        if inside or token.type == "footnote_block_close":
            continue
        if token.children:
            token.children = [child for child in token.children if child.type != "footnote_ref"]
        kept.append(token)
    return blocks_of_html(_markdown.renderer.render(kept, _markdown.options, {}))


def blocks_of_html(html: str) -> list[Block]:
    """The blocks of an HTML text, whatever its state. Never raises."""
    if _depth(html) > DEEPEST:
        html = re.sub(r"<[^<>]{0,2000}>", "\n", html)
    clean = nh3.clean(html, tags=BLOCKS | _INLINE, attributes={"a": {"href"}, "img": {"src", "alt"}},
                      clean_content_tags=_DROPPED, link_rel=None,
                      url_schemes={"http", "https", "mailto"})  # fmt: skip
    reader = Reader()
    reader.feed(clean)
    reader.close()
    reader.end_block()
    return reader.blocks


def as_markdown(blocks: list[Block]) -> str:
    """Blocks as Markdown without HTML."""
    lines: list[str] = []
    before = None
    for kind, run in groupby(blocks, key=lambda block: block.kind):
        for block in _table(list(run)) if kind == "table" else run:
            if before and (before != kind or kind not in ("item", "table")):
                lines.append("")
            lines.extend(_marked_lines(block))
            before = kind
    return "\n".join(lines)


def _table(rows: list[Block]) -> list[Block]:
    """Rows of a table, written so that Markdown sees a table: equally wide, a line below the first."""
    split = [re.split(r"(?<!\\) ?\| ?", " ".join(row.marked.split("\n"))) for row in rows]
    width = max(map(len, split))
    lines = [f"| {' | '.join(cells + [''] * (width - len(cells)))} |" for cells in split]
    lines.insert(1, "|" + " --- |" * width)
    return [Block("table", line, line) for line in lines]


def _marked_lines(block: Block) -> list[str]:
    if block.kind == "code":
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", block.text)), default=0))
        return [fence, *block.text.split("\n"), fence]
    marked = block.marked.split("\n")
    if block.kind == "heading":
        return ["#" * block.level + " " + " ".join(marked)]
    if block.kind == "quote":
        return [f"> {line}" for line in marked]
    if block.kind == "item":
        sign = f"{block.number}. " if block.number is not None else "- "
        indent = "    " * (block.level - 1)
        return [indent + sign + marked[0], *(indent + " " * len(sign) + line for line in marked[1:])]
    return marked


def _depth(html: str) -> int:
    deepest = now = 0
    for closing, name in _OPENINGS.findall(html):
        if name.lower() not in _SELF_CLOSING:
            now = max(0, now - 1) if closing else now + 1
            deepest = max(deepest, now)
    return deepest
