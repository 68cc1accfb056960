"""What the rules test shows: channels, rules of the database, prompts, source and results."""

from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Self

from sqlalchemy.orm import selectinload

from app.articles.models import Article, Section
from app.catalogue.models import Product
from app.core.errors import Missing
from app.core.settings import settings
from app.platforms.models import Channel
from app.rewriting import prompt
from app.rewriting.asking import RANDOM, Wish, find_product, find_section
from app.rewriting.models import ContentProcess, Execution
from app.rewriting.sources import of_product, of_section, of_text, template_for, usable

UNSPOKEN = ("llm_prompt", "model")  # settings that are shown elsewhere
FOUND = 8  # articles or products that a search on the bench shows
OF_WORDS = ("content", "engagement", "process")  # categories that concern the text; others start folded
EXAMPLE = (
    "Why a kilt has so much cloth\n\nA traditional kilt takes about eight yards of tartan. The pleats at the "
    "back use most of it: they let the cloth swing when its wearer walks, and they keep the pattern whole. "
    "The front stays flat, so that the sett can be seen."
)


@dataclass
class Bench:
    """One look at the rules test."""

    workspace: Any
    wish: Wish
    process: ContentProcess
    channel: Channel
    runs: list[Execution] = field(default_factory=list)

    @classmethod
    def of(cls, workspace: Any, wish: Wish, runs: list[Execution] | None = None) -> Self:
        """The bench as an address asks for it. Raise Missing."""
        runs = runs or []
        if runs and not wish.process and "channel" not in wish.model_fields_set:
            wish = _wish_of(runs[0], wish)
        process = wish.process_in(workspace)
        return cls(workspace, wish, process, process.channel, runs)

    def channels(self) -> list[tuple[Any, list[Channel]]]:
        """Every channel that a post may be written for, by platform."""
        rows = [one for one in Channel.in_order(self.workspace) if one.is_open or one.id == self.channel.id]
        return [(platform, list(found)) for platform, found in groupby(rows, key=lambda one: one.platform)]

    def processes(self) -> list[ContentProcess]:
        """The processes in use for the channel."""
        mine = (
            ContentProcess.platform_id == self.channel.platform_id,
            ContentProcess.channel_type_id == self.channel.channel_type_id,
        )
        finder = ContentProcess.of(self.workspace).where(*mine, ContentProcess.is_active)
        return finder.order_by(ContentProcess.priority.desc(), ContentProcess.id).all()

    def rules(self) -> list[tuple[str, list[Any]]]:
        """The channel's rules that are in force, by category, then key."""
        rows = sorted(
            (row for row in self.channel.requirements if row.is_active),
            key=lambda row: (row.category, row.key),
        )
        groups = [(category, list(found)) for category, found in groupby(rows, key=lambda row: row.category)]
        return sorted(groups, key=lambda group: group[0] not in OF_WORDS)

    def of_platform(self) -> list[Any]:
        """The platform's own facts that count here, because no rule of the channel speaks of them."""
        counted = {need.key for need in self.channel.needs() if need.origin == "platform"}
        return [row for row in self.channel.platform.capabilities if row.is_active and row.key in counted]

    def demands(self) -> list[Any]:
        """What the process demands and advises beyond the rules."""
        named = {need.key for need in self.process.constraints()}
        return [
            row for row in self.process.configurations
            if row.is_active and row.config_key in named and row.config_category not in UNSPOKEN
        ]  # fmt: skip

    @property
    def system_prompt(self) -> str:
        return self.wish.system_prompt or self.process.system_prompt

    @property
    def user_template(self) -> str:
        return self.wish.user_prompt_template or self.process.user_template

    @property
    def writer(self) -> dict[str, Any]:
        """Who would write, and within which limits."""
        now = settings()
        asked = bool(now.llm_base_url and now.llm_model)
        return {"model": now.llm_model if asked else None, "seconds": now.llm_timeout, "answers": 3}

    def section(self) -> Section | None:
        """The section that is chosen, if it is there."""
        if not self.wish.wants("section"):
            return None
        return _if_there(lambda: find_section(self.workspace, self.channel, self.wish.section))

    def product(self) -> Product | None:
        """The product that is chosen; one at random stays open until the rewrite is asked for."""
        if self.wish.wants("product") in ("", RANDOM):
            return None
        return _if_there(lambda: find_product(self.workspace, self.wish.product))

    @property
    def kind(self) -> str:
        """Which kind of source stands open."""
        given = [kind for kind in ("section", "product") if getattr(self.wish, kind)]
        return self.wish.source or (given[0] if given else "text")

    def messages(self) -> list[dict[str, str]]:
        """The prompt as it would be sent now. Raise Invalid for an empty source or an unknown placeholder."""
        section, product, focus = self.section(), self.product(), self.wish.focus or None
        user = self.user_template
        if product is None and self.wish.wants("product") == RANDOM:
            product = find_product(self.workspace, RANDOM)
        if product is not None and (template := template_for(self.workspace, product, focus)):
            user = f"{user}\n\n{usable(template.template_prompt)}"
        if section is not None:
            source = of_section(section, focus)
        else:
            source = of_product(product, focus) if product is not None else of_text(self.wish.text, focus)
        return prompt.messages(self.system_prompt, user, source, self.process.needs())


def articles_with(workspace: Any, words: str) -> list[Article]:
    """Articles to choose a section from, the newest first, with their sections."""
    finder = (
        Article.found_by(workspace, words)
        .where(Article.sections.any())
        .options(selectinload(Article.sections))
    )
    return finder.order_by(Article.published_at.desc().nulls_last(), Article.id).limit(FOUND).all()


def products_with(workspace: Any, words: str) -> list[Product]:
    """Products to choose from, by name."""
    return Product.search(workspace, words, size=FOUND).rows


def _wish_of(run: Execution, wish: Wish) -> Wish:
    """What the form holds when somebody comes back to a run: its channel, process, source and prompts."""
    source, tried = run.input_data["source"], run.prompts or ("", "")
    kept = {
        "channel": run.channel_slug, "process": str(run.process_id), "focus": source.get("focus") or "",
        "system_prompt": tried[0], "user_prompt_template": tried[1],
    }  # fmt: skip
    if run.article_section_id:
        kept |= {"source": "section", "section": str(run.article_section_id)}
    elif run.product_id:
        kept |= {"source": "product", "product": str(run.product_id)}
    else:
        kept |= {"source": "text", "text": source["text"]}
    return wish.model_copy(update=kept)


def _if_there(find: Any) -> Any:
    try:
        return find()
    except Missing:
        return None
