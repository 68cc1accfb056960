"""What the guard holds waits for a person's yes; its bounds are set for all, and for an account."""

import secrets
from datetime import timedelta
from types import SimpleNamespace

import pytest

from app.core.database import session
from app.core.errors import NotAllowed, WrongState
from app.core.time import now
from app.schedule.causes import sweep
from tests.schedule.cast import a_post, an_account, planned, story


@pytest.fixture
def account(workspace):
    workspace.hourly_cap = 10
    return an_account(workspace, name="Kilts")


def held(account, kind="burst", **more):
    post = planned(account, post=a_post(SimpleNamespace(id=account.workspace_id), secrets.token_hex()))
    post.state, post.problem_kind, post.last_error = "held", kind, "As many as it may without your yes."
    for name, value in more.items():
        setattr(post, name, value)
    session.flush()
    return post


class TestSayingYes:
    def test_it_goes_back_on_the_plan_and_the_guard_lets_it_pass(self, account, alice):
        post = held(account)
        post.allow(by=alice)
        assert (post.state, post.allowed, post.problem_kind) == ("scheduled", True, None)
        assert story(post)[-1] == ("allow", "Allowed beyond what the account may send by itself.")

    def test_trying_again_is_no_yes(self, account, alice):
        post = held(account)
        post.retry(by=alice)
        assert (post.state, post.allowed) == ("scheduled", False)

    def test_only_what_the_guard_holds_is_allowed(self, account, alice):
        with pytest.raises(WrongState, match="burst guard does not hold"):
            held(account, kind="rules").allow(by=alice)

    def test_a_viewer_cannot(self, account, vera):
        with pytest.raises(NotAllowed):
            held(account).allow(by=vera)

    def test_the_button_stands_where_it_is_needed(self, account):
        assert next(iter(held(account).buttons)) == "allow"
        assert "publish_now" not in held(account, scheduled_time=now() + timedelta(days=1)).buttons
        assert "allow" not in held(account, kind="rules").buttons

    def test_page_and_program_say_it(self, page, account):
        one, other = held(account), held(account, "same_text")
        assert "Send it all the same" in page.get(f"/scheduled/{one.id}").text
        page.post(f"/scheduled/{one.id}/exception")
        assert page.post(f"/api/v1/scheduled-posts/{other.id}/exception").json["data"]["state"] == "scheduled"
        session.expire_all()
        assert (one.allowed, other.allowed) == (True, True)

    def test_all_of_one_cause_are_sent_with_one_button(self, page, account):
        posts = [held(account) for _ in range(12)]
        sweep()
        session.expire_all()
        (cause,) = {post.cause for post in posts}
        shown = page.get(f"/causes/{cause}").text
        assert "Send them spread over the next hours" in shown
        assert "Send all 12 now" in shown
        answer = page.post(f"/causes/{cause}/exception", follow_redirects=True).text
        assert "12 posts sent all the same." in answer
        session.expire_all()
        assert {(post.state, post.allowed) for post in posts} == {("scheduled", True)}


class TestItsBounds:
    def test_an_admin_changes_them_for_the_workspace(self, page, workspace):
        page.post("/admin/workspace/bursts", data={"hourly_cap": "40", "same_text_days": "3", "surplus": "smooth"})
        assert (workspace.hourly_cap, workspace.same_text_days, workspace.surplus) == (40, 3, "smooth")

    @pytest.mark.parametrize(("field", "value", "said"), [
        ("hourly_cap", "-1", "Give 1 to 10,000 posts, or 0 for no cap."),
        ("same_text_days", "400", "Give 1 to 90 days, or 0 for none."),
        ("surplus", "drop", "Choose to hold or to spread what is over."),
    ])  # fmt: skip
    def test_what_is_no_bound_is_said_at_its_field(self, page, workspace, field, value, said):
        given = {"hourly_cap": "40", "same_text_days": "3", "surplus": "hold", field: value}
        assert said in page.post("/admin/workspace/bursts", data=given).text
        session.expire_all()
        assert workspace.hourly_cap == 25

    def test_an_account_has_its_own_and_gives_them_back(self, page, account):
        page.post(f"/accounts/{account.id}/bursts", data={"hourly_cap": "5", "same_text_days": "", "surplus": ""})
        session.expire_all()
        assert (account.hourly_cap, account.same_text_days, account.surplus) == (5, None, None)
        page.post(f"/accounts/{account.id}/bursts", data={"hourly_cap": "", "same_text_days": "", "surplus": ""})
        session.expire_all()
        assert account.hourly_cap is None

    def test_an_editor_may_not(self, sign_in, bob, account):
        assert sign_in(bob).post(f"/accounts/{account.id}/bursts", data={"hourly_cap": "5"}).status_code == 403
