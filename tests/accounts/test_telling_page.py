"""Where a member says what they want to be told, and sees what came of it."""



from app.accounts.delivering import deliver
from app.core.database import session
from app.core.settings import override
from tests.accounts.cast import ALICE, happened


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
