"""The support matrix, and the same facts for programs."""

import pytest

from app.core.database import session
from app.platforms.models import Channel


@pytest.fixture
def channel(workspace):
    session.commit()
    return Channel.by_slug(workspace, "facebook/feed_post")


def test_it_shows_which_platform_supports_what(channel, page):
    text = page.get("/requirements/matrix").get_data(as_text=True)
    assert "28 platforms, 42 kinds of post, 62 channels" in text
    assert 'title="Facebook feed post: active"' in text
    assert 'title="Facebook group post: deprecated"' in text
    assert "/requirements/facebook#group_post" in text


def test_a_channel_that_is_switched_off_says_so(channel, page):
    channel.change(by=None, is_supported=False)
    session.commit()
    assert 'title="Facebook feed post: switched off"' in page.get("/requirements/matrix").get_data(
        as_text=True
    )


def test_an_empty_workspace_says_what_to_do(sign_in, charlie, channel):
    assert "No platforms yet" in sign_in(charlie).get("/requirements/matrix").get_data(as_text=True)


def test_programs_read_platforms_and_channels(channel, page):
    platforms = page.get("/api/v1/platforms").json["data"]
    assert platforms[0]["name"] == "facebook"
    channels = page.get("/api/v1/channels?platform=facebook").json["data"]
    assert channels[0]["slug"] == "facebook/feed_post"
    assert {one["platform"] for one in channels} == {"facebook"}
    assert len(page.get("/api/v1/channels").json["data"]) == 62


def test_programs_read_requirements_by_cursor(channel, page):
    seen, cursor = [], ""
    while cursor is not None:
        answer = page.get(f"/api/v1/requirements?platform=facebook&size=20&cursor={cursor}").json
        seen += [one["id"] for one in answer["data"]]
        cursor = answer["meta"]["next_cursor"]
    assert len(seen) == len(set(seen)) == 44
    own = page.get("/api/v1/requirements?platform=facebook&channel=feed_post").json["data"]
    assert {one["key"] for one in own} == {
        "image_width", "image_height", "aspect_ratio", "max_hashtags", "tone_guidelines", "cta_strategy"
    }  # fmt: skip
    assert all(
        one["channel"] == "feed_post"
        for one in page.get("/api/v1/requirements?channel=feed_post").json["data"]
    )
    assert page.get("/api/v1/requirements?platform=nowhere").status_code == 404
    assert page.get("/api/v1/requirements?cursor=broken").status_code == 422
    assert page.get("/api/v1/requirements?size=1000").status_code == 422


def test_reading_requirements_takes_a_fixed_number_of_queries(channel, page, counted):
    page.get("/api/v1/requirements?size=5")
    session.expunge_all()
    with counted() as few:
        page.get("/api/v1/requirements?size=5")
    session.expunge_all()
    with counted() as many:
        page.get("/api/v1/requirements?size=100")
    assert len(many) == len(few)


def test_programs_change_a_requirement(channel, page):
    rule = next(one for one in channel.requirements if one.key == "max_hashtags")
    answer = page.patch(f"/api/v1/requirements/{rule.id}", json={"value": 2})
    assert (answer.status_code, answer.json["data"]["value"]) == (200, "2")
    assert (answer.json["data"]["max_value"], answer.json["data"]["changed_by"]) == (2, "Alice")
    wrong = page.patch(f"/api/v1/requirements/{rule.id}", json={"value": "many"})
    assert wrong.status_code == 422
    assert wrong.json["errors"][0]["fields"] == {"value": "Write a number, or a range such as 15-60."}
    assert page.patch(f"/api/v1/requirements/{rule.id}", json={"colour": "red"}).status_code == 422
    assert page.get(f"/api/v1/requirements/{rule.id}").json["data"]["value"] == "2"


@pytest.mark.parametrize(("name", "status"), [("bob", 403), ("vera", 403), ("charlie", 404)])
def test_programs_of_others_do_not(channel, sign_in, world, name, status):
    rule = next(one for one in channel.requirements if one.key == "max_hashtags")
    address = f"/api/v1/requirements/{rule.id}"
    assert sign_in(getattr(world, name)).patch(address, json={"value": 2}).status_code == status


def test_programs_of_neighbours_see_none_of_it(channel, sign_in, charlie):
    theirs = sign_in(charlie)
    assert theirs.get("/api/v1/platforms").json["data"] == []
    assert theirs.get("/api/v1/requirements").json["data"] == []
