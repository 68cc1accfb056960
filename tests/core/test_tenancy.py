"""The database keeps tenants apart, whatever the code forgets."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.accounts.models import Member, Workspace
from app.core.database import enter, everywhere, scope, session
from app.core.migrate import upgrade


def test_the_application_neither_owns_the_tables_nor_bypasses_policies(world):
    role = session.execute(
        text("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
    ).one()
    assert role == (False, False)
    owned = session.scalar(
        text("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
    )
    assert owned == 0


def test_every_workspace_owned_table_has_its_policy(world):
    bare = session.scalars(
        text("""SELECT c.relname FROM pg_class c
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
                WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
                AND NOT (c.relrowsecurity AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid))""")
    ).all()
    assert bare == []


def test_a_command_beside_a_running_slogan_waits_for_none_of_its_tables(world, servers):
    assert session.scalars(select(Member)).all()  # as a backup or a long report does, for as long as it takes
    upgrade(f"{servers.database_url}?options=-clock_timeout%3D2000")


def test_a_forgotten_where_shows_only_ones_own(world):
    assert {member.name for member in session.scalars(select(Member))} == {"Alice", "Bob", "Mona", "Vera"}
    with scope(world.neighbours.id):
        assert {member.name for member in session.scalars(select(Member))} == {"Charlie"}
    with everywhere():
        assert len(session.scalars(select(Member)).all()) == 5


def test_who_sets_nothing_sees_nothing(world):
    enter("")
    assert session.scalars(select(Member)).all() == []
    assert session.scalars(select(Workspace)).all() == []


def test_nobody_writes_into_a_neighbours_workspace(world):
    session.add(Member(workspace_id=world.neighbours.id, user_id=world.alice.user_id, role="admin"))
    with pytest.raises(DBAPIError, match="row-level security"):
        session.flush()


def test_partitions_cannot_be_read_around_their_policy(world):
    partition = session.scalar(
        text("SELECT relname FROM pg_class WHERE relname LIKE 'audit_entries_2%' LIMIT 1")
    )
    with pytest.raises(DBAPIError, match="permission denied"):
        session.execute(text(f'SELECT * FROM "{partition}"'))


def test_the_audit_cannot_be_rewritten(world):
    with pytest.raises(DBAPIError, match="permission denied"):
        session.execute(text("UPDATE audit_entries SET who = 'nobody'"))
