"""Resolves what site generators (Jekyll, Liquid, Nunjucks, Eleventy) leave between curly braces.

The tags are instructions to a generator that we are not. What they stand for is put in where the
text itself says it (a link, a picture, a name); the rest goes.
"""

import re
from html import escape
from urllib.parse import urljoin

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)
_RAW = re.compile(r"\{%-?[ \t]{0,9}(end)?raw[ \t]{0,9}-?%\}")
_HOLE = re.compile(r"\{\{-?([^{}]{0,600})\}\}")
_TAG = re.compile(r"\{%-?[ \t\n]{0,9}(\w{1,40})((?:[^%]|%(?!\})){0,1500})%\}")
_QUOTED = re.compile(r'"([^"]*)"|\'([^\']*)\'')
_COMMENT = re.compile(r"\{%-?[ \t]{0,9}(end)?comment[ \t]{0,9}-?%\}|(\{#|#\})")
_ATTRIBUTES = re.compile(r"\{:[^{}\n]{0,300}\}")
_PATHS = ("url", "relative_url", "absolute_url", "asset_path", "baseurl")


def resolve_tags(text: str, facts: dict[str, object] | None = None, site: str | None = None) -> str:
    """Markdown without template tags.

    `facts` are the front matter, for tags such as `{{ page.title }}`; `site` is the address that
    `{{ "/about/" | url }}` is relative to. Code in fences keeps its braces, apart from raw marks.
    """
    return "".join(
        _without_raw(part) if fenced else _resolved(part, facts or {}, site) for part, fenced in _fences(text)
    )


def _fences(text: str) -> list[tuple[str, bool]]:
    """The text in pieces, each told whether it is a fenced code block."""
    pieces, start, opened = [], 0, ""
    for mark in _FENCE.finditer(text):
        if not opened:
            pieces.append((text[start : mark.start()], False))
            start, opened = mark.start(), mark[1]
        elif mark[1].startswith(opened):
            end = text.find("\n", mark.end())
            end = len(text) if end < 0 else end
            pieces.append((text[start:end], True))
            start, opened = end, ""
    pieces.append((text[start:], bool(opened)))
    return pieces


def _without_raw(text: str) -> str:
    return _RAW.sub("", text)


def _resolved(text: str, facts: dict[str, object], site: str | None) -> str:
    # Raw parts are meant for the reader, braces and all. The checks and prompts that come later
    # take double braces for a template, so a reader gets single ones. Some sites mark only the
    # opening pair as raw, so a closing pair without partner is the other half of it.
    parts = _RAW.split(_without_comments(text))
    mended, kinds = [], parts[1::2]
    for number, part in enumerate(parts[::2]):
        raw = number > 0 and kinds[number - 1] is None
        mended.append(_single(part) if raw else _fill(part, facts, site))
    text = "".join(mended)
    if len(parts) > 1:
        text = text.replace("}}", "}")
    return _ATTRIBUTES.sub("", _single(text))


def _single(text: str) -> str:
    return re.sub(r"\{[{%]+", "{", text)


def _without_comments(text: str) -> str:
    kept, start, depth = [], 0, 0
    for mark in _COMMENT.finditer(text):
        closes = mark[1] == "end" or mark[2] == "#}"
        if not closes and depth == 0:
            kept.append(text[start : mark.start()])
            start, depth = mark.start(), 1
        elif closes and depth:
            start, depth = mark.end(), 0
    return "".join([*kept, text[start:]])


def _fill(text: str, facts: dict[str, object], site: str | None) -> str:
    text = _HOLE.sub(lambda hole: _value(hole[1], facts, site), text)
    return _TAG.sub(lambda tag: _tag(tag[1], tag[2], site), text)


def _value(expression: str, facts: dict[str, object], site: str | None) -> str:
    """What `{{ expression }}` stands for, or nothing."""
    term, *filters = (part.strip(" \t\n-") for part in expression.split("|"))
    names = [re.split(r"[\s:(]", name, maxsplit=1)[0] for name in filters]
    quoted = _QUOTED.match(term)
    if quoted:
        literal = quoted[1] or quoted[2] or ""
        if any(name in _PATHS for name in names):
            return _under(site, literal)
        if any(name.endswith("_link") for name in names):
            return literal.replace("-", " ").replace("_", " ").title()
        return literal
    if term in ("site.baseurl", "site.url", "baseurl"):
        return (site or "").rstrip("/")
    fact = facts.get(term.removeprefix("page."))
    return str(fact) if isinstance(fact, str | int | float) else ""


def _tag(name: str, rest: str, site: str | None) -> str:
    """What `{% name rest %}` stands for: pictures and links to pages; everything else is nothing."""
    words = [double or single for double, single in _QUOTED.findall(rest)]
    if name.startswith(("image", "img", "figure")) and words:
        # As HTML, because these tags stand inside HTML as often as inside Markdown.
        alt = " ".join(words[-1].split()) if len(words) > 1 else ""
        return f'<img src="{escape(_under(site, words[0]))}" alt="{escape(alt)}">'
    if name in ("link", "post_url"):
        return _under(site, rest.strip(" \t\n-"))
    return ""


def _under(site: str | None, path: str) -> str:
    try:
        return urljoin(site.rstrip("/") + "/", path.lstrip("/")) if site else path
    except ValueError:
        return path
