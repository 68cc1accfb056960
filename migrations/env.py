"""Run by Alembic, always through app.core.migrate."""

from alembic import context
from sqlalchemy import create_engine, pool

from app import models
from app.core.database import metadata
from app.core.vault import Sealed

target = metadata
assert models


def include(_thing, _name, kind, reflected, compare_to):
    """Leave partitions to the database's own function."""
    return not (kind == "table" and reflected and compare_to is None)


def render(kind, thing, _context):
    """A sealed column is text to the database."""
    return "sa.Text()" if kind == "type" and isinstance(thing, Sealed) else False


def run() -> None:
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=target, include_object=include, render_item=render
        )
        with context.begin_transaction():
            context.run_migrations()


run()
