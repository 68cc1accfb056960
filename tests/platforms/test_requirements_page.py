"""The requirements page: read by all, changed by those who may, one row at a time."""

import pytest

from app.core.database import enter, session
from app.platforms.models import Capability, Channel, Platform, Requirement

HTMX = {"HX-Request": "true"}


@pytest.fixture
def channel(workspace):
    session.commit()
    return Channel.by_slug(workspace, "facebook/feed_post")


@pytest.fixture
def rule(channel):
    return next(one for one in channel.requirements if one.key == "max_hashtags")


def text_of(answer):
    return answer.get_data(as_text=True)


def test_it_shows_the_first_platform_with_its_facts_apart_from_its_channels(channel, page):
    text = text_of(page.get("/requirements"))
    assert "What all of Facebook can do" in text
    assert text.index('id="of-all"') < text.index('id="feed_post"') < text.index('id="story_post"')
    assert "63,206" in text


def test_it_renders_only_the_rules_of_its_platform(channel, page):
    text = text_of(page.get("/requirements/mastodon"))
    assert "What all of Mastodon can do" in text
    assert "What all of Facebook can do" not in text
    assert text.count('class="rule-row"') < 200


def test_rows_stand_by_category_then_key(channel, page):
    text = text_of(page.get("/requirements/facebook"))
    card = text[text.index('id="feed_post"') : text.index('id="story_post"')]
    names = "Maximum hashtags", "Tone guidelines", "Aspect ratio", "Image height", "Call to action strategy"
    order = [card.index(f"{name}</summary>") for name in names]
    assert order == sorted(order)


def test_words_filter_and_stay_in_the_address(channel, page):
    text = text_of(page.get("/requirements/facebook?words=max+hashtags"))
    assert 'value="max hashtags"' in text
    assert "Maximum hashtags" in text
    assert "Image width" not in text
    assert "/requirements/mastodon?words=max+hashtags" in text
    assert "No rule of Facebook has these words" in text_of(
        page.get("/requirements/facebook?words=%25_nothing")
    )


def test_htmx_gets_only_the_sheet(channel, page):
    text = text_of(page.get("/requirements/facebook", headers=HTMX))
    assert text.lstrip().startswith('<div id="sheet">')
    assert "<html" not in text


def test_an_unknown_platform_is_missing(channel, page):
    assert page.get("/requirements/nowhere").status_code == 404


@pytest.mark.parametrize(
    "address", ["/requirements/facebook", "/requirements/matrix", "/requirements/facebook?words=image"]
)
def test_the_number_of_queries_is_fixed(channel, page, counted, address):
    page.get(address)
    with counted() as few:
        assert page.get(address).status_code == 200
    add_many(channel)
    with counted() as many:
        assert page.get(address).status_code == 200
    assert len(many) == len(few) <= 16, many  # ten of them are who asks, and what stands around every page


def add_many(channel):
    for number in range(30):
        rule = Requirement.add(
            channel, None, category="content", key=f"image_rule_{number}", value="1", unit="count"
        )
        Capability.add(
            channel.platform, None, category="content", key=f"image_fact_{number}", value="1", unit="count"
        )
        Channel.add(channel.platform, None, display_name=f"Kind {number}")
        assert rule.is_active
    session.commit()


def test_a_rule_is_edited_in_place(rule, page):
    form = text_of(page.get(f"/rules/{rule.id}/form", headers=HTMX))
    assert f'hx-post="/rules/{rule.id}"' in form
    assert "<html" not in form
    saved = page.post(
        f"/rules/{rule.id}",
        headers=HTMX,
        data={"value": "4", "unit": "count", "min_value": "0", "max_value": "3"},
    )
    assert saved.status_code == 200
    assert saved.headers["HX-Trigger"] == "rules-changed"
    assert f'id="rule-{rule.id}"' in text_of(saved)
    assert "changed by Alice" in text_of(saved)
    assert "changed by Alice" in text_of(page.get("/requirements/facebook"))


def test_it_works_without_javascript(rule, page):
    whole = text_of(page.get(f"/rules/{rule.id}/form"))
    assert "<html" in whole
    assert f'action="/rules/{rule.id}"' in whole
    answer = page.post(f"/rules/{rule.id}", data={"value": "4", "unit": "count", "is_mandatory": "true"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/requirements/facebook#rule-{rule.id}")
    session.expire_all()
    assert (rule.value, rule.is_mandatory, rule.max_value) == ("4", True, None)


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_refused_value_comes_back_as_typed_with_a_word_at_the_field(rule, page, headers):
    answer = page.post(
        f"/rules/{rule.id}", headers=headers, data={"value": "many", "unit": "count", "source": "my own"}
    )
    text = text_of(answer)
    assert answer.status_code == 422
    assert ("<html" in text) is (not headers)
    assert 'value="many"' in text
    assert 'value="my own"' in text
    assert "Write a number, or a range such as 15-60." in text
    session.expire_all()
    assert rule.value == "3"


def test_an_empty_value_is_refused(rule, page):
    answer = page.post(f"/rules/{rule.id}", headers=HTMX, data={"value": ""})
    assert answer.status_code == 422
    assert "Fill this in." in text_of(answer)


def test_what_is_typed_is_shown_as_text(rule, page):
    page.post(f"/rules/{rule.id}", data={"value": "<script>alert(1)</script>", "unit": "text"})
    text = text_of(page.get("/requirements/facebook"))
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_the_history_says_who_changed_what(rule, page, mona):
    rule.change(by=mona, value="2")
    session.commit()
    text = text_of(page.get(f"/rules/{rule.id}/history", headers=HTMX))
    assert "<strong>Mona</strong>" in text
    assert "value <s>3</s> → 2" in text


def test_a_removed_rule_can_be_put_back(rule, page):
    answer = page.post(f"/rules/{rule.id}/removal", headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/requirements/facebook")
    text = text_of(page.get("/requirements/facebook"))
    assert "1 removed rule" in text
    assert f'action="/rules/{rule.id}/return"' in text
    page.post(f"/rules/{rule.id}/return")
    session.expire_all()
    assert rule.is_active


def test_a_capability_is_edited_in_the_same_way(channel, page):
    fact = next(one for one in channel.platform.capabilities if one.key == "max_character_limit")
    assert page.get(f"/capabilities/{fact.id}/form", headers=HTMX).status_code == 200
    page.post(f"/capabilities/{fact.id}", headers=HTMX, data={"value": "500", "unit": "characters"})
    session.expire_all()
    assert fact.value == "500"


def test_a_platform_a_channel_and_a_rule_are_added_by_form(channel, page, workspace):
    added = page.post("/platforms/new", data={"display_name": "Town crier", "priority": "50"})
    assert added.headers["Location"] == "/requirements/town_crier"
    platform = Platform.called(workspace, "town_crier")
    assert "Town crier has no channel yet" in text_of(page.get("/requirements/town_crier"))
    page.post(
        f"/platforms/{platform.id}/channels/new",
        data={"display_name": "Shout", "content_type": "text", "media_support": "text"},
    )
    shout = Channel.by_slug(workspace, "town_crier/shout")
    values = {
        "key": "max words",
        "category": "content",
        "value": "10",
        "unit": "words",
        "is_mandatory": "true",
    }
    page.post(f"/channels/{shout.id}/rules/new", data=values)
    page.post(
        f"/platforms/{platform.id}/capabilities/new",
        data=values | {"key": "voice", "value": "loud", "unit": "text"},
    )
    text = text_of(page.get("/requirements/town_crier"))
    assert "Maximum words" in text
    assert "loud" in text
    page.post(
        f"/channels/{shout.id}/form", data={"status": "beta", "priority": "1", "notes": "on market days"}
    )
    session.expire_all()
    assert (shout.status, shout.is_supported, shout.notes) == ("beta", False, "on market days")
    page.post(
        f"/platforms/{platform.id}/form",
        data={"display_name": "The crier", "status": "inactive", "priority": "1"},
    )
    session.expire_all()
    assert (platform.display_name, platform.name, platform.status) == ("The crier", "town_crier", "inactive")


@pytest.mark.parametrize("verb", ["bob", "vera"])
def test_those_who_may_not_change_see_no_dead_button(rule, channel, sign_in, world, verb):
    browser = sign_in(getattr(world, verb))
    text = text_of(browser.get("/requirements/facebook"))
    assert "Maximum hashtags" in text
    assert not [
        form
        for form in ("/form", "/rules/new", "/channels/new", "/platforms/new", "/removal")
        if f'{form}"' in text
    ]
    assert browser.get(f"/rules/{rule.id}/form").status_code == 403
    assert browser.post(f"/rules/{rule.id}", data={"value": "9", "unit": "count"}).status_code == 403
    assert browser.post(f"/rules/{rule.id}/removal").status_code == 403
    assert browser.post("/platforms/new", data={"display_name": "Crier"}).status_code == 403
    assert browser.post(f"/channels/{channel.id}/form", data={"status": "beta"}).status_code == 403
    session.expire_all()
    assert (rule.value, rule.is_active) == ("3", True)


def test_charlie_sees_nothing(rule, channel, sign_in, charlie, workspace):
    home = workspace.id
    fact, place = channel.platform.capabilities[0], f"/platforms/{channel.platform_id}"
    own, channels = f"/rules/{rule.id}", f"/channels/{channel.id}"
    browser = sign_in(charlie)
    assert "No platforms yet" in text_of(browser.get("/requirements"))
    for address in (
        "/requirements/facebook", own, f"{own}/form", f"{own}/history", f"/capabilities/{fact.id}/form",
        f"{channels}/form", f"{channels}/rules/new", f"{place}/form", f"{place}/channels/new",
        f"{place}/capabilities/new",
    ):  # fmt: skip
        assert browser.get(address).status_code == 404, address
    for address in (own, f"{own}/removal", f"{own}/return"):
        assert browser.post(address, data={"value": "9", "unit": "count"}).status_code == 404, address
    session.rollback()
    enter(home)
    assert rule.value == "3"
