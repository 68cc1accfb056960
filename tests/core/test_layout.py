"""The frame around every page, as the application itself draws it."""

import json
import re
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient


def test_the_sign_in_page_stands_without_a_member(app: Flask, world: object) -> None:
    text = app.test_client().get("/sign-in").get_data(as_text=True)
    assert "Sign in to Slogan" in text
    assert 'autocomplete="current-password"' in text
    assert '<aside class="sidebar">' not in text


def test_a_wrong_password_is_said_once_and_the_address_kept(app: Flask, world: object) -> None:
    typed = {"email": "nobody@example.com", "password": "wrong-password"}
    answer = app.test_client().post("/sign-in", data=typed)
    text = answer.get_data(as_text=True)
    assert text.count('role="alert"') == 1
    assert 'value="nobody@example.com"' in text


def test_a_missing_page_says_what_to_do(page: FlaskClient) -> None:
    answer = page.get(f"/activity/{uuid4()}")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 404
    assert "Was anything lost?" in text
    assert 'aria-label="Main"' in text


def test_htmx_gets_a_notice_and_not_the_frame(page: FlaskClient) -> None:
    answer = page.get("/there-is-no-such-page", headers={"HX-Request": "true"})
    text = answer.get_data(as_text=True)
    assert 'class="notice' in text
    assert "<html" not in text


def test_htmx_shows_refusals_and_never_restores_a_naked_piece(page: FlaskClient) -> None:
    text = page.get("/there-is-no-such-page").get_data(as_text=True)
    config = json.loads(re.search(r"name=\"htmx-config\" content='([^']+)'", text)[1])
    refusals = {"403", "409", "422", "500", "503"}
    swaps = {code for code in refusals if first(config, code)["swap"]}
    assert swaps == refusals
    assert config["historyRestoreAsHxRequest"] is False


def first(config: dict[str, Any], code: str) -> dict[str, Any]:
    return next(rule for rule in config["responseHandling"] if re.search(rule["code"], code))
