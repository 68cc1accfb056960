"""A campaign holds posts together, and says for all of them what happens when one is late."""

from datetime import date, timedelta

import pytest

from app.campaigns.models import Campaign
from app.core.database import session
from app.core.errors import Invalid, Missing, NotAllowed, WrongState
from app.core.time import now
from tests.schedule.cast import a_post, an_account, planned


@pytest.fixture
def campaign(workspace, alice) -> Campaign:
    return Campaign.begin(workspace, alice, name="Autumn tartans")


def in_it(workspace, campaign, alice, **more):
    post = a_post(workspace)
    campaign.take(post, alice)
    return planned(an_account(workspace, name=f"Account of {post.id}"), post=post, by=alice, **more)


def late(post) -> tuple[str, int, bool]:
    session.flush()
    session.refresh(post)
    return post.late_policy, post.late_minutes, post.late_own


class TestItsDays:
    def test_it_begins_open(self, campaign):
        assert (campaign.state, campaign.moves, campaign.when("Europe/London")) == ("open", ["close"], "running")

    def test_it_says_where_it_stands(self, workspace, alice):
        today = now().date()
        soon = Campaign.begin(workspace, alice, name="Soon", starts_on=today + timedelta(days=3))
        past = Campaign.begin(workspace, alice, name="Past", ends_on=today - timedelta(days=3))
        assert [one.when("Europe/London") for one in (soon, past)] == ["to come", "over"]

    def test_it_cannot_end_before_it_begins(self, workspace, alice):
        with pytest.raises(Invalid, match="It ends before it begins") as wrong:
            Campaign.begin(workspace, alice, name="No", starts_on=date(2026, 5, 2), ends_on=date(2026, 5, 1))
        assert list(wrong.value.fields) == ["ends_on"]

    def test_no_two_have_one_name(self, workspace, campaign, alice):
        with pytest.raises(Invalid, match="There is a campaign “Autumn tartans” already"):
            Campaign.begin(workspace, alice, name="  Autumn   tartans ")

    def test_it_may_keep_its_own_name(self, campaign, alice):
        campaign.change(alice, name="Autumn tartans", description="Nine of them.")
        assert campaign.description == "Nine of them."

    def test_a_closed_one_takes_no_more_posts(self, workspace, campaign, alice):
        campaign.close(alice)
        with pytest.raises(Invalid, match="is closed"):
            campaign.take(a_post(workspace), alice)
        with pytest.raises(WrongState):
            campaign.close(alice)
        campaign.reopen(alice)
        campaign.take(a_post(workspace), alice)

    def test_a_viewer_may_not_begin_one(self, workspace, vera):
        with pytest.raises(NotAllowed):
            Campaign.begin(workspace, vera, name="Mine")

    def test_it_is_found_by_name_or_id_and_never_by_a_neighbour(self, world, campaign):
        assert Campaign.called(world.workspace, "Autumn tartans") is campaign
        assert Campaign.called(world.workspace, str(campaign.id)) is campaign
        with pytest.raises(Missing):
            Campaign.called(world.neighbours, str(campaign.id))


class TestItsLatePolicy:
    def test_a_post_without_a_campaign_is_as_the_workspace_says(self, workspace):
        assert late(planned(an_account(workspace))) == ("ask", 180, False)

    def test_a_new_post_is_as_its_campaign_says(self, workspace, campaign, alice):
        campaign.allow_late("send", 60, alice)
        assert late(in_it(workspace, campaign, alice)) == ("send", 60, False)

    def test_a_change_reaches_those_that_wait(self, workspace, campaign, alice):
        waits = in_it(workspace, campaign, alice)
        held = in_it(workspace, campaign, alice, state="held")
        out = in_it(workspace, campaign, alice, state="published")
        campaign.allow_late("skip", None, alice)
        assert [late(one) for one in (waits, held)] == [("skip", 180, False)] * 2
        assert late(out) == ("ask", 180, False)

    def test_a_choice_of_a_posts_own_stands_above_it(self, workspace, campaign, alice):
        post = in_it(workspace, campaign, alice)
        post.allow_late("send", 30, alice)
        campaign.allow_late("skip", None, alice)
        assert late(post) == ("send", 30, True)

    def test_a_choice_that_is_taken_back_leaves_the_campaigns(self, workspace, campaign, alice):
        post = in_it(workspace, campaign, alice)
        post.allow_late("send", 30, alice)
        campaign.allow_late("skip", 20, alice)
        post.allow_late(None, None, alice)
        assert late(post) == ("skip", 20, False)

    def test_without_one_it_is_as_the_workspace_says_also_when_that_changes(self, workspace, campaign, alice):
        follows, own = in_it(workspace, campaign, alice), in_it(workspace, campaign, alice)
        own.allow_late("skip", None, alice)
        workspace.allow_late("send", 240, alice)
        assert (late(follows), late(own)) == (("send", 240, False), ("skip", 180, True))
        campaign.allow_late("ask", 10, alice)
        workspace.allow_late("skip", 5, alice)
        assert late(follows) == ("ask", 10, False)
        campaign.allow_late(None, None, alice)
        assert late(follows) == ("skip", 5, False)

    def test_a_post_that_joins_or_leaves_one_changes_with_it(self, workspace, campaign, alice):
        post = planned(an_account(workspace))
        campaign.allow_late("skip", 15, alice)
        campaign.take(post.post, alice)
        assert late(post) == ("skip", 15, False)
        post.post.campaign_id = None
        assert late(post) == ("ask", 180, False)

    def test_a_policy_that_is_none_is_refused_at_its_field(self, campaign, alice):
        with pytest.raises(Invalid) as wrong:
            campaign.allow_late("never", None, alice)
        assert list(wrong.value.fields) == ["late_policy"]
        with pytest.raises(Invalid) as wrong:
            campaign.allow_late("send", 0, alice)
        assert list(wrong.value.fields) == ["late_minutes"]
