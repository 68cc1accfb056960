"""A mail server and a chat of our own, which Slogan is told to use."""


import pytest

from app.core.settings import override, settings
from tests.accounts.servers import Chat, MailServer


@pytest.fixture
def mails(world):
    with MailServer() as server:
        before = settings().model_dump(include={"smtp_host", "smtp_port", "smtp_tls"})
        override(smtp_host="127.0.0.1", smtp_port=server.port, smtp_tls="none")
        yield server
        override(**before)


@pytest.fixture
def chat(world):
    with Chat() as server:
        yield server
