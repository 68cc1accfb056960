"""What is peculiar to Mastodon and its dialects."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from app.core.settings import settings
from app.publishing.connector import CannotTell, Kind, Picture, PublishError
from tests.publishing.servers import SERVERS, a_connector, a_delivery


@pytest.fixture(autouse=True)
def reachable(monkeypatch):
    monkeypatch.setattr(settings(), "private_hosts", ["127.0.0.1"])


@pytest.fixture
def server():
    with SERVERS["mastodon"]() as server:
        yield server


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "tartan.png"
    Image.new("RGB", (32, 20), "darkgreen").save(path)
    return Picture(path, "image/png", 32, 20, "A green tartan", path.stat().st_size)


def test_it_waits_until_a_picture_is_processed(server, picture):
    server.processing = 3
    a_connector(server).publish(a_delivery(pictures=(picture,)))
    assert server.posts[0]["media_attachments"] == ["A green tartan"]


def test_a_picture_that_is_never_ready_is_not_sent_twice(server, picture):
    server.processing = 1000
    delivery = a_delivery(pictures=(picture,))
    with pytest.raises(PublishError, match="still processing") as caught:
        a_connector(server).publish(delivery)
    assert caught.value.kind is Kind.TRANSIENT
    server.media["1"]["looks"] = 0
    a_connector(server).publish(delivery)
    assert len(server.media) == 1
    assert len(server.posts) == 1


def test_a_picture_the_server_has_lost_is_sent_again(server, picture):
    delivery = a_delivery(pictures=(picture,), handles={"media": {f"0 {picture.mark}": "77"}})
    a_connector(server).publish(delivery)
    assert list(server.media) == ["1"]


def test_after_the_key_is_forgotten_it_looks_before_it_sends(server):
    delivery = a_delivery(begun_at=datetime.now(UTC) - timedelta(hours=2))
    server.late_by = timedelta(hours=-2)
    server.drop(after=True)
    with pytest.raises(PublishError):
        a_connector(server).publish(delivery)
    server.late_by = timedelta(0)
    receipt = a_connector(server).publish(delivery)
    assert receipt.remote_id == server.posts[0]["id"]
    assert len(server.posts) == 1


def test_it_finds_a_text_with_links_mentions_and_signs(server):
    text = "Tartan & tweed <3 for @bob@far.example:\n\nhttps://lochcarron.example/a/very/long/address/of/one/product?x=1"
    delivery = a_delivery(text=text)
    receipt = a_connector(server).publish(delivery)
    assert a_connector(server).find(replace(delivery, handles={})).remote_id == receipt.remote_id


def test_a_text_that_was_changed_after_a_lost_answer_makes_no_second_post(server):
    server.drop(after=True)
    delivery = a_delivery(begun_at=datetime.now(UTC))
    with pytest.raises(PublishError):
        a_connector(server).publish(delivery)
    begun = datetime.now(UTC) - timedelta(hours=2)
    changed = replace(delivery, text="Changed meanwhile.", begun_at=begun)
    assert a_connector(server).publish(changed).remote_id == server.posts[0]["id"]
    assert len(server.posts) == 1


def test_another_picture_after_a_refusal_is_the_one_that_goes_out(server, picture, tmp_path):
    server.status(422, after=False)
    delivery = a_delivery(pictures=(picture,))
    with pytest.raises(PublishError):
        a_connector(server).publish(delivery)
    path = tmp_path / "other.png"
    Image.new("RGB", (32, 20), "darkred").save(path)
    other = Picture(path, "image/png", 32, 20, "A red tartan", path.stat().st_size)
    a_connector(server).publish(replace(delivery, pictures=(other,)))
    assert server.posts[0]["media_attachments"] == ["A red tartan"]


def test_it_does_not_take_an_older_post_for_this_one(server):
    old = a_delivery()
    a_connector(server).publish(old)
    server.posts[0]["created_at"] = "2020-01-01T00:00:00.000Z"
    assert a_connector(server).find(a_delivery(text=old.text)) is None


def test_it_cannot_tell_behind_too_many_newer_posts(server):
    delivery = a_delivery()
    connector = a_connector(server)
    for number in range(201):
        connector.publish(a_delivery(text=f"Number {number}"))
    with pytest.raises(CannotTell, match="over 200 newer posts"):
        connector.find(delivery)


def test_a_text_that_is_too_long_is_refused_with_the_servers_words(server):
    with pytest.raises(PublishError) as caught:
        a_connector(server).publish(a_delivery(text="a" * 501))
    assert caught.value.kind is Kind.REFUSED
    assert str(caught.value) == ("Mastodon refused: Validation failed: Text character limit of 500 exceeded")


def test_check_reads_the_limits_of_this_very_server(server):
    limits = a_connector(server).check().limits
    assert (limits["max_characters"], limits["version"]) == (500, "4.5.2")
    assert "image/png" in limits["supported_mime_types"]


@pytest.mark.parametrize("dialect", ["gotosocial", "pixelfed"])
def test_a_dialect_is_recognised_behind_the_plain_form(dialect):
    with SERVERS["mastodon"](dialect) as server:
        connector = a_connector(server)
        connector.check()
        assert connector.session["software"] == dialect
        assert not connector.repeats_safely


def test_pixelfed_takes_a_refused_key_for_a_post_that_is_there(picture):
    with SERVERS["pixelfed"]("pixelfed") as server:
        delivery = a_delivery(pictures=(picture,))
        server.drop(after=True)
        with pytest.raises(PublishError) as caught:
            a_connector(server).publish(delivery)
        assert caught.value.kind is Kind.UNSURE
        assert a_connector(server).publish(delivery).remote_id == server.posts[0]["id"]
        assert len(server.posts) == 1


def test_pixelfed_gets_a_new_key_where_the_first_try_failed(picture):
    with SERVERS["pixelfed"]("pixelfed") as server:
        delivery = a_delivery(pictures=(picture,))
        server.keys[delivery.key] = ("failed", datetime.now(UTC))
        with pytest.raises(PublishError) as caught:
            a_connector(server).publish(delivery)
        assert caught.value.kind is Kind.TRANSIENT
        a_connector(server).publish(delivery)
        assert len(server.posts) == 1
