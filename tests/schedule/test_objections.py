"""What speaks against sending is found before the call: the post is kept, held or put off, and says why."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, text

from app.core.database import session
from app.core.time import now
from app.publishing.models import OutboxItem
from app.schedule.engine import publish_due
from app.schedule.sweeping import sweep
from tests.schedule.cast import an_account, on
from tests.schedule.working import again, due, outcomes_of


@pytest.fixture
def workspace(committed):
    return committed.workspace


@pytest.fixture
def alice(committed):
    return committed.alice


class TestWhatSpeaksAgainstIt:
    def test_a_placeholder_account_keeps_it_in_the_outbox(self, workspace):
        account = an_account(workspace, "facebook", state="new")
        [post] = due(account, slug="facebook/feed_post")
        publish_due()
        assert again(post).state == "outbox"
        item = session.scalars(select(OutboxItem)).one()
        assert item.payload["post"]["text"] == "Tartan number 0, woven in Lochcarron."
        assert any(finding["passed"] for finding in item.findings)
        assert outcomes_of(post) == []

    def test_without_credentials_the_very_requests_are_kept(self, workspace):
        [post] = due(an_account(workspace, "mastodon", state="new"))
        publish_due()
        assert again(post).state == "outbox"
        [request] = session.scalars(select(OutboxItem)).one().payload["requests"]
        assert request["url"] == "https://mastodon.example/api/v1/statuses"

    def test_a_paused_account_holds_it_until_it_is_resumed(self, workspace, mastodon, alice):
        account = on(mastodon, workspace)
        [post] = due(account)
        account.pause(alice)
        session.commit()
        publish_due()
        assert again(post).state == "held"
        assert post.last_error == "Our mastodon is paused. It goes out when the account is resumed."
        account.resume(alice)
        session.commit()
        sweep()
        assert again(post).state == "scheduled"
        publish_due()
        assert again(post).state == "published"

    def test_a_rule_that_was_made_stricter_holds_it(self, workspace, mastodon):
        [post] = due(on(mastodon, workspace))
        post.post.text = "x" * 600
        session.commit()
        publish_due()
        assert again(post).state == "held"
        assert post.last_error.startswith("It no longer fits Mastodon")
        assert mastodon.asked == []

    def test_one_that_was_archived_since_is_held(self, workspace, mastodon, alice):
        [post] = due(on(mastodon, workspace))
        post.post.archive(alice)
        session.commit()
        publish_due(lanes=0)
        assert again(post).state == "held"
        assert mastodon.posts == []

    def test_one_that_was_changed_after_approval_waits_for_it_again(self, workspace, mastodon):
        [post] = due(on(mastodon, workspace))
        workspace.approval_required = True
        session.commit()
        publish_due()
        assert (again(post).state, post.problem_kind) == ("held", "approval")

    @pytest.mark.parametrize(
        ("policy", "minutes", "state"),
        [("skip", 6, "missed"), ("skip", 4, "published"), ("ask", 90, "held"), ("send", 90, "published"),
         ("send", 200, "missed")],
    )  # fmt: skip
    def test_a_late_one_follows_its_policy(self, workspace, mastodon, policy, minutes, state):
        [post] = due(on(mastodon, workspace))
        post.late_policy, post.late_minutes = policy, 180
        post.scheduled_time = post.due_at = now() - timedelta(minutes=minutes)
        session.commit()
        publish_due()
        assert again(post).state == state

    def test_a_fault_of_our_own_before_the_call_is_said_and_tried_again(
        self, workspace, mastodon, monkeypatch
    ):
        [post] = due(on(mastodon, workspace))
        monkeypatch.setattr("app.schedule.loading.delivery_of", lambda *_: 1 / 0)
        publish_due()
        assert again(post).state == "scheduled"
        assert post.last_error == "Something broke on our side (ZeroDivisionError). Nothing was sent."
        assert post.due_at > now()

    def test_an_account_whose_secrets_cannot_be_opened_keeps_no_other_from_sending(self, workspace, mastodon):
        locked, free = (on(mastodon, workspace, name) for name in ("Locked", "Free"))
        [post], [other] = due(locked), due(free)
        sealed = Fernet(Fernet.generate_key()).encrypt(b"with a key that is lost").decode()
        session.execute(
            text("UPDATE platform_credentials SET credential_value = :sealed WHERE account_id = :account"),
            {"account": locked.id, "sealed": sealed},
        )
        session.commit()
        publish_due()
        assert (again(post).state, again(other).state) == ("scheduled", "published")
        assert "a key that is not in VAULT_KEYS" in post.last_error
        assert outcomes_of(post) == []
