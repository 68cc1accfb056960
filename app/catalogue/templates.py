"""The prompts for posts about products: one for each focus, and one for a category where it fits better."""

from typing import Any, Self

from sqlalchemy import CheckConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Member, Workspace, record
from app.core.database import Owned, session
from app.core.errors import Invalid

FOCUSES = ("feature", "benefit", "story")
LONGEST = 4000  # characters of a prompt
FIRST = {
    "feature": "One feature",
    "benefit": "One benefit",
    "story": "A short story",
}
PROMPTS = {
    "feature": """
Choose the one feature of this product that sets it apart: a material, a measure, how it is made or what
it comes with. Name it in the first sentence, say in plain words what it is, and show it at work once.
Use only facts that the product's own text has.""",
    "benefit": """
Say what this product changes for the person who has it. Begin with that person's situation, name the one
benefit that matters most there, and tie it to a fact of the product's own text. Promise nothing that the
text does not promise.""",
    "story": """
Tell a short, true story around this product: where it comes from, who makes it, or the moment in which
it is used, as far as the product's own text tells. One scene, one person, one ending that leads to the
product. Invent no people, places, dates or numbers.""",
}


def load_templates(workspace: Workspace) -> int:
    """Give a workspace the three first templates where their names are missing; returns how many were added.

    A template that a person changed or switched off stays as it is.
    """
    known = {template.template_name for template in ContentTemplate.of(workspace)}
    missing = {kind: name for kind, name in FIRST.items() if name not in known}
    for kind, name in missing.items():
        prompt = " ".join(PROMPTS[kind].split())
        session.add(
            ContentTemplate(
                workspace_id=workspace.id, template_name=name, content_type=kind, template_prompt=prompt
            )
        )
    session.flush()
    return len(missing)


class ContentTemplate(Owned):
    """The prompt for posts about products: by focus, and by category where one fits better."""

    __tablename__ = "product_content_templates"
    __table_args__ = (
        UniqueConstraint("workspace_id", "template_name"),
        CheckConstraint("content_type IN ('feature', 'benefit', 'story')", name="content_type"),
    )
    noun = "template"

    template_name: Mapped[str] = mapped_column(String(100))
    product_category: Mapped[str | None] = mapped_column(String(100))
    content_type: Mapped[str] = mapped_column(String(50))
    template_prompt: Mapped[str] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(default=True)

    @classmethod
    def offered(cls, workspace: Any, content_type: str, categories: list[str] | None = None) -> Self | None:
        """The active template for a focus: that of one of the product's categories, else the general one."""
        names = [name.casefold() for name in categories or []]
        fitting = [
            template for template in cls.of(workspace).where(cls.content_type == content_type, cls.is_active)
            if template.product_category is None or template.product_category.casefold() in names
        ]  # fmt: skip
        return min(
            fitting,
            key=lambda template: (template.product_category is None, template.template_name),
            default=None,
        )

    @classmethod
    def add(cls, workspace: Any, by: Member, **values: Any) -> Self:
        """A new template: template_name, content_type, template_prompt, product_category. Raise Invalid."""
        by.must("write")
        template = cls(workspace_id=workspace.id, is_active=True)
        template._fill(values)
        session.add(template)
        session.flush()
        record(by, "added a template", template)
        return template

    def change(self, by: Member, **values: Any) -> None:
        """Give it another name, focus, category or prompt, or switch it (is_active). Raise Invalid."""
        by.must("write")
        self._fill(values)
        record(by, "changed a template", self)
        session.flush()

    def _fill(self, values: dict[str, Any]) -> None:
        name = values.get("template_name", self.template_name)
        with session.no_autoflush:
            same = (
                ContentTemplate.of(_Owner(self.workspace_id))
                .where(ContentTemplate.template_name == name)
                .first()
            )
        if same is not None and same is not self:
            raise Invalid(f"There is a template “{name}” already.", template_name="Choose another name.")
        for column, value in values.items():
            setattr(self, column, value)


class _Owner:
    """A workspace's id, where a finder asks for the workspace."""

    def __init__(self, workspace_id: Any) -> None:
        self.id = workspace_id
