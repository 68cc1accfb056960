"""Page or piece from one template, what was typed as a model, and errors as answers."""

import re
import time
from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import uuid4

import structlog
from flask import Flask, Response, current_app, flash, g, make_response, redirect, request
from flask_wtf.csrf import CSRFError
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException

from app.core.database import session
from app.core.errors import Invalid, Missing, NotAllowed, Problem, Unavailable, WrongState
from app.core.shown import FILTERS, address_with
from app.core.time import now

log = structlog.get_logger("ui")
Form = TypeVar("Form", bound=BaseModel)
AT_HOME = re.compile(r"/(?![/\\])[^\x00-\x1f\x7f]*")


def show(template: str, fragment: str | None = None, status: int = 200, **context: Any) -> Response:
    """Answer with the page, or with one of its blocks when htmx asked for it."""
    page = current_app.jinja_env.get_template(template)
    context.setdefault("status", status)
    current_app.update_template_context(context)
    if fragment and wants_fragment():
        html = "".join(page.blocks[fragment](page.new_context(context)))
    else:
        html = page.render(context)
    answer = make_response(html, status)
    answer.vary.add("HX-Request")
    return answer


def wants_fragment() -> bool:
    """Whether htmx asks for a piece of the page (and is not restoring one from history)."""
    asked = request.headers
    return asked.get("HX-Request") == "true" and asked.get("HX-History-Restore-Request") != "true"


def wants_json() -> bool:
    """Whether a program asks: an address under /api, or JSON preferred to HTML."""
    return (
        request.path.startswith("/api/")
        or request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    )


def went(where: str, message: str | None = None, *, undo: str | None = None) -> Response:
    """Answer a form that did its work: on to `where`, with a word about what was done.

    `undo` is an address that takes it back when a form is posted to it. Where a form said where to go,
    another site's address leads home; browsers drop a tab, so `/<tab>/evil.example` is one.
    """
    where = where if AT_HOME.fullmatch(where) else "/"
    if message:
        flash(message, f"undo:{undo}" if undo else "success")
    if wants_fragment():
        answer = make_response("", 204)
        answer.headers["HX-Redirect"] = where
        return answer
    return make_response(redirect(where, 303))


def read(form: type[Form]) -> Form:
    """What was sent, as `form`. Raise Invalid with a sentence for each wrong field."""
    try:
        return form.model_validate(_sent(form))
    except ValidationError as wrong:
        raise Invalid(
            "Something is not right yet; see the marked fields.",
            **{
                str(error["loc"][0]) if error["loc"] else "form": _sentence(error) for error in wrong.errors()
            },
        ) from None


def read_args(form: type[Form]) -> Form:
    """The part of the address after `?`, as `form`. Raise Invalid."""
    try:
        return form.model_validate({key: value for key, value in request.args.items() if value != ""})
    except ValidationError as wrong:
        raise Invalid(
            "This address asks for something that cannot be.",
            **{str(error["loc"][0]): _sentence(error) for error in wrong.errors()},
        ) from None


def _sent(form: type[BaseModel]) -> dict[str, Any]:
    if request.is_json:
        sent = request.get_json(silent=True)
        if not isinstance(sent, dict):
            raise Invalid("The body is not a JSON object.")
        return sent
    many = {name for name, field in form.model_fields.items() if "list" in str(field.annotation)}
    return {
        name: request.form.getlist(name) if name in many else value
        for name, value in request.form.items()
        if name in many
        or value != ""
        or name not in form.model_fields
        or form.model_fields[name].is_required()
    }


def _sentence(error: Any) -> str:
    kind, context = error["type"], error.get("ctx") or {}
    known = {
        "missing": "Fill this in.",
        "string_too_short": "Fill this in."
        if context.get("min_length") == 1
        else f"Use at least {context.get('min_length')} characters.",
        "string_too_long": f"Use at most {context.get('max_length')} characters.",
        "greater_than_equal": f"Use {context.get('ge')} or more.",
        "less_than_equal": f"Use {context.get('le')} or less.",
    }
    if kind in known:
        return known[kind]
    message = str(error["msg"]).removeprefix("Value error, ")
    return message[:1].upper() + message[1:] + ("" if message.endswith((".", "!", "?")) else ".")


MOST_THROWN_AWAY = 1_000_000_000  # bytes of a body that is too large anyway
STALE = (
    "This page was open for too long. Load it again and repeat the step; "
    "what you typed is still in the form if you go back."
)
STATUS = {Invalid: 422, WrongState: 409, NotAllowed: 403, Missing: 404, Unavailable: 503, Problem: 400}
TITLES = {
    400: "That did not work", 403: "Not allowed", 404: "Not found", 405: "Not possible here",
    409: "Somebody was faster",
    413: "Too large", 422: "Not quite right", 429: "Too many requests",
    500: "Something broke", 503: "Not available now",
}  # fmt: skip


def init(app: Flask) -> None:
    """Teach the application the filters and the answers to errors."""
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(address_with=address_with, now=now)
    for problem in STATUS:
        app.register_error_handler(problem, _problem)
    app.register_error_handler(
        CSRFError,
        lambda _: _answer(
            STALE,
            400,
        ),
    )
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(DataError, _unstorable)
    app.register_error_handler(Exception, _broken)


def _problem(problem: Problem) -> Response:
    status = next(STATUS[kind] for kind in type(problem).__mro__ if kind in STATUS)
    return _answer(problem.message, status, problem.fields)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return make_response(error.get_response())
    words = {
        404: "There is no page at this address. It may have been removed, or the link is incomplete.",
        405: "This address cannot be used that way.",
        413: f"This is larger than {current_app.config['MAX_CONTENT_LENGTH'] // 1_000_000} MB, "
        "the most that can be sent at once. Nothing was saved.",
        429: "Too many tries. Wait a minute, then try again.",
    }
    if status == 413:
        _let_them_finish()
    answer = _answer(words.get(status, error.description or "That did not work."), status)
    if retry := getattr(error, "retry_after", None):
        answer.headers["Retry-After"] = str(retry)
    return answer


def _let_them_finish() -> None:
    """Throw away what is still being sent: a browser that is cut off shows its own error instead of ours."""
    left, until = MOST_THROWN_AWAY, time.monotonic() + 60
    body = request.environ["wsgi.input"]
    while left > 0 and time.monotonic() < until and (piece := body.read(min(left, 1_000_000))):
        left -= len(piece)


def _database_away(error: OperationalError) -> Response:
    log.error("database away", error=str(error.orig))
    session.rollback()
    return _answer("The database does not answer. Nothing was saved; try again in a minute.", 503)


def _unstorable(error: DataError) -> Response:
    if not any(name in str(error.orig) for name in ("NUL", "\\u0000")):
        return _broken(error)
    session.rollback()
    return _answer("What was sent holds a character that no text can hold (NUL). Take it out and try again.", 422)


def _broken(error: Exception) -> Response:
    if current_app.testing and current_app.config.get("PROPAGATE"):
        raise error
    log.error("unexpected error", id=error_id(), exc_info=error)
    session.rollback()  # the page about it reads from the database
    return _answer(
        "Something broke on our side. What was saved before is safe; this last step was not done.", 500
    )


def error_id() -> str:
    """What a person can tell the admin, and the admin can find in the log."""
    if "error_id" not in g:
        g.error_id = uuid4().hex[:8]
    return g.error_id


def _answer(message: str, status: int, fields: dict[str, str] | None = None) -> Response:
    title = TITLES.get(status, "That did not work")
    if wants_json():
        return make_response(
            {
                "data": None,
                "meta": {"timestamp": now().isoformat(), "request_id": error_id()},
                "errors": [
                    {"type": "about:blank", "title": title, "status": status, "detail": message,
                     "instance": request.path, "fields": fields or {}}
                ],
            },
            status,
        )  # fmt: skip
    try:
        template = "_form_errors.html" if status == 422 else "_notice.html"
        context: dict[str, Any] = {"title": title, "message": message, "fields": fields or {}, "error_id": error_id()}
        answer = show(template if wants_fragment() else "errors/error.html", status=status, **context)
    except Exception:
        log.exception("error page broke")
        answer = make_response(f"{title}. {message} ({error_id()})", status)
    if wants_fragment():
        answer.headers["HX-Retarget"] = "#notices"
        answer.headers["HX-Reswap"] = "innerHTML"
    return answer


def envelope(data: Any, **meta: Any) -> dict[str, Any]:
    """The one shape of every reply to a program."""
    return {
        "data": data,
        "meta": {"timestamp": now().isoformat(), "request_id": error_id(), **meta},
        "errors": [],
    }


def cards(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Rows as what a program reads."""
    return [row.card() for row in rows]
