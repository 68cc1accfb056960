"""A letter that fails is tried again where nothing left, and never where it may have arrived."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from app.accounts import delivering
from app.accounts.delivering import MOST_TRIES, deliver
from app.accounts.notices import Notice
from app.core.database import everywhere
from app.core.settings import override
from app.core.time import now
from tests.accounts.cast import ALICE, body, happened, later, ledger, states


class TestWhenMailFails:
    @pytest.fixture(autouse=True)
    def only_alice(self, mona):
        mona.mail_kinds = []

    def test_a_server_that_is_away_is_tried_again_with_growing_waits(self, workspace, mails):
        happened(workspace)
        override(smtp_port=1)
        deliver()
        first, = ledger(workspace)
        assert (first.state, first.tries) == ("waiting", 1)
        assert "cannot be reached" in first.last_error
        assert deliver() == 0, "not before its time"
        later(workspace, seconds=61)
        deliver()
        again, = ledger(workspace)
        assert again.due_at - now() > timedelta(seconds=100)
        override(smtp_port=mails.port)
        later(workspace, seconds=130)
        deliver()
        assert (states(workspace), len(mails.mails)) == (["sent"], 1)

    def test_a_server_that_says_not_now_is_tried_again(self, workspace, mails):
        mails.says = "451 busy"
        happened(workspace)
        deliver()
        assert "451: busy" in ledger(workspace)[0].last_error
        mails.says = "250 OK"
        later(workspace, minutes=2)
        deliver()
        assert (states(workspace), len(mails.mails)) == (["sent"], 1)

    def test_an_answer_that_never_came_is_not_sent_again(self, workspace, mails):
        mails.says = None
        happened(workspace)
        deliver()
        mails.says = "250 OK"
        later(workspace, hours=3)
        deliver()
        assert len(mails.to(ALICE)) == 1
        assert ledger(workspace)[0].state == "unsure"
        assert "may have arrived" in ledger(workspace)[0].last_error

    def test_a_worker_that_died_while_sending_sends_nothing_twice(self, workspace, mails):
        happened(workspace)
        delivering.plan()
        with everywhere():
            taken = delivering.take(delivering.next_address(set()), workspace.id)
        assert [one.state for one in taken] == ["sending"]
        assert deliver() == 0, "it is another's"
        later(workspace, minutes=11)
        assert deliver() == 0
        assert (states(workspace), mails.mails) == (["unsure"], [])

    def test_an_address_that_is_none_is_said_in_the_app(self, workspace, mails):
        mails.refused.add(ALICE)
        happened(workspace)
        deliver()
        assert states(workspace) == ["failed"]
        told = Notice.of(workspace).where(Notice.cause == "delivery-email").first()
        assert "550: no such person" in told.sentence

    def test_the_last_try_ends_it_and_a_mail_that_arrives_settles_the_notice(self, workspace, mails):
        happened(workspace)
        override(smtp_port=1)
        for _ in range(MOST_TRIES):
            deliver()
            later(workspace, hours=1)
        assert ledger(workspace)[0].last_error.startswith(f"After {MOST_TRIES} tries: ")
        override(smtp_port=mails.port)
        happened(workspace, "shuttle")
        deliver()
        told = Notice.of(workspace).where(Notice.cause == "delivery-email").first()
        assert told.ending == "Letters arrive again."

    def test_a_line_break_in_a_title_is_no_header(self, workspace, mails):
        happened(workspace, title="Broken\nBcc: everybody@example.com", sentence="One.\n.\nTwo.")
        deliver()
        mail, = mails.mails
        assert mail["Bcc"] is None
        assert "One. . Two." in body(mail)


class TestWithoutAServer:
    def test_the_mail_is_written_down_and_counts_as_not_sent(self, workspace, var, mona):
        mona.mail_kinds = []
        happened(workspace)
        assert deliver() == 1
        one, = ledger(workspace)
        assert one.state == "kept"
        mail = message_from_bytes((var / "mail" / f"{one.letter}.eml").read_bytes(), policy=policy.default)
        assert (mail["To"], mail["Message-ID"]) == (ALICE, f"<{one.letter}@127.0.0.1>")
