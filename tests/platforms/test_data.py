"""The data files: complete, unique, and Facebook as document 5 has it."""

import pytest

from app.core.errors import Invalid
from app.platforms.checks import RULES
from app.platforms.counting import METHODS
from app.platforms.data import load_platforms
from app.platforms.need import Need, verified
from app.platforms.values import checked

PLATFORMS = {platform.name: platform for platform in load_platforms()}
CHANNELS = [(platform, channel) for platform in PLATFORMS.values() for channel in platform.channels]

WIDE = [
    ("dimensions", "image_width", "1200", "pixels", 600, 1200),
    ("dimensions", "image_height", "630", "pixels", 315, 630),
    ("dimensions", "aspect_ratio", "1.91:1", "ratio", None, None),
]
FACEBOOK = {
    "feed_post": [
        *WIDE,
        ("content", "max_hashtags", "3", "count", 0, 3),
        ("content", "tone_guidelines", "conversational, engaging, authentic", "style", None, None),
        ("engagement", "cta_strategy", "a clear call to action", "strategy", None, None),
    ],
    "story_post": [
        ("dimensions", "image_width", "1080", "pixels", 1080, 1080),
        ("dimensions", "image_height", "1920", "pixels", 1920, 1920),
        ("dimensions", "aspect_ratio", "9:16", "ratio", None, None),
        ("content", "max_hashtags", "1", "count", 0, 1),
        ("content", "tone_guidelines", "casual, personal, behind the scenes", "style", None, None),
        ("engagement", "interaction_elements", "stickers, polls, questions", "strategy", None, None),
    ],
    "reels_post": [
        ("dimensions", "video_width", "1080", "pixels", 1080, 1080),
        ("dimensions", "video_height", "1920", "pixels", 1920, 1920),
        ("dimensions", "aspect_ratio", "9:16", "ratio", None, None),
        ("content", "video_duration", "15-60", "seconds", 15, 60),
        ("content", "max_hashtags", "2", "count", 0, 2),
        ("engagement", "music_strategy", "trending music and sounds", "strategy", None, None),
    ],
    "group_post": [
        *WIDE,
        ("content", "max_hashtags", "2", "count", 0, 2),
        ("content", "tone_guidelines", "community, helpful, informative", "style", None, None),
        ("engagement", "discussion_strategy", "ask questions", "strategy", None, None),
    ],
}


@pytest.mark.parametrize("name", FACEBOOK)
def test_facebook_has_the_rules_of_document_5_and_no_other(name):
    channel = next(one for one in PLATFORMS["facebook"].channels if one.name == name)
    rows = [(r.category, r.key, r.value, r.unit, r.min_value, r.max_value) for r in channel.requirements]
    assert rows == FACEBOOK[name]
    assert [r.display_order for r in channel.requirements] == [1, 2, 3, 4, 5, 6]


def test_facebook_has_the_capabilities_of_document_5():
    told = {one.capability_name: one.capability_value for one in PLATFORMS["facebook"].capabilities}
    assert told["max_character_limit"] == "63206"
    assert told["posting_frequency"] == "unlimited"
    assert told["image_formats"] == "JPG, PNG, GIF, WebP"
    assert told["max_file_size_mb"] == "30"
    assert told["video_duration_limit"] == "240"
    assert told["rate_limit_posts_per_hour"] == "200"
    assert told["api_version"] == "v18.0"


def test_there_are_enough_platforms_and_channel_types():
    assert len(PLATFORMS) == 28
    assert len(CHANNELS) >= 58
    assert len({channel.name for _, channel in CHANNELS}) >= 30
    assert PLATFORMS["practice"].is_practice


@pytest.mark.parametrize(("platform", "channel"), CHANNELS, ids=lambda one: one.name)
def test_every_fact_has_a_source_and_only_facts_block(platform, channel):
    for fact in channel.requirements:
        assert fact.source, f"{platform.name}/{channel.name}/{fact.key} has no source"
        assert verified(fact.source) or not fact.is_mandatory
        assert len(fact.unit) <= 60
        assert fact.key != "character_counting" or fact.value in METHODS
        assert Need.of_requirement(fact).sentence().endswith((".", "…"))


def test_every_value_passes_the_check_of_the_form_that_edits_it():
    for platform, channel in CHANNELS:
        for fact in channel.requirements:
            tidy = checked(fact.key, fact.value, fact.unit, fact.min_value, fact.max_value)
            assert tidy.value == fact.value, f"{platform.name}/{channel.name}/{fact.key}"


def test_every_mandatory_limit_of_text_and_media_size_can_be_judged():
    judged = {
        "max_characters",
        "max_bytes",
        "max_images",
        "max_image_bytes",
        "max_video_bytes",
        "image_formats",
    }
    assert judged <= set(RULES)
    for _, channel in CHANNELS:
        for fact in channel.requirements:
            if fact.is_mandatory and fact.key.startswith(("max_image_", "max_video_")) and fact.max_value:
                assert fact.key in RULES or fact.key in {"max_video_bitrate", "max_video_fps"}, fact.key


HEAD = '[platform]\nname = "a"\ndisplay_name = "A"\npriority = 1\n'
CHANNEL = '[[channels]]\nname = "post"\ndisplay_name = "Post"\ncontent_type = "text"\n'
FACT = '{ category = "content", key = "max_characters", value = "1" }'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            HEAD + CHANNEL + f"requirements = [{FACT}, {FACT}]",
            "a.toml: requirement post/content/max_characters is there twice.",
        ),
        (HEAD + CHANNEL + CHANNEL, "a.toml: channel post is there twice."),
        (
            HEAD + CHANNEL.replace('"text"', '"sound"'),
            "a.toml: content_type of post is sound, not one of image, mixed, text, video.",
        ),
        ('[platform]\nname = "a"\npriority = 1\n', "a.toml: display_name is missing."),
        (
            'capabilities = [{type="api",name="x",value="1"},{type="api",name="x",value="2"}]\n' + HEAD,
            "a.toml: capability api/x is there twice.",
        ),
    ],
)
def test_a_wrong_file_is_named_with_its_key(tmp_path, text, said):
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(Invalid) as wrong:
        load_platforms(tmp_path)
    assert wrong.value.message == said


def test_two_files_cannot_tell_of_one_platform_or_describe_a_type_differently(tmp_path):
    (tmp_path / "a.toml").write_text(HEAD + CHANNEL)
    (tmp_path / "b.toml").write_text(HEAD)
    with pytest.raises(Invalid, match=r"b.toml: platform a is in a\.toml already"):
        load_platforms(tmp_path)
    (tmp_path / "b.toml").write_text(HEAD.replace('"a"', '"b"') + CHANNEL.replace('"Post"', '"Note"'))
    with pytest.raises(Invalid, match=r"b.toml: channel post is described differently in a\.toml"):
        load_platforms(tmp_path)
