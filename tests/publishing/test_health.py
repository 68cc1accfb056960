"""How an account is doing, in a line for people: what works, what does not, what waits, what ends."""

from datetime import timedelta

import pytest

from app.core.database import session
from app.core.time import now
from app.publishing.health import health
from app.publishing.models import Attempt
from app.schedule import causes
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
    assert line(account).startswith("2 posts no longer fit the rules. Ready.")
    assert line(account).endswith("1 post waits.")


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
        assert "did not work: The text is too long." in page.get(address).get_data(as_text=True)
    said = page.get("/api/v1/accounts").get_json()["data"][0]["health"]
    assert (said["held"], said["needs_a_look"]) == (1, True)
    [held] = said["held_for"]
    assert (held["kind"], held["words"]) == ("rules", "1 post no longer fits the rules")


def test_what_held_posts_wait_for_leads_to_where_one_decides(page, account):
    late = [planned(account, state="held", problem_kind="late", minutes=-90, last_error="It was late.") for _ in "ab"]
    mine = planned(account, state="held", problem_kind="person", minutes=-90)
    assert "2 posts were late and wait for your word. 1 post is held back by a person." in line(account)
    assert health([account])[account.id].why[0].href(account) == "/late"
    causes.sweep()
    session.refresh(late[0])
    body = page.get(f"/accounts/{account.id}").get_data(as_text=True)
    listed = f"/calendar/list?state=held&account={account.id}&day={(mine.scheduled_time - timedelta(days=1)).date()}"
    assert f'2 posts were late and wait for your word. <a href="/causes/{late[0].cause}">Decide</a>' in body
    assert f'1 post is held back by a person. <a href="{listed.replace("&", "&amp;")}">See it</a>' in body
    assert mine.first_line in page.get(listed).get_data(as_text=True)


def test_many_accounts_cost_one_query(workspace, account):
    others = [an_account(workspace, name=f"Mill {number}") for number in range(3)]
    tried(others[1], "accepted", 3)
    found = health([account, *others])
    assert [found[one.id].good for one in others] == [0, 1, 0]
