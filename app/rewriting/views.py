"""The rules test: source, rules and prompt, result; a run is left and found again by its address."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, g, make_response, redirect, request, url_for
from pydantic import BaseModel

from app.accounts.gate import may
from app.core.queue import depth
from app.core.ui import read, read_args, show, wants_fragment, went
from app.rewriting import process_views
from app.rewriting.asking import Wish
from app.rewriting.bench import EXAMPLE, Bench, articles_with, products_with
from app.rewriting.history import Filters, history
from app.rewriting.models import ContentProcess, Execution

room = Blueprint("rewriting", __name__)


def init(app: Flask) -> None:
    app.register_blueprint(process_views.room)


class Address(Wish):
    """A wish as an address carries it, with the runs that are shown."""

    run: UUID | None = None
    compare: UUID | None = None


@room.get("/rewrite")
@room.get("/syndication/mvp-test")
def bench() -> Response:
    asked = read_args(Address)
    runs = [Execution.of(g.workspace).get(one) for one in (asked.run, asked.compare) if one]
    return show("rewriting/bench.html", "rules", **_bench(asked, runs))


@room.post("/rewrite")
@room.post("/syndication/mvp-test")
@may("write")
def ask() -> Response:
    return _results(read(Wish).ask(g.workspace, g.user))


@room.post("/syndication/mvp-test/prompt")
@may("write")
def prompt_preview() -> Response:
    return show("rewriting/_messages.html", messages=Bench.of(g.workspace, read(Wish)).messages())


@room.get("/syndication/mvp-test/sections")
def sections() -> Response:
    return show(
        "rewriting/_sections.html",
        articles=articles_with(g.workspace, request.args.get("words", "")[:200]),
        chosen=None,
    )


@room.get("/syndication/mvp-test/products")
def products() -> Response:
    return show(
        "rewriting/_products.html",
        products=products_with(g.workspace, request.args.get("words", "")[:200]),
        chosen=None,
    )


@room.get("/syndication/runs/<uuid:run_id>")
def run(run_id: UUID) -> Response:
    found = Execution.of(g.workspace).get(run_id)
    if not wants_fragment():
        return redirect(url_for(".bench", run=found.id))  # type: ignore[return-value]
    return show("rewriting/_run.html", run=found, **_bell(found))


@room.post("/syndication/runs/<uuid:run_id>/variant")
@may("write")
def variant(run_id: UUID) -> Response:
    return _results(Execution.of(g.workspace).get(run_id).again(g.user))


@room.post("/syndication/runs/<uuid:run_id>/comparison")
@may("write")
def comparison(run_id: UUID) -> Response:
    first, wish = Execution.of(g.workspace).get(run_id), read(Wish)
    process = wish.process_in(g.workspace)
    return _results(first, first.again(g.user, process, wish.prompts_over(process)))


@room.post("/syndication/runs/<uuid:run_id>/stop")
@may("write")
def stop(run_id: UUID) -> Response:
    found = Execution.of(g.workspace).get(run_id)
    found.stop(g.user)
    return _one(found)


@room.post("/syndication/runs/<uuid:run_id>/bell")
@may("write")
def bell(run_id: UUID) -> Response:
    found = Execution.of(g.workspace).get(run_id)
    found.ring_again(g.user)
    return _one(found)


@room.get("/rewriting/runs")
def runs() -> Response:
    asked = read_args(Filters)
    return show(
        "rewriting/runs.html",
        "runs",
        page=history(g.workspace, asked),
        asked=asked,
        processes=ContentProcess.in_order(g.workspace),
    )


def _bench(wish: Wish, runs: list[Execution]) -> dict[str, Any]:
    return {"bench": Bench.of(g.workspace, wish, runs), "example": EXAMPLE, "runs": runs, **_bell(*runs)}


def _bell(*runs: Execution) -> dict[str, Any]:
    """Whether the queue answers, asked only when somebody waits longer than usual."""
    waiting = any(run.nobody_came for run in runs)
    return {"queue_away": waiting and depth() is None}


def _one(found: Execution) -> Response:
    if wants_fragment():
        return show("rewriting/_run.html", run=found, **_bell(found))
    return went(url_for(".bench", run=found.id))


def _results(*runs: Execution) -> Response:
    """The runs side by side, under an address that shows them again."""
    where = url_for(".bench", run=runs[0].id, compare=runs[1].id if len(runs) > 1 else None)
    if not wants_fragment():
        return went(where)
    answer = make_response(show("rewriting/_results.html", runs=runs, queue_away=False))
    answer.headers["HX-Push-Url"] = where
    return answer


class Prompts(BaseModel):
    system_prompt: str
    user_prompt_template: str
    process: UUID


@room.post("/syndication/mvp-test/kept-prompts")
@may("change rules")
def keep_prompts() -> Response:
    form = read(Prompts)
    process = ContentProcess.of(g.workspace).get(form.process)
    process.change_prompts(g.user, form.system_prompt, form.user_prompt_template)
    return (
        show("rewriting/_kept.html", process=process)
        if wants_fragment()
        else went(url_for(".bench", process=process.id))
    )
