"""All posts of a cause are mended with one button: spread out, in their order, and what cannot be is named."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.accounts.models import AuditEntry
from app.core.database import session
from app.core.errors import Invalid, NotAllowed
from app.core.time import now
from app.schedule.causes import sweep
from app.schedule.mending import Run, mend
from app.schedule.models import HistoryLine, ScheduledPost
from app.schedule.remedies import Cause
from app.schedule.sweeping import NEVER
from tests.schedule.cast import a_post, an_account
from tests.schedule.trouble import BROKEN, REFUSED, cause_of, in_trouble, many, open_notices


@pytest.fixture
def account(workspace):
    return an_account(workspace, name="Mill")


def test_trying_all_again_takes_exactly_those(workspace, account, alice):
    many(account, 60, REFUSED)
    other = in_trouble(account, kind="transient", said="Something else.")
    sweep()
    notice = max(open_notices(workspace), key=lambda one: one.count)
    activity = Cause.find(workspace, notice.cause).retry_all(by=alice)
    mend(activity)
    assert activity.message == "60 posts to be tried again."
    session.expire_all()
    states = dict(session.execute(select(ScheduledPost.state, func.count()).group_by(ScheduledPost.state)).all())
    assert states == {"scheduled": 60, "failed": 1}
    assert cause_of(other) == open_notices(workspace)[0].cause
    audited = select(func.count()).where(AuditEntry.what == "tried again", AuditEntry.who == "Alice")
    assert session.scalar(audited) == 60
    assert session.scalar(select(func.count()).where(HistoryLine.verb == "retry")) == 60


def test_many_are_spread_out_and_keep_their_order(workspace, account, alice):
    workspace.hourly_cap = 20
    many(account, 40, REFUSED)
    sweep()
    order = select(ScheduledPost.id).order_by(ScheduledPost.scheduled_time)
    before = session.scalars(order).all()
    mend(Cause.find(workspace, open_notices(workspace)[0].cause).retry_all(by=alice))
    session.expire_all()
    assert session.scalars(order).all() == before
    soon = [now() + timedelta(minutes=minutes) for minutes in (59, 119)]
    counts = [session.scalar(select(func.count()).where(ScheduledPost.due_at < at)) for at in soon]
    assert counts == [16, 32], "four fifths of its cap: what is planned finds room as well"


def test_each_account_goes_at_its_own_pace(workspace, account, alice):
    workspace.hourly_cap = 20
    for one in (account, an_account(workspace, name="Second mill")):
        many(one, 40, BROKEN, kind="transient")
    sweep()
    cause = Cause.find(workspace, open_notices(workspace)[0].cause)
    assert (cause.size, cause.notice.title) == (80, "Failed on Practice network (2 accounts)")
    assert "so that each account stays below" in cause.preview()
    assert cause.remedy.href == "/accounts"
    mend(cause.retry_all(by=alice))
    an_hour = select(ScheduledPost.account_id, func.count()).group_by(ScheduledPost.account_id)
    soon = session.execute(an_hour.where(ScheduledPost.due_at < now() + timedelta(minutes=59)))
    assert [count for _, count in soon] == [16, 16]


def test_few_go_at_once_and_what_is_still_to_come_keeps_its_time(workspace, account, alice):
    late, early = in_trouble(account), in_trouble(account, minutes=90)
    at = early.scheduled_time
    sweep()
    mend(Cause.find(workspace, open_notices(workspace)[0].cause).retry_all(by=alice))
    session.expire_all()
    assert late.due_at <= now()
    assert early.scheduled_time == at


def test_an_unsure_post_is_never_sent_again_by_a_button_for_many(workspace, account, alice):
    in_trouble(account, "unsure", "unsure", "Nobody can tell.", due_at=NEVER)
    sweep()
    cause = Cause.find(workspace, open_notices(workspace)[0].cause)
    assert not cause.may_retry
    with pytest.raises(Invalid, match="may be out already"):
        cause.retry_all(by=alice)
    with pytest.raises(Invalid, match="may be out already"):
        cause.cancel_all(by=alice)


def test_cancelling_all_takes_them_off_the_plan(workspace, account, alice):
    many(account, 7, REFUSED)
    sweep()
    activity = Cause.find(workspace, open_notices(workspace)[0].cause).cancel_all(by=alice)
    mend(activity)
    assert activity.message == "7 posts cancelled."
    assert open_notices(workspace) == []


def test_what_was_late_is_skipped_and_nobody_is_told_again(workspace, account, alice, page):
    posts = [in_trouble(account, "held", "late", "It was late.") for _ in range(3)]
    sweep()
    key = open_notices(workspace)[0].cause
    body = page.get(f"/causes/{key}").get_data(as_text=True)
    assert "Skip all 3" in body
    assert "Cancel all" not in body
    Cause.find(workspace, key).skip_all(by=alice, here=True)
    sweep()
    assert ([post.state for post in posts], open_notices(workspace)) == (["missed"] * 3, [])
    with pytest.raises(Invalid, match="nothing to skip"):
        Cause.find(workspace, key).skip_all(by=alice)


@pytest.mark.parametrize(("kind", "button", "noted", "message"), [
    ("late", "Send all 2", "To be sent now.", "2 posts to be sent."),
    ("restored", "None is out: send all 2", "To be sent now.", "2 posts to be sent."),
    ("burst", "Send them spread over the next hours", "To be sent when there is room.",
     "2 posts to be sent when there is room."),
])  # fmt: skip
def test_history_and_answer_say_what_the_button_said(workspace, account, alice, kind, button, noted, message):
    posts = [in_trouble(account, "held", kind, "Not now.") for _ in range(2)]
    sweep()
    cause = Cause.find(workspace, open_notices(workspace)[0].cause)
    assert cause.retry_words == button
    assert cause.retry_all(by=alice, here=True).message == message
    assert {post.history()[-1].sentence for post in posts} == {noted}


def test_one_that_cannot_be_is_said_and_costs_no_other(workspace, account, alice, monkeypatch):
    posts = [in_trouble(account, post=a_post(workspace, f"Number {index}")) for index in range(3)]
    sweep()
    honest = ScheduledPost.retry

    def retry(self, by, at=None):
        if self.id == posts[1].id:
            raise Invalid("Its time cannot be.")
        honest(self, by, at)

    monkeypatch.setattr(ScheduledPost, "retry", retry)
    activity = Cause.find(workspace, open_notices(workspace)[0].cause).retry_all(by=alice)
    mend(activity)
    assert activity.message == "2 posts to be tried again. 1 post could not be."
    session.refresh(activity)
    assert activity.problems == [{"where": "Number 1", "reason": "Its time cannot be."}]


def test_what_another_did_meanwhile_is_no_failure(workspace, account, alice, mona, monkeypatch):
    for index in range(3):
        in_trouble(account, post=a_post(workspace, f"Number {index}"))
    sweep()
    read = Run.next

    def next_but_slower(run):
        some = read(run)
        for post in some[:2]:
            again = update(ScheduledPost).where(ScheduledPost.id == post.id).values(state="scheduled")
            session.execute(again.execution_options(synchronize_session=False))
        return some

    monkeypatch.setattr(Run, "next", next_but_slower)
    activity = Cause.find(workspace, open_notices(workspace)[0].cause).retry_all(by=mona)
    mend(activity)
    assert activity.message == "1 post to be tried again. 2 posts had been seen to meanwhile."
    assert activity.problem_count == 0


def test_a_viewer_may_not(workspace, account, vera):
    in_trouble(account)
    sweep()
    with pytest.raises(NotAllowed):
        Cause.find(workspace, open_notices(workspace)[0].cause).retry_all(by=vera)
