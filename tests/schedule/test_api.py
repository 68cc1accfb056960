"""The plan for programs, at our addresses and at those of the documents."""

from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from app.core.database import session
from app.core.time import now
from tests.schedule.cast import a_post, an_account, planned

OURS = "/api/v1/scheduled-posts"


@pytest.fixture
def account(workspace):
    made = an_account(workspace)
    session.commit()
    return made


def soon(hours=2):
    return (now() + timedelta(hours=hours)).isoformat()


def test_a_post_is_planned_read_moved_and_taken_off(page, workspace, account):
    post = a_post(workspace)
    session.commit()
    body = {"post_id": str(post.id), "channel": "practice/feed_post", "scheduled_time": soon()}
    made = page.post(OURS, json=body)
    assert made.status_code == 201
    address = f"{OURS}/{made.get_json()['data']['id']}"
    assert page.get(address).get_json()["data"]["history"][0]["verb"] == "plan"
    later = soon(30)
    moved = page.patch(address, json={"scheduled_time": later, "late_policy": "send", "late_minutes": 30})
    data = moved.get_json()["data"]
    assert (data["scheduled_time"], data["late_policy"], data["late_minutes"]) == (later, "send", 30)
    assert page.delete(address).get_json()["data"]["state"] == "cancelled"
    assert page.delete(address).status_code == 409


def test_the_list_is_soonest_first_filtered_and_paged(page, account):
    posts = [planned(account, minutes=minutes) for minutes in (50, 10, 30)]
    session.commit()
    first = page.get(f"{OURS}?size=2&platform=practice&state=scheduled").get_json()
    assert [one["id"] for one in first["data"]] == [str(posts[1].id), str(posts[2].id)]
    assert (first["meta"]["total"], first["meta"]["has_more"]) == (3, True)
    rest = page.get(f"{OURS}?size=2&cursor={first['meta']['next_cursor']}").get_json()
    assert [one["id"] for one in rest["data"]] == [str(posts[0].id)]
    assert page.get(f"{OURS}?platform=mastodon").get_json()["data"] == []
    until = (now() + timedelta(minutes=20)).isoformat().replace("+00:00", "Z")
    assert len(page.get(f"{OURS}?until={until}").get_json()["data"]) == 1


def test_a_broken_rule_is_said_at_its_field(page, workspace, account):
    post = a_post(workspace, "x" * 3000)
    session.commit()
    body = {"post_id": str(post.id), "channel": "practice/feed_post", "scheduled_time": soon()}
    answer = page.post(OURS, json=body)
    assert answer.status_code == 422
    assert "2,000" in answer.get_json()["errors"][0]["detail"]


def test_a_failed_post_is_tried_again(page, account):
    post = planned(account)
    post.state = "failed"
    session.commit()
    assert page.post(f"{OURS}/{post.id}/retry").get_json()["data"]["state"] == "scheduled"


class TestDocumentOne:
    def schedule(self, page, **more):
        body = {
            "platform": "practice",
            "content_text": "Nine tartans.",
            "hashtags": ["tartan"],
            "scheduled_time": soon(),
        }
        return page.post("/api/social/schedule", json={**body, **more})

    def test_a_text_is_stored_and_planned(self, page, account):
        answer = self.schedule(page, ai_generated=True, content_type="product")
        assert answer.status_code == 201
        data = answer.get_json()["data"]
        assert data["platform"] == "practice"
        found = page.get("/api/social/scheduled?platform=practice").get_json()
        assert [one["id"] for one in found["data"]] == [data["content_id"]]
        assert (found["total"], found["filters"]) == (1, {"platform": "practice", "status": "scheduled"})

    def test_marking_as_posted_stamps_the_time_and_keeps_the_engagement(self, page, account):
        post_id = self.schedule(page).get_json()["data"]["content_id"]
        body = {"status": "posted", "engagement_data": {"likes": 3, "shares": 1}}
        answer = page.put(f"/api/social/{post_id}/status", json=body)
        assert answer.get_json()["data"] == {"content_id": post_id, "updated_status": "posted"}
        data = page.get(f"{OURS}/{post_id}").get_json()["data"]
        assert data["state"] == "published"
        assert data["published_at"]

    @pytest.mark.parametrize(("status", "state"), [("failed", "failed"), ("cancelled", "cancelled")])
    def test_other_states_are_set_too(self, page, account, status, state):
        post_id = self.schedule(page).get_json()["data"]["content_id"]
        page.put(f"/api/social/{post_id}/status", json={"status": status})
        assert page.get(f"{OURS}/{post_id}").get_json()["data"]["state"] == state

    def test_an_unknown_id_is_404_and_an_unknown_status_422(self, page, account):
        assert page.put(f"/api/social/{uuid4()}/status", json={"status": "posted"}).status_code == 404
        post_id = self.schedule(page).get_json()["data"]["content_id"]
        assert page.put(f"/api/social/{post_id}/status", json={"status": "eaten"}).status_code == 422


class TestQueue:
    def test_it_filters_and_says_how(self, page, account):
        planned(account, minutes=10)
        planned(account, minutes=60 * 24 * 40)
        session.commit()
        day = (now() + timedelta(days=2)).date()
        answer = page.get(f"/api/queue?status=ready&date_to={day}").get_json()
        assert (answer["count"], answer["total"]) == (1, 1)
        assert answer["filters_applied"] == {"status": "ready", "date_to": str(day)}

    def test_an_item_is_added_moved_and_cancelled(self, page, account):
        day = (now() + timedelta(days=3)).date()
        body = {"platform": "practice", "channel_type": "feed_post", "generated_content": "Nine tartans.",
                "scheduled_date": str(day), "scheduled_time": "09:00",
                "timezone": "America/New_York"}  # fmt: skip
        made = page.post("/api/queue", json=body)
        assert made.status_code == 201, made.get_json()
        item_id = made.get_json()["data"]["item_id"]
        assert page.put(f"/api/queue/{item_id}", json={"scheduled_time": "10:30"}).status_code == 200
        [item] = page.get("/api/queue").get_json()["items"]
        moved = datetime.fromisoformat(item["scheduled_time"]).astimezone(ZoneInfo("America/New_York"))
        assert (moved.date(), moved.hour, moved.minute, item["zone"]) == (day, 10, 30, "America/New_York")
        assert (
            page.put(f"/api/queue/{item_id}", json={"status": "cancelled"}).get_json()["data"]["state"]
            == "cancelled"
        )
        assert (
            page.put(f"/api/queue/{item_id}", json={"status": "ready"}).get_json()["data"]["state"]
            == "scheduled"
        )
        assert page.delete(f"/api/queue/{item_id}").get_json()["data"] == {"deleted_count": 1}

    def test_it_is_cleared_by_filter_with_the_number_reported(self, page, account):
        for minutes in (10, 20, 30):
            planned(account, minutes=minutes)
        session.commit()
        assert page.delete("/api/queue/clear?platform=mastodon").get_json()["data"] == {"deleted_count": 0}
        assert page.delete("/api/queue/clear?platform=practice").get_json()["data"] == {"deleted_count": 3}


def test_a_viewer_may_read_and_not_write(sign_in, vera, account):
    post = planned(account)
    session.commit()
    viewer = sign_in(vera)
    assert viewer.get(OURS).status_code == 200
    assert viewer.delete(f"{OURS}/{post.id}").status_code == 403
    assert viewer.delete("/api/queue/clear").status_code == 403


def test_charlie_finds_nothing(sign_in, charlie, account):
    address = f"{OURS}/{planned(account).id}"
    session.commit()
    other = sign_in(charlie)
    assert other.get(address).status_code == 404
    assert other.get(OURS).get_json()["data"] == []


def test_programs_hold_skip_and_put_back_as_people_do(page, account):
    post, late = planned(account), planned(account, state="held", problem_kind="late")
    session.commit()
    held = page.post(f"{OURS}/{post.id}/pause", json={"reason": "Not today."}).get_json()["data"]
    assert (held["state"], held["problem"]) == ("held", "Not today.")
    page.delete(f"{OURS}/{post.id}")
    assert page.post(f"{OURS}/{post.id}/restoration").get_json()["data"]["state"] == "scheduled"
    assert page.post(f"{OURS}/{late.id}/skip").get_json()["data"]["state"] == "missed"
    again = page.post(f"{OURS}/{late.id}/skip")
    assert (again.status_code, again.get_json()["errors"][0]["detail"]) == (
        409, "The moment of this post has passed, so it was not sent.",
    )  # fmt: skip


def test_programs_limit_what_an_account_sends(page, sign_in, account, vera):
    address = f"/api/v1/accounts/{account.id}/bursts"
    assert page.put(address, json={"hourly_cap": 3}).get_json()["meta"]["hourly_cap"] == 3
    assert page.put(address, json={"hourly_cap": -1}).status_code == 422
    assert page.put(address, json={"surplus": "drop"}).status_code == 422
    assert sign_in(vera).put(address, json={}).status_code == 403
