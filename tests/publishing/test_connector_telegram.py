"""What is peculiar to Telegram: the token in the address, albums, moved chats, and no way to look."""

from dataclasses import replace

import pytest
from PIL import Image

from app.core.settings import settings
from app.publishing.connector import CannotTell, Kind, Picture, PublishError
from tests.publishing.servers import SERVERS, a_connector, a_delivery
from tests.publishing.servers.telegram import TOKEN


@pytest.fixture(autouse=True)
def reachable(monkeypatch):
    monkeypatch.setattr(settings(), "private_hosts", ["127.0.0.1"])


@pytest.fixture
def server():
    with SERVERS["telegram"]() as server:
        yield server


def picture(tmp_path, width=320, height=200):
    path = tmp_path / f"{width}x{height}.png"
    Image.new("RGB", (width, height), "darkgreen").save(path)
    return Picture(path, "image/png", width, height, "Green", path.stat().st_size)


def test_a_text_a_photo_and_an_album_are_three_methods(server, tmp_path):
    connector, one = a_connector(server), picture(tmp_path)
    for count in (0, 1, 3):
        connector.publish(a_delivery(pictures=(one,) * count))
    assert [asked.path.rsplit("/", 1)[-1] for asked in server.asked] == [
        "sendMessage", "sendPhoto", "sendMediaGroup",
    ]  # fmt: skip
    assert [post.get("photos") for post in server.posts] == [None, 1, 3]


def test_the_receipt_of_an_album_holds_every_message(server, tmp_path):
    receipt = a_connector(server).publish(a_delivery(pictures=(picture(tmp_path),) * 3))
    assert receipt.remote_id == "101,102,103"
    assert receipt.url == "https://t.me/example_channel/101"


def test_a_private_channel_has_an_address_too(server):
    server.chat = lambda: {"id": -1001234567890, "type": "channel"}
    receipt = a_connector(server).publish(a_delivery())
    assert receipt.url == "https://t.me/c/1234567890/101"


def test_the_limit_counts_utf16_units(server):
    a_connector(server).publish(a_delivery(text="👋" * 2048))
    with pytest.raises(PublishError, match="message is too long") as caught:
        a_connector(server).publish(a_delivery(text="👋" * 2049))
    assert caught.value.kind is Kind.REFUSED


def test_a_picture_too_narrow_is_refused(server, tmp_path):
    with pytest.raises(PublishError, match="PHOTO_INVALID_DIMENSIONS") as caught:
        a_connector(server).publish(a_delivery(pictures=(picture(tmp_path, 2100, 100),)))
    assert caught.value.kind is Kind.REFUSED


def test_a_chat_that_moved_is_followed_and_remembered(server):
    server.migrated, sessions = True, []
    a_connector(server, remember=sessions.append).publish(a_delivery())
    assert sessions[-1]["chat"] == "-1009876543210"
    assert len(server.posts) == 1
    a_connector(server, session=sessions[-1]).publish(a_delivery())
    assert len(server.posts) == 2


def test_a_bot_that_is_no_administrator_needs_a_person(server):
    server.is_admin = False
    with pytest.raises(PublishError, match="need administrator rights") as caught:
        a_connector(server).publish(a_delivery())
    assert caught.value.kind is Kind.RECONNECT
    with pytest.raises(
        PublishError, match="The bot @example_bot may not post there: make it an administrator"
    ):
        a_connector(server).check()


def test_nobody_can_look_for_a_message(server):
    server.drop(after=True)
    delivery = a_delivery()
    with pytest.raises(PublishError) as caught:
        a_connector(server).publish(delivery)
    assert caught.value.kind is Kind.UNSURE
    assert str(caught.value) == "Telegram gave no answer after the post was sent."
    with pytest.raises(CannotTell):
        a_connector(server).find(delivery)


def test_the_comment_is_a_reply(server):
    a_connector(server).publish(a_delivery(first_comment="Order by Friday."))
    assert server.posts[1]["reply_to"] == server.posts[0]["message_id"]


def test_a_comment_that_may_be_out_is_not_sent_again(server):
    delivery = a_delivery(first_comment="Order by Friday.")
    a_connector(server).publish(replace(delivery, parts=(), first_comment=None))
    begun = {part.id: {"begun": delivery.begun_at.isoformat()} for part in delivery.parts}
    delivery.handles.update(parts=begun)
    with pytest.raises(PublishError) as caught:
        a_connector(server).publish(delivery)
    assert caught.value.kind is Kind.UNSURE
    assert caught.value.out.remote_id == delivery.handles["remote_id"]
    assert len(server.posts) == 1


def test_no_payload_holds_the_token(server):
    assert TOKEN not in str(a_connector(server).payload(a_delivery(first_comment="Hello.")))
