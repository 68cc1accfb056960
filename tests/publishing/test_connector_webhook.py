"""What is peculiar to the webhook: the signature, the picture inside, and receivers that know the key."""

import hmac
from base64 import b64decode
from dataclasses import replace

import pytest
from PIL import Image
from pydantic import ValidationError

from app.core.settings import settings
from app.publishing.connector import CannotTell, Kind, Part, Picture, PublishError
from app.publishing.connectors import CONNECTORS
from tests.publishing.servers import SERVERS, a_connector, a_delivery
from tests.publishing.servers.webhook import SECRET


@pytest.fixture(autouse=True)
def reachable(monkeypatch):
    monkeypatch.setattr(settings(), "private_hosts", ["127.0.0.1"])


@pytest.fixture
def server():
    with SERVERS["webhook"]() as server:
        yield server


def test_the_body_is_signed_and_named(server):
    delivery = a_delivery()
    a_connector(server).publish(delivery)
    asked = server.asked[0]
    signature = "sha256=" + hmac.new(SECRET.encode(), asked.body, "sha256").hexdigest()
    assert asked.headers["x-webhook-signature"] == signature
    assert asked.headers["idempotency-key"] == delivery.key
    body = asked.json()
    assert (body["event"], body["id"]) == ("post.published", delivery.key)
    assert body["timestamp"] == delivery.begun_at.isoformat() == asked.headers["x-webhook-timestamp"]


def test_every_attempt_is_the_same_to_the_byte(server):
    delivery = a_delivery()
    a_connector(server).publish(delivery)
    a_connector(server).publish(replace(delivery, handles={}))
    assert server.asked[0].body == server.asked[1].body


def test_the_picture_travels_inside(server, tmp_path):
    path = tmp_path / "tartan.png"
    Image.new("RGB", (32, 20), "darkgreen").save(path)
    picture = Picture(path, "image/png", 32, 20, "Green", path.stat().st_size)
    a_connector(server).publish(a_delivery(pictures=(picture,)))
    sent = server.posts[0]["pictures"][0]
    assert b64decode(sent["content"]) == path.read_bytes()
    assert sent["alt_text"] == "Green"


def test_a_plain_receiver_leaves_it_unsure():
    with SERVERS["webhook"]() as server:
        server.status(502, after=True)
        delivery = a_delivery()
        with pytest.raises(PublishError) as caught:
            a_connector(server).publish(delivery)
        assert caught.value.kind is Kind.UNSURE
        with pytest.raises(CannotTell, match="Only the receiver knows"):
            a_connector(server).find(delivery)


def test_a_receiver_that_honours_the_key_may_be_asked_again():
    with SERVERS["webhook"](honours_key=True) as server:
        server.status(502, after=True)
        delivery = a_delivery()
        with pytest.raises(PublishError) as caught:
            a_connector(server).publish(delivery)
        assert caught.value.kind is Kind.TRANSIENT
        receipt = a_connector(server).publish(delivery)
        assert (receipt.remote_id, receipt.url) == ("1", f"{server.url}/posts/1")
        assert len(server.posts) == 1


def test_check_pings_and_posts_nothing(server):
    a_connector(server).check()
    assert server.asked[0].json()["event"] == "ping"
    assert server.posts == []


def test_an_address_that_is_gone_needs_a_person(server):
    connector = a_connector(server)
    connector.credentials.url += "/elsewhere"
    with pytest.raises(PublishError) as caught:
        connector.publish(a_delivery())
    assert caught.value.kind is Kind.RECONNECT


@pytest.mark.parametrize(
    ("url", "secret"),
    [("http://receiver.example", SECRET), ("ftp://receiver.example", SECRET), ("https://a.example", "short")],
)
def test_the_form_refuses_what_is_not_safe(url, secret):
    with pytest.raises(ValidationError):
        CONNECTORS["webhook"].Credentials(url=url, secret=secret)


def test_the_parts_travel_in_the_body(server):
    parts = (Part("one", "thread", "The wool comes from Shetland."), Part("two", "comment", "Order by Friday."))
    delivery = a_delivery(parts=parts, reply_to="17")
    receipt = a_connector(server).publish(delivery)
    assert len(server.posts) == 1
    assert [part["text"] for part in server.posts[0]["parts"]] == [part.text for part in parts]
    assert server.posts[0]["reply_to"] == "17"
    assert a_connector(server).publish(delivery).remote_id == receipt.remote_id
    assert len(server.posts) == 1
