"""Secrets at rest: sealed with the first key of the ring, opened with any of them."""

import secrets
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Text
from sqlalchemy.types import TypeDecorator

from app.core.errors import Problem
from app.core.settings import settings


class CannotOpen(Problem):
    """The key that sealed this is not on the ring any more."""


def kept_secret(name: str, make: Any) -> str:
    """A secret of this installation: made once, kept in var/keys with mode 600."""
    path = Path(settings().var_dir) / "keys" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_suffix(f".{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(make())
        with suppress(FileExistsError):  # another process was faster; its secret counts
            path.hardlink_to(fresh)
        fresh.unlink()
    return _text_of(path, path.stat().st_mtime_ns)


@lru_cache(16)
def _text_of(path: Path, _changed: int) -> str:
    return path.read_text().strip()


def secret_key() -> str:
    """What signs sessions and one-time links."""
    given = settings().secret_key
    return given.get_secret_value() if given else kept_secret("secret_key", secrets.token_hex)


@cache
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _keys() -> tuple[str, ...]:
    given = tuple(key.get_secret_value() for key in settings().vault_keys)
    return given or (kept_secret("vault_key", lambda: Fernet.generate_key().decode()),)


def seal(text: str) -> str:
    """Encrypt and authenticate text (Fernet: AES-128-CBC with HMAC-SHA256)."""
    return _ring(_keys()).encrypt(text.encode()).decode()


def open_(sealed: str) -> str:
    """The text that was sealed. Raise CannotOpen when no key on the ring fits."""
    try:
        return _ring(_keys()).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise CannotOpen(
            "This credential was sealed with a key that is not in VAULT_KEYS. Add that key, or connect again."
        ) from None


class Sealed(TypeDecorator[str]):
    """A column whose text is sealed in the database and open in Python."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else seal(value)

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else open_(value)
