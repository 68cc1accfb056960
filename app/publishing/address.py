"""Addresses that a person types: of a server into a connection form, of a post that they found there."""

import re
from functools import lru_cache
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator

from app.core.settings import settings


def secure(address: str) -> str:
    """The address without its trailing slash. It must be https, except on hosts the operator allows.

    Raise ValueError, which the form shows beside the field.
    """
    address = address.strip().rstrip("/")
    parts = urlsplit(address if "://" in address else f"https://{address}")
    if not parts.hostname or parts.scheme not in ("http", "https") or parts.username:
        raise ValueError("Give the address as https://name.example")
    if parts.scheme == "http" and parts.hostname not in settings().private_hosts:
        raise ValueError("The address must begin with https://, or the key would travel in the open.")
    return parts.geturl()


Address = Annotated[str, AfterValidator(secure)]


class Named:
    """A connector that reads from a post's address on the web which post it is."""

    permalink: ClassVar[str] = ""  # how such an address looks, with a group `id`; one from `/` on: at its server

    def named(self: Any, url: str | None, key: str) -> str | None:
        """The remote id of the post of that key which a person found at `url`; None where that does not tell."""
        at_home = self.permalink.startswith("/")
        if not url or not self.permalink or (at_home and host_of(url) != self.server):
            return None
        found = re.fullmatch(self.permalink, re.sub(r"^https?://[^/]*", "", url) if at_home else url)
        return found["id"] if found else None


@lru_cache
def host_of(address: str) -> str:
    """The host name in a web address, for people to read."""
    return urlsplit(address).hostname or address
