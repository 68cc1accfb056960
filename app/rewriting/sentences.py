"""Blocks and sentences of a text that may be Markdown, HTML or plain, without its markup."""

import html
from dataclasses import dataclass
from functools import lru_cache

import regex
from markdown_it import MarkdownIt

TEMPLATE_TAG = regex.compile(
    r"\{%.*?%\}|\{\{.*?\}\}|\{:.*?\}|\[\^[^\]]+\]:?|\[/?[a-z_]+(?: [^\]]*=[^\]]*)\]", regex.S
)
DROPPED = regex.compile(
    r"<(script|style|figure|figcaption|iframe|table|svg|pre)\b.*?</\1\s*>|<!--.*?-->", regex.S | regex.I
)
BREAKING = regex.compile(r"</?(?:p|div|section|article|ul|ol|br|tr|blockquote|aside)\b[^>]*>", regex.I)
HTML_HEADING = regex.compile(r"<h([1-6])\b[^>]*>(.*?)</h\1\s*>", regex.S | regex.I)
HTML_ITEM = regex.compile(r"<li\b[^>]*>", regex.I)
ANY_TAG = regex.compile(r"</?[a-zA-Z][^>]*>")
SPACES = regex.compile(r"\s+")

# A dot after one of these ends no sentence. Compared in lower case, without the dot.
ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof sr jr st mt no nos vs vol fig figs eq ch pp ed eds approx dept est inc ltd co "
    "corp gov sen rep gen "
    "lt col sgt capt rev hon e.g i.e cf al jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed "
    "thu fri sat "
    "sun a.m p.m u.s u.k u.n d.c ph.d b.c a.d z.b d.h bzw ca usw nr str evtl inkl zzgl mme mlle sra art "
    "min max tel".split()
)
# These may end a sentence too; they do when the next word cannot continue a name.
OFTEN_LAST = frozenset("inc ltd co corp u.s u.k u.n d.c a.m p.m ph.d al dept gov".split())
OPENERS = frozenset(
    "the a an this that these those we our you your i it its they he she in on at for with but and so as "
    "to if when while there here what why how many most some all after before by from however".split()
)
BOUNDARY = regex.compile(
    r"(?P<end>[.!?…]+[\"'”’»)\]]*)\s+(?=[\"'“‘«(\[]*[\p{Lu}\p{Lt}\p{N}\p{Lo}¿¡])|(?P<cjk>[。！？]+[」』”]*)"
)


@dataclass(frozen=True)
class Block:
    """One paragraph, heading, list item or quotation, as plain text."""

    kind: str  # paragraph, heading, item, quote or aside (wholly in italics: captions and standing lines)
    text: str
    level: int = 0  # of a heading


@dataclass(frozen=True)
class Sentence:
    """One sentence of the source, word for word, with its place."""

    text: str
    block: int  # which block it stands in, from 0
    place: int  # which sentence of its block, from 0
    kind: str  # of the block


@lru_cache(maxsize=64)
def blocks(text: str) -> tuple[Block, ...]:
    """Cut a text into blocks. Code, tables, pictures and template tags of the site are left out."""
    found, kind, level, quoted = [], "paragraph", 0, 0
    for token in MarkdownIt("commonmark").enable("table").parse(_to_markdown(text)):
        if token.type in ("list_item_open", "table_open", "heading_open"):
            kind = {"list_item_open": "item", "table_open": "table", "heading_open": "heading"}[token.type]
            level = int(token.tag[1]) if kind == "heading" else 0
        elif token.type in ("list_item_close", "table_close", "heading_close"):
            kind, level = "paragraph", 0
        elif token.type in ("blockquote_open", "blockquote_close"):
            quoted += 1 if token.type.endswith("open") else -1
        elif token.type == "inline" and kind != "table":
            words, aside = _words(token.children or [])
            if words:
                found.append(Block(_kind(kind, quoted, aside), words, level))
    return tuple(found)


def _kind(kind: str, quoted: int, aside: bool) -> str:
    if kind == "paragraph" and (quoted or aside):
        return "quote" if quoted else "aside"
    return kind


def _to_markdown(text: str) -> str:
    """HTML to Markdown as far as blocks need it; Markdown and plain text pass as they are."""
    text = DROPPED.sub("\n\n", TEMPLATE_TAG.sub("", text.replace("\r\n", "\n")))
    text = HTML_HEADING.sub(lambda m: f"\n\n{'#' * int(m[1])} {SPACES.sub(' ', m[2]).strip()}\n\n", text)
    text = ANY_TAG.sub("", HTML_ITEM.sub("\n\n- ", BREAKING.sub("\n\n", text)))
    lines = (
        line
        if line.startswith(("    ", "\t")) and not line.strip()
        else regex.sub(r"^[ \t]{4,}(?=\S)", "  ", line)
        for line in text.split("\n")
    )
    return "\n".join(lines)


def _words(children: list) -> tuple[str, bool]:
    """The plain words of one block, and whether all of them are in italics."""
    words, italic, upright = [], 0, False
    for child in children:
        if child.type in ("em_open", "em_close"):
            italic += 1 if child.type == "em_open" else -1
        elif child.type in ("text", "code_inline"):
            words.append(child.content)
            upright = upright or (italic == 0 and any(letter.isalnum() for letter in child.content))
        elif child.type in ("softbreak", "hardbreak"):
            words.append(" ")
    plain = SPACES.sub(" ", html.unescape("".join(words))).strip()
    return plain, bool(plain) and not upright


def split(text: str) -> list[str]:
    """Sentences of one paragraph. Abbreviations, initials, decimals and open brackets end none."""
    parts, start = [], 0
    for hit in BOUNDARY.finditer(text):
        end = hit.end("end") if hit["end"] else hit.end("cjk")
        if hit["end"] and not _ends(text, start, hit):
            continue
        parts.append(text[start:end].strip())
        start = end
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def _ends(text: str, start: int, hit: regex.Match) -> bool:
    before, after = text[start : hit.start("end")], text[hit.end() :].lstrip("\"'“‘«([")
    if before.count("(") > before.count(")") + hit["end"].count(")"):
        return False
    if before.count("“") > before.count("”") + hit["end"].count("”"):
        return False
    if not hit["end"].startswith(".") or hit["end"].startswith(".."):
        return True
    last = before.rsplit(None, 1)[-1].lstrip("\"'“‘(").lower() if before.split() else ""
    following = (after.split(None, 1) or [""])[0].strip(".,;:!?").lower()
    if regex.fullmatch(r"\p{L}", last) and last != "i":
        return False
    if regex.fullmatch(r"\d{1,2}", last) and start == hit.start("end") - len(last):
        return False  # "1." at the start is the number of a list
    if last in OFTEN_LAST:
        return following in OPENERS
    return last not in ABBREVIATIONS


@lru_cache(maxsize=64)
def sentences(text: str) -> tuple[Sentence, ...]:
    """All sentences of a text in order; headings are no sentences."""
    return tuple(
        Sentence(words, number, place, block.kind)
        for number, block in enumerate(blocks(text))
        if block.kind != "heading"
        for place, words in enumerate(split(block.text))
    )


def plain(text: str) -> str:
    """The text without markup: blocks separated by an empty line."""
    return "\n\n".join(block.text for block in blocks(text))
