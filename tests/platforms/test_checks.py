"""Rules held against posts: what is said, what blocks, and what is mended."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.platforms.checks import RULES, Content, MediaFacts, check, mend, problems
from app.platforms.data import load_platforms
from app.platforms.need import Need

CHANNELS = {
    f"{platform.name}/{channel.name}": tuple(
        [Need.of_requirement(one) for one in channel.requirements]
        + [Need.of_capability(one) for one in platform.capabilities]
    )
    for platform in load_platforms()
    for channel in platform.channels
}
HOUSE = tuple(
    Need.of_constraint(key, value)
    for key, value in {
        "min_characters": "150",
        "max_characters": "200",
        "exact_hashtags": "3",
        "hashtags_at_end": "true",
        "banned_words": "delve",
        "cta_required": "true",
        "only_post_text": "true",
    }.items()
)
PICTURE = MediaFacts("image", "image/jpeg", 900_000, 1200, 630, None, "A red scarf")
VIDEO = MediaFacts("video", "video/mp4", 9_000_000, 1080, 1920, 30.0)


def said(content, needs, label="This channel"):
    return [one.message for one in problems(content, needs, label)]


def need(key, value, unit="", low=None, high=None, *, mandatory=True):
    return Need("content", key, value, unit, low, high, mandatory)


def test_a_text_that_is_too_long_is_told_both_figures():
    assert said(Content("a" * 341), CHANNELS["bluesky/post"], "Bluesky") == [
        "Bluesky allows 300 characters; this has 341."
    ]


def test_graphemes_fit_where_their_bytes_do_not():
    family = "👨‍👩‍👧‍👦" * 130
    assert said(Content(family), CHANNELS["bluesky/post"], "Bluesky") == [
        "Bluesky allows 3,000 bytes; this has 3,250."
    ]


def test_every_address_weighs_the_same_on_x():
    long = "https://example.com/" + "a" * 400
    assert said(Content("a" * 256 + " " + long), CHANNELS["x/post"]) == []
    assert said(Content("a" * 257 + " " + long), CHANNELS["x/post"], "X") == [
        "X allows 280 characters; this has 281."
    ]


def test_the_platforms_own_limit_holds_where_the_channel_names_none():
    assert said(Content("a" * 63_207), CHANNELS["facebook/feed_post"], "Facebook") == [
        "Facebook allows 63,206 characters; this has 63,207."
    ]
    assert not any(one.code == "max_character_limit" for one in check(Content("a"), CHANNELS["x/post"]))


def test_what_nobody_verified_never_blocks():
    findings = check(Content("#a " * 31), CHANNELS["facebook/photo_post"])
    tags = next(one for one in findings if one.code == "max_hashtags")
    assert not tags.passed
    assert not tags.hard


def test_a_rule_that_nobody_can_judge_gives_no_finding():
    assert (
        check(Content("a"), [need("tone_guidelines", "friendly"), need("posting_frequency", "daily")]) == []
    )


@pytest.mark.parametrize(
    ("media", "broken"),
    [
        ((), []),
        ((PICTURE,), []),
        ((MediaFacts("image", "image/jpeg", 1, 500, 500),), ["image_width", "aspect_ratio"]),
        ((MediaFacts("image", "image/bmp", 31_000_000, 1200, 630),), ["image_formats", "max_file_size_mb"]),
        ((MediaFacts("image", "image/jpeg"),), []),
    ],
)
def test_picture_rules_of_a_facebook_feed_post_hold_only_for_pictures(media, broken):
    findings = check(Content("Hello", media=media), CHANNELS["facebook/feed_post"])
    assert [one.code for one in findings if not one.passed] == broken


@pytest.mark.parametrize(
    ("channel", "content", "messages"),
    [
        (
            "instagram/feed_image",
            Content("Hi"),
            ["It needs a picture or a video; this has none.", "It needs at least 1 picture; this has 0."],
        ),
        (
            "instagram/feed_image",
            Content("Hi", media=(MediaFacts("image", "image/png", 1, 1080, 1080),)),
            ["It takes image/jpeg; this has image/png."],
        ),
        (
            "instagram/carousel",
            Content("Hi", media=(PICTURE,)),
            ["It needs at least 2 pictures and videos; this has 1."],
        ),
        ("x/post", Content("Hi", media=(PICTURE, VIDEO)), ["It takes pictures or a video, not both."]),
        ("x/post", Content("Hi", media=(PICTURE,) * 5), ["It allows 4 pictures; this has 5."]),
        ("youtube/video", Content("a < b", "Wool", media=(VIDEO,)), ["It refuses these signs: <."]),
        (
            "youtube/video",
            Content("Wool"),
            ["It needs a title; this has none.", "It needs at least 1 video; this has 0."],
        ),
        (
            "youtube/short",
            Content("Wool", "W" * 101, media=(VIDEO,)),
            ["It allows 100 characters in the title; this has 101."],
        ),
        (
            "threads/post",
            Content(" ".join(f"https://a.com/{n}" for n in range(6))),
            ["It allows 5 different links; this has 6."],
        ),
        (
            "tiktok/photo",
            Content("Hi", "😀" * 46, media=(PICTURE,)),
            ["It allows 90 characters in the title; this has 92."],
        ),
        (
            "lemmy/text_post",
            Content("Hi", "ab"),
            ["It needs at least 3 characters in the title; this has 2."],
        ),
        ("practice/short_post", Content("a" * 301), ["It allows 300 characters; this has 301."]),
    ],
)
def test_what_channels_refuse(channel, content, messages):
    assert said(content, CHANNELS[channel], "It") == messages


@pytest.mark.parametrize(
    ("rule", "content", "passed"),
    [
        (need("alt_text_required", "true"), Content("", media=(VIDEO,)), None),
        (need("alt_text_required", "true"), Content("", media=(PICTURE,)), True),
        (need("alt_text_required", "true"), Content("", media=(MediaFacts("image"),)), False),
        (need("max_alt_text_characters", "5"), Content("", media=(PICTURE,)), False),
        (need("image_aspect_ratio_max", "1.91"), Content("", media=(PICTURE,)), True),
        (need("image_aspect_ratio_min", "2"), Content("", media=(PICTURE,)), False),
        (need("video_duration", "15-60", "seconds", 15, 60), Content("", media=(VIDEO,)), True),
        (need("video_duration", "40-60", "seconds", 40, 60), Content("", media=(VIDEO,)), False),
        (need("max_video_seconds", "20"), Content("", media=(VIDEO,)), False),
        (need("max_mentions", "1"), Content("@a @b"), False),
        (need("max_cashtags", "1"), Content("$WOOL and $YARN cost $5"), False),
        (need("hashtags_at_end", "true"), Content("Warm wool #a #b"), True),
        (need("hashtags_at_end", "true"), Content("Warm #wool is here"), False),
        (need("hashtags_at_end", "false"), Content("Warm #wool is here"), None),
        (need("banned_words", "delve, game changer"), Content("We are delving into it"), False),
        (need("banned_words", "delve, game changer"), Content("A game changer!"), False),
        (need("banned_words", "cat"), Content("The category"), True),
        (need("cta_required", "true"), Content("Wool is warm. Shop the range today."), True),
        (need("cta_required", "true"), Content("Wool is warm, isn't it?"), True),
        (need("cta_required", "true"), Content("Wool is warm.", link="https://a.com"), True),
        (need("cta_required", "true"), Content("Wool is warm."), False),
        (need("only_post_text", "true"), Content("Wool is warm."), True),
        (need("only_post_text", "true"), Content("Here's your Facebook post about wool:\n\nWool."), False),
        (need("only_post_text", "true"), Content('"Wool is warm."'), False),
        (need("only_post_text", "true"), Content('"Wool" and "linen"'), True),
        (need("only_post_text", "true"), Content("```\nWool.\n```"), False),
        (need("only_post_text", "true"), Content("New blog post: why wool is warm"), True),
        (need("reserved_characters", "( )"), Content("(a)"), None),
        (need("max_characters", "relay dependent"), Content("a"), None),
    ],
)
def test_single_rules(rule, content, passed):
    findings = check(content, [rule])
    assert [one.passed for one in findings] == ([] if passed is None else [passed])


def test_the_house_rules_of_a_facebook_post():
    body = "Wool from the old mill keeps the whole clan warm, from first frost to last snow of the year. "
    good = body + "Shop the scarves and tell us which one is yours.\n\n#tartan #wool #clan"
    assert said(Content(good), (*CHANNELS["facebook/feed_post"], *HOUSE)) == []
    assert said(Content("Short #a"), HOUSE, "Facebook") == [
        "Facebook needs at least 150 characters; this has 8.",
        "Facebook asks for exactly 3 hashtags; this has 1.",
        "A call to action is missing: no question, no link, no request was found.",
    ]


def test_mending_repairs_what_a_model_did_wrong_and_says_so():
    text = (
        'Here is your Facebook post:\n\n"Our #wool scarves keep the whole clan warm in every weather. '
        "We delve into history at https://clan.com/x. Shop them today and see what the weavers make "
        'in the old mill by the river.\n\n#tartan #clan #scotland"'
    )
    mended, told = mend(text, (*CHANNELS["facebook/feed_post"], *HOUSE))
    assert mended == (
        "Our wool scarves keep the whole clan warm in every weather. "
        "Shop them today and see what the weavers make in the old mill by the river.\n\n#wool #tartan #clan"
    )
    assert told == [
        "Took away what stood around the post.",
        "Removed what used a banned word (delve).",
        "Moved the hashtags to the end.",
        "Dropped 1 hashtag; 3 stay.",
    ]
    assert said(Content(mended), HOUSE) == []


def test_a_text_that_keeps_the_rules_is_left_alone():
    assert mend("Wool is warm.", CHANNELS["bluesky/post"]) == ("Wool is warm.", [])


def test_shortening_keeps_the_hashtags_at_the_end():
    mended, told = mend("A sentence on wool. " * 30 + "\n\n#wool #linen", CHANNELS["bluesky/post"])
    assert mended.endswith("A sentence on wool…\n\n#wool #linen")
    assert told == ["Shortened from 614 to 293; 300 are allowed."]


TEXT_ONLY = {"max_characters", "max_character_limit", "max_bytes", "max_hashtags", "forbidden_characters"}
texts = st.lists(
    st.sampled_from(
        [
            "Wool is warm.",
            "漢字の文。",
            "👨‍👩‍👧‍👦",
            "#linen",
            "#日本",
            "https://example.com/a",
            "<b>",
            "\n\n",
            "x" * 400,
        ]
    ),
    max_size=40,
).map(" ".join)


@given(texts, st.sampled_from(sorted(CHANNELS)))
def test_after_mending_no_limit_of_any_channel_is_broken(text, channel):
    mended, told = mend(text, CHANNELS[channel])
    assert not [one for one in problems(Content(mended), CHANNELS[channel]) if one.code in TEXT_ONLY]
    assert bool(told) == (mended != text)


@given(texts)
def test_after_mending_the_house_rules_that_code_can_keep_are_kept(text):
    mended, _ = mend(text, HOUSE)
    broken = {one.code for one in problems(Content(mended), HOUSE)}
    assert broken <= {"min_characters", "exact_hashtags", "cta_required"}
    assert mend(mended, HOUSE)[0] == mended


def test_needs_speak_for_themselves():
    assert (
        need("max_characters", "300", "graphemes").sentence()
        == "At most 300 characters, counted as graphemes."
    )
    assert need("max_hashtags", "1", "count", 0, 1).sentence() == "At most 1 hashtag."
    assert need("tone_guidelines", "warm, plain").sentence() == "Tone: warm, plain."
    assert need("recommended_characters", "150-260", "characters", 150, 260).sentence() == (
        "Best with 150 to 260 characters."
    )
    assert Need.of_constraint("banned_words", "delve").sentence() == "Never use: delve."


def test_the_registry_names_every_key_once():
    assert len(RULES) == len(set(RULES)) >= 60


@pytest.mark.parametrize(
    ("rule", "low", "high"),
    [
        (need("max_characters", "250", "characters", None, 300), None, 250),
        (need("max_hashtags", "2", "count", 0, 3), 0, 2),
        (need("image_width", "1200", "pixels", 600, 1200), 600, 1200),
        (need("video_duration", "20-40", "seconds", 15, 60), 20, 40),
        (need("min_characters", "5", "characters", 1), 5, None),
    ],
)
def test_a_limit_edited_in_its_value_holds_at_once(rule, low, high):
    assert rule.top == high if high else True
    assert rule.bottom == low if low is not None else True
