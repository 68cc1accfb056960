"""What is past its time goes, and nothing that something living needs."""

import os
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import func, select, text

from app.accounts.instance import Outage
from app.accounts.notices import Notice, NoticeRead, mark_read, notify, settle
from app.accounts.telling import Delivery
from app.core.database import session
from app.core.settings import settings
from app.core.time import now
from app.maintenance import retention
from app.posts.models import PostPart
from app.publishing.budgets import RateBudget
from app.publishing.models import Attempt
from app.schedule import rest
from tests.conftest import Fresh
from tests.schedule.cast import an_account, planned

LONG_AGO = timedelta(days=200)


def a_notice(workspace, *members, closed):
    notify(workspace.id, cause=str(uuid4()), kind="other", title="Something", sentence="Something happened.")
    notice = Notice.of(workspace).order_by(Notice.id.desc()).first()
    mark_read(members[0], [notice])
    if closed:
        settle(workspace.id, notice.cause)
        session.refresh(notice)
        notice.closed_at = closed
    return notice


def a_letter(workspace, notice, state, at):
    letter = Delivery(
        workspace_id=workspace.id, notice_id=notice and notice.id, channel="email", title="Something", state=state,
        due_at=at, created_at=at, round=Delivery.of(workspace).count() + 1,
    )  # fmt: skip
    session.add(letter)
    session.flush()
    return letter


def left(kind):
    return set(session.scalars(select(kind.id)))


def test_notices_go_when_they_were_closed_long_ago_and_their_mails_with_them(workspace, alice):
    old, fresh, still_open = (
        a_notice(workspace, alice, closed=at) for at in (now() - LONG_AGO, now() - timedelta(days=1), None)
    )
    still_open.opened_at = now() - LONG_AGO
    a_letter(workspace, old, "sent", now())
    kept = {
        a_letter(workspace, still_open, "waiting", now() - LONG_AGO).id, a_letter(workspace, fresh, "sent", now()).id
    }
    for ended in ("sent", "unsure"):
        a_letter(workspace, still_open, ended, now() - LONG_AGO)
    a_letter(workspace, None, "kept", now() - LONG_AGO)
    gone = retention.tidy()
    assert (gone["notices"], gone["notice_deliveries"]) == (1, 3)
    assert left(Notice) == {fresh.id, still_open.id}
    assert left(Delivery) == kept
    assert set(session.scalars(select(NoticeRead.notice_id))) == {fresh.id, still_open.id}


def test_mails_that_no_server_took_go_with_the_notices(world, tmp_path, monkeypatch):
    monkeypatch.setattr(settings(), "var_dir", tmp_path)
    (tmp_path / "mail").mkdir()
    for name, age in (("old", LONG_AGO), ("fresh", timedelta(days=170))):
        mail = tmp_path / "mail" / f"{name}.eml"
        mail.write_text("Subject: Something\n\nSomething happened.")
        os.utime(mail, (then := (now() - age).timestamp(), then))
    assert retention.tidy()["mails"] == 1
    assert [mail.name for mail in (tmp_path / "mail").iterdir()] == ["fresh.eml"]
    assert retention.standing()[-1].size == (tmp_path / "mail" / "fresh.eml").stat().st_size


def test_times_away_and_budgets_go_when_nobody_asks_for_them_any_more(workspace):
    account, moment = an_account(workspace), now()
    for days in (400, 20):
        ended = moment - timedelta(days=days)
        session.add(Outage(began_at=ended - timedelta(hours=3), ended_at=ended))
    for name, heard, resets in (("hourly", 31, 31), ("yearly", 31, -300), ("daily", 3, 2)):
        session.add(RateBudget(
            workspace_id=workspace.id, account_id=account.id, name=name, remaining=5,
            learnt_at=moment - timedelta(days=heard), resets_at=moment - timedelta(days=resets),
        ))  # fmt: skip
    session.flush()
    retention.tidy()
    assert [moment - away.ended_at for away in session.scalars(select(Outage))] == [timedelta(days=20)]
    assert {budget.name for budget in RateBudget.of(workspace)} == {"yearly", "daily"}


@pytest.fixture
def months(servers):
    """Some months of long ago, and one of lately, as the owner of the tables made them."""
    parts = {
        "attempts_201901": ("attempts", "2019-01-01", "2019-02-01"),
        "attempts_201902": ("attempts", "2019-02-01", "2019-03-01"),
        "metric_samples_201901": ("metric_samples", "2019-01-01", "2019-02-01"),
        "audit_entries_201901": ("audit_entries", "2019-01-01", "2019-02-01"),
    }
    with psycopg.connect(servers.database_url, autocommit=True) as owner:
        for name, (table, begins, ends) in parts.items():
            owner.execute(f"CREATE TABLE {name} PARTITION OF {table} FOR VALUES FROM ('{begins}Z') TO ('{ends}Z')")
        yield parts
        for name in parts:
            owner.execute(f"DROP TABLE IF EXISTS {name}")


def a_try(post, at, **more):
    made = Attempt(
        workspace_id=post.workspace_id, scheduled_post_id=post.id, account_id=post.account_id, key=post.key,
        started_at=at, **more,
    )  # fmt: skip
    session.add(made)
    return made


def the_months(like):
    named = text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relispartition AND relname LIKE :like")
    found = set(session.scalars(named, {"like": like}))
    session.commit()  # who drops a month waits for whoever reads it
    return found


class TestMonths:
    def test_a_month_past_its_time_is_dropped_and_later_ones_stay(self, committed, months, monkeypatch):
        """The audit is kept longer than the rest."""
        monkeypatch.setattr(settings(), "audit_months", 1200)
        before = the_months("%")
        gone = retention.tidy()
        assert before - the_months("%") == set(months) - {"audit_entries_201901"}
        assert {table: gone[table] for table in ("attempts", "metric_samples", "audit_entries")} == {
            "attempts": 2, "metric_samples": 1, "audit_entries": 0,
        }  # fmt: skip

    def test_the_tries_of_a_post_that_is_not_done_stay_and_lead_on(self, committed, months):
        """Its first part has been out for years. Without that try, a person who presses Try again sends it twice."""
        account, first = an_account(committed.workspace), now().replace(year=2019, month=1, day=5)
        out, broken, thread = (planned(account, minutes=n) for n in (1, 2, 3))
        out.state, broken.state, thread.state, thread.problem_kind = "published", "unsure", "published", "parts"
        out.begun_at = first
        out.post.parts.append(PostPart(workspace_id=out.workspace_id, kind="comment", text="Woven by hand."))
        a_try(out, first, outcome="accepted")
        a_try(broken, first, outcome="unsure")
        a_try(thread, first, outcome="accepted", handles={"remote_id": "17", "parts": {"a": {"problem": "No."}}})
        session.commit()
        retention.tidy()
        assert the_months("attempts_2019%") == {"attempts_201901"}
        assert (Attempt.last_of(out.id), [part.word for part in rest.shown(out)]) == (None, ["out"])
        assert Attempt.last_of(broken.id).outcome == "unsure"
        assert rest.root_of(thread) == "17"
        session.commit()

        broken.state, thread.problem_kind = "published", None
        session.commit()
        retention.tidy()
        assert the_months("attempts_2019%") == set()

    def test_a_month_that_somebody_reads_is_left_for_the_next_night(self, committed, months, monkeypatch):
        monkeypatch.setattr(retention, "PATIENCE", text("SET LOCAL lock_timeout = '50ms'"))
        session.scalar(select(func.count()).select_from(Attempt))
        assert retention._drop(retention.MONTHS[1], retention.as_owner()) == 0
        session.rollback()
        assert "attempts_201901" in the_months("attempts%")


def test_the_admin_sees_how_long_each_thing_is_kept(app, committed):
    client = Fresh(app)
    with client.session_transaction() as cookie:
        cookie |= {"_user_id": committed.alice.user.fs_uniquifier, "_fresh": True}
    body = client.get("/admin/health").text
    listed = retention.standing()
    assert {"24 months", "84 months", "180 days", "as long as the post"} <= {line.long for line in listed}
    assert [line.what for line in listed if line.what not in body] == []
    assert [line.what for line in listed[:-1] if not line.size] == []  # mails there may be none
