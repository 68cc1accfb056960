"""From a thousand failures to one mail: the sweep, the letters and the button, with two workers at each."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from app.accounts.delivering import deliver
from app.accounts.notices import Notice
from app.accounts.telling import Delivery
from app.core.database import everywhere, scope, session
from app.schedule import preflight
from app.schedule.causes import sweep
from app.schedule.models import ScheduledPost
from app.schedule.remedies import Cause
from tests.accounts.servers import mails_taken
from tests.schedule.cast import an_account, planned
from tests.schedule.test_causes import BROKEN, REFUSED, many


@pytest.fixture
def mails(app):
    with mails_taken() as server:
        yield server


def by_two(app, work):
    """The same work by two workers at once."""

    def run(_):
        with app.app_context():
            try:
                return work()
            finally:
                session.remove()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, range(2)))


def test_a_thousand_failures_of_two_causes_are_two_notices_and_one_mail_each(app, committed, mails):
    account = an_account(committed.workspace, name="Mill")
    many(account, 600, REFUSED)
    many(account, 400, BROKEN, kind="transient")
    session.commit()
    assert sum(by_two(app, sweep)) == 1000
    with everywhere():
        session.execute(text("UPDATE notices SET opened_at = opened_at - :gap"), {"gap": timedelta(seconds=11)})
        session.commit()
    assert sum(by_two(app, deliver)) == len(mails.mails) == 2
    assert {mail["To"] for mail in mails.mails} == {"alice@committed.example", "mona@committed.example"}
    assert mails.mails[0]["Subject"] == "[Lochcarron] Failed on Practice network Mill × 600, and 1 more"
    assert sum(by_two(app, deliver)) == 0
    with scope(committed.workspace.id):
        told = Notice.of(committed.workspace).order_by(Notice.count.desc()).all()
        assert [one.count for one in told] == [600, 400]
        assert session.scalars(select(Delivery.state)).all() == ["sent"] * 4
        activity = Cause.find(committed.workspace, told[1].cause).retry_all(by=committed.alice, here=True)
        assert activity.message == "400 posts to be tried again."
        left = session.execute(select(ScheduledPost.state, func.count()).group_by(ScheduledPost.state)).all()
        assert dict(map(tuple, left)) == {"failed": 600, "scheduled": 400}
    sweep()
    with scope(committed.workspace.id):
        session.expire_all()
        assert [one.is_open for one in Notice.of(committed.workspace).order_by(Notice.count.desc())] == [True, False]


def test_the_look_ahead_sends_each_one_mail_that_names_every_repair(workspace, alice, mails):
    account = an_account(workspace, name="Mill")
    planned(account, minutes=120)
    account.state = "reconnect"
    session.commit()
    for _ in range(2):
        preflight.look(workspace)
        deliver()
    assert sorted(mail["To"] for mail in mails.mails) == ["alice@example.com", "mona@example.com"]
    mail = mails.mails[0]
    assert mail["Subject"] == "[Lochcarron] A post will fail within 72 hours"
    assert f"http://127.0.0.1:8000/accounts/{account.id}" in mail.get_body(("plain",)).get_content()
