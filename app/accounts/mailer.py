"""How a mail leaves: by SMTP, or into var/mail where no server is set, which every page then says."""

import os
import re
import smtplib
import socket
import ssl
import time
from contextlib import suppress
from email import policy
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

from app.core.settings import settings

PATIENCE = 20.0  # seconds for each answer of the server


class NotNow(Exception):
    """Nothing left, so it may be tried again; `wait` is how many seconds the other side asked for."""

    def __init__(self, said: str, wait: float = 0, *, away: bool = False) -> None:
        super().__init__(said)
        self.wait, self.away = wait, away


class Refused(Exception):
    """The other side says no, and would say so again."""


class Unknown(Exception):
    """It may have arrived: it is not sent again."""


def is_paper() -> bool:
    """Whether mails are only written down, since no server is set."""
    return not settings().smtp_host


def folder() -> Path:
    """Where mails are written that no server takes."""
    return Path(settings().var_dir) / "mail"


def written() -> list[tuple[Path, os.stat_result]]:
    """The mails that lie there, and what is known of each file."""
    found = []
    for mail in folder().glob("*.eml"):
        with suppress(FileNotFoundError):  # thrown away this moment
            found.append((mail, mail.stat()))
    return found


def burn(days: int) -> int:
    """Throw away what was written more than so many days ago; how many mails."""
    oldest = time.time() - days * 86_400
    old = [mail for mail, facts in written() if facts.st_mtime < oldest]
    for mail in old:
        mail.unlink(missing_ok=True)
    return len(old)


def post(mail: EmailMessage, name: str) -> bool:
    """Send a mail, or write it to var/mail/<name>.eml; whether it was sent. Raise NotNow, Refused or Unknown."""
    if is_paper():
        folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder() / f"{name}.eml").write_bytes(mail.as_bytes(policy=policy.SMTP))
        return False
    server = _signed_in()
    try:
        _hand_over(server, mail)
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()
    return True


def _signed_in() -> smtplib.SMTP:
    now = settings()
    host, secure = now.smtp_host or "", ssl.create_default_context()
    try:
        if now.smtp_tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, now.smtp_port, timeout=PATIENCE, context=secure)
        else:
            server = smtplib.SMTP(host, now.smtp_port, timeout=PATIENCE)
    except (OSError, smtplib.SMTPException) as error:
        raise NotNow(f"The mail server {host} cannot be reached: {_reason(error)}.", away=True) from error
    try:
        server.ehlo()
        if now.smtp_tls == "starttls":
            server.starttls(context=secure)
            server.ehlo()
        if now.smtp_user:
            server.login(now.smtp_user, now.smtp_password.get_secret_value() if now.smtp_password else "")
    except smtplib.SMTPAuthenticationError as error:
        server.close()
        raise NotNow(f"The mail server {host} does not accept the name or password.", away=True) from error
    except (OSError, smtplib.SMTPException) as error:
        server.close()
        raise NotNow(f"The mail server {host} did not let us in: {_reason(error)}.", away=True) from error
    return server


def _hand_over(server: smtplib.SMTP, mail: EmailMessage) -> None:
    """The mail is theirs from the moment that they answer to the last dot; without an answer nobody knows."""
    content = mail.as_bytes(policy=policy.SMTP)
    try:
        _check(*server.mail(parseaddr(str(mail["From"]))[1]))
        _check(*server.rcpt(parseaddr(str(mail["To"]))[1]))
        _check(*server.docmd("DATA"), expected=354)
        server.send(re.sub(rb"(?m)^\.", b"..", content))
        if not content.endswith(b"\r\n"):
            server.send(b"\r\n")
    except (OSError, smtplib.SMTPException) as error:
        raise NotNow(f"The mail server hung up before it had the mail: {_reason(error)}.", away=True) from error
    try:
        server.send(b".\r\n")
        code, said = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise Unknown("The mail server did not say whether it has the mail.") from error
    _check(code, said)


def _check(code: int, said: bytes, expected: int = 250) -> None:
    if code == expected or (expected == 250 and code == 251):
        return
    words = f"The mail server said {code}: {' '.join(said.decode(errors='replace').split())[:300]}"
    raise Refused(words) if code >= 500 else NotNow(words)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {PATIENCE:.0f} seconds"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    return (str(getattr(error, "strerror", None) or error) or type(error).__name__).rstrip(".")[:200].lower()
