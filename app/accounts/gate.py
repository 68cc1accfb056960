"""Who asks, in which workspace, and whether they may."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, current_app, g, redirect, request, url_for
from flask import session as cookie
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user
from flask_security import MailUtil, Security, SQLAlchemyUserDatastore
from sqlalchemy import select
from werkzeug.exceptions import Unauthorized

from app.accounts.models import ApiToken, Member, Role, User, Workspace
from app.core.database import as_uuid, db, enter, everywhere, session
from app.core.errors import Missing
from app.core.settings import settings
from app.core.time import now
from app.core.ui import wants_fragment, wants_json
from app.core.vault import secret_key

View = TypeVar("View", bound=Callable[..., Any])
limiter = Limiter(get_remote_address, default_limits=[])


class AsWritten(MailUtil):
    """Addresses as people's admins wrote them: those of an inner network (a@b.local) sign in too."""

    def normalize(self, email: str) -> str:
        return email.strip().lower()

    def validate(self, email: str) -> str:
        return self.normalize(email)


def public(view: View) -> View:
    """Mark a view that may be seen without signing in."""
    view.public = True  # type: ignore[attr-defined]
    return view


def may(verb: str) -> Callable[[View], View]:
    """Let only members through whose role allows `verb`."""

    def wrap(view: View) -> View:
        @wraps(view)
        def checked(*args: Any, **more: Any) -> Any:
            g.user.must(verb)
            return view(*args, **more)

        return checked  # type: ignore[return-value]

    return wrap


def init(app: Flask) -> None:
    """Sign-in by Flask-Security, and a member for every request."""
    app.config.setdefault("WTF_CSRF_ENABLED", True)
    app.config.update(
        SECURITY_PASSWORD_SALT=secret_key(),
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 (the name of an algorithm)
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_POST_LOGOUT_VIEW="/sign-in",
        SECURITY_SEND_REGISTER_EMAIL=False,
        SECURITY_PASSWORD_LENGTH_MIN=10,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_FLASH_MESSAGES=False,
        SECURITY_JOIN_USER_ROLES=False,
        RATELIMIT_STORAGE_URI=(settings().redis_url or "memory://").replace("valkey://", "redis://"),
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_HEADERS_ENABLED=True,
    )
    limiter.init_app(app)
    Security(app, SQLAlchemyUserDatastore(db, User, Role), mail_util_cls=AsWritten)
    app.view_functions["security.login"] = limiter.limit(
        lambda: f"{settings().sign_in_per_minute} per minute", methods=["POST"]
    )(app.view_functions["security.login"])
    app.before_request(let_in)
    app.after_request(settle)
    app.context_processor(whats_around)


def let_in() -> Any:
    """Find the member of this request, enter their workspace, or ask them to sign in."""
    enter("")
    endpoint = request.endpoint
    if endpoint is None:  # no such page: said with the menu around it, if somebody is signed in
        if member := _member_of_cookie():
            _enter_as(member)
        return None
    if (
        endpoint == "static"
        or endpoint.startswith("security.")
        or getattr(current_app.view_functions[endpoint], "public", False)
    ):
        return None
    if (
        request.path.startswith("/api/")
        and not request.authorization
        and current_app.config["WTF_CSRF_ENABLED"]
    ):
        current_app.extensions["csrf"].protect()  # a cookie alone changes nothing through the API
    member = _member_of_token() if request.authorization else _member_of_cookie()
    if member is None:
        return _ask_to_sign_in()
    _enter_as(member)
    return None


def _enter_as(member: Member) -> None:
    g.user, g.workspace = member, member.workspace
    enter(member.workspace_id)


def _member_of_token() -> Member | None:
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        return None
    with everywhere():
        token = session.scalar(select(ApiToken).where(ApiToken.digest == ApiToken.digest_of(given.token)))
        if token is None or not token.member.is_active or not token.member.user.active:
            return None
        if token.last_used_at is None or (now() - token.last_used_at).total_seconds() > 60:
            token.last_used_at = now()
        return _whole(token.member)


def _member_of_cookie() -> Member | None:
    if not current_user.is_authenticated:
        return None
    wanted = cookie.get("workspace_id")
    with everywhere():
        query = select(Member).join(Workspace).where(Member.user_id == current_user.id, Member.is_active)
        memberships = list(session.scalars(query.order_by(Workspace.name)))
        chosen = [member for member in memberships if str(member.workspace_id) == wanted] or memberships[:1]
        g.memberships = memberships
        return _whole(chosen[0]) if chosen else None


def _whole(member: Member) -> Member:
    """The member with the workspace loaded, since the scope that allowed it ends here."""
    assert member.workspace
    return member


def choose(workspace_id: Any) -> None:
    """Work in another workspace from the next request on. Raise Missing unless one is a member there."""
    if all(member.workspace_id != as_uuid(workspace_id, "workspace") for member in g.memberships):
        raise Missing("There is no such workspace.")
    cookie["workspace_id"] = str(workspace_id)


def _ask_to_sign_in() -> Any:
    if wants_json() or request.authorization:
        raise Unauthorized(
            "Send an API token: Authorization: Bearer slogan_… (Admin → API tokens makes one)."
        )
    where = url_for("security.login", next=request.full_path.rstrip("?"))
    if wants_fragment():
        return "", 401, {"HX-Redirect": url_for("security.login")}
    return redirect(where)


def settle(answer: Any) -> Any:
    """Commit what a request did when its answer is good; take it back when it is not."""
    if answer.status_code < 400:
        session.commit()
    else:
        session.rollback()
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("X-Frame-Options", "DENY")
    answer.headers.setdefault("Referrer-Policy", "same-origin")
    return answer


def whats_around() -> dict[str, Any]:
    """What every page knows: the member, the workspace, and where else they belong."""
    return {"me": g.get("user"), "workspace": g.get("workspace"), "memberships": g.get("memberships", [])}
