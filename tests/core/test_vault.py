"""Secrets at rest: any key of the ring opens, the first seals, and a lost key is said in words."""

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from app.core.database import session
from app.core.settings import override, settings
from app.core.vault import CannotOpen, Sealed, kept_secret, open_, seal
from app.platforms.models import Account, Platform

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture(autouse=True)
def ring() -> Iterator[None]:
    before = settings().vault_keys
    yield
    override(vault_keys=before)


def test_what_is_sealed_opens_again_and_cannot_be_read() -> None:
    override(vault_keys=[OLD])
    sealed = seal("a token, ünïcode 🐑")
    assert "token" not in sealed
    assert open_(sealed) == "a token, ünïcode 🐑"
    assert seal("same") != seal("same")


def test_a_new_first_key_seals_and_the_old_one_still_opens() -> None:
    override(vault_keys=[OLD])
    before = seal("token")
    override(vault_keys=[NEW, OLD])
    assert open_(before) == "token"
    after = seal("token")
    override(vault_keys=[NEW])
    assert open_(after) == "token"
    with pytest.raises(CannotOpen, match="sealed with a key that is not in VAULT_KEYS"):
        open_(before)


@pytest.mark.parametrize("wrong", ["", "not sealed", "gAAAAABnothing"])
def test_what_was_never_sealed_does_not_open(wrong: str) -> None:
    override(vault_keys=[OLD])
    with pytest.raises(CannotOpen):
        open_(wrong)


def test_a_sealed_text_cannot_be_changed() -> None:
    override(vault_keys=[OLD])
    sealed = seal("token")
    with pytest.raises(CannotOpen):
        open_(sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:])


def test_a_column_is_sealed_in_the_database_and_open_in_python(world, workspace) -> None:
    mastodon = Platform.called(workspace, "mastodon")
    account = Account.connect_new(workspace, mastodon, "Ours", {"token": "abc-secret"}, world.alice)
    session.flush()
    session.expire_all()
    assert account.secrets() == {"token": "abc-secret"}
    columns = [
        f"{table.name}.{column.name}"
        for table in Account.metadata.sorted_tables
        for column in table.c
        if isinstance(column.type, Sealed)
    ]
    assert columns
    for place in columns:
        table, column = place.split(".")
        stored = session.scalars(text(f"SELECT {column} FROM {table}")).all()
        assert not any("abc-secret" in (value or "") for value in stored)


def test_a_kept_secret_is_made_once_by_however_many_at_once(tmp_path: Path) -> None:
    before = settings().var_dir
    override(var_dir=tmp_path)
    try:
        with ThreadPoolExecutor(8) as pool:
            made = pool.map(lambda _: kept_secret("of_a_test", lambda: Fernet.generate_key().decode()), range(24))
        secrets = set(made)
        assert len(secrets) == 1
        kept = list((tmp_path / "keys").iterdir())
        assert [file.name for file in kept] == ["of_a_test"]
        assert stat.S_IMODE(kept[0].stat().st_mode) == 0o600
        assert stat.S_IMODE(kept[0].parent.stat().st_mode) == 0o700
    finally:
        override(var_dir=before)
