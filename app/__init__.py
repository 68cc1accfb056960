"""Slogan: what a company already has, as posts that fit every channel, published exactly once."""

import importlib
import importlib.util
import pkgutil
from functools import cache
from pathlib import Path

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from htmx_flask import Htmx
from werkzeug.middleware.proxy_fix import ProxyFix

from app.core import logs, ui
from app.core.database import db
from app.core.migrate import app_url
from app.core.settings import BadSettings, settings
from app.core.vault import secret_key

ROOT = Path(__file__).parents[1]
csrf = CSRFProtect()


@cache
def the_app() -> Flask:
    """The application of this process, made once."""
    return create_app()


def create_app() -> Flask:
    """The application: its settings, its database, its rooms. It opens no connection yet."""
    from app import models

    logs.set_up()
    assert models
    app = Flask(__name__, root_path=str(ROOT), template_folder="templates", static_folder="static")
    _configure(app)
    db.init_app(app)
    csrf.init_app(app)
    Htmx(app)
    ui.init(app)
    for module in _rooms():
        for name in ("views", "api"):
            _enter_room(app, module, name)
    return app


def _configure(app: Flask) -> None:
    now = settings()
    if not now.database_url:
        raise BadSettings("DATABASE_URL is not set. `make run` starts an embedded PostgreSQL; or set it.")
    app.config.update(
        SECRET_KEY=secret_key(),
        SQLALCHEMY_DATABASE_URI=app_url(now.database_url),
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_size": max(now.pool_min, 1),
            "max_overflow": now.pool_max - max(now.pool_min, 1),
            "pool_pre_ping": True,
            "pool_recycle": 1800,
            "connect_args": {
                "connect_timeout": 5,
                "options": f"-c statement_timeout={now.statement_timeout_ms} -c timezone=UTC",
                "application_name": "slogan",
            },
        },
        MAX_CONTENT_LENGTH=now.upload_mb * 1_000_000,
        MAX_FORM_MEMORY_SIZE=4_000_000,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=now.secure_cookies,
        WTF_CSRF_TIME_LIMIT=None,
        SEND_FILE_MAX_AGE_DEFAULT=86_400,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if now.trusted_proxies:
        app.wsgi_app = ProxyFix(
            app.wsgi_app, x_for=now.trusted_proxies, x_proto=now.trusted_proxies, x_host=now.trusted_proxies
        )  # type: ignore[method-assign]


def _rooms() -> list[str]:
    folder = str(Path(__file__).parent)
    return [
        f"app.{found.name}"
        for found in pkgutil.iter_modules([folder])
        if found.ispkg and found.name != "core"
    ]


def _enter_room(app: Flask, module: str, name: str) -> None:
    """Register a room's pages or API; a room says what else it needs in `init(app)`."""
    if importlib.util.find_spec(f"{module}.{name}") is None:
        return
    found = importlib.import_module(f"{module}.{name}")
    if hasattr(found, "init"):
        found.init(app)
    if hasattr(found, "room"):
        app.register_blueprint(found.room)
    if name == "api":
        csrf.exempt(found.room)
