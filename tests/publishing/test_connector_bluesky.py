"""What is peculiar to Bluesky: sessions, record keys, byte offsets, and pictures made smaller."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from PIL import Image

from app.core.settings import settings
from app.publishing.connector import Kind, Picture, PublishError
from app.publishing.connectors.bluesky.records import facets, tid
from tests.publishing.servers import SERVERS, a_connector, a_delivery


@pytest.fixture(autouse=True)
def reachable(monkeypatch):
    monkeypatch.setattr(settings(), "private_hosts", ["127.0.0.1"])


@pytest.fixture
def server():
    with SERVERS["bluesky"]() as server:
        yield server


def test_it_signs_in_once_and_hands_the_session_over(server):
    sessions = []
    a_connector(server, remember=sessions.append).publish(a_delivery())
    a_connector(server, session=sessions[-1]).publish(a_delivery())
    assert server.sign_ins == 1
    assert sessions[-1]["refresh"].startswith("refresh-jwt-secret")


def test_an_expired_session_is_refreshed_once_and_kept(server):
    sessions = []
    connector = a_connector(server, remember=sessions.append)
    connector.publish(a_delivery())
    server.expire()
    connector.publish(a_delivery())
    assert (server.sign_ins, server.refreshes) == (1, 1)
    assert sessions[-1]["access"] == server.access
    assert len(server.posts) == 2


def test_a_refresh_that_is_refused_signs_in_again(server):
    connector = a_connector(server)
    connector.publish(a_delivery())
    server.expire()
    server.refresh = "replaced"
    connector.publish(a_delivery())
    assert server.sign_ins == 2


def test_session_secrets_are_secrets(server):
    connector = a_connector(server)
    connector.publish(a_delivery())
    assert connector.redact(f"{server.access} {server.refresh}") == "••• •••"


def test_the_same_delivery_has_the_same_record_key_and_another_has_not():
    one, two = a_delivery(), a_delivery()
    assert tid(one.key, one) == tid(one.key, replace(one, text="Changed."))
    assert tid(one.key, one) != tid(two.key, replace(two, begun_at=one.begun_at))
    assert len(tid(one.key, one)) == 13


def test_keys_sort_as_the_moments_do():
    early = a_delivery()
    late = replace(early, begun_at=early.begun_at + timedelta(days=365))
    assert tid("a", early) < tid("b", late)


def test_another_text_under_the_same_key_is_a_duplicate_and_found(server):
    delivery = a_delivery()
    receipt = a_connector(server).publish(delivery)
    changed = replace(delivery, text="Changed.", handles={})
    with pytest.raises(PublishError) as caught:
        a_connector(server).publish(changed)
    assert caught.value.kind is Kind.DUPLICATE
    assert a_connector(server).find(changed).remote_id == receipt.remote_id


def test_a_text_that_was_mended_after_a_refusal_is_the_one_that_goes_out(server):
    delivery = a_delivery(text="Long. " * 60)
    with pytest.raises(PublishError):
        a_connector(server).publish(delivery)
    a_connector(server).publish(replace(delivery, text="Shorter."))
    assert [post["text"] for post in server.posts] == ["Shorter."]


def test_offsets_are_utf8_bytes(server):
    text = "Grüße 👋🏽 an @bob.test und @nobody.test: https://lochcarron.example/ü(1), #Schottenkaro! #2026"
    a_connector(server).publish(a_delivery(text=text))
    marked = {
        text.encode()[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode(): f["features"][0]
        for f in server.posts[0]["facets"]
    }
    assert marked["@bob.test"]["did"].startswith("did:plc:bob")
    assert marked["https://lochcarron.example/ü(1)"]["uri"] == "https://lochcarron.example/ü(1)"
    assert marked["#Schottenkaro"]["tag"] == "Schottenkaro"
    assert set(marked) == {"@bob.test", "https://lochcarron.example/ü(1)", "#Schottenkaro"}


@pytest.mark.parametrize("text", ["", "plain", "a@b.example", "C# and F#", "price:#", "www.example.com"])
def test_nothing_is_marked_that_is_no_link(text):
    assert facets(text, lambda handle: "did") == []


def test_a_link_becomes_a_card_and_the_page_is_not_fetched(server):
    a_connector(server).publish(a_delivery(link="https://lochcarron.example/autumn", title="Autumn"))
    card = server.posts[0]["embed"]["external"]
    assert card == {"uri": "https://lochcarron.example/autumn", "title": "Autumn", "description": ""}


def test_a_big_picture_is_made_smaller(server, tmp_path):
    path = tmp_path / "noise.png"
    noise = random.Random(7).randbytes(1100 * 900 * 3)
    Image.frombytes("RGB", (1100, 900), noise).save(path)
    picture = Picture(path, "image/png", 1100, 900, "Noise", path.stat().st_size)
    assert picture.bytes_size > 2_000_000
    a_connector(server).publish(a_delivery(pictures=(picture,)))
    image = server.posts[0]["embed"]["images"][0]
    assert image["image"]["size"] <= 976 * 1024
    assert image["alt"] == "Noise"
    assert image["aspectRatio"]["width"] / image["aspectRatio"]["height"] == pytest.approx(
        1100 / 900, rel=0.01
    )


def test_a_blob_the_server_has_lost_is_sent_again_once(server, tmp_path):
    path = tmp_path / "tartan.png"
    Image.new("RGB", (32, 20), "darkgreen").save(path)
    delivery = a_delivery(pictures=(Picture(path, "image/png", 32, 20, "Green", path.stat().st_size),))
    server.drop(after=False)
    with pytest.raises(PublishError):
        a_connector(server).publish(delivery)
    server.blobs.clear()
    with pytest.raises(PublishError, match="sent again") as caught:
        a_connector(server).publish(delivery)
    assert caught.value.kind is Kind.TRANSIENT
    a_connector(server).publish(delivery)
    assert len(server.posts) == 1


def test_a_picture_that_is_gone_is_said_by_name(server, tmp_path):
    picture = Picture(tmp_path / "gone.png", "image/png", 1, 1, "", 1)
    with pytest.raises(PublishError, match=r"The picture gone\.png can no longer be read\.") as caught:
        a_connector(server).publish(a_delivery(pictures=(picture,)))
    assert caught.value.kind is Kind.REFUSED
