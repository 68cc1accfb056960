"""The chat is told in one message, waits as it asks, and its address is never shown."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.accounts import chatting, delivering
from app.accounts.delivering import deliver
from app.accounts.models import AuditEntry
from app.accounts.notices import Notice
from app.accounts.telling import ChatRoom
from app.core.database import enter, session
from app.core.time import now
from tests.accounts.cast import happened, has_chat, later, ledger, states
from tests.patience import until


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
        assert "*Failed on &lt;Mastodon&gt; &amp; more × 40*" in message
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
