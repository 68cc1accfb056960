"""Campaigns in the browser, for programs, in the composer and on the calendar."""

from datetime import timedelta

import pytest

from app.campaigns.models import Campaign
from app.core.database import session
from app.core.time import now
from app.posts.models import Post
from tests.schedule.cast import a_post, an_account, planned


@pytest.fixture
def campaign(workspace, alice) -> Campaign:
    return Campaign.begin(workspace, alice, name="Autumn tartans", late_policy="send", late_minutes=180)


@pytest.fixture
def post(workspace, campaign, alice) -> Post:
    made = a_post(workspace)
    campaign.take(made, alice)
    return made


class TestItsPages:
    def test_the_list_says_first_what_campaigns_are_for(self, page):
        assert "Hold posts together" in page.get("/campaigns").text

    def test_one_is_begun_with_its_days_and_its_late_policy(self, page, workspace):
        form = {"name": "Winter", "starts_on": "2026-12-01", "ends_on": "2026-12-24", "late": "send 60"}
        answer = page.post("/campaigns", data=form, follow_redirects=True)
        assert "Winter has begun." in answer.text
        begun = Campaign.called(workspace, "Winter")
        assert (begun.late_policy, begun.late_minutes, str(begun.ends_on)) == ("send", 60, "2026-12-24")

    def test_what_is_wrong_stands_at_its_field(self, page):
        answer = page.post("/campaigns", data={"name": "W", "starts_on": "2026-12-02", "ends_on": "2026-12-01"})
        assert answer.status_code == 422
        assert "Choose a day that is not before the first." in answer.text

    def test_it_shows_its_posts_what_is_planned_and_its_late_policy(self, page, workspace, campaign, post):
        planned(an_account(workspace), post=post)
        body = page.get(f"/campaigns/{campaign.id}").text
        assert "If late: sent up to 3 hours late".lower() in body.lower()
        assert post.first_line in body
        assert "Our practice" in page.get("/calendar/list").text

    def test_a_change_of_its_late_policy_reaches_what_waits(self, page, workspace, campaign, post):
        waits = planned(an_account(workspace), post=post)
        page.post(f"/campaigns/{campaign.id}", data={"name": campaign.name, "late": "skip"})
        session.refresh(waits)
        assert (waits.late_policy, waits.late_own) == ("skip", False)

    def test_it_is_closed_and_opened_again(self, page, campaign):
        page.post(f"/campaigns/{campaign.id}/closing")
        assert f'href="/campaigns/{campaign.id}"' not in page.get("/campaigns").text
        assert "Autumn tartans" in page.get("/campaigns?state=closed").text
        page.post(f"/campaigns/{campaign.id}/opening")
        assert "Autumn tartans" in page.get("/campaigns").text

    def test_a_viewer_sees_and_begins_none(self, sign_in, vera, campaign):
        browser = sign_in(vera)
        assert "Autumn tartans" in browser.get("/campaigns").text
        assert browser.post("/campaigns", data={"name": "Mine"}).status_code == 403


class TestAPost:
    def test_the_composer_puts_it_into_one_and_takes_it_out(self, page, workspace, campaign):
        page.post("/posts", data={"text": "Nine kilts.", "campaign_id": str(campaign.id)})
        made = Post.of(workspace).where(Post.text == "Nine kilts.").first()
        assert made.campaign_id == campaign.id
        body = page.get(f"/posts/{made.id}").text
        assert f'<option value="{campaign.id}" selected>Autumn tartans</option>' in body
        page.post(f"/posts/{made.id}", data={"text": "Nine kilts.", "campaign_id": "none"})
        assert made.campaign_id is None

    def test_a_save_that_says_nothing_of_it_leaves_it_there(self, page, campaign, post):
        page.post(f"/posts/{post.id}", data={"text": "Other words."})
        assert post.campaign_id == campaign.id

    def test_a_neighbours_campaign_is_none(self, page, sign_in, charlie, campaign, world):
        answer = sign_in(charlie).post("/posts", data={"text": "Theirs.", "campaign_id": str(campaign.id)})
        assert answer.status_code == 404

    def test_the_dialog_chooses_campaign_and_late_policy(self, page, workspace, campaign):
        account, made = an_account(workspace), a_post(workspace)
        form = {
            "post_id": str(made.id), "where": f"{account.id} practice/feed_post", "late": "send 30",
            "at": (now() + timedelta(days=1)).strftime("%Y-%m-%dT09:00"), "campaign_id": str(campaign.id),
        }  # fmt: skip
        assert "If it cannot be sent at its time" in page.get(f"/schedule/new?post={made.id}").text
        assert page.post("/schedule/posts", data=form).status_code == 303
        found = session.query(type(planned(account))).filter_by(post_id=made.id).one()
        assert (made.campaign_id, found.late_policy, found.late_minutes, found.late_own) == (
            campaign.id, "send", 30, True,
        )  # fmt: skip


class TestTheCalendar:
    def test_it_filters_by_campaign_and_by_late_policy(self, page, workspace, campaign, post):
        account = an_account(workspace)
        planned(account, post=post)
        planned(account, post=a_post(workspace, "Something else."), minutes=60)
        both = page.get("/calendar/list").text
        assert "Something else." in both
        assert "Autumn tartans" in both
        for narrowed in (f"campaign={campaign.id}", "late=send"):
            body = page.get(f"/calendar/list?{narrowed}").text
            assert post.first_line in body
            assert "Something else." not in body

    def test_a_card_says_what_happens_when_it_is_late(self, page, workspace, campaign, post):
        made = planned(an_account(workspace), post=post)
        assert 'aria-label="if late: sent up to 3 hours late"' in page.get("/calendar/month").text
        sheet = page.get(f"/schedule/{made.id}/move").text
        assert "If late: sent up to 3 hours late" in sheet
        assert "(as the campaign Autumn tartans says)" in sheet

    def test_a_filter_that_cannot_be_is_refused(self, page):
        assert page.get("/calendar/list?late=never").status_code == 422


class TestPrograms:
    def test_they_begin_change_and_close_one(self, page):
        made = page.post("/api/v1/campaigns", json={"name": "Winter", "late_policy": "skip"}).json["data"]
        address = f"/api/v1/campaigns/{made['id']}"
        changed = page.put(address, json={"name": "Deep winter", "late_policy": "send", "late_minutes": 45})
        assert (changed.json["data"]["name"], changed.json["data"]["late_minutes"]) == ("Deep winter", 45)
        assert page.post(f"{address}/closing").json["data"]["state"] == "closed"
        assert page.get("/api/v1/campaigns").json["data"] == []
        assert page.delete(f"{address}/closing").json["data"]["state"] == "open"

    def test_a_scheduled_text_names_its_campaign(self, page, workspace, campaign):
        an_account(workspace)
        sent = {
            "platform": "practice", "content_text": "Nine tartans.", "campaign_id": "Autumn tartans",
            "scheduled_time": (now() + timedelta(days=1)).isoformat(),
        }  # fmt: skip
        assert page.post("/api/social/schedule", json=sent).status_code == 201
        listed = page.get(f"/api/v1/scheduled-posts?campaign={campaign.id}&late_policy=send").json["data"]
        assert [one["title"] for one in listed] == ["Nine tartans."]

    def test_a_new_name_begins_a_campaign_and_a_foreign_id_is_none(self, page, workspace, world):
        an_account(workspace)
        sent = {
            "platform": "practice", "content_text": "Nine tartans.", "campaign_id": "summer_2026",
            "scheduled_time": (now() + timedelta(days=1)).isoformat(),
        }  # fmt: skip
        assert page.post("/api/social/schedule", json=sent).status_code == 201
        begun = Campaign.called(workspace, "summer_2026")
        theirs = {**sent, "campaign_id": str(world.neighbours.id)}
        assert page.post("/api/social/schedule", json=theirs).status_code == 404
        assert Post.of(workspace).where(Post.campaign_id == begun.id).count() == 1

    def test_a_post_is_written_into_one(self, page, campaign):
        made = page.post("/api/v1/posts", json={"text": "Nine.", "campaign_id": str(campaign.id)}).json["data"]
        assert made["campaign_id"] == str(campaign.id)
