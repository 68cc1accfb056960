"""A mail server and a chat of our own, which Slogan is told to use."""

import pytest

from tests.accounts.servers import Chat, mails_taken


@pytest.fixture
def mails(world):
    with mails_taken() as server:
        yield server


@pytest.fixture
def chat(world):
    with Chat() as server:
        yield server
