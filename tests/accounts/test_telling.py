"""Notices by email and in the chat: once for each person, grouped, retried where nothing left, never doubled."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select, text, update

from app.accounts import chatting, delivering
from app.accounts.delivering import MOST_TRIES, deliver, send_digest
from app.accounts.models import AuditEntry
from app.accounts.notices import Notice, notify, settle
from app.accounts.telling import ChatRoom, Delivery
from app.core.database import enter, everywhere, session
from app.core.settings import override, settings
from app.core.time import now
from tests.accounts.servers import Chat, MailServer
from tests.patience import until

ALICE, MONA, BOB = "alice@example.com", "mona@example.com", "bob@example.com"


@pytest.fixture
def mails(world):
    with MailServer() as server:
        before = settings().model_dump(include={"smtp_host", "smtp_port", "smtp_tls"})
        override(smtp_host="127.0.0.1", smtp_port=server.port, smtp_tls="none")
        yield server
        override(**before)


@pytest.fixture
def chat(world):
    with Chat() as server:
        yield server


def happened(workspace, cause="loom", kind="failed", **more):
    """Something that people are to be told of now."""
    what = {"title": "The loom stands still", "sentence": "A thread broke.", "link": "/causes/loom", **more}
    notify(workspace.id, cause=cause, kind=kind, **what)
    later(workspace, seconds=11)


def later(workspace, **gap):
    """So much later: every moment of the notices and the ledger lies that much farther back."""
    gap = timedelta(**gap)
    moments = {
        "notices": ("opened_at", "last_at", "announced_at", "closed_at"),
        "notice_deliveries": ("due_at", "lease_until", "created_at"),
    }
    for table, columns in moments.items():
        changes = ", ".join(f"{column} = {column} - :gap" for column in columns)
        back = text(f"UPDATE {table} SET {changes} WHERE workspace_id = :id")
        session.execute(back, {"gap": gap, "id": workspace.id})
    session.commit()
    session.expire_all()


def ledger(workspace, channel="email"):
    session.expire_all()
    return Delivery.of(workspace).where(Delivery.channel == channel).order_by(Delivery.created_at, Delivery.id).all()


def states(workspace, channel="email"):
    return [one.state for one in ledger(workspace, channel)]


def has_chat(workspace, chat, kinds=("failed", "held")):
    room = ChatRoom(workspace_id=workspace.id, address=chat.url, kinds=list(kinds))
    session.add(room)
    session.commit()
    return room


def body(mail, kind="plain"):
    return mail.get_body((kind,)).get_content()


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
        assert mail["Subject"] == "[Lochcarron] The loom stands still (600), and 1 more"
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
        assert [mail["Subject"] for mail in mails.mails[1:]] == ["[Lochcarron] The loom stands still (6)"]

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


class TestTheChat:
    @pytest.fixture(autouse=True)
    def no_mails(self, alice, mona):
        alice.mail_kinds = mona.mail_kinds = []

    def test_it_is_told_what_it_wants_in_one_message(self, workspace, chat):
        has_chat(workspace, chat)
        happened(workspace, count=40, title="Failed on <Mastodon> & more")
        happened(workspace, "shuttle", kind="held", title="The shuttle waits")
        happened(workspace, "dye", kind="account", title="The dye is out")
        deliver()
        message, = chat.messages
        assert "*Failed on &lt;Mastodon&gt; &amp; more (40)*" in message
        assert "<http://127.0.0.1:8000/causes/loom|Open it in Slogan>" in message
        assert "The shuttle waits" in message
        assert "The dye is out" not in message

    def test_asked_to_slow_down_it_waits_as_long(self, workspace, chat):
        has_chat(workspace, chat)
        chat.status, chat.headers = 429, {"Retry-After": "600"}
        happened(workspace)
        deliver()
        one, = ledger(workspace, "chat")
        assert one.state == "waiting"
        assert one.due_at - now() > timedelta(seconds=500)
        chat.status = 200
        later(workspace, seconds=601)
        deliver()
        assert (states(workspace, "chat"), len(chat.messages)) == (["sent"], 1)

    def test_a_chat_that_hangs_may_have_it_and_gets_it_once(self, workspace, chat, monkeypatch):
        monkeypatch.setattr(chatting, "PATIENCE", 0.2)
        has_chat(workspace, chat)
        chat.hangs = True
        happened(workspace)
        deliver()
        until(lambda: chat.messages, "the message")
        chat.hangs = False
        later(workspace, hours=2)
        deliver()
        assert (states(workspace, "chat"), len(chat.messages)) == (["unsure"], 1)

    def test_a_broken_chat_is_tried_again_and_one_that_is_gone_is_not(self, workspace, chat):
        has_chat(workspace, chat)
        chat.status = 503
        happened(workspace)
        deliver()
        assert states(workspace, "chat") == ["waiting"]
        chat.status = 410
        later(workspace, minutes=2)
        deliver()
        assert states(workspace, "chat") == ["failed"]
        assert Notice.of(workspace).where(Notice.cause == "delivery-chat").first().is_open

    def test_its_address_is_sealed_tried_out_and_never_shown(self, workspace, chat, alice, page):
        answer = page.post("/notices/settings/chat", data={"address": chat.url, "kinds": ["failed"]})
        assert answer.status_code == 303
        assert "Slogan can reach you here" in chat.messages[0]
        sealed = session.scalar(text("SELECT address FROM chat_rooms"))
        assert "secret" not in sealed
        assert "/services/T0" not in page.get("/notices/settings").get_data(as_text=True)
        said = session.scalars(select(AuditEntry.new_values).where(AuditEntry.kind == "chat_rooms")).all()
        assert "/services/T0" not in str(said)

    def test_an_address_that_does_not_answer_is_not_kept(self, workspace, chat, page):
        chat.status = 404
        answer = page.post("/notices/settings/chat", data={"address": chat.url})
        assert answer.status_code == 422
        assert "The chat answered 404" in answer.get_data(as_text=True)
        assert ChatRoom.of(workspace).first() is None

    def test_a_private_address_is_refused(self, workspace, page):
        for address in ("http://10.0.0.1/hook", "http://169.254.169.254/", "file:///etc/passwd"):
            assert page.post("/notices/settings/chat", data={"address": address}).status_code == 422

    def test_it_can_be_tried_and_taken_away_and_what_waits_is_dropped(self, workspace, chat, page):
        has_chat(workspace, chat)
        page.post("/notices/settings/chat/trial")
        assert len(chat.messages) == 1
        happened(workspace)
        enter(workspace.id)
        delivering.plan()
        page.post("/notices/settings/chat/removal")
        assert ChatRoom.of(workspace).first() is None
        assert states(workspace, "chat") == ["dropped"]

    def test_an_editor_may_not_set_it_up(self, sign_in, bob, chat):
        assert sign_in(bob).post("/notices/settings/chat", data={"address": chat.url}).status_code == 403


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


class TestThePage:
    def test_it_says_that_no_mail_leaves_without_a_server(self, page):
        assert "No mail server is set" in page.get("/notices/settings").get_data(as_text=True)

    def test_a_member_chooses_for_themselves(self, sign_in, vera):
        client = sign_in(vera)
        client.post("/notices/settings/mail", data={"kinds": ["failed", "nonsense"]})
        session.refresh(vera)
        assert vera.mail_kinds == ["failed"]
        client.post("/notices/settings/mail", data={"usual": "true"})
        session.refresh(vera)
        assert vera.mail_kinds is None

    def test_it_shows_what_was_sent_and_what_came_of_it(self, page, workspace, mails):
        mails.refused.add(ALICE)
        happened(workspace)
        deliver()
        html = page.get("/notices/settings").get_data(as_text=True)
        assert "550: no such person" in html
        assert "did not arrive" in html
        assert "arrived" in html

    def test_a_trial_mail_arrives_or_says_why_not(self, page, mails):
        page.post("/notices/settings/trial")
        assert mails.to(ALICE)[0]["Subject"] == "[Lochcarron] Mail from Slogan arrives"
        override(smtp_port=1)
        assert page.post("/notices/settings/trial").status_code == 503


def test_a_lost_delivery_is_never_due_again(workspace, mails):
    happened(workspace)
    delivering.plan()
    session.execute(update(Delivery).values(state="unsure"))
    session.commit()
    assert deliver() == 0
