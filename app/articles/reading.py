"""Reads clean HTML, start tag by start tag, as a list of blocks."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Literal

Kind = Literal["heading", "text", "item", "quote", "code", "table"]

BLOCKS = {"p", "div", "section", "article", "header", "footer", "aside", "main", "dl", "dt", "dd", "details",
           "summary", "figure", "figcaption", "blockquote", "ul", "ol", "li", "pre", "hr", "address",
           "table", "caption", "tr", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6"}  # fmt: skip
_LITERAL = re.compile(r"(!?\[[^\[\]]{1,500}\]\([^()\[\]]{1,1000}\)|<img\b[^<>]{0,2000}>)")


@dataclass
class Block:
    """One block of a text. `text` is plain, `marked` keeps links and stress as Markdown.

    `level` is a heading's level (1 to 6) or an item's depth (1 is outermost); `urls` are the web
    addresses that the block links to.
    """

    kind: Kind
    text: str
    marked: str
    level: int = 0
    number: int | None = None
    urls: tuple[str, ...] = ()


@dataclass
class Reader(HTMLParser):
    """Collects `blocks` from what it is fed; call `end_block` at the end."""

    blocks: list[Block] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.plain: list[str] = []
        self.marked: list[str] = []
        self.urls: list[str] = []
        self.open: list[str] = []
        self.lists: list[int | None] = []
        self.links: list[tuple[str, int]] = []
        self.notes: list[tuple[int, int]] = []
        self.starts_item = False
        self.heading = 0
        self.cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in BLOCKS:
            self.open_block(tag)
        elif tag == "br":
            self.add("\n", "\\\n" if "table" not in self.open else " ")
        elif tag == "a":
            self.links.append((given.get("href", ""), len(self.marked)))
        elif tag == "img" and given.get("src") and "table" not in self.open:
            alt = re.sub(r"[\[\]\\\n]", " ", given.get("alt", ""))
            self.marked.append(f"![{alt}]({_target(given['src'])})")
        elif tag == "sup":
            self.notes.append((len(self.plain), len(self.marked)))
        elif tag in ("em", "i", "strong", "b", "code"):
            self.mark(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self.close_block(tag)
        elif tag == "a" and self.links:
            self.close_link(*self.links.pop())
        elif tag == "sup" and self.notes:
            self.close_note(*self.notes.pop())
        elif tag in ("em", "i", "strong", "b", "code"):
            self.mark(tag)

    def handle_data(self, data: str) -> None:
        if "pre" in self.open:
            self.add(data, data)
            return
        data = re.sub(r"\s+", " ", data)
        if self.marked and self.marked[-1] == "`":
            self.add(data, data)
            return
        for number, part in enumerate(_LITERAL.split(data)):
            (self.literal if number % 2 else self.words)(part)

    def words(self, text: str) -> None:
        self.add(text, _escaped(text).replace("|", "\\|") if "table" in self.open else _escaped(text))

    def literal(self, text: str) -> None:
        """A picture or link in Markdown that stands inside HTML, where Markdown itself does not see it."""
        found = re.fullmatch(r"(!?)\[(.*)\]\((.*)\)", text)
        if not found:
            return  # an <img> with quotes inside its quotes
        picture, words, target = found[1], found[2], found[3].split(" ")[0]
        self.add("" if picture else words, f"{picture}[{_escaped(words)}]({_target(target)})")
        if not picture and target.startswith(("http://", "https://")):
            self.urls.append(target)

    def add(self, plain: str, marked: str) -> None:
        self.plain.append(plain)
        self.marked.append(marked)

    def mark(self, tag: str) -> None:
        if "pre" not in self.open:
            self.marked.append({"em": "*", "i": "*", "code": "`"}.get(tag, "**"))

    def open_block(self, tag: str) -> None:
        if "table" in self.open and tag in ("p", "div", "ul", "li"):
            return
        if tag in ("td", "th") and "table" in self.open:
            self.add(" | " * (self.cells > 0), " | " * (self.cells > 0))
            self.cells += 1
        else:
            self.end_block()
            self.cells = 0
        if tag in ("ul", "ol"):
            self.lists.append(1 if tag == "ol" else None)
        if tag == "li":
            self.starts_item = True
        if tag in ("pre", "table", "blockquote", "li"):
            self.open.append(tag)
        if tag[0] == "h" and tag[1:].isdigit():
            self.heading = int(tag[1:])

    def close_block(self, tag: str) -> None:
        if tag in ("td", "th") or ("table" in self.open and tag in ("p", "div", "ul", "li")):
            return
        self.end_block()
        if tag in self.open:
            del self.open[len(self.open) - 1 - self.open[::-1].index(tag)]
        if tag in ("ul", "ol") and self.lists:
            self.lists.pop()
        self.heading = 0

    def close_link(self, href: str, start: int) -> None:
        if "pre" in self.open or start > len(self.marked):
            return
        words = "".join(self.marked[start:])
        if href and words.strip():
            self.marked[start:] = [f"[{words.strip()}]({_target(href)})"]
            if href.startswith(("http://", "https://")):
                self.urls.append(href)

    def close_note(self, plain: int, marked: int) -> None:
        """A raised figure with a link is a footnote mark and goes; without one it is a power."""
        words = "".join(self.plain[plain:]).strip()
        if re.fullmatch(r"\[?\d{1,3}\]?", words):
            linked = "](" in "".join(self.marked[marked:])
            self.plain[plain:] = [] if linked else ["^", words]
            self.marked[marked:] = [] if linked else ["^", words]

    def end_block(self) -> None:
        plain, marked = "".join(self.plain), "".join(self.marked)
        urls, self.plain, self.marked, self.urls, self.links, self.notes = (
            tuple(self.urls),
            [],
            [],
            [],
            [],
            [],
        )
        if "pre" in self.open:
            plain = marked = plain.strip("\n")
        else:
            plain, marked = _tidy(plain), _tidy(marked.removesuffix("\\\n"))
        if not plain.strip(" |") and "![" not in marked:
            return
        kind = self.kind()
        self.blocks.append(Block(kind, plain, marked if kind in ("code", "table") else _guarded(marked),
                                 self.level(kind), self.take_number(kind), urls))  # fmt: skip

    def kind(self) -> Kind:
        if "pre" in self.open:
            return "code"
        if "table" in self.open:
            return "table"
        if self.heading:
            return "heading"
        if "li" in self.open and self.starts_item:
            return "item"
        return "quote" if "blockquote" in self.open else "text"

    def level(self, kind: Kind) -> int:
        return self.heading if kind == "heading" else max(1, len(self.lists)) if kind == "item" else 0

    def take_number(self, kind: Kind) -> int | None:
        """The number of an item of a numbered list; a second paragraph of an item is no item."""
        if kind != "item":
            return None
        self.starts_item = False
        if not self.lists or self.lists[-1] is None:
            return None
        number = self.lists[-1]
        self.lists[-1] = number + 1
        return number


def _target(href: str) -> str:
    """An address inside a Markdown link, in pointed brackets only where it needs them."""
    href = re.sub(r"[<>\s]", "", href)
    return f"<{href}>" if re.search(r"[()\\]", href) else href


def _tidy(text: str) -> str:
    lines = (re.sub(r"[ \t\xa0]+", " ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line and line != "\\").strip()


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*\[\]<])|(?<!\w)(_)|(_)(?!\w)|(&)(?=#?\w+;)", lambda sign: "\\" + sign[0], text)


def _guarded(marked: str) -> str:
    """Keep a paragraph that begins like a heading, an item or a quote from becoming one."""
    return re.sub(
        r"^(#{1,6}(?=\s)|[-+>=~|](?=\s|$|[-=~])|\d{1,9}(?=[.)]\s))", _backslashed, marked, flags=re.MULTILINE
    )


def _backslashed(start: re.Match[str]) -> str:
    return start[0] + "\\" if start[0].isdigit() else "\\" + start[0]
