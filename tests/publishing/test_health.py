"""How an account is doing, in a line for people: what works, what does not, what waits, what ends."""

from datetime import timedelta

import pytest

from app.core.database import session
from app.core.time import now
from app.publishing.health import health
from app.publishing.models import Attempt
from tests.schedule.cast import an_account, planned


@pytest.fixture
def account(workspace):
    return an_account(workspace, name="Mill")


def tried(account, outcome, minutes, message=None):
    post = planned(account)
    post.state = "published" if outcome == "accepted" else "failed"
    session.add(Attempt(
        workspace_id=account.workspace_id, scheduled_post_id=post.id, account_id=account.id, key=str(post.id),
        outcome=outcome, message=message, started_at=now() - timedelta(minutes=minutes),
    ))  # fmt: skip
    session.flush()


def line(account):
    return str(health([account])[account.id])


def test_nothing_sent_is_ready(account):
    assert line(account) == "Ready. Nothing was sent in the last 7 days."
    assert not health([account])[account.id].is_trouble


def test_it_says_when_the_last_post_went_out_and_how_the_week_was(account):
    tried(account, "transient", 60, "No answer.")
    tried(account, "accepted", 12)
    assert line(account) == "It works: the last post went out 12 minutes ago; 1 of 2 tries of the last week went well."


def test_a_last_try_that_went_wrong_is_named_with_its_reason(account):
    tried(account, "accepted", 60)
    tried(account, "refused", 5, "The text is too long")
    assert line(account) == "The last try, 5 minutes ago, did not work: The text is too long."
    assert health([account])[account.id].is_trouble


def test_what_waits_and_what_is_held_is_counted(account):
    planned(account)
    planned(account, state="held", problem_kind="rules")
    planned(account, state="held", problem_kind="rules")
    assert line(account).endswith("2 posts are held. 1 post waits.")


@pytest.mark.parametrize(("hours", "said"), [(5, "ends in 5 hours"), (-3, "ended 3 hours ago")])
def test_the_end_of_its_token_is_said_ahead(workspace, hours, said):
    account = an_account(workspace, "mastodon", secrets={"token": "secret"})
    account.credentials[0].expires_at = now() + timedelta(hours=hours, minutes=1)
    session.flush()
    found = line(account)
    assert f"Its connection {said}: connect it anew." in found
    assert health([account])[account.id].is_trouble


def test_a_lost_account_says_why_and_a_slowed_one_until_when(account):
    account.blocked_until = now() + timedelta(minutes=30, seconds=20)
    assert line(account) == "Asked to slow down: it sends again in 30 minutes."
    account.state, account.last_error = "reconnect", "The token was taken back."
    assert line(account) == "The token was taken back."


def test_the_pages_and_programs_show_it(page, workspace, account):
    tried(account, "refused", 5, "The text is too long.")
    planned(account, state="held", problem_kind="rules")
    session.commit()
    for address in ("/accounts", f"/accounts/{account.id}", "/"):
        assert "did not work: The text is too long. 1 post is held." in page.get(address).get_data(as_text=True)
    said = page.get("/api/v1/accounts").get_json()["data"][0]["health"]
    assert (said["held"], said["needs_a_look"]) == (1, True)


def test_many_accounts_cost_one_query(workspace, account):
    others = [an_account(workspace, name=f"Mill {number}") for number in range(3)]
    tried(others[1], "accepted", 3)
    found = health([account, *others])
    assert [found[one.id].good for one in others] == [0, 1, 0]
