"""What is peculiar to Discord: two doors, no pings, wait=true, and nested reasons."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from app.core.settings import settings
from app.publishing.connector import Kind, PublishError
from app.publishing.connectors import CONNECTORS
from tests.publishing.servers import SERVERS, a_connector, a_delivery
from tests.publishing.servers.discord import CHANNEL, GUILD, HOOK_TOKEN

Credentials = CONNECTORS["discord"].Credentials


@pytest.fixture(autouse=True)
def reachable(monkeypatch):
    monkeypatch.setattr(settings(), "private_hosts", ["127.0.0.1"])


@pytest.fixture
def server():
    with SERVERS["discord"]() as server:
        yield server


@pytest.fixture
def bot_server():
    with SERVERS["discord"](bot=True) as server:
        yield server


def test_a_text_cannot_ping_everyone(server):
    a_connector(server).publish(a_delivery(text="Hello @everyone"))
    assert server.posts[0]["pings"] == []


def test_it_waits_for_the_message_and_knows_its_address(server):
    receipt = a_connector(server).publish(a_delivery())
    assert receipt.url == f"https://discord.com/channels/{GUILD}/{CHANNEL}/{receipt.remote_id}"


def test_it_asks_for_the_server_only_once(server):
    sessions = []
    a_connector(server, remember=sessions.append).publish(a_delivery())
    a_connector(server, session=sessions[-1]).publish(a_delivery())
    assert [asked.method for asked in server.asked] == ["GET", "POST", "POST"]


def test_a_text_that_is_too_long_is_refused_with_the_nested_reason(server):
    with pytest.raises(PublishError) as caught:
        a_connector(server).publish(a_delivery(text="a" * 2001))
    assert caught.value.kind is Kind.REFUSED
    assert str(caught.value) == "Discord refused: Invalid Form Body: Must be 2000 or fewer in length."


def test_a_webhook_that_was_deleted_needs_a_person(server):
    kind = CONNECTORS["discord"]
    gone = kind(kind.Credentials(webhook_url=f"{server.url}/api/webhooks/404/{HOOK_TOKEN}"))
    with pytest.raises(PublishError, match="Unknown Webhook") as caught:
        gone.publish(a_delivery())
    assert caught.value.kind is Kind.RECONNECT


def test_a_bot_looks_for_its_own_message_and_nobody_elses(bot_server):
    delivery = a_delivery()
    bot_server.drop(after=True)
    with pytest.raises(PublishError) as caught:
        a_connector(bot_server).publish(delivery)
    assert caught.value.kind is Kind.UNSURE
    assert a_connector(bot_server).find(delivery).remote_id == bot_server.posts[0]["id"]
    bot_server.posts[0]["author"]["id"] = "31337"
    assert a_connector(bot_server).find(delivery) is None


def test_the_nonce_makes_a_quick_repeat_harmless(bot_server):
    delivery = a_delivery()
    a_connector(bot_server).publish(delivery)
    a_connector(bot_server).publish(replace(delivery, handles={}))
    assert len(bot_server.posts) == 1


def test_a_wall_in_front_of_discord_means_a_long_wait(server):
    server.limited = "silent"
    with pytest.raises(PublishError) as caught:
        a_connector(server).publish(a_delivery())
    assert caught.value.retry_in == pytest.approx(600, abs=5)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"bot_token": "x"},
        {"webhook_url": "https://discord.com/channels/1/2"},
        {"webhook_url": "http://discord.com/api/webhooks/1/x"},
        {"bot_token": "x", "channel_id": "#news"},
    ],
)
def test_the_form_wants_one_whole_door(given):
    with pytest.raises(ValidationError):
        Credentials(**given)


def test_a_reactions_sum_is_its_likes(server):
    connector = a_connector(server)
    receipt = connector.publish(a_delivery())
    assert connector.metrics([receipt.remote_id, "1"])[receipt.remote_id].likes == 3
