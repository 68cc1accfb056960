"""Slogan was away for three hours: each post obeys its policy, and people decide for all of an outage at once."""

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select

from app.accounts.activity import Activity
from app.accounts.instance import Outage
from app.campaigns.models import Campaign
from app.core.database import session
from app.core.time import now
from app.schedule import outages
from app.schedule.engine import publish_due
from tests.schedule.cast import a_post, an_account, planned, story

AWAY = 180  # minutes


def back_in_time(posts, minutes=AWAY):
    """The workers stood still for so long: what was to go out then is so much overdue."""
    for post in posts:
        post.scheduled_time -= timedelta(minutes=minutes + 10)
        post.due_at = post.scheduled_time
    session.commit()


class TestAfterThreeHours:
    """Whoever says it, the post itself, its campaign or the workspace, each policy is obeyed."""

    @pytest.mark.parametrize(
        ("policy", "minutes", "state"),
        [("skip", 600, "missed"), ("ask", 600, "held"), ("send", 240, "published"), ("send", 60, "missed")],
    )
    @pytest.mark.parametrize("source", ["post", "campaign", "workspace"])
    def test_each_policy_is_obeyed(self, committed, source, policy, minutes, state):
        workspace, alice = committed.workspace, committed.alice
        other = "ask" if policy == "skip" else "skip"
        workspace.allow_late(other, 600, alice)
        post = a_post(workspace)
        if source != "workspace":
            Campaign.begin(workspace, alice, name="Autumn", late_policy=other).take(post, alice)
        made = planned(an_account(workspace), post=post, by=alice)
        if source == "post":
            made.allow_late(policy, minutes, alice)
        elif source == "campaign":
            Campaign.called(workspace, "Autumn").allow_late(policy, minutes, alice)
        else:
            workspace.allow_late(policy, minutes, alice)
        session.refresh(made)
        back_in_time([made])
        publish_due(lanes=0)
        session.refresh(made)
        assert made.state == state

    def test_a_person_who_tries_it_again_is_not_asked_again(self, committed):
        made = planned(an_account(committed.workspace), by=committed.alice)
        back_in_time([made])
        publish_due(lanes=0)
        session.refresh(made)
        assert (made.state, made.buttons["retry"], made.buttons["skip"]) == ("held", "Send now", "Skip it")
        assert "cancel" not in made.buttons, "to skip it is to take it off"
        made.retry(by=committed.alice)
        session.commit()
        publish_due(lanes=0)
        session.refresh(made)
        assert made.state == "published"


@pytest.fixture(autouse=True)
def no_outage_so_far(request):
    """A slow machine may have been away for a while itself."""
    if "committed" not in request.fixturenames:
        request.getfixturevalue("world")
        session.execute(delete(Outage))


@pytest.fixture
def group(world):
    """Twelve posts of two accounts: eight wait for a word, four were skipped; Slogan was away meanwhile."""
    workspace, found = world.workspace, now()
    accounts = [an_account(workspace, name=name) for name in ("Mill", "Shop")]
    posts = [
        planned(
            accounts[number % 2], minutes=-200 + 10 * number, problem_kind="late", late_at=found,
            post=a_post(workspace, f"Post {number}."), state="missed" if number % 3 == 2 else "held",
        )
        for number in range(12)
    ]  # fmt: skip
    session.execute(insert(Outage).values(began_at=found - timedelta(minutes=205), ended_at=found))
    [one] = outages.missed(workspace)
    return one, posts


class TestAnOutage:
    def test_it_is_said_in_one_sentence(self, group):
        one, _ = group
        assert one.sentence.startswith("12 posts were missed while Slogan was away from ")
        assert one.standing == "8 wait for your word, 4 were skipped"

    def test_without_a_time_away_it_says_from_when_to_when(self, workspace):
        planned(an_account(workspace), minutes=-200, problem_kind="late", late_at=now(), state="held")
        [one] = outages.missed(workspace)
        assert one.sentence.startswith("1 post was missed for Our practice from ")

    def test_two_outages_are_two(self, workspace):
        account = an_account(workspace)
        for hours in (50, 2):
            found = now() - timedelta(hours=hours)
            planned(account, minutes=-hours * 60 - 30, problem_kind="late", late_at=found, state="held")
        assert [one.total for one in outages.missed(workspace)] == [1, 1]

    def test_sending_now_keeps_posts_of_one_account_apart(self, workspace, group):
        one, _ = group
        posts = outages.posts_of(workspace, one)
        fates = outages.foreseen(workspace, [post.id for post in posts], "send", apart=15)
        of_mill = [fate.to for fate in fates if fate.post.account.name == "Mill"]
        gaps = {later - sooner for sooner, later in itertools.pairwise(of_mill)}
        assert gaps == {timedelta(minutes=15)}
        assert [fate.words for fate in fates].count("goes out now") == 2

    def test_all_are_sent_and_none_is_late_any_more(self, workspace, group, alice):
        _, posts = group
        done = outages.settle(workspace, [post.id for post in posts], "send", alice, apart=0)
        assert done.message == "12 posts on their way."
        assert {post.state for post in posts} == {"scheduled"}
        assert outages.missed(workspace) == []

    def test_all_are_moved_to_the_same_hour_tomorrow(self, workspace, group, alice):
        _, posts = group
        before = posts[0].scheduled_time
        outages.settle(workspace, [posts[0].id], "move", alice, days=1)
        assert abs(posts[0].scheduled_time - before - timedelta(days=1)) <= timedelta(hours=1)  # a clock change

    def test_all_are_skipped_and_say_so(self, workspace, group, alice):
        _, posts = group
        done = outages.settle(workspace, [post.id for post in posts], "skip", alice)
        assert {post.state for post in posts} == {"missed"}
        assert ("skip", "Skipped, since it was too late.") in story(posts[0])
        assert done.problem_count == 0

    def test_a_second_person_changes_nothing_that_was_decided(self, workspace, group, alice):
        _, posts = group
        outages.settle(workspace, [posts[0].id], "send", alice, apart=0)
        done = outages.settle(workspace, [posts[0].id], "skip", alice)
        assert done.problems[0]["reason"] == "Somebody has decided already."
        assert posts[0].state == "scheduled"


class TestItsPages:
    def test_it_is_listed_looked_at_foreseen_and_done(self, page, group, workspace):
        one, posts = group
        assert one.sentence in page.get("/late").text
        body = page.get("/late/outage", query_string={"of": one.name}).text
        assert "Post 0." in body
        assert "Post 2." not in body, "what was skipped is shown on demand"
        assert "Post 2." in page.get("/late/outage", query_string={"of": one.name, "skipped": "1"}).text
        form = {"ids": [str(posts[0].id), str(posts[1].id)], "act": "skip"}
        preview = page.post("/late/preview", data=form).text
        assert "Skip 2 posts?" in preview
        assert posts[0].state == "held", "a look changes nothing"
        page.post("/late", data=form)
        assert [post.state for post in posts[:2]] == ["missed", "missed"]
        assert session.scalar(select(Activity.message).where(Activity.kind == "settle posts")) == "2 posts skipped."

    def test_an_empty_one_says_what_it_is_for(self, page):
        assert "Nothing was missed" in page.get("/late").text

    def test_a_posts_own_page_says_and_changes_what_happens_when_it_is_late(self, page, workspace):
        made = planned(an_account(workspace))
        body = page.get(f"/scheduled/{made.id}").text
        assert "If late: asked" in body
        assert "(as the workspace says)" in body
        page.post(f"/scheduled/{made.id}/lateness", data={"late": "send 360"})
        assert (made.late_policy, made.late_minutes, made.late_own) == ("send", 360, True)
        page.post(f"/scheduled/{made.id}/lateness", data={"late": "inherit"})
        assert (made.late_policy, made.late_own) == ("ask", False)

    def test_a_choice_that_is_none_is_refused_at_its_field(self, page, workspace):
        made = planned(an_account(workspace))
        answer = page.post(f"/scheduled/{made.id}/lateness", data={"late": "send 0"})
        assert (answer.status_code, "Choose one of these." in answer.text) == (422, True)

    def test_the_workspace_says_it_for_all(self, page, workspace):
        made = planned(an_account(workspace))
        page.post("/admin/workspace", data={"name": "Lochcarron", "zone": "Europe/London", "late": "send 720"})
        session.refresh(made)
        assert (made.late_policy, made.late_minutes) == ("send", 720)

    def test_programs_take_a_choice_back(self, page, workspace):
        made = planned(an_account(workspace))
        address = f"/api/v1/scheduled-posts/{made.id}"
        assert page.patch(address, json={"late_policy": "skip"}).json["data"]["late_own"] is True
        assert page.patch(address, json={"late_policy": "inherit"}).json["data"]["late_own"] is False


def test_what_is_held_for_another_reason_is_not_skipped(world):
    made = planned(an_account(world.workspace), state="held")
    assert "skip" not in made.buttons
