"""The contract itself: what a connector must declare, and what the base refuses."""

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import BaseModel, Field, SecretStr

from app.core.settings import settings
from app.publishing.answers import usual_kind
from app.publishing.connector import Connector, Kind, Picture, PublishError
from app.publishing.connectors import CONNECTORS
from tests.publishing.servers import SERVERS, a_delivery

DATA = Path(__file__).parents[2] / "app" / "platforms" / "data"


@pytest.mark.parametrize("slug", sorted(CONNECTORS))
def test_it_has_rows_in_the_platform_table(slug):
    rows = tomllib.loads((DATA / f"{slug}.toml").read_text())
    named = {channel["name"] for channel in rows["channels"]}
    assert set(CONNECTORS[slug].channels) <= named


@pytest.mark.parametrize("slug", sorted(CONNECTORS))
def test_every_field_of_its_form_explains_itself(slug):
    for name, field in CONNECTORS[slug].Credentials.model_fields.items():
        assert field.description, name


@pytest.mark.parametrize("slug", sorted(CONNECTORS))
def test_it_builds_a_payload_without_an_account(slug):
    delivery = a_delivery()
    picture = Picture(Path("tartan.png"), "image/png", 320, 200, "A green tartan", 663)
    payload = CONNECTORS[slug].on_paper().payload(replace(delivery, pictures=(picture, picture)))
    assert delivery.text in json.dumps(payload, ensure_ascii=False)


@pytest.mark.parametrize("slug", sorted(CONNECTORS))
def test_it_has_a_server_to_be_tested_on(slug):
    if CONNECTORS[slug].Credentials.model_fields:  # one without any talks to nobody outside
        assert SERVERS[slug].slug == slug


def test_it_refuses_a_connector_that_forgot_something():
    with pytest.raises(TypeError, match="Forgetful has no slug"):
        type("Forgetful", (Connector,), {})


def test_a_private_address_is_never_called(monkeypatch):
    monkeypatch.setattr(settings(), "private_hosts", [])
    kind = CONNECTORS[min(CONNECTORS)]
    connector = kind.on_paper()
    with pytest.raises(PublishError) as caught:
        connector.ask("GET", "http://127.0.0.1:9/")
    assert caught.value.kind is Kind.RECONNECT


class Form(BaseModel):
    name: str = Field(description="A name.", examples=["name"])
    key: SecretStr = Field(description="A key.", examples=["key"])


@pytest.mark.parametrize(
    ("field", "complaint"),
    [
        (Field(examples=["x"]), "has no description for its form"),
        (Field(description="A field."), "has no example for the outbox"),
    ],
)
def test_a_form_explains_every_field(field, complaint):
    bare = type("Bare", (BaseModel,), {"__annotations__": {"name": str}, "name": field})
    verbs = {"payload": print, "create": print, "check": print}
    with pytest.raises(TypeError, match=complaint):
        type(
            "Bad",
            (Connector,),
            {"slug": "bad", "label": "Bad", "channels": ("a",), "Credentials": bare, **verbs},
        )


def test_a_connector_without_a_verb_is_refused():
    with pytest.raises(TypeError, match=r"Mute has no payload\(\)"):
        type("Mute", (Connector,), {"slug": "m", "label": "M", "channels": ("a",), "Credentials": Form})


@pytest.mark.parametrize(
    ("status", "reading", "creating"),
    [
        (401, Kind.RECONNECT, Kind.RECONNECT),
        (301, Kind.RECONNECT, Kind.RECONNECT),
        (302, Kind.RECONNECT, Kind.UNSURE),
        (303, Kind.RECONNECT, Kind.UNSURE),
        (429, Kind.RATE_LIMITED, Kind.RATE_LIMITED),
        (400, Kind.REFUSED, Kind.REFUSED),
        (422, Kind.REFUSED, Kind.REFUSED),
        (408, Kind.TRANSIENT, Kind.UNSURE),
        (500, Kind.TRANSIENT, Kind.UNSURE),
        (504, Kind.TRANSIENT, Kind.UNSURE),
    ],
)
def test_what_a_status_means_depends_on_what_was_asked(status, reading, creating):
    assert usual_kind(status, once=False) is reading
    assert usual_kind(status, once=True) is creating
