"""The data files become rows, once, and never against a person."""

from dataclasses import replace

import pytest
from sqlalchemy import event, func, select

from app.core.database import enter, session
from app.platforms.data import load_platforms
from app.platforms.models import Capability, Channel, ChannelType, Platform, Requirement
from app.platforms.rules import load_rules
from app.platforms.values import checked

FACEBOOK = {  # section 5 of the details: value, unit, smallest, largest
    "facebook/feed_post": {
        ("dimensions", "image_width"): ("1200", "pixels", 600, 1200),
        ("dimensions", "image_height"): ("630", "pixels", 315, 630),
        ("dimensions", "aspect_ratio"): ("1.91:1", "ratio", None, None),
        ("content", "max_hashtags"): ("3", "count", 0, 3),
        ("content", "tone_guidelines"): ("conversational, engaging, authentic", "style", None, None),
        ("engagement", "cta_strategy"): ("a clear call to action", "strategy", None, None),
    },
    "facebook/story_post": {
        ("dimensions", "image_width"): ("1080", "pixels", 1080, 1080),
        ("dimensions", "image_height"): ("1920", "pixels", 1920, 1920),
        ("dimensions", "aspect_ratio"): ("9:16", "ratio", None, None),
        ("content", "max_hashtags"): ("1", "count", 0, 1),
        ("content", "tone_guidelines"): ("casual, personal, behind the scenes", "style", None, None),
        ("engagement", "interaction_elements"): ("stickers, polls, questions", "strategy", None, None),
    },
    "facebook/reels_post": {
        ("dimensions", "video_width"): ("1080", "pixels", 1080, 1080),
        ("dimensions", "video_height"): ("1920", "pixels", 1920, 1920),
        ("dimensions", "aspect_ratio"): ("9:16", "ratio", None, None),
        ("content", "video_duration"): ("15-60", "seconds", 15, 60),
        ("content", "max_hashtags"): ("2", "count", 0, 2),
        ("engagement", "music_strategy"): ("trending music and sounds", "strategy", None, None),
    },
    "facebook/group_post": {
        ("dimensions", "image_width"): ("1200", "pixels", 600, 1200),
        ("dimensions", "image_height"): ("630", "pixels", 315, 630),
        ("dimensions", "aspect_ratio"): ("1.91:1", "ratio", None, None),
        ("content", "max_hashtags"): ("2", "count", 0, 2),
        ("content", "tone_guidelines"): ("community, helpful, informative", "style", None, None),
        ("engagement", "discussion_strategy"): ("ask questions", "strategy", None, None),
    },
}


@pytest.fixture
def rules(workspace):
    load_rules(workspace)


def rows(kind):
    return session.scalar(select(func.count()).select_from(kind))


@pytest.mark.parametrize("slug", FACEBOOK)
def test_facebooks_rows_match_the_table(rules, workspace, slug):
    found = Channel.by_slug(workspace, slug).requirements
    assert {
        (one.category, one.key): (one.value, one.unit, one.min_value, one.max_value) for one in found
    } == FACEBOOK[slug]
    assert sorted(one.display_order for one in found) == [1, 2, 3, 4, 5, 6]


def test_facebooks_capabilities_match_the_list(rules, workspace):
    found = {one.key: (one.value, one.unit) for one in Platform.called(workspace, "facebook").capabilities}
    assert found["max_character_limit"] == ("63206", "characters")
    assert found["posting_frequency"] == ("unlimited", None)
    assert found["image_formats"] == ("JPG, PNG, GIF, WebP", "list")
    assert found["max_file_size_mb"] == ("30", "MB")
    assert found["video_duration_limit"] == ("240", "seconds")
    assert found["rate_limit_posts_per_hour"] == ("200", "posts per hour")
    assert found["api_version"] == ("v18.0", "version")


def test_every_line_of_the_files_is_a_row(rules):
    told = load_platforms()
    assert rows(Platform) == len(told) >= 12
    assert rows(ChannelType) == len({channel.name for one in told for channel in one.channels}) >= 30
    assert rows(Channel) == sum(len(one.channels) for one in told)
    assert rows(Capability) == sum(len(one.capabilities) for one in told)
    assert rows(Requirement) == sum(len(channel.requirements) for one in told for channel in one.channels)


def test_every_line_of_the_files_would_pass_the_form():
    for platform in load_platforms():
        for one in platform.capabilities:
            checked(one.capability_name, one.capability_value, one.unit, one.min_value, one.max_value)
        for channel in platform.channels:
            for one in channel.requirements:
                checked(one.key, one.value, one.unit, one.min_value, one.max_value)


def test_it_is_one_statement_a_kind_however_many_rows_there_are(world):
    said = []

    def note(_connection, _cursor, statement, *_):
        said.append(statement)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        written = load_rules(world.neighbours)
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", note)
    assert written > 500
    assert len([one for one in said if "INSERT" in one]) == len(said) - 2 == 5, said  # two say whose rows they are


def test_a_second_run_changes_nothing(rules, workspace):
    assert load_rules(workspace) == 0


def test_it_never_overwrites_what_a_person_changed(rules, workspace, mona):
    rule = rule_of(workspace, "max_hashtags")
    rule.change(by=mona, value="2")
    load_rules(workspace)
    assert rule_of(workspace, "max_hashtags").value == "2"


def test_it_never_brings_back_what_was_switched_off(rules, workspace, mona):
    rule_of(workspace, "max_hashtags").remove(by=mona)
    channel = Channel.by_slug(workspace, "facebook/reels_post")
    channel.change(by=mona, is_supported=False)
    load_rules(workspace)
    assert not rule_of(workspace, "max_hashtags").is_active
    assert not Channel.by_slug(workspace, "facebook/reels_post").is_supported


def test_a_newer_file_corrects_what_nobody_touched(rules, workspace, mona):
    told = next(one for one in load_platforms() if one.name == "facebook")
    channel = told.channels[0]
    newer = replace(
        channel, requirements=tuple(replace(one, source="a newer source") for one in channel.requirements)
    )
    rule_of(workspace, "image_width").change(by=mona, description="ours")
    assert load_rules(workspace, [replace(told, channels=(newer,))]) == 5
    assert rule_of(workspace, "max_hashtags").source == "a newer source"
    assert rule_of(workspace, "image_width").source != "a newer source"


def test_the_neighbours_get_their_own(rules, world):
    enter(world.neighbours.id)
    assert rows(Platform) == 0
    assert load_rules(world.neighbours) > 1_000
    assert rows(Platform) == len(load_platforms())


def test_needs_are_the_channels_rules_and_what_checks_understand_of_the_platform(rules, workspace):
    needs = {need.key: need for need in Channel.by_slug(workspace, "facebook/feed_post").needs()}
    assert needs["max_hashtags"].top == 3
    assert (needs["max_character_limit"].top, needs["max_character_limit"].origin) == (63206, "platform")
    assert "api_version" not in needs


def test_a_channels_own_rule_speaks_before_the_platforms(rules, workspace):
    formats = [
        need
        for need in Channel.by_slug(workspace, "facebook/photo_post").needs()
        if need.key == "image_formats"
    ]
    assert [need.origin for need in formats] == ["channel"]


def test_counting_is_named_by_the_rows(rules, workspace):
    assert Channel.by_slug(workspace, "x/post").counting()[0] == "x_weighted"
    assert Channel.by_slug(workspace, "mastodon/status").counting()[0] == "mastodon"


def test_open_channels_leave_out_the_deprecated(rules, workspace):
    slugs = [channel.slug for channel in Channel.open_in(workspace)]
    assert "facebook/feed_post" in slugs
    assert "facebook/group_post" not in slugs
    Platform.called(workspace, "facebook").change(by=None, status="inactive")
    assert not any(one.slug.startswith("facebook/") for one in Channel.open_in(workspace))


def rule_of(workspace, key, slug="facebook/feed_post"):
    return next(one for one in Channel.by_slug(workspace, slug).requirements if one.key == key)
