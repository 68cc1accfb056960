"""One open notice for each cause, however often it happens; read by each member for themselves."""

import pytest
from sqlalchemy import func, select

from app.accounts.notices import (
    KEPT_POSTS,
    Notice,
    mark_all_read,
    mark_read,
    notify,
    settle,
    settle_others,
    unread,
    unread_among,
)
from app.core.database import enter, everywhere, scope, session
from app.core.errors import NotAllowed, WrongState


def tell(workspace, cause="loom", **more):
    what = {"kind": "failed", "title": "The loom stands still", "sentence": "A thread broke.", **more}
    return notify(workspace.id, cause=cause, **what)


def the_notice(workspace, cause="loom"):
    session.expire_all()
    return Notice.of(workspace).where(Notice.cause == cause).order_by(Notice.opened_at.desc()).first()


class TestTelling:
    def test_more_of_the_same_only_counts(self, workspace):
        first = tell(workspace)
        assert tell(workspace, count=9, sentence="The last thread broke.") == first
        notice = the_notice(workspace)
        assert (notice.count, notice.sentence, notice.severity) == (10, "The last thread broke.", "urgent")
        assert notice.last_at > notice.opened_at

    def test_a_look_that_finds_the_same_again_is_no_news(self, workspace):
        tell(workspace, total=4)
        was = the_notice(workspace).last_at
        tell(workspace, total=4)
        tell(workspace, total=3)
        assert (the_notice(workspace).count, the_notice(workspace).last_at) == (3, was)
        tell(workspace, total=5)
        assert the_notice(workspace).last_at > was

    def test_it_can_be_told_from_every_scope(self, world):
        enter("")
        tell(world.workspace)
        with everywhere():
            tell(world.workspace)
        with scope(world.neighbours.id):
            tell(world.workspace)
            assert Notice.of(world.workspace).all() == [], "the neighbour's scope is the neighbour's again"
        with scope(world.workspace.id):
            assert the_notice(world.workspace).count == 3

    def test_it_remembers_the_newest_posts_of_many(self, world, workspace):
        ids = [world.alice.id] * (KEPT_POSTS + 10)
        tell(workspace, post_ids=ids)
        tell(workspace, post_ids=[world.bob.id])
        notice = the_notice(workspace)
        assert len(notice.post_ids) == KEPT_POSTS
        assert notice.post_ids[0] == world.bob.id


class TestClosing:
    def test_it_closes_by_itself_when_its_cause_is_gone(self, workspace):
        tell(workspace)
        assert settle(workspace.id, "loom", "The thread is mended.")
        assert not settle(workspace.id, "loom")
        assert the_notice(workspace).ending == "The thread is mended."

    def test_the_same_again_is_a_new_notice(self, workspace):
        tell(workspace)
        settle(workspace.id, "loom")
        tell(workspace)
        assert session.scalar(select(func.count()).select_from(Notice)) == 2
        assert the_notice(workspace).is_open

    def test_what_a_look_no_longer_finds_is_settled(self, workspace):
        for cause in ("pre-1", "pre-2", "other-1"):
            tell(workspace, cause)
        assert settle_others(workspace.id, "pre-", ["pre-2"]) == 1
        assert {one.cause for one in Notice.of(workspace).where(Notice.closed_at.is_(None))} == {"pre-2", "other-1"}

    def test_a_person_deals_with_it_once_and_may_take_it_back(self, workspace, bob, vera):
        tell(workspace)
        notice = the_notice(workspace)
        with pytest.raises(NotAllowed):
            notice.deal_with(by=vera)
        notice.deal_with(by=bob)
        assert (notice.ending, notice.closed_by_id) == ("Bob dealt with it.", bob.id)
        with pytest.raises(WrongState):
            notice.deal_with(by=bob)
        notice.reopen(by=bob)
        assert notice.is_open

    def test_it_cannot_be_opened_again_beside_a_new_one(self, workspace, bob):
        tell(workspace)
        notice = the_notice(workspace)
        notice.deal_with(by=bob)
        tell(workspace)
        with pytest.raises(WrongState, match="has a new notice"):
            notice.reopen(by=bob)


class TestReading:
    def test_each_member_reads_for_themselves(self, workspace, alice, bob):
        tell(workspace)
        tell(workspace, "shuttle", kind="held")
        mark_read(alice, [the_notice(workspace)])
        assert unread(alice) == (1, False)
        assert unread(bob) == (2, True)
        mark_all_read(bob)
        assert unread(bob) == (0, False)

    def test_what_grew_since_is_new_again(self, workspace, alice):
        tell(workspace)
        mark_all_read(alice)
        tell(workspace)
        assert unread(alice) == (1, True)
        assert unread_among(alice, [the_notice(workspace)]) == {the_notice(workspace).id}
