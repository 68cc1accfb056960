"""An admin says whether this is the real one, and what becomes of what is overdue."""

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from app.accounts import instance
from app.accounts.instance import Instance
from app.core.database import scope, session
from app.core.errors import Invalid, NotAllowed, WrongState
from app.core.states import move
from app.core.time import now
from app.maintenance.overdue import send_on, standing, stay_off, would
from app.publishing.models import Attempt
from app.schedule.catching_up import catch_up
from app.web import health
from tests.schedule.cast import an_account, planned, story


@pytest.fixture
def restored(world):
    """A dump on another server, as it stands after it was noticed."""
    session.execute(update(Instance).values(system_identifier=1))
    instance.watch()
    return world


@pytest.fixture
def overdue(restored):
    """Three posts that were due two hours ago, one for each policy, and one of the neighbours."""
    account = an_account(restored.workspace)
    posts = [
        planned(account, minutes=-120, late_policy=policy, late_own=True) for policy in ("skip", "send", "ask")
    ]
    planned(account, minutes=60)
    with scope(restored.neighbours.id):
        planned(an_account(restored.neighbours), minutes=-120)
    return posts


def states(posts):
    session.expire_all()
    return [post.state for post in posts]


class TestWhatIsOverdue:
    def test_it_is_listed_with_what_each_policy_would_do(self, restored, overdue):
        found = standing(restored.workspace)
        assert {would(post) for post in found.posts} == {"it is skipped", "it is sent", "its people are asked"}
        [row] = found.accounts
        assert (row.total, row.sent, row.asked) == (3, 1, 1)

    def test_the_sums_are_those_of_the_posts(self, restored, overdue):
        account = an_account(restored.workspace, name="Second")
        for policy in ("skip", "send", "ask"):
            for late, waited in ((4, 4), (6, 6), (60, 1), (60, 60), (91, 1), (179, 1), (181, 1)):
                post = planned(account, minutes=-late, late_policy=policy, late_own=True)
                post.due_at = now() - timedelta(minutes=waited)
        session.flush()
        found = standing(restored.workspace)
        said = Counter(would(post) for post in found.posts)
        assert said["it is sent"] == sum(row.sent for row in found.accounts)
        assert said["its people are asked"] == sum(row.asked for row in found.accounts)

    def test_of_other_workspaces_only_the_number_is_said(self, restored, overdue):
        found = standing(restored.workspace)
        assert (found.mine, found.others, found.workspaces) == (3, 1, 2)
        assert {post.workspace_id for post in found.posts} == {restored.workspace.id}


class TestADecision:
    def test_held_posts_wait_for_people_and_say_why(self, restored, overdue, alice):
        assert send_on("hold", by=alice) == 4
        assert states(overdue) == ["held"] * 3
        verb, sentence = story(overdue[0])[-1]
        assert (verb, sentence) == ("hold", overdue[0].last_error)
        assert "restored or moved, and Alice wants each post looked at first" in sentence
        assert Instance.here().sending

    @pytest.mark.parametrize(("choice", "becomes"), [("hold", "held"), ("elsewhere", "published")])
    def test_what_a_worker_had_taken_up_went_out_after_the_backup(self, restored, overdue, alice, choice, becomes):
        taken, begun, _ = overdue
        for post in (taken, begun):
            move(post, "claim", lease_key=uuid4(), lease_until=now())
        its = {"workspace_id": begun.workspace_id, "account_id": begun.account_id, "key": begun.key}
        session.add(Attempt(scheduled_post_id=begun.id, **its))
        session.flush()
        assert send_on(choice, by=alice) == 3
        assert states(overdue) == [becomes, "publishing", becomes]

    def test_those_that_follow_their_policies_stay_planned(self, restored, overdue, alice):
        send_on("policy", by=alice, planned="keep")
        assert states(overdue) == ["scheduled"] * 3

    def test_they_are_looked_for_first_unless_nothing_can_have_gone_out(self, restored, overdue, alice):
        send_on("policy", by=alice)
        assert states(overdue) == ["unsure"] * 3
        catch_up(lanes=0)
        assert states(overdue) == ["scheduled"] * 3
        assert all(post.due_at == post.scheduled_time for post in overdue)

    def test_those_that_went_out_elsewhere_are_published_at_their_time(self, restored, overdue, alice):
        send_on("elsewhere", by=alice)
        assert states(overdue) == ["published"] * 3
        assert overdue[0].published_at == overdue[0].scheduled_time
        assert "went out before this copy" in story(overdue[0])[-1][1]

    def test_what_is_still_to_come_is_untouched(self, restored, overdue, alice):
        send_on("hold", by=alice)
        assert standing(restored.workspace).mine == 0
        assert planned(an_account(restored.workspace, name="Another")).state == "scheduled"

    def test_a_choice_must_be_made(self, restored, overdue, alice):
        with pytest.raises(Invalid) as wrong:
            send_on("", by=alice)
        assert list(wrong.value.fields) == ["overdue"]
        assert not Instance.here().sending

    def test_only_an_admin_decides(self, restored, mona):
        with pytest.raises(NotAllowed):
            send_on("hold", by=mona)
        with pytest.raises(NotAllowed):
            stay_off(by=mona)

    def test_the_second_admin_is_told_that_it_was_decided(self, restored, alice):
        send_on("hold", by=alice)
        with pytest.raises(WrongState, match="Sending is on"):
            send_on("elsewhere", by=alice)


class TestItsPages:
    def test_every_page_says_so_to_everybody(self, restored, sign_in, vera, alice):
        for person, link in ((vera, False), (alice, True)):
            body = sign_in(person).get("/posts").text
            assert "This copy of Slogan has been restored or moved: nothing is sent until an admin confirms." in body
            assert ('href="/admin/instance">Look and decide' in body) is link

    def test_the_admin_reads_what_was_noticed_and_what_is_overdue(self, overdue, page):
        body = page.get("/admin/instance").text
        assert "The database lies on another server than before" in body
        assert "4 posts are overdue, 1 of them in other workspaces" in body
        assert "1 sent, 1 asked, 1 skipped" in body

    def test_the_admin_sends_on(self, overdue, page):
        body = page.get("/admin/instance").text
        assert "1 post is planned for later, and may have gone out since" in body
        answer = page.post("/admin/instance/confirmation", data={"overdue": "policy"}, follow_redirects=True)
        assert "Sending is on again. 4 posts were overdue." in answer.text
        assert "restored or moved: nothing is sent" not in answer.text

    def test_a_copy_says_on_every_page_that_it_is_one(self, restored, page):
        answer = page.post("/admin/instance/copy", follow_redirects=True)
        assert "This is a copy of Slogan: nothing is sent from here." in answer.text

    def test_a_program_decides_too(self, overdue, page):
        found = page.get("/api/v1/instance").json["data"]
        assert (found["sending"], found["waits_for_an_admin"], found["overdue"]) == (False, True, 3)
        done = page.post("/api/v1/instance/confirmation", json={"real": True, "overdue": "hold"}).json["data"]
        assert (done["sending"], done["decision"], done["overdue"]) == (True, "real", 0)

    def test_the_health_page_says_it(self, restored, alice):
        assert health.sending() == "off: restored or moved, an admin has to confirm"
        stay_off(by=alice)
        assert health.sending() == "off: this is a copy"
        send_on("hold", by=alice)
        assert health.sending() == "on"

    def test_on_an_ordinary_day_it_says_that_all_is_well(self, page):
        assert "Sending is on" in page.get("/admin/instance").text


def test_what_calls_out_by_itself_is_silent_meanwhile(restored, monkeypatch):
    import jobs.clock

    rung = []
    monkeypatch.setattr(jobs.clock, "resolve", lambda name: lambda: rung.append(name))
    monkeypatch.setattr(jobs.clock.ClockRun, "note", lambda *args: None)
    jobs.clock.run("analytics.collect")
    jobs.clock.run("maintenance.make_partitions")
    assert rung == ["maintenance.make_partitions"]


def test_what_is_two_minutes_late_is_overdue_but_not_late(restored):
    post = planned(an_account(restored.workspace), minutes=-2, late_policy="skip")
    assert would(post) == "it is sent"
    assert standing(restored.workspace).accounts[0].sent == 1
    assert post.scheduled_time - post.due_at == timedelta(0)
