"""The address of a server that a person typed into a connection form."""

from typing import Annotated
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


def host_of(address: str) -> str:
    """The host name in a web address, for people to read."""
    return urlsplit(address).hostname or address
