"""One rewrite: ask, hold the answer against the rows and the source, send it back, mend, decide."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace

import regex

from app.core.errors import Unavailable
from app.platforms.checks import Content, Finding, check, mend
from app.platforms.media_checks import MEDIA_RULES
from app.platforms.need import Need
from app.rewriting import prompt
from app.rewriting.answer import clean, refuses
from app.rewriting.facts import Claim, new_facts
from app.rewriting.providers import Completion, Provider
from app.rewriting.sentences import split
from app.rewriting.source import Source
from app.rewriting.supply import supply
from app.rewriting.writer import NAME as BUILT_IN
from app.rewriting.writer import BuiltInWriter, silent

REPAIRS = 2  # times that an answer goes back to the model
UNSAID = ("api", "limits")  # rules about calls and accounts tell a writer nothing
TITLED = ("title", "subject", "preheader", "alt_text")  # a rewrite makes the text, not these


@dataclass(frozen=True)
class Process:
    """How a channel is written for: the prompts, and what they demand beyond the channel's rows."""

    system_prompt: str = "You write posts for a company's channels: honest, clear and friendly."
    user_template: str = "Write a post about this.\n\nTitle: {title}\n\n{text}"
    constraints: tuple[Need, ...] = ()
    temperature: float = 0.7
    max_tokens: int = 1000
    timeout: float | None = None  # seconds a model may take for one answer; None: the provider's own
    channel: str = "This channel"  # as people call it, such as “Facebook feed post”
    allowed: tuple[str, ...] = ()  # names that may be said though the source has them not


@dataclass(frozen=True)
class Round:
    """One answer and what was wrong with it."""

    text: str
    findings: tuple[Finding, ...]  # broken rules only
    claims: tuple[Claim, ...]
    seconds: float
    tokens: int

    @property
    def clean(self) -> bool:
        return not self.claims and not any(finding.hard for finding in self.findings)


@dataclass
class Rewriting:
    """What a rewrite came to, kept as it is in the history.

    `status` is success (it keeps every hard rule and invents nothing), partial (there is a text, but it
    breaks a rule or states a new fact) or failed (no usable text; `problem` says why). Only a text with
    `fit_to_schedule` may be put on the calendar. `cost` is in US dollars, None when not known.
    """

    text: str = ""
    status: str = "failed"
    messages: list[dict[str, str]] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    checks: list[Finding] = field(default_factory=list)  # every rule that can be judged, kept or broken
    guides: list[Need] = field(default_factory=list)  # rules that only guide the writer
    notes: list[str] = field(default_factory=list)
    provider: str = ""
    model: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None
    seconds: float = 0.0
    fit_to_schedule: bool = False
    problem: str = ""

    def as_dict(self) -> dict:
        """All of it as plain values that JSON can hold."""
        return asdict(self)

    def broken(self) -> list[Finding]:
        """The hard rules that the text still breaks."""
        return [finding for finding in self.findings if finding.hard and not finding.passed]


def rewrite(
    source: Source,
    needs: Sequence[Need],
    process: Process,
    provider: Provider,
    on_progress: Callable[[str], None] | None = None,
    seed: int = 0,
) -> Rewriting:
    """Write source anew for the channel of these rows.

    Never raises for what a model or its server does: that ends in a Rewriting with status failed and a
    problem in words. Raises Invalid when the template holds an unknown placeholder.
    """
    begun, tell = time.monotonic(), on_progress or (lambda message: None)
    told = [need for need in (*needs, *process.constraints) if not any(part in need.key for part in TITLED)]
    rules = [need for need in told if need.key not in MEDIA_RULES]  # pictures are the schedule's check
    asked = [need for need in told if need.category not in UNSAID]
    messages = prompt.messages(process.system_prompt, process.user_template, source, asked)
    result = Rewriting(provider=provider.name, model=provider.model, messages=messages)
    if isinstance(provider, BuiltInWriter):
        provider = provider.at(source, rules, seed)
    if silent(rules):
        result.notes.append("This channel takes no text: the words belong into the picture.")
        result.status, result.fit_to_schedule = "success", True
    else:
        _work(result, source, rules, process, provider, tell)
    result.checks = check(Content(result.text), rules, channel_label=process.channel) if result.text else []
    judged = {finding.need.key for finding in result.checks}
    result.guides = [need for need in asked if need.key not in judged | set(MEDIA_RULES)]
    result.seconds = round(time.monotonic() - begun, 3)
    return result


def _work(
    result: Rewriting,
    source: Source,
    rules: Sequence[Need],
    process: Process,
    provider: Provider,
    tell: Callable[[str], None],
) -> None:
    try:
        _converse(result, source, rules, process, provider, tell)
        _settle(result, source, rules, process, tell)
    except Unavailable as trouble:
        _keep_what_there_is(result, source, rules, process, trouble.message, tell)


def _converse(
    result: Rewriting,
    source: Source,
    rules: Sequence[Need],
    process: Process,
    provider: Provider,
    tell: Callable[[str], None],
) -> None:
    """Ask, and send a broken answer back with the reasons, at most REPAIRS times."""
    for turn in range(REPAIRS + 1):
        tell("Writing" if turn == 0 else f"Sending it back with the reasons ({turn} of {REPAIRS})")
        latest = _answered(result, source, rules, process, provider)
        if latest.text and latest.clean:
            return
        if turn < REPAIRS:
            said = {"role": "assistant", "content": latest.text[:8000] or "(nothing)"}
            result.messages = [*result.messages, said, {"role": "user", "content": reasons(latest)}]


def _answered(
    result: Rewriting, source: Source, rules: Sequence[Need], process: Process, provider: Provider
) -> Round:
    """One answer, cleaned and judged. A refusal ends the conversation: asking again would not change it."""
    completion = provider.complete(
        result.messages,
        max_tokens=process.max_tokens,
        temperature=process.temperature,
        timeout=process.timeout or 0,
    )
    _account(result, completion)
    text, taken = clean(completion.text)
    refused = refuses(text)
    result.notes += [note for note in (*taken, completion.note) if note and note not in result.notes]
    findings, claims = judge(text, source, rules, process) if text and not refused else ([], [])
    tokens = completion.tokens_in + completion.tokens_out
    latest = Round(text, tuple(findings), tuple(claims), round(completion.seconds, 3), tokens)
    result.rounds.append(latest)
    if refused:
        raise Unavailable(f"The model declined to write: “{text[:200]}”")
    return latest


def _account(result: Rewriting, completion: Completion) -> None:
    result.model = completion.model
    result.tokens_in += completion.tokens_in
    result.tokens_out += completion.tokens_out
    if completion.cost is not None:
        result.cost = round((result.cost or 0) + completion.cost, 6)


def judge(
    text: str, source: Source, rules: Sequence[Need], process: Process
) -> tuple[list[Finding], list[Claim]]:
    """The rules that the text breaks, and what it states that the source does not have."""
    findings = check(Content(text), rules, channel_label=process.channel)
    return [finding for finding in findings if not finding.passed], new_facts(text, source, process.allowed)


def reasons(latest: Round) -> str:
    """What goes back to the model: each broken rule and each invented fact, in a sentence."""
    if not latest.text:
        return "Your answer was empty. Write the post."
    lines = [finding.message for finding in latest.findings if finding.hard]
    lines += [
        f"The material does not have the {claim.kind} “{claim.value}”. Leave it out."
        for claim in latest.claims
    ]
    listed = "\n".join(f"- {line}" for line in lines)
    return f"This cannot be published yet:\n{listed}\n\nWrite the whole post again, mended, and nothing else."


def _settle(
    result: Rewriting, source: Source, rules: Sequence[Need], process: Process, tell: Callable[[str], None]
) -> None:
    """Take the best answer, mend by plain code what is still broken, and decide."""
    written = [one for one in result.rounds if one.text]
    if not written:
        result.problem = result.problem or _nothing(result)
        return
    best = min(
        written,
        key=lambda one: (
            len(one.claims) + sum(finding.hard for finding in one.findings),
            -result.rounds.index(one),
        ),
    )
    text = best.text
    if not best.clean:
        tell("Mending")
        text = _mended(text, best, source, rules, process, result.notes)
    result.text = text
    result.findings, result.claims = judge(text, source, rules, process) if text else ([], [])
    if not text:
        result.problem = "Nothing was left after everything that the source does not have was taken out."
        return
    result.fit_to_schedule = not result.claims and not result.broken()
    result.status = "success" if result.fit_to_schedule else "partial"
    if not result.fit_to_schedule:
        said = [f"It states the {claim}, which the source does not have." for claim in result.claims]
        result.problem = " ".join([*(finding.message for finding in result.broken()), *said])


def _nothing(result: Rewriting) -> str:
    if result.provider == BUILT_IN:
        return "The built-in writer finds too little in the source for a text that keeps every rule."
    return f"The model gave an empty answer {len(result.rounds)} times."


def _mended(
    text: str, best: Round, source: Source, rules: Sequence[Need], process: Process, notes: list[str]
) -> str:
    """Sentences with new facts go, then the rows' own mending; what mending breaks anew is not hidden."""
    for claim in best.claims:
        text, gone = without(text, claim)
        if gone:
            notes.append(f"Took out “{gone}”, because the source does not have the {claim}.")
    if not text.strip():
        return ""
    for repair in (
        lambda said, broken: supply(said, source, rules, broken),
        lambda said, broken: mend(said, rules),
    ):
        broken = {finding.code for finding in judge(text, source, rules, process)[0] if finding.hard}
        if broken:
            text, how = repair(text, broken)
            notes += how
    return text


def without(text: str, claim: Claim) -> tuple[str, str]:
    """The text without the sentence that holds the claim; a hashtag or a bare address goes alone."""
    if claim.value.startswith(("#", "@")) or claim.kind == "url":
        cut = regex.sub(rf"[ \t]*{regex.escape(claim.value)}(?!\w)", "", text, count=1)
        if cut != text:
            return cut.strip(), claim.value
    for line in text.split("\n"):
        for sentence in split(line):
            if claim.value in sentence.replace("’", "'").replace("‘", "'") or claim.value in sentence:
                kept = line.replace(sentence, "", 1).replace("  ", " ").strip()
                text = text.replace(line, kept, 1)
                return regex.sub(r"\n{3,}", "\n\n", text).strip(), sentence
    return text, ""


def _keep_what_there_is(
    result: Rewriting,
    source: Source,
    rules: Sequence[Need],
    process: Process,
    problem: str,
    tell: Callable[[str], None],
) -> None:
    """The server went away. An earlier answer is still mended and kept; without one the rewrite failed."""
    if any(one.text and not refuses(one.text) for one in result.rounds):
        result.rounds = [replace(one, text="") if refuses(one.text) else one for one in result.rounds]
        result.notes.append(problem)
        _settle(result, source, rules, process, tell)
        return
    result.status, result.problem = "failed", problem
