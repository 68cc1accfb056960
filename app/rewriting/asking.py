"""What somebody wants rewritten, as a page, a program or the command line says it, and the rewrite of it."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import or_

from app.accounts.models import Member
from app.articles.models import Article, Section
from app.catalogue.models import Product
from app.core.errors import Invalid, Missing
from app.platforms.models import Channel
from app.rewriting.models import ContentProcess, Execution

NEXT, RANDOM = "next", "random"


class Wish(BaseModel):
    """What is wanted: one source for one channel, with other prompts for this once where they are given."""

    channel: str = "facebook/feed_post"
    process: str = ""  # a process's id; empty: the one that writes for the channel
    source: str = ""  # text, section or product: which of the three counts; empty: whichever is given
    text: str = ""
    section: str = ""  # an id, or next
    product: str = ""  # an id, a SKU, or random
    focus: str = ""
    system_prompt: str = ""
    user_prompt_template: str = ""

    def wants(self, kind: str) -> str:
        """What was given as that kind of source; empty where another kind was chosen."""
        return str(getattr(self, kind)).strip() if self.source in ("", kind) else ""

    def process_in(self, workspace: Any) -> ContentProcess:
        """The process that is asked for. Raise Missing."""
        if self.process:
            return ContentProcess.of(workspace).get(self.process)
        return ContentProcess.of_channel(Channel.by_slug(workspace, self.channel))

    def material(self, workspace: Any, process: ContentProcess) -> dict[str, Any]:
        """The source as `Execution.ask` takes it. Raise Invalid at its field, or Missing."""
        if section := self.wants("section"):
            return {"section": find_section(workspace, process.channel, section)}
        if product := self.wants("product"):
            return {"product": find_product(workspace, product)}
        if self.source in ("section", "product"):
            raise Invalid(
                f"Choose a {self.source} first.", **{self.source: f"Choose a {self.source} from the list."}
            )
        return {"text": self.text}

    def prompts_over(self, process: ContentProcess) -> tuple[str, str] | None:
        """The prompts of this trial; None where they are the process's own."""
        system, user = (
            text.replace("\r\n", "\n").strip() for text in (self.system_prompt, self.user_prompt_template)
        )
        own = process.system_prompt.strip(), process.user_template.strip()
        tried = (system or own[0], user or own[1])
        return None if tried == own else tried

    def ask(self, workspace: Any, by: Member) -> Execution:
        """The rewrite, waiting for a worker. Raise Invalid, Missing, NotAllowed."""
        process = self.process_in(workspace)
        material = self.material(workspace, process)
        return Execution.ask(
            process, focus=self.focus or None, by=by, prompts=self.prompts_over(process), **material
        )


def rewrite_here(
    workspace: Any, channel: str, by: Member | None, *, text: str | None = None, section: str | None = None,
    product: str | None = None, focus: str | None = None, provider: Any = None,
) -> Execution:  # fmt: skip
    """Rewrite in this process, without a worker; commits as it goes. Raise Invalid, Missing.

    `section` is an id or “next”, `product` an id, a SKU or “random”.
    """
    wish = Wish(
        channel=channel, text=text or "", section=section or "", product=product or "", focus=focus or ""
    )
    if sum(bool(one.strip()) for one in (wish.text, wish.section, wish.product)) > 1:
        raise Invalid("Choose one source: a text, a section or a product.", text="Choose one source only.")
    process = wish.process_in(workspace)
    material = wish.material(workspace, process)
    execution = Execution.prepare(process, focus=wish.focus or None, by=by, **material)
    execution.run(provider)
    return execution


def find_section(workspace: Any, channel: Channel, name: str) -> Section:
    """A section by its id, or the next one that the channel has nothing of yet. Raise Missing, Invalid."""
    if name != NEXT:
        return Section.of(workspace).get(name)
    found = Article.next_section(workspace, channel)
    if found is None:
        raise Invalid(
            f"Every section has been written for {channel.label} already.",
            section="Choose a section from the list, or bring in more articles.",
        )
    return found


def find_product(workspace: Any, name: str) -> Product:
    """A product by its id or SKU, or any at random that was not chosen lately. Raise Missing, Invalid."""
    if name == RANDOM:
        return Product.pick_random(workspace)
    try:
        same = or_(Product.id == UUID(name), Product.sku == name)
    except ValueError:
        same = Product.sku == name
    found = Product.of(workspace).where(same).first()
    if found is None:
        raise Missing(f"There is no product with the SKU or id “{name[:80]}”.")
    if not found.is_active:
        raise Invalid(f"“{found.name}” is not on sale in the shop now.", product="Choose another product.")
    return found
