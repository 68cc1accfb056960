"""What a mail or a message to the chat says: the same things as plain text, HTML and the chat's own marks."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import UUID

from flask import current_app

from app.accounts.models import Workspace
from app.accounts.telling import Delivery
from app.core.settings import settings
from app.core.time import zone


@dataclass(frozen=True)
class Item:
    """One thing that a letter tells."""

    title: str
    text: str = ""
    href: str = ""
    count: int = 1
    when: str = ""
    lines: tuple[dict[str, str], ...] = ()

    @property
    def heading(self) -> str:
        return f"{self.title} × {self.count:,}" if self.count > 1 else self.title


def home() -> str:
    """The address that people use, with a slash at its end."""
    now = settings()
    return (now.public_url or f"http://{now.host}:{now.port}").rstrip("/") + "/"


def items_of(workspace: Workspace, deliveries: list[Delivery]) -> list[Item]:
    """What these deliveries tell, the gravest and largest first."""
    grave = {"urgent": 0, "attention": 1, "info": 2}
    told = sorted(deliveries, key=lambda one: (grave[one.notice.severity] if one.notice else 3, -one.count))
    return [_item(workspace, delivery) for delivery in told]


def _item(workspace: Workspace, delivery: Delivery) -> Item:
    notice = delivery.notice
    if notice is None:
        lines = tuple({"text": one_line(one["text"]), "href": absolute(one.get("href"))} for one in delivery.lines)
        return Item(one_line(delivery.title), lines=lines)
    since = notice.opened_at.astimezone(zone(workspace.zone))
    return Item(
        one_line(notice.title), one_line(notice.sentence), absolute(notice.link or f"/notices/{notice.id}"),
        delivery.count, f"since {since:%a %-d %b, %H:%M} ({workspace.zone})",
    )  # fmt: skip


def absolute(href: str | None) -> str:
    """An address as it works from a mail."""
    return urljoin(home(), href) if href else ""


def one_line(words: str) -> str:
    return " ".join(words.split())


def subject_of(workspace: Workspace, items: list[Item]) -> str:
    """What stands in the list of mails."""
    first = items[0].heading
    more = f", and {len(items) - 1} more" if len(items) > 1 else ""
    return one_line(f"[{workspace.name}] {first}{more}")[:200]


def mail(workspace: Workspace, items: list[Item], to: str, letter: UUID) -> EmailMessage:
    """A whole mail. Its id is the letter's, so that a mail that arrives twice is known as one."""
    made = EmailMessage()
    made["Subject"] = subject_of(workspace, items)
    made["From"], made["To"] = settings().mail_from, to
    made["Date"] = formatdate(localtime=False)
    made["Message-ID"] = f"<{letter}@{urlsplit(home()).hostname or 'slogan.local'}>"
    made["Auto-Submitted"] = "auto-generated"
    about = {"workspace": workspace, "items": items, "settings_href": absolute("/notices/settings")}
    made.set_content(_render("accounts/mail.txt", about))
    made.add_alternative(_render("accounts/mail.html", about), subtype="html")
    return made


def chat(workspace: Workspace, items: list[Item]) -> dict[str, Any]:
    """A message as an incoming webhook takes it."""
    parts = [f"*{marked(workspace.name)}*"]
    for item in items:
        parts += [f"*{marked(item.heading)}*", marked(item.text), marked(item.when)]
        parts += [f"• {_linked(one['text'], one['href'])}" for one in item.lines[:40]]
        if item.href:
            parts.append(_linked("Open it in Slogan", item.href))
    return {"text": "\n".join(part for part in parts if part)[:35_000]}


def marked(words: str) -> str:
    """Words in which nothing is a mark of the chat's own."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("*", "∗")


def _linked(words: str, href: str) -> str:
    return f"<{href.replace('|', '%7C').replace('>', '%3E')}|{marked(words)}>" if href else marked(words)


def _render(template: str, about: dict[str, Any]) -> str:
    return current_app.jinja_env.get_template(template).render(**about)
