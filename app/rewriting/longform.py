"""The built-in writer's long texts: newsletters and articles keep the source's paragraphs and their order."""

from app.rewriting.brief import Brief
from app.rewriting.calls import calls
from app.rewriting.choice import META, content_words, passages
from app.rewriting.sentences import Block, blocks, split
from app.rewriting.source import Source


def article(source: Source, brief: Brief, seed: int = 0) -> str:
    """Opening, whole paragraphs in order until the wanted length, a call with the link."""
    closing = _closing(source, brief, seed)
    room = min(brief.aim[1], brief.limit or brief.aim[1]) - len(closing.encode()) - 4
    opening = _opening(source, seed)
    if source.kind == "product":
        opening = f"{source.fact('name') or source.title}\n\n{opening}"
    parts, used = ([opening] if opening else []), len(opening.encode())
    headings: list[str] = []
    for block in blocks(source.text):
        text = _paragraph(block, opening)
        if block.kind == "heading":
            headings = [f"{'#' * max(2, block.level)} {block.text}" if brief.markup else block.text]
            continue
        if not text:
            continue
        cost = sum(len(part.encode()) + 2 for part in (*headings, text))
        if used + cost > room:
            break
        parts += [*headings, text]
        used, headings = used + cost, []
    if len(parts) <= 1 and not opening:
        return closing
    return "\n\n".join([*_joined(parts), closing] if closing else _joined(parts))


def _opening(source: Source, seed: int) -> str:
    """A sentence that says what it is about: the excerpt, or the best passage of the text."""
    if seed == 0 and (lead := source.fact("excerpt") or source.fact("description")):
        return lead if len(lead) < 420 else split(lead)[0]
    best = [passage for passage in passages(source)[:12] if passage.size <= 2]
    return best[seed % len(best)].text if best else source.fact("name") or source.title


def _paragraph(block: Block, opening: str) -> str:
    """The paragraph without its standing lines and without what the opening said already."""
    if block.kind == "aside" or (block.text.endswith(":") and block.kind == "item"):
        return ""
    kept = [
        sentence for sentence in split(block.text) if not _said(sentence, opening) and not _standing(sentence)
    ]
    text = " ".join(kept)
    return (
        f"- {text}"
        if block.kind == "item" and text
        else f"> {text}"
        if block.kind == "quote" and text
        else text
    )


def _said(sentence: str, opening: str) -> bool:
    """Whether the opening says this sentence already, in these words or nearly."""
    words, opened = content_words(sentence), content_words(opening)
    return sentence in opening or len(words & opened) > 0.7 * max(4, min(len(words), len(opened)))


def _standing(sentence: str) -> bool:
    return bool(META.search(sentence)) and len(sentence) < 90 and "http" in sentence


def _joined(parts: list[str]) -> list[str]:
    """List items on lines of their own, with no empty line between them."""
    done: list[str] = []
    for part in parts:
        if done and part.startswith("- ") and done[-1].split("\n")[-1].startswith("- "):
            done[-1] += f"\n{part}"
        else:
            done.append(part)
    return done


def _closing(source: Source, brief: Brief, seed: int) -> str:
    address = source.url or ""
    if not source.english:
        return address
    asked = calls(
        brief.calls or ("link",), of=source.kind, tone=brief.tone, address=bool(address), card=False
    )
    asked = asked or calls(("link",), of=source.kind, tone=brief.tone, address=bool(address), card=False)
    call = asked[seed % len(asked)] if asked else ""
    if call.endswith(":"):
        return f"{call} {address}" if address else ""
    return "\n\n".join(part for part in (call, f"Read more: {address}" if address else "") if part)
