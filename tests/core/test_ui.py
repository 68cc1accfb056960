"""Errors as answers: a page for a person, a notice for htmx, JSON for a program; forms as models."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import pytest
from flask import Blueprint, Flask, g, request
from flask.testing import FlaskClient
from pydantic import BaseModel, Field
from sqlalchemy.exc import OperationalError

from app.accounts.gate import public
from app.core import errors, shown, ui
from app.core.database import session

HTMX = {"HX-Request": "true"}
PROBLEMS = {
    "invalid": (errors.Invalid("The text is too long.", text="Use at most 280 characters."), 422),
    "state": (errors.WrongState("Somebody was faster."), 409),
    "role": (errors.NotAllowed("Your role may not."), 403),
    "missing": (errors.Missing("There is no such post."), 404),
    "away": (errors.Unavailable("The model does not answer."), 503),
    "other": (errors.Problem("That cannot be."), 400),
    "database": (OperationalError("SELECT 1", {}, Exception("server closed <the> connection")), 503),
    "broken": (ZeroDivisionError("division by zero"), 500),
}
GOOD = {"name": "Scarf", "number": "3", "days": ["1", "5"]}


class Form(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=8)]
    number: Annotated[int, Field(ge=1, le=9)] = 1
    days: list[int] = []
    note: str | None = None


room = Blueprint("of_a_test", __name__)


@room.route("/of-a-test/<what>", methods=["GET", "POST"])
@room.route("/api/v1/of-a-test/<what>", methods=["GET", "POST"], endpoint="api")
@public
def break_with(what: str) -> Any:
    raise PROBLEMS[what][0]


@room.post("/of-a-test/form")
@public
def form() -> Any:
    return ui.read(Form).model_dump()


@room.get("/of-a-test/went")
@public
def went() -> Any:
    return ui.went("/posts", "Saved.", undo="/undo")


@pytest.fixture
def visitor(app: Flask, world: Any) -> Iterator[FlaskClient]:
    """Somebody who asks pages that only this test has."""
    if "of_a_test" not in app.blueprints:
        app._got_first_request = False
        app.register_blueprint(room)
    yield app.test_client()
    for name in list(g):
        g.pop(name)


@pytest.mark.parametrize("what", PROBLEMS)
def test_a_person_gets_a_page(visitor: FlaskClient, what: str) -> None:
    problem, status = PROBLEMS[what]
    answer = visitor.get(f"/of-a-test/{what}")
    assert answer.status_code == status
    assert "<html" in answer.text
    assert ui.TITLES[status] in answer.text
    if isinstance(problem, errors.Problem):
        assert problem.message in answer.text


@pytest.mark.parametrize("what", PROBLEMS)
def test_htmx_gets_a_notice_in_its_place(visitor: FlaskClient, what: str) -> None:
    answer = visitor.post(f"/of-a-test/{what}", headers=HTMX)
    assert answer.status_code == PROBLEMS[what][1]
    assert "<html" not in answer.text
    assert answer.headers["HX-Retarget"] == "#notices"
    assert answer.headers["HX-Reswap"] == "innerHTML"
    assert "HX-Request" in answer.headers["Vary"]


def test_a_wrong_field_is_named_so_that_the_page_can_mark_it(visitor: FlaskClient) -> None:
    text = visitor.post("/of-a-test/invalid", headers=HTMX).text
    assert "The text is too long." in text
    assert "Use at most 280 characters." in text


@pytest.mark.parametrize("what", PROBLEMS)
@pytest.mark.parametrize("way", ["address", "header"])
def test_a_program_gets_json(visitor: FlaskClient, what: str, way: str) -> None:
    address, headers = ("/api/v1", {}) if way == "address" else ("", {"Accept": "application/json"})
    answer = visitor.get(f"{address}/of-a-test/{what}", headers=headers)
    problem, status = PROBLEMS[what]
    assert (answer.status_code, answer.is_json) == (status, True)
    assert answer.json["data"] is None
    (said,) = answer.json["errors"]
    assert said["status"] == status
    assert said["instance"] == f"{address}/of-a-test/{what}"
    assert said["fields"] == getattr(problem, "fields", {})
    assert answer.json["meta"]["request_id"]


@pytest.mark.parametrize("what", ["database", "broken"])
def test_what_broke_inside_is_not_shown(visitor: FlaskClient, what: str) -> None:
    for headers in ({}, HTMX, {"Accept": "application/json"}):
        text = visitor.get(f"/of-a-test/{what}", headers=headers).text
        assert "division by zero" not in text
        assert "server closed" not in text
        assert "SELECT 1" not in text
        assert "Traceback" not in text


def test_an_address_that_is_none(visitor: FlaskClient) -> None:
    assert visitor.get("/api/v1/there-is-none").json["errors"][0]["status"] == 404
    assert visitor.post("/health").status_code == 405


def test_a_form_becomes_a_model(visitor: FlaskClient) -> None:
    read = {"name": "Scarf", "number": 3, "days": [1, 5], "note": None}
    assert visitor.post("/of-a-test/form", data=GOOD).json == read
    assert visitor.post("/of-a-test/form", json={"name": "Tie", "days": [2]}).json["days"] == [2]


def test_an_empty_field_that_may_be_left_out_takes_its_default(visitor: FlaskClient) -> None:
    assert visitor.post("/of-a-test/form", data={"name": "Tie", "number": "", "note": ""}).json["number"] == 1


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({}, {"name": "Fill this in."}),
        ({"name": ""}, {"name": "Fill this in."}),
        ({"name": "far too long"}, {"name": "Use at most 8 characters."}),
        ({"name": "a", "number": "0"}, {"number": "Use 1 or more."}),
        ({"name": "a", "number": "10"}, {"number": "Use 9 or less."}),
        ({"name": "", "number": "10"}, {"name": "Fill this in.", "number": "Use 9 or less."}),
    ],
)
def test_every_wrong_field_gets_a_sentence(visitor: FlaskClient, sent: dict[str, str], fields: dict[str, str]) -> None:
    answer = visitor.post("/of-a-test/form", data=sent, headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["fields"] == fields


@pytest.mark.parametrize("body", ["[]", "7", '"words"', "{", ""])
def test_a_body_that_is_no_object_is_refused(visitor: FlaskClient, body: str) -> None:
    answer = visitor.post("/of-a-test/form", data=body, content_type="application/json")
    assert answer.status_code == 422


def test_a_form_that_did_its_work_leads_on(visitor: FlaskClient) -> None:
    plain, htmx = visitor.get("/of-a-test/went"), visitor.get("/of-a-test/went", headers=HTMX)
    assert (plain.status_code, plain.headers["Location"]) == (303, "/posts")
    assert (htmx.status_code, htmx.headers["HX-Redirect"]) == (204, "/posts")


def test_a_page_from_history_is_whole(app: Flask) -> None:
    with app.test_request_context(headers=HTMX | {"HX-History-Restore-Request": "true"}):
        assert not ui.wants_fragment()
    with app.test_request_context(headers=HTMX):
        assert ui.wants_fragment()


def test_an_address_keeps_its_filters(app: Flask) -> None:
    with app.test_request_context("/posts?state=draft&cursor=abc&q=a+b"):
        assert shown.address_with(state="review") == "/posts?q=a+b&state=review"
        assert shown.address_with(state=None, q=None) == "/posts"
        assert request.path == "/posts"


def test_words_for_moments_and_numbers(app: Flask) -> None:
    with app.test_request_context():
        moment = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
        assert shown.clock(moment) == "22:30"
        assert shown.in_zone(moment, "Europe/London").strftime("%d %H:%M") == "01 23:30"
        assert shown.ago(None) == "never"
        assert (shown.number(1234567), shown.number(None), shown.number(0.125, 2)) == ("1,234,567", "–", "0.12")


def test_the_session_still_works_after_a_page_broke(visitor: FlaskClient) -> None:
    visitor.get("/of-a-test/broken")
    assert session.connection() is not None
