"""The processes: their list, and one with its prompts, settings and runs."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, url_for
from pydantic import BaseModel

from app.accounts.gate import may
from app.core.ui import read, show, went
from app.platforms.text_checks import TEXT_RULES
from app.rewriting.history import latest_of
from app.rewriting.models import STATUSES, ContentProcess
from app.rewriting.prompt import PLACEHOLDERS

room = Blueprint("processes", __name__, url_prefix="/rewriting/processes")


@room.get("")
def processes() -> Response:
    return show("rewriting/processes.html", processes=ContentProcess.in_order(g.workspace))


@room.get("/<uuid:process_id>")
def process(process_id: UUID) -> Response:
    found = ContentProcess.of(g.workspace).get(process_id)
    return show("rewriting/process.html", process=found, **_around(found))


class PromptForm(BaseModel):
    system_prompt: str
    user_prompt_template: str


@room.post("/<uuid:process_id>/prompts")
@may("change rules")
def change_prompts(process_id: UUID) -> Response:
    found, form = ContentProcess.of(g.workspace).get(process_id), read(PromptForm)
    found.change_prompts(g.user, form.system_prompt, form.user_prompt_template)
    return went(_where(found), "The prompts are saved; the next rewrite uses them.")


class SettingForm(BaseModel):
    category: str
    key: str
    value: str = ""


@room.post("/<uuid:process_id>/settings")
@may("change rules")
def keep_setting(process_id: UUID) -> Response:
    found, form = ContentProcess.of(g.workspace).get(process_id), read(SettingForm)
    kept = found.keep(form.category, form.key.strip(), form.value, g.user)
    return went(_where(found, form.category), f"{kept.label} is {kept.shown} now.")


@room.post("/<uuid:process_id>/settings/removal")
@may("change rules")
def drop_setting(process_id: UUID) -> Response:
    found, form = ContentProcess.of(g.workspace).get(process_id), read(SettingForm)
    found.drop(form.category, form.key, g.user)
    return went(_where(found, form.category), f"{form.key.replace('_', ' ').capitalize()} is removed.")


class StatusForm(BaseModel):
    status: str


@room.post("/<uuid:process_id>/status")
@may("change rules")
def move_to(process_id: UUID) -> Response:
    found = ContentProcess.of(g.workspace).get(process_id)
    found.move_to(read(StatusForm).status, g.user)
    return went(_where(found), f"{found.display_name} is in {found.development_status} now.")


class ProcessForm(BaseModel):
    display_name: str
    description: str = ""
    is_active: bool = False
    is_first: bool = False


@room.post("/<uuid:process_id>")
@may("change rules")
def change(process_id: UUID) -> Response:
    found, form = ContentProcess.of(g.workspace).get(process_id), read(ProcessForm)
    found.change(
        g.user,
        display_name=form.display_name,
        description=form.description,
        is_active=form.is_active,
        priority=int(form.is_first),
    )
    return went(_where(found), f"{found.display_name} is saved.")


class CopyForm(BaseModel):
    display_name: str


@room.post("/<uuid:process_id>/copies")
@may("change rules")
def copy(process_id: UUID) -> Response:
    made = ContentProcess.of(g.workspace).get(process_id).copy(g.user, read(CopyForm).display_name)
    return went(_where(made), "The copy is a draft: change it, then compare the two.")


def _where(found: ContentProcess, part: str | None = None) -> str:
    return url_for("processes.process", process_id=found.id, _anchor=part)


def _around(found: ContentProcess) -> dict[str, Any]:
    settings: dict[str, list[Any]] = {}
    for row in found.configurations:
        if row.is_active and row.config_category != "llm_prompt":
            settings.setdefault(row.config_category, []).append(row)
    taken = {row.config_key for row in settings.get("constraints", [])}
    step = STATUSES.index(found.development_status)
    return {
        "settings": settings, "placeholders": PLACEHOLDERS, "runs": latest_of(found),
        "statuses": STATUSES[: step + 2],
        "offered": sorted(key for key in TEXT_RULES if key not in taken),
    }  # fmt: skip
