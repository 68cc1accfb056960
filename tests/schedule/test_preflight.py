"""What is going to fail within 72 hours is named while there is time to mend it, and nothing else is."""

from contextlib import contextmanager
from decimal import Decimal

import pytest
from sqlalchemy import event, text

from app.accounts.notices import Notice
from app.accounts.telling import Delivery
from app.catalogue.models import Product
from app.core.database import db, session
from app.schedule.foreseen import PreflightFinding
from tests.schedule.cast import a_post, an_account, on, planned, with_rules
from tests.schedule.looking_ahead import PRACTICE, Planted, drawn, found, look, with_picture


@pytest.fixture
def plants(workspace, alice, mastodon):
    return Planted(with_rules(workspace), alice, mastodon)


class TestComingFailures:
    def test_a_clean_week_names_nothing(self, workspace, alice, mastodon):
        for slug, account in ((PRACTICE, an_account(workspace)), ("mastodon/status", on(mastodon, workspace))):
            for day in range(7):
                post = a_post(workspace, f"Tartan number {day}, woven in Lochcarron.")
                planned(account, slug, minutes=1440 * day + 30, post=post)
        with_picture(post, drawn(workspace, alice, "loom.png", "red"))
        told = look(workspace)
        assert found(workspace) == {}
        assert told.words() == "6 posts looked at: nothing stands in the way."

    def test_each_of_thirteen_planted_is_named_and_nothing_else(self, workspace, plants):
        told = look(workspace)
        assert told == (14, 12, 0)  # what an account that was never connected has is kept, and wakes nobody
        assert found(workspace) == {(plants.posts[kind].id, kind): said for kind, said in plants.sentences.items()}

    def test_what_is_mended_leaves_the_list(self, workspace, plants):
        look(workspace)
        for repair in plants.repairs:
            repair()
        session.commit()
        told = look(workspace)
        assert found(workspace) == {}
        assert told.words() == "13 posts looked at: nothing stands in the way."

    def test_a_second_look_writes_nothing(self, workspace, plants):
        look(workspace)
        before = rows(workspace)
        look(workspace)
        assert rows(workspace) == before

    def test_what_is_wrong_again_counts_from_then_on(self, workspace):
        account = an_account(workspace, state="paused")
        planned(account)
        look(workspace)
        [first] = rows(workspace)
        account.state = "connected"
        look(workspace)
        account.state = "paused"
        look(workspace)
        [then] = rows(workspace)
        assert (then[0], then[2]) == (first[0], None)
        assert then[1] > first[1]


def rows(workspace):
    session.expire_all()
    of = PreflightFinding.of(workspace).order_by(PreflightFinding.id)
    return [(one.id, one.found_at, one.solved_at, one.updated_at) for one in of]


class TestTelling:
    def test_one_digest_a_day_and_only_when_something_will_fail(self, workspace):
        account = an_account(workspace)
        planned(account)
        look(workspace)
        assert told_of(workspace) == []
        account.state = "paused"
        for _ in range(3):
            look(workspace)
        assert told_of(workspace) == [("A post will fail within 72 hours", None)]
        session.execute(text("UPDATE preflight_runs SET told_at = told_at - interval '1 day'"))
        session.execute(text("UPDATE notices SET cause = 'preflight yesterday'"))
        look(workspace)
        assert [ending is None for _, ending in told_of(workspace)] == [False, True]

    def test_the_notice_of_the_day_keeps_count_and_opens_again(self, workspace, alice):
        account = an_account(workspace, state="paused")
        planned(account)
        look(workspace)
        planned(account, minutes=90, post=a_post(workspace, "Another"))
        look(workspace)
        assert told_of(workspace) == [("2 posts will fail within 72 hours", None)]
        account.state = "connected"
        look(workspace)
        account.state = "paused"
        look(workspace)
        assert [ending for _, ending in told_of(workspace)] == ["Nothing stands in the way any more.", None]
        Notice.of(workspace).where(Notice.closed_at.is_(None)).first().deal_with(alice)
        look(workspace)
        assert len(told_of(workspace)) == 2
        planned(account, minutes=180, post=a_post(workspace, "A third"))
        look(workspace)
        assert told_of(workspace)[-1] == ("3 posts will fail within 72 hours", None)
        assert session.query(Delivery).count() == 2  # one digest each for Alice and Mona

    def test_it_closes_when_nothing_stands_in_the_way(self, workspace):
        account = an_account(workspace, state="reconnect")
        planned(account)
        look(workspace)
        account.state = "connected"
        look(workspace)
        assert told_of(workspace) == [("A post will fail within 72 hours", "Nothing stands in the way any more.")]

    def test_it_names_the_causes(self, workspace):
        planned(an_account(workspace, state="reconnect"))
        planned(an_account(workspace, name="Resting", state="paused"))
        look(workspace)
        [notice] = Notice.of(workspace)
        assert notice.sentence == (
            "2 posts will fail within 72 hours unless something is done. "
            "Our practice: needs reconnecting (1); Resting: paused (1)."
        )


def told_of(workspace):
    session.expire_all()
    return [(one.title, one.ending) for one in Notice.of(workspace).order_by(Notice.id)]


@contextmanager
def counted():
    """The statements that were sent meanwhile."""
    sent = []

    def note(_connection, _cursor, statement, *_more):
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")) and "set_config" not in statement:
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


MULTIPLY = """
    INSERT INTO scheduled_posts (id, workspace_id, post_id, account_id, platform_id, channel_type_id,
                                 scheduled_time, zone, state, late_policy, late_minutes, due_at, tries)
    SELECT gen_random_uuid(), workspace_id, post_id, account_id, platform_id, channel_type_id,
           scheduled_time + n * interval '2 minutes', zone, state, late_policy, late_minutes,
           due_at + n * interval '2 minutes', 0
    FROM scheduled_posts, generate_series(1, :many) AS n WHERE scheduled_posts.id = :id
"""


class TestManyPosts:
    def test_the_number_of_queries_does_not_grow_with_the_posts(self, workspace):
        scarf = Product(workspace_id=workspace.id, external_id="1", name="Scarf", price=Decimal("1.00"), stock=0)
        session.add(scarf)
        session.flush()
        post = a_post(workspace, "Scarf", product_id=scarf.id)
        one = planned(an_account(workspace, state="paused"), minutes=30, post=post)
        look(workspace)
        session.execute(text("DELETE FROM preflight_findings"))
        with counted() as few:
            look(workspace)
        session.execute(text("DELETE FROM preflight_findings"))
        session.execute(text(MULTIPLY), {"many": 900, "id": one.id})
        with counted() as many:
            told = look(workspace)
        assert told == (901, 901, 0)
        assert len(many) == len(few) <= 26
