"""A model's answer, freed of what is not the post: thoughts, fences, preambles, quotation marks."""

import regex

THOUGHTS = regex.compile(r"<(think|thinking|thought|reasoning|scratchpad)>.*?</\1>", regex.S | regex.I)
OPEN_THOUGHT = regex.compile(r"^\s*<(think|thinking|thought|reasoning)>(?!.*</\1>).*", regex.S | regex.I)
LOOSE_END = regex.compile(r"^.*?</(?:think|thinking|thought|reasoning)>", regex.S | regex.I)
FENCE = regex.compile(r"^\s*```[\w-]*[ \t]*\n(.*?)\n?```\s*$", regex.S)
INNER_FENCE = regex.compile(r"```[\w-]*[ \t]*\n(.*?)\n?```", regex.S)
MATERIAL = regex.compile(r"</?material-[0-9a-f]+>")
PREAMBLE = regex.compile(
    r"^(?:(?:sure|certainly|of course|absolutely|okay|ok|great|happy to help)\b[^\n]{0,120}[:!.]\s*\n+"
    r"|(?:here(?:['’]s| is| are)|below is|this is|i(?:['’]ve| have) (?:written|created|"
    r"drafted))\b[^\n]{0,160}:\s*\n*"
    r"|(?:[*_#]*\s*)?(?:facebook|instagram|linkedin|twitter|x|social(?: media)?|blog|rewritten|final|"
    r"revised)?\s*"
    r"(?:post|caption|tweet|text|version|answer|output|rewrite)(?:\s*\([^)\n]*\))?\s*:\s*[*_]*\s*\n*)",
    regex.I,
)
AFTERTHOUGHT = regex.compile(
    r"\n+\s*(?:-{3,}\s*\n+)?[(*_]*(?:note|character count|characters|word count|explanation|"
    r"this post (?:is|has|meets|keeps)|let me know|"
    r"i hope|feel free|would you like me|total characters)\b[^\n]*(?:\n.*)?$",
    regex.I | regex.S,
)
REFUSAL = regex.compile(
    r"^\W*(?:i['’]?m (?:very |so )?sorry|sorry,? (?:but )?i|i apologi[sz]e|i (?:can['’]?t|cannot|can not|"
    r"won['’]?t|am unable|am not able|"
    r"must decline)|i['’]m (?:unable|not able|afraid)|as an ai\b|unfortunately,? i (?:can|am|cannot))",
    regex.I,
)
QUOTES = (('"', '"'), ("“", "”"), ("«", "»"), ("'", "'"), ("„", "“"))


def clean(answer: str) -> tuple[str, list[str]]:
    """The post in an answer, and in words what was taken off. Empty when nothing is left."""
    taken: list[str] = []
    text = _without_thoughts(answer, taken)
    text = MATERIAL.sub("", text).strip()
    if (fence := FENCE.match(text)) or (fence := INNER_FENCE.search(text)):
        text = fence[1].strip()
        taken.append("Took the text out of its code fence.")
    for pattern, what in (
        (PREAMBLE, "Left out the model's introduction."),
        (AFTERTHOUGHT, "Left out the model's remarks."),
    ):
        cut = pattern.sub("", text, count=1).strip()
        if cut and cut != text:
            text = cut
            taken.append(what)
    for left, right in QUOTES:
        inner = text[1:-1]
        if (
            len(text) > 2
            and text[0] == left
            and text[-1] == right
            and left not in inner
            and right not in inner
        ):
            text = inner.strip()
            taken.append("Took off the quotation marks around the text.")
            break
    return regex.sub(r"\n{3,}", "\n\n", regex.sub(r"[ \t]+$", "", text, flags=regex.M)).strip(), taken


def _without_thoughts(answer: str, taken: list[str]) -> str:
    text = THOUGHTS.sub("", answer)
    text = OPEN_THOUGHT.sub("", text)
    text = LOOSE_END.sub("", text)
    if text != answer:
        taken.append("Left out the model's own thoughts.")
    return text


def refuses(text: str) -> bool:
    """Whether the model declines instead of writing."""
    return len(text) < 600 and REFUSAL.match(text) is not None
