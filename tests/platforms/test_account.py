"""An account is connected with sealed secrets, loses its way in, waits, and is paused."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.database import enter, session
from app.core.errors import Invalid, Missing, NotAllowed, WrongState
from app.core.time import now
from app.platforms.models import Account, Channel, Credential, Platform


@pytest.fixture
def platform(workspace):
    platform = Platform.add(workspace, None, display_name="Town crier")
    Channel.add(platform, None, display_name="Shout")
    Channel.add(platform, None, display_name="Whisper", status="deprecated")
    return platform


@pytest.fixture
def account(workspace, platform, alice):
    return Account.connect_new(
        workspace, platform, "Market square", {"server": "https://crier.example", "token": "s3cret"}, by=alice
    )


def test_it_keeps_secrets_sealed_and_says_so(account):
    stored = session.execute(
        text("SELECT credential_key, credential_value, is_encrypted FROM platform_credentials")
    ).all()
    assert {key for key, _, _ in stored} == {"server", "token"}
    assert all(
        sealed and "s3cret" not in value and "crier.example" not in value for _, value, sealed in stored
    )
    session.expire_all()
    assert account.secrets() == {"server": "https://crier.example", "token": "s3cret"}


def test_the_audit_names_secrets_and_never_shows_them(account, alice):
    account.keep_secrets({"token": "another"}, by=alice)
    written = str(session.execute(text("SELECT what, old_values, new_values FROM audit_entries")).all())
    assert "token" in written
    assert "s3cret" not in written
    assert "another" not in written
    assert "s3cret" not in str(account.card())


def test_a_key_is_there_once(account):
    account.keep_secrets({"token": "newer"})
    assert account.secrets()["token"] == "newer"
    assert (
        session.scalar(text("SELECT count(*) FROM platform_credentials WHERE credential_key = 'token'")) == 1
    )
    session.add(
        Credential(
            workspace_id=account.workspace_id, account_id=account.id, platform_id=account.platform_id,
            credential_type="connection", credential_key="token", credential_value="twice",
        )
    )  # fmt: skip
    with pytest.raises(IntegrityError):
        session.flush()


def test_an_expired_or_switched_off_secret_opens_nothing(account, alice):
    account.keep_secrets({"token": "old"}, expires={"token": now() - timedelta(seconds=1)})
    assert account.secrets() == {"server": "https://crier.example"}
    account.keep_secrets({"token": "fresh"}, expires={"token": now() + timedelta(hours=1)})
    assert account.secrets()["token"] == "fresh"
    assert account.secrets_end_at > now()
    account.switch_secret("token", False, by=alice)
    assert "token" not in account.secrets()
    account.switch_secret("token", True, by=alice)
    assert account.secrets()["token"] == "fresh"


def test_an_empty_value_takes_the_key_away(account):
    account.keep_secrets({"token": ""})
    session.expire_all()
    assert account.secrets() == {"server": "https://crier.example"}


def test_it_moves_from_new_to_connected_to_lost_and_back(account):
    assert account.state == "new"
    account.connected("42", "@square", "https://crier.example/@square")
    assert (account.state, account.label) == ("connected", "Town crier @square")
    assert account.lost("The token is no longer accepted.")
    assert not account.lost("The token is no longer accepted.")
    assert (account.state, account.last_error) == ("reconnect", "The token is no longer accepted.")
    account.connected("42", "@square", None)
    assert (account.state, account.last_error) == ("connected", None)


def test_it_is_paused_and_resumed(account, alice):
    account.connected("42", None, None)
    account.pause(by=alice)
    assert account.state == "paused"
    account.resume(by=alice)
    with pytest.raises(WrongState):
        account.resume(by=alice)


def test_a_block_is_never_shortened(account):
    later = now() + timedelta(hours=1)
    account.block_until(later)
    account.block_until(now() + timedelta(minutes=1))
    assert account.blocked_until == later
    assert account.is_blocked


def test_its_channels_are_those_that_can_be_written_for(account):
    session.expire_all()
    assert [channel.slug for channel in account.channels()] == ["town_crier/shout"]


def test_two_accounts_of_a_platform_have_two_names(account, workspace, platform, alice):
    with pytest.raises(Invalid, match="already"):
        Account.connect_new(workspace, platform, " Market square ", {}, by=alice)
    other = Account.connect_new(workspace, platform, "Harbour", {}, by=alice)
    with pytest.raises(Invalid):
        other.rename("Market square", by=alice)


def test_only_an_admin_connects(workspace, platform, account, mona, bob, vera):
    for member in (mona, bob, vera):
        with pytest.raises(NotAllowed):
            Account.connect_new(workspace, platform, "Harbour", {}, by=member)
        with pytest.raises(NotAllowed):
            account.pause(by=member)


def test_charlie_cannot_find_it(account, world):
    enter(world.neighbours.id)
    with pytest.raises(Missing):
        Account.of(world.neighbours).get(account.id)
