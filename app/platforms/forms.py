"""What the forms of this room send, and how a refused one is shown again."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, g, request
from pydantic import BaseModel

from app.core.errors import Invalid
from app.core.ui import show
from app.platforms.counting import METHODS
from app.platforms.values import UNITS


def kept(page: Callable[..., Response]) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Answer a refused form with its own page again: what was typed, and what is wrong at which field."""

    def wrap(view: Callable[..., Response]) -> Callable[..., Response]:
        @wraps(view)
        def tried(**where: Any) -> Response:
            try:
                return view(**where)
            except Invalid as wrong:
                g.wrong = wrong
                return page(**where)

        return tried

    return wrap


def form_page(template: str, fragment: str | None = None, **context: Any) -> Response:
    """A form, empty or as it was typed."""
    wrong = g.get("wrong")
    typed = request.form if wrong else None
    return show(
        template,
        fragment,
        status=422 if wrong else 200,
        typed=typed,
        wrong=wrong,
        units=UNITS,
        methods=METHODS,
        **context,
    )


class RuleForm(BaseModel):
    """What the form of a rule sends; the verb checks it."""

    value: str
    unit: str = ""
    min_value: str = ""
    max_value: str = ""
    description: str = ""
    source: str = ""
    is_mandatory: bool = False

    def values_for(self, kind: str) -> dict[str, Any]:
        """What the verb of that kind of rule takes: a capability is never mandatory by itself."""
        return self.model_dump(exclude={"is_mandatory"} if kind == "capabilities" else set())


class NewRuleForm(RuleForm):
    """A rule with its place."""

    category: str
    key: str


class PlatformForm(BaseModel):
    """What the form of a platform sends."""

    display_name: str
    name: str = ""
    description: str = ""
    status: str = "active"
    priority: str = "100"
    website_url: str = ""
    api_documentation_url: str = ""


class ChannelForm(BaseModel):
    """What the form of a channel sends."""

    status: str = "active"
    priority: str = "100"
    notes: str = ""
    is_supported: bool = False


class NewChannelForm(ChannelForm):
    """A channel with its kind of post, which may be new."""

    name: str = ""
    display_name: str = ""
    description: str = ""
    content_type: str = "mixed"
    media_support: list[str] = []
    is_supported: bool = True
