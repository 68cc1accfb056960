"""Holds a post against the rules of its channel, platform and process.

The rules are data; here is only how each kind of rule is judged, one function a key. A key that nobody
can judge (a tone, a posting frequency) gives no finding: it guides the prompt and the writer.
"""

from collections.abc import Iterable

from app.platforms.findings import Content, Draft, Finding, MediaFacts, Rule
from app.platforms.media_checks import MEDIA_RULES
from app.platforms.mending import mend
from app.platforms.need import Need
from app.platforms.part_checks import PART_RULES, part_findings
from app.platforms.text_checks import TEXT_RULES

__all__ = ["RULES", "Content", "Finding", "MediaFacts", "check", "mend", "problems"]

RULES: dict[str, Rule] = {**TEXT_RULES, **MEDIA_RULES, **PART_RULES}


def check(
    content: Content, needs: Iterable[Need], channel_label: str = "This channel", *, hard_only: bool = False
) -> list[Finding]:
    """Every rule that can be judged, kept or broken, in the order of the needs; or the mandatory ones alone."""
    draft = Draft(content, tuple(needs), channel_label)
    findings = []
    for need in draft.needs:
        rule = RULES.get(need.key) if need.blocks or not hard_only else None
        verdict = rule(need, draft) if rule else None
        if verdict:
            passed, message = verdict
            findings.append(Finding(need, passed, need.blocks, message, need.key))
    return findings + part_findings(draft)


def problems(content: Content, needs: Iterable[Need], channel_label: str = "This channel") -> list[Finding]:
    """What keeps the post from being scheduled: broken rules that are mandatory. Empty when it is ready."""
    found = check(content, needs, channel_label, hard_only=True)
    return [one for one in found if one.hard and not one.passed]
