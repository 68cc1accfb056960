"""From any database to the tables of this version: once, however many processes start together."""

import hashlib
import hmac
from pathlib import Path
from urllib.parse import quote

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from app.core.settings import BadSettings, settings
from app.core.vault import secret_key

FOLDER = Path(__file__).parents[2] / "migrations"
LOCK = 5_106_412  # any number: the advisory lock that one migration at a time holds
UNSECURED = """
    SELECT EXISTS (
        SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND (NOT has_table_privilege(:role, c.oid, 'SELECT')
               OR (c.relname = 'workspaces' OR EXISTS (
                       SELECT 1 FROM pg_attribute WHERE attrelid = c.oid AND attname = 'workspace_id'))
                   AND NOT (c.relrowsecurity AND EXISTS (
                       SELECT 1 FROM pg_policy WHERE polrelid = c.oid AND polname = 'tenancy'))))
"""


def engine_url(url: str) -> str:
    """A PostgreSQL address as SQLAlchemy wants it, with psycopg 3."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def app_url(database_url: str) -> str:
    """The address that the application connects with: DATABASE_APP_URL, or the role we make beside the owner."""
    if given := settings().database_app_url:
        return engine_url(given)
    url = make_url(engine_url(database_url))
    return url.set(
        username=app_role(url.database or ""), password=_password(url.database or "")
    ).render_as_string(hide_password=False)


def app_role(database: str) -> str:
    """The name of the role that works in a database without owning its tables."""
    return f"{database}_app"[:63]


def _password(database: str) -> str:
    return hmac.new(
        secret_key().encode(), f"database role of {database}".encode(), hashlib.sha256
    ).hexdigest()


def upgrade(database_url: str) -> None:
    """Make the role, the tables, the policies and the coming partitions. A second run changes nothing.

    Raise BadSettings when the server does not answer or refuses, naming the setting.
    """
    engine = create_engine(engine_url(database_url), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
            _make_role(connection, database_url)
            run_migrations(database_url)
            secure(connection, make_url(app_url(database_url)).username or "")
    except DBAPIError as error:
        raise BadSettings(
            f"Slogan did not start. DATABASE_URL: {str(error.orig).strip()}\n"
            "The role must be able to sign in, create tables and (unless DATABASE_APP_URL is set) create a role."
        ) from error
    finally:
        engine.dispose()


def run_migrations(database_url: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["url"] = engine_url(database_url)
    command.upgrade(config, "head")


def _make_role(connection: Connection, database_url: str) -> None:
    if settings().database_app_url:
        return
    database = make_url(database_url).database or ""
    role = app_role(database)
    exists = connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role})
    if exists and _is_anothers(connection, role, app_url(database_url)):
        raise BadSettings(
            "Slogan did not start. Another Slogan works with this database, and has other keys: what it has sealed "
            "could not be read here. Stop it, or give this one its keys: copy the folder keys of its VAR_DIR."
        )
    verb = "ALTER" if exists else "CREATE"
    connection.exec_driver_sql(
        f"{verb} ROLE \"{role}\" LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{quote(_password(database))}'"
    )


def _is_anothers(connection: Connection, role: str, url: str) -> bool:
    """Whether somebody works as this role just now, and we do not know its password: to change it would stop them."""
    busy = text("SELECT 1 FROM pg_stat_activity WHERE usename = :role AND datname = current_database() LIMIT 1")
    if not connection.scalar(busy, {"role": role}):
        return False
    try:
        psycopg.connect(url.replace("+psycopg", "", 1), connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return "password" in str(error)
    return False


def secure(connection: Connection, role: str) -> None:
    """Give the application's role its rights, and every workspace-owned table its policy, where one lacks any.

    That locks each table against everybody: no command of the terminal may do it while posts are going out.
    """
    if connection.scalar(text(UNSECURED), {"role": role}):
        connection.execute(text("SELECT slogan_secure(:role)"), {"role": role})
    connection.execute(text("SELECT slogan_make_partitions(3)"))
