"""What the tests of rules share."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event


@pytest.fixture
def counted(app):
    """Count what is asked of the database: `with counted() as statements: …`."""
    from app.core.database import db

    @contextmanager
    def counting():
        statements = []

        def note(_connection, _cursor, statement, *_rest):
            if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
                statements.append(statement)

        connection = db.session.connection()
        event.listen(connection, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(connection, "before_cursor_execute", note)

    return counting
