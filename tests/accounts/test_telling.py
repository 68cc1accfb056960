"""Notices by email and in the chat: once for each person, grouped, retried where nothing left, never doubled."""


from sqlalchemy import text, update

from app.accounts import delivering
from app.accounts.delivering import deliver, send_digest
from app.accounts.notices import notify, settle
from app.accounts.telling import Delivery
from app.core.database import session
from tests.accounts.cast import ALICE, BOB, MONA, body, happened, has_chat, later, states


class TestWhoIsTold:
    def test_admins_and_managers_are_told_of_what_is_urgent(self, workspace, mails):
        happened(workspace)
        happened(workspace, "shuttle", kind="held")
        assert deliver() == 2
        assert {mail["To"] for mail in mails.mails} == {ALICE, MONA}
        assert states(workspace) == ["sent", "sent"]

    def test_a_member_chooses_and_only_that_comes(self, workspace, mails, alice, bob):
        alice.mail_kinds, bob.mail_kinds = [], ["held"]
        happened(workspace)
        happened(workspace, "shuttle", kind="held", title="The shuttle waits")
        deliver()
        assert sorted(mail["To"] for mail in mails.mails) == [BOB, MONA]
        assert "The shuttle waits" in mails.to(BOB)[0]["Subject"]

    def test_who_left_is_told_nothing(self, workspace, mails, mona):
        mona.is_active = False
        happened(workspace)
        deliver()
        assert [mail["To"] for mail in mails.mails] == [ALICE]

    def test_a_neighbour_is_told_nothing(self, workspace, mails, world):
        happened(workspace)
        deliver()
        assert "charlie@example.com" not in {mail["To"] for mail in mails.mails}


    def test_a_copy_tells_nobody(self, workspace, mails):
        happened(workspace)
        session.execute(text("UPDATE instance SET sending = false"))
        assert deliver() == 0
        session.execute(text("UPDATE instance SET sending = true"))
        assert deliver() == 2


class TestGrouping:
    def test_several_causes_share_one_mail(self, workspace, mails):
        happened(workspace, count=600)
        happened(workspace, "shuttle", kind="account", title="Bluesky needs reconnecting", link="/accounts/1")
        deliver()
        mail, = mails.to(ALICE)
        assert mail["Subject"] == "[Lochcarron] The loom stands still × 600, and 1 more"
        for kind in ("plain", "html"):
            assert "Bluesky needs reconnecting" in body(mail, kind)
            assert "http://127.0.0.1:8000/causes/loom" in body(mail, kind)
            assert "/notices/settings" in body(mail, kind)

    def test_nobody_is_told_before_a_burst_has_become_one_notice(self, workspace, mails):
        notify(workspace.id, cause="loom", kind="failed", title="The loom stands still", sentence="A thread broke.")
        later(workspace, seconds=-600)  # it is about to happen, so no machine is too slow for the first look
        assert deliver() == 0
        later(workspace, seconds=611)
        assert deliver() == 2

    def test_what_grows_is_told_once_an_hour_with_the_new_count(self, workspace, mails, mona):
        mona.mail_kinds = []
        happened(workspace)
        deliver()
        for _ in range(5):
            happened(workspace)
            deliver()
        assert len(mails.mails) == 1
        later(workspace, hours=1)
        deliver()
        deliver()
        assert [mail["Subject"] for mail in mails.mails[1:]] == ["[Lochcarron] The loom stands still × 6"]

    def test_what_does_not_grow_is_told_once(self, workspace, mails, mona):
        mona.mail_kinds = []
        happened(workspace)
        deliver()
        later(workspace, hours=5)
        deliver()
        assert len(mails.mails) == 1

    def test_the_same_cause_again_within_the_hour_waits_for_the_end_of_it(self, workspace, mails, mona):
        mona.mail_kinds = []
        happened(workspace)
        deliver()
        settle(workspace.id, "loom")
        happened(workspace)
        deliver()
        assert len(mails.mails) == 1
        later(workspace, hours=1)
        deliver()
        assert len(mails.mails) == 2

    def test_what_was_settled_before_the_mail_left_is_not_told(self, workspace, mails):
        happened(workspace)
        delivering.plan()
        settle(workspace.id, "loom")
        session.commit()
        assert deliver() == 0
        assert (states(workspace), mails.mails) == (["dropped", "dropped"], [])


class TestDigests:
    def test_each_gets_one_of_a_key_however_often_it_is_sent(self, workspace, mails, chat):
        has_chat(workspace, chat, kinds=("preflight",))
        token = ("The token of Mill ends on Friday", "/accounts/1")
        lines = ["3 posts will fail", token, {"text": "Plain", "href": None}]
        for _ in range(3):
            send_digest(workspace, "3 posts will fail", lines, "preflight", key="preflight-2026-11-21")
            session.commit()
            deliver()
        assert sorted(mail["To"] for mail in mails.mails) == [ALICE, MONA]
        assert "http://127.0.0.1:8000/accounts/1" in body(mails.mails[0])
        assert len(chat.messages) == 1
        assert "<http://127.0.0.1:8000/accounts/1|The token of Mill ends on Friday>" in chat.messages[0]

    def test_who_does_not_want_the_kind_gets_none(self, workspace, mails, alice, mona):
        alice.mail_kinds, mona.mail_kinds = ["failed"], ["preflight"]
        session.flush()
        assert send_digest(workspace, "A list", ["One"], "preflight") == 1
        deliver()
        assert [mail["To"] for mail in mails.mails] == [MONA]


def test_a_lost_delivery_is_never_due_again(workspace, mails):
    happened(workspace)
    delivering.plan()
    session.execute(update(Delivery).values(state="unsure"))
    session.commit()
    assert deliver() == 0
