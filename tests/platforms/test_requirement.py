"""A rule is changed by a person: checked against its kind and unit, felt at once, and written down."""

import pytest

from app.accounts.models import AuditEntry
from app.core.database import enter, session
from app.core.errors import Invalid, NotAllowed
from app.platforms.checks import Content, problems
from app.platforms.models import Capability, Channel, Platform, Requirement
from app.platforms.rules import load_rules


@pytest.fixture
def channel(workspace):
    return Channel.by_slug(workspace, "facebook/feed_post")


def rule_of(channel, key):
    return next(one for one in channel.requirements if one.key == key)


def test_a_changed_value_is_felt_at_once(channel, mona):
    three = Content("A scarf. #one #two #three")
    assert problems(three, channel.needs()) == []
    rule_of(channel, "max_hashtags").change(by=mona, value="2")
    assert [one.message for one in problems(three, channel.needs(), channel.label)] == [
        "Facebook feed post allows 2 hashtags; this has 3."
    ]


def test_the_bound_that_repeats_a_limit_moves_along(channel, mona):
    rule = rule_of(channel, "max_hashtags")
    rule.change(by=mona, value="5", min_value="0", max_value="3")
    assert (rule.value, rule.min_value, rule.max_value) == ("5", 0, 5)


def test_a_bound_that_says_something_else_stays(channel, mona):
    rule = rule_of(channel, "image_width")
    rule.change(by=mona, value="1080")
    assert (rule.value, rule.min_value, rule.max_value) == ("1080", 600, 1200)


def test_it_writes_down_who_changed_what(channel, mona):
    rule = rule_of(channel, "max_hashtags")
    rule.change(by=mona, value="2", is_mandatory=False)
    assert (rule.changed_by.name, rule.changed_at is not None) == ("Mona", True)
    (entry,) = rule.history()
    assert (entry.who, entry.what) == ("Mona", "changed max hashtags of Facebook feed post")
    assert (entry.old_values["value"], entry.new_values["value"]) == ("3", "2")
    assert (entry.old_values["is_mandatory"], entry.new_values["is_mandatory"]) == (True, False)


def test_saving_the_same_leaves_no_trace(channel, mona):
    rule = rule_of(channel, "max_hashtags")
    assert rule.change(by=mona, value="3", min_value="0", max_value="3", unit="count") is False
    assert rule.history() == []
    assert rule.changed_at is None


@pytest.mark.parametrize(
    ("key", "values", "field", "sentence"),
    [
        ("max_hashtags", {"value": ""}, "value", "Fill this in."),
        ("max_hashtags", {"value": "  "}, "value", "Fill this in."),
        ("max_hashtags", {"value": "many"}, "value", "Write a number, or a range such as 15-60."),
        ("max_hashtags", {"value": "-1"}, "value", "Write a number, or a range such as 15-60."),
        ("max_hashtags", {"value": "2.5"}, "value", "Write a whole number."),
        ("max_hashtags", {"value": "1e3"}, "value", "Write a number, or a range such as 15-60."),
        ("max_hashtags", {"value": "9" * 40}, "value", "Write a number, or a range such as 15-60."),
        ("image_width", {"value": "599"}, "value", "Use 600 pixels or more."),
        ("image_width", {"value": "1201"}, "value", "Use 1200 pixels or less."),
        ("image_width", {"min_value": "wide"}, "min_value", "Write a number such as 280, or leave it empty."),
        ("image_width", {"min_value": "1300"}, "min_value", "Use 1200 or less, or raise the largest."),
        ("aspect_ratio", {"value": "wide"}, "value", "Write width to height, such as 1.91:1 or 9:16."),
        ("aspect_ratio", {"value": "1:0"}, "value", "Write width to height, such as 1.91:1 or 9:16."),
        ("tone_guidelines", {"value": "a" * 5_001}, "value", "Use at most 5,000 characters."),
        ("tone_guidelines", {"value": "a\x00b"}, "value", "Remove the invisible sign and paste it again."),
        ("tone_guidelines", {"unit": "boolean"}, "value", "Choose yes or no."),
        ("tone_guidelines", {"unit": "list", "value": "a,,b"}, "value", "Put one comma between two items, and none at the end."),  # noqa: E501
        ("tone_guidelines", {"unit": "mime types", "value": "jpg"}, "value", "Write kinds such as image/jpeg,image/png."),  # noqa: E501
        ("tone_guidelines", {"colour": "red"}, "colour", "There is no such field."),
    ],
)  # fmt: skip
def test_it_refuses_what_makes_no_sense(channel, mona, key, values, field, sentence):
    rule = rule_of(channel, key)
    before = rule.value
    with pytest.raises(Invalid) as refused:
        rule.change(by=mona, **values)
    assert refused.value.fields[field] == sentence
    assert rule.value == before
    assert rule.history() == []


@pytest.mark.parametrize(
    ("unit", "typed", "kept"),
    [
        ("characters", "63,206", "63206"),
        ("characters", "100 – 600", "100-600"),
        ("seconds", "1.5", "1.5"),
        ("boolean", "Yes", "true"),
        ("ratio", "1.91 : 1", "1.91:1"),
        ("list", "one, two , three", "one, two, three"),
        ("requests per hour", "0.5", "0.5"),
        ("", "whatever is meant", "whatever is meant"),
    ],
)
def test_it_tidies_what_was_typed(channel, mona, unit, typed, kept):
    rule = rule_of(channel, "tone_guidelines")
    rule.change(by=mona, unit=unit, value=typed)
    assert rule.value == kept


def test_only_those_who_may_change_rules_do(channel, bob, vera):
    for member in (bob, vera):
        with pytest.raises(NotAllowed):
            rule_of(channel, "max_hashtags").change(by=member, value="2")
        with pytest.raises(NotAllowed):
            rule_of(channel, "max_hashtags").remove(by=member)
        with pytest.raises(NotAllowed):
            Requirement.add(channel, member, category="content", key="max_links", value="1", unit="count")


def test_a_rule_is_added_removed_and_put_back(channel, mona):
    rule = Requirement.add(
        channel, mona, category="content", key="Max links", value="1", unit="count", is_mandatory=True
    )
    two_links = Content("https://example.com/a and https://example.com/b")
    assert [one.code for one in problems(two_links, channel.needs())] == ["max_links"]
    rule.remove(by=mona)
    assert problems(two_links, channel.needs()) == []
    rule.put_back(by=mona)
    assert [one.code for one in problems(two_links, channel.needs())] == ["max_links"]
    assert [entry.what for entry in rule.history()] == [
        "put max links of Facebook feed post back",
        "removed max links of Facebook feed post",
        "added max links to Facebook feed post",
    ]


def test_a_rule_is_there_once(channel, mona):
    with pytest.raises(Invalid, match="such a rule already"):
        Requirement.add(channel, mona, category="content", key="max_hashtags", value="1", unit="count")
    rule_of(channel, "max_hashtags").remove(by=mona)
    again = Requirement.add(channel, mona, category="content", key="max_hashtags", value="1", unit="count")
    assert (again.is_active, again.value) == (True, "1")


def test_a_capability_changes_in_the_same_way(channel, mona):
    limit = next(one for one in channel.platform.capabilities if one.key == "max_character_limit")
    limit.change(by=mona, value="500")
    assert [one.top for one in channel.needs() if one.key == "max_character_limit"] == [500]
    assert limit.history()[0].old_values["capability_value"] == "63206"
    load_rules(mona.workspace)
    assert [one.top for one in channel.needs() if one.key == "max_character_limit"] == [500]
    added = Capability.add(
        channel.platform,
        mona,
        category="content",
        key="max_links",
        value="1",
        unit="count",
        source="we tried",
    )
    assert "max_links" in {need.key for need in channel.needs()}
    assert added.changed_by.name == "Mona"


def test_a_platform_and_a_channel_need_no_code(workspace, mona):
    platform = Platform.add(workspace, mona, display_name="Town crier", website_url="https://example.com")
    channel = Channel.add(platform, mona, display_name="Shout", content_type="text")
    Requirement.add(
        channel, mona, category="content", key="max_words", value="10", unit="words", is_mandatory=True
    )
    found = Channel.by_slug(workspace, "town_crier/shout")
    assert (found.label, found.channel_type.media_support) == ("Town crier shout", ["text"])
    assert (
        problems(Content("word " * 11), found.needs(), found.label)[0].message
        == "Town crier shout allows 10 words; this has 11."
    )
    assert {entry.what for entry in AuditEntry.latest(workspace)} >= {
        "added the platform Town crier",
        "added Town crier shout",
    }


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"display_name": ""}, "display_name"),
        ({"display_name": "Facebook"}, "name"),
        ({"display_name": "Matrix"}, "name"),
        ({"display_name": "…"}, "name"),
        ({"display_name": "Crier", "status": "asleep"}, "status"),
        ({"display_name": "Crier", "priority": "first"}, "priority"),
        ({"display_name": "Crier", "website_url": "javascript:alert(1)"}, "website_url"),
        ({"display_name": "Crier", "website_url": "http://[broken"}, "website_url"),
    ],
)
def test_a_platform_is_refused_with_a_word_at_the_field(channel, workspace, mona, values, field):
    with pytest.raises(Invalid) as refused:
        Platform.add(workspace, mona, **values)
    assert field in refused.value.fields


def test_a_platform_has_a_channel_type_once(channel, mona):
    with pytest.raises(Invalid, match="has a feed post already"):
        Channel.add(channel.platform, mona, name="feed_post")


def test_charlie_finds_nothing(channel, world):
    enter(world.neighbours.id)
    session.expunge_all()
    assert Requirement.of(world.neighbours).all() == []
    assert Platform.in_order(world.neighbours) == []
