"""The command centre, the way around, the search box and the health page."""

from typing import Any

from flask import Blueprint, Flask, Response, g, jsonify, redirect, request

from app.accounts.activity import Activity
from app.accounts.gate import may, public
from app.core.shown import in_zone
from app.core.time import now
from app.core.ui import show, went
from app.maintenance.retention import standing
from app.platforms.models import Account
from app.web import home
from app.web.health import report, run_entry, timetable
from app.web.search import find

room = Blueprint("web", __name__)

NAV = (
    ("", (("Home", "home", "/"), ("Calendar", "calendar", "/calendar"), ("Posts", "file-text", "/posts"),
          ("Campaigns", "speakerphone", "/campaigns"))),
    ("Sources", (("Articles", "news", "/articles"), ("Products", "package", "/products"))),
    ("Writing", (("Rewrite", "wand", "/syndication/mvp-test"), ("Requirements", "list-check", "/requirements"))),
    ("Publishing", (
        ("Accounts", "plug-connected", "/accounts"), ("Posting schedules", "clock", "/schedules"),
        ("Series", "repeat", "/series"),
        ("72 hours ahead", "gauge", "/preflight"),
        ("Log", "history", "/log"), ("Outbox", "inbox", "/outbox"),
    )),
    ("Results", (("Analytics", "chart-bar", "/analytics"),)),
    ("Admin", (
        ("People", "users", "/admin/people"), ("Clock and queues", "activity", "/admin/health"),
        ("This installation", "server", "/admin/instance"), ("Audit", "shield", "/admin/audit"),
    )),
)  # fmt: skip


def init(app: Flask) -> None:
    app.context_processor(around)


def around() -> dict[str, Any]:
    """The menu as this member sees it, and what every page must say."""
    if "user" not in g:
        return {}
    return {
        "nav": [
            {"label": label, "entries": [_entry(*entry) for entry in entries]}
            for label, entries in NAV
            if label != "Admin" or g.user.may("administer")
        ],
        "sending_off": not g.workspace.sending_on,
        "running_activities": Activity.running_count(g.workspace),
        "placeholder_accounts": _placeholders(),
    }


def _entry(label: str, icon: str, href: str) -> dict[str, Any]:
    active = request.path == href or (href != "/" and request.path.startswith(f"{href}/"))
    return {"label": label, "icon": icon, "href": href, "active": active}


def _placeholders() -> int:
    return Account.of(g.workspace).where(Account.state == "new").count()


@room.get("/")
def command_centre() -> Response:
    platform = request.args.get("platform", "")
    return show(
        "web/home.html", "centre", platform=platform, today_words=in_zone(now()).strftime("%A %-d %B"),
        greeting=home.greeting(g.workspace, g.user), counters=home.counters(g.workspace),
        needs=home.needs(g.workspace), posts=home.coming(g.workspace, platform or None),
        platforms=home.platforms(g.workspace), chosen=home.product_of_the_day(g.workspace),
        steps=home.first_steps(g.workspace),
    )  # fmt: skip


@room.get("/social-media-command-center")
@room.get("/syndication")
def command_centre_of_the_document() -> Response:
    return redirect("/")  # type: ignore[return-value]


@room.get("/search")
def search() -> Response:
    words = request.args.get("q", "").strip()[:200]
    return show("web/search.html", "results", words=words, results=find(g.workspace, words))


@room.get("/admin/health")
@may("administer")
def clock_and_queues() -> Response:
    return show("web/health.html", "health", facts=report(), clock=timetable(), kept=standing())


@room.post("/admin/clock/<name>")
@may("administer")
def run_now(name: str) -> Response:
    what = run_entry(name)
    return went("/admin/health", f"Rung: {what}.")


@room.get("/health")
@public
def health() -> Any:
    facts = report()
    return jsonify(facts), 200 if facts["status"] == "ok" else 503
