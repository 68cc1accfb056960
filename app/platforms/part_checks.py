"""Rules on the parts of a post: whether a channel takes replies at all, and whether each part fits there."""

from dataclasses import replace

from app.platforms.findings import Draft, Finding, Part, Rule
from app.platforms.need import Need, amount
from app.platforms.text_checks import TEXT_RULES

REPLIES = "reply_supported"
MOST = "max_posts_in_thread"
_OF_A_TEXT = ("forbidden_characters", "reserved_characters", "banned_words")  # besides everything at most
PART_RULES: dict[str, Rule] = {key: lambda need, draft: None for key in (REPLIES, MOST)}  # judged below


def part_findings(draft: Draft) -> list[Finding]:
    """What a channel says about the parts, in the order in which they go out. Nothing where there are none."""
    parts = draft.content.parts
    if not parts:
        return []
    found = [*_takes_replies(draft), *_not_too_many(draft)]
    for part in parts:
        found += [
            Finding(one.need, False, True, f"{name_of(part, parts)}: {one.message}", one.code)
            for one in judged(draft, part)
            if not one.passed
        ][:1]
    if not any(one.hard and not one.passed for one in found) and (limit := _limit(draft)):
        words = "It fits" if len(parts) == 1 else "Each fits"
        found.append(Finding(limit, True, True, f"{amount(len(parts), 'parts')} follow. {words}.", REPLIES))
    return found


def judged(draft: Draft, part: Part) -> list[Finding]:
    """A part held against the rules that any text must keep on the channel, kept or broken."""
    alone = replace(
        draft, content=replace(draft.content, text=part.text, title=None, link=None, media=(), parts=())
    )
    found = []
    for need in draft.needs:
        of_a_text = need.key in TEXT_RULES and (need.key.startswith("max_") or need.key in _OF_A_TEXT)
        verdict = TEXT_RULES[need.key](need, alone) if of_a_text and need.blocks else None
        if verdict:
            found.append(Finding(need, verdict[0], True, verdict[1], need.key))
    return found


def name_of(part: Part, parts: tuple[Part, ...]) -> str:
    """What people call a part: “Part 3 of 5” of a thread (the post is its first), “Comment”, “Follow-up 2”."""
    same = [one.id for one in parts if one.kind == part.kind]
    place = same.index(part.id)
    if part.kind == "thread":
        return f"Part {place + 2} of {len(same) + 1}"
    name = {"comment": "Comment"}.get(part.kind, "Follow-up")
    return f"{name} {place + 1}" if len(same) > 1 else name


def _takes_replies(draft: Draft) -> list[Finding]:
    need = draft.need(REPLIES)
    if need is None or need.on:
        return []
    found, parts = [], draft.content.parts
    if any(part.kind == "thread" for part in parts):
        words = f"{draft.label} takes no threads: say it in one post, or give it a text of its own."
        found.append(Finding(need, False, True, words, REPLIES))
    for kind, name in (("comment", "The comment is"), ("follow_up", "The follow-up is")):
        if any(part.kind == kind for part in parts):
            words = f"{draft.label} takes no replies from Slogan. {name} left out there."
            found.append(Finding(need, False, False, words, REPLIES))
    return found


def _not_too_many(draft: Draft) -> list[Finding]:
    need, posts = draft.need(MOST), 1 + sum(part.kind == "thread" for part in draft.content.parts)
    if need is None or need.top is None or posts <= need.top:
        return []
    words = f"{draft.label} allows {amount(need.top, 'posts in a thread')}; this has {posts}."
    return [Finding(need, False, need.blocks, words, MOST)]


def _limit(draft: Draft) -> Need | None:
    """Any rule that limits a text here, for a finding to stand on."""
    return next(
        (need for need in draft.needs if need.key in TEXT_RULES and need.key.startswith("max_")), None
    )
