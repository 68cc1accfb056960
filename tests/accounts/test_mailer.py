"""A mail goes to a server that proves who it is, sealed, after signing in; else it does not go."""

import ssl
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from app.accounts.mailer import NotNow, post
from app.core.settings import settings
from tests.accounts.servers import MailServer

PEM = serialization.Encoding.PEM


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that signs itself, with its key, in one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "us")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = tmp_path_factory.mktemp("mail") / "server.pem"
    plain = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(made.public_bytes(PEM) + plain)
    return file


@pytest.fixture
def sealing(certificate, monkeypatch):
    """How the server seals, and a machine that trusts its certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def knows(_server, _session, _envelope, _way, given):
    return AuthResult(success=(given.login, given.password) == (b"slogan", b"tartan"), handled=False)


def send_to(server, monkeypatch, tls="starttls", password="tartan"):
    now = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_tls": tls}
    now |= {"smtp_user": "slogan", "smtp_password": SecretStr(password)} if password else {}
    for name, value in now.items():
        monkeypatch.setattr(settings(), name, value)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "slogan@example.com", "mona@example.com", "A post failed"
    mail.set_content("Look at it.")
    return post(mail, "a-letter")


@pytest.mark.usefixtures("app")
class TestSealed:
    def test_by_starttls_and_signed_in(self, sealing, monkeypatch):
        with MailServer(tls_context=sealing, require_starttls=True, auth_required=True, authenticator=knows) as server:
            assert send_to(server, monkeypatch)
        assert [mail["Subject"] for mail in server.mails] == ["A post failed"]
        assert server.sealed == [(True, True)]

    def test_by_tls_from_the_first_byte(self, sealing, monkeypatch):
        with MailServer(ssl_context=sealing, authenticator=knows, auth_require_tls=False) as server:
            assert send_to(server, monkeypatch, tls="tls")
        assert server.sealed == [(True, True)]

    def test_a_wrong_password_is_named_and_tried_again_later(self, sealing, monkeypatch):
        with (
            MailServer(tls_context=sealing, auth_required=True, authenticator=knows) as server,
            pytest.raises(NotNow, match=r"127\.0\.0\.1 does not accept the name or password\.") as later,
        ):
            send_to(server, monkeypatch, password="tweed")
        assert (server.mails, later.value.away) == ([], True)

    def test_a_server_that_cannot_prove_who_it_is_gets_nothing(self, sealing, monkeypatch):
        monkeypatch.delenv("SSL_CERT_FILE")
        with (
            MailServer(tls_context=sealing, authenticator=knows) as server,
            pytest.raises(NotNow, match=r"did not let us in: .*certificate verify failed"),
        ):
            send_to(server, monkeypatch)
        assert server.mails == []

    def test_nothing_is_said_in_the_open_to_a_server_that_cannot_seal(self, monkeypatch):
        heard = []
        with (
            MailServer(auth_require_tls=False, authenticator=lambda *given: heard.append(given)) as server,
            pytest.raises(NotNow, match="did not let us in: starttls extension not supported"),
        ):
            send_to(server, monkeypatch)
        assert (server.mails, heard) == ([], [])
