"""Counting and cutting, with the platforms' own examples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.platforms.counting import (
    METHODS,
    count,
    cut,
    graphemes,
    hashtags,
    mentions,
    method_for,
    options_for,
    urls,
)
from app.platforms.need import Need

FAMILY = "👨‍👩‍👧‍👦"
words = st.text(
    st.sampled_from("ab é漢😀👍🏽\u200d\u0301 .!?#@\n") | st.characters(exclude_categories=["Cs"]),
    max_size=120,
)
texts = st.lists(
    words | st.sampled_from(["https://example.com/a/b?c=1", "#linen", "@ann@example.social"]), max_size=6
).map(" ".join)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("a" * 280, 280),
        ("漢" * 140, 280),
        ("漢" * 141, 282),
        ("see https://example.com/very/long/path", 27),
        ("example.com is one, too", 23 + 12),
        (FAMILY, 2),
        ("👍🏽", 2),
        ("🇩🇪", 2),
        ("1️⃣", 2),
        ("e\u0301", 1),
        ("…", 2),
        ("©", 1),
        ("https://example.com漢字", 27),
        ("a@example.com", 13),
    ],
)
def test_x_counts_by_weight(text, length):
    assert count(text, "x_weighted") == length


@pytest.mark.parametrize(
    ("text", "method", "length"),
    [
        (FAMILY, "characters", 7),
        (FAMILY, "graphemes", 1),
        (FAMILY, "utf16", 11),
        (FAMILY, "bytes", 25),
        ("a😀", "emoji_bytes", 5),
        ("two words", "words", 2),
        ("@bob@example.social hi", "mastodon", 7),
        ("@bob hi https://example.com/a/very/long/path/indeed", "mastodon", 8 + 23),
        ("example.com", "mastodon", 11),
    ],
)
def test_every_method_has_its_own_figure(text, method, length):
    assert count(text, method) == length


def test_what_an_address_counts_can_be_told():
    assert count("https://example.com/", "mastodon", url_length=30) == 30


def test_hashtags_are_words_with_a_letter_outside_of_addresses():
    text = "New #linen, #日本 and #2026x. Not #1, #1#, a#b, &#39; or https://example.com/#part"
    assert hashtags(text) == ["#linen", "#日本", "#2026x"]


def test_mentions_are_no_mail_addresses():
    assert mentions("@ann, @bob@example.social. not a@b.com") == ["@ann", "@bob@example.social"]


def test_addresses_end_before_the_sentence_does():
    text = (
        "See (https://a.com/x_(y)), http://localhost:8000/x. or shop.example.co.uk/z! not file.txt or a@b.com"
    )
    assert urls(text) == ["https://a.com/x_(y)", "http://localhost:8000/x", "shop.example.co.uk/z"]


def test_the_rules_name_the_method():
    assert method_for([Need("content", "max_characters", "300", "graphemes")]) == "graphemes"
    assert method_for([Need("content", "max_characters", "280", "weighted_characters")]) == "x_weighted"
    named = [
        Need("content", "max_characters", "500", "graphemes"),
        Need("content", "character_counting", "mastodon"),
    ]
    assert method_for(named) == "mastodon"
    assert method_for([]) == "characters"
    assert options_for([Need("content", "url_counted_as", "30")]) == {"url_length": 30}


@given(texts, st.integers(0, 60), st.sampled_from(sorted(METHODS)))
def test_a_cut_never_exceeds_its_limit(text, limit, method):
    shorter = cut(text, limit, method)
    assert count(shorter, method) <= limit
    assert shorter in {text, ""} or shorter.endswith("…")


@given(texts, st.integers(1, 60))
def test_a_cut_keeps_graphemes_addresses_and_hashtags_whole(text, limit):
    kept = cut(text, limit, "graphemes").removesuffix("…").rstrip()
    assert graphemes(kept) == graphemes(text)[: len(graphemes(kept))]
    assert set(urls(kept)) <= set(urls(text))
    assert set(hashtags(kept)) <= set(hashtags(text))


@given(texts, st.sampled_from(sorted(METHODS)))
def test_counting_the_same_text_twice_gives_the_same_figure(text, method):
    assert count(text, method) == count(text, method) >= 0


def test_a_cut_prefers_the_end_of_a_sentence_then_of_a_word():
    text = "The first sentence stands here. The second one goes on for longer than that."
    assert cut(text, 50) == "The first sentence stands here…"
    assert cut("Wool keeps everybody warm in the winter", 20) == "Wool keeps…"
    assert cut("See https://example.com/a/long/path for more", 20) == "See…"
    assert cut("x" * 30, 10) == "x" * 9 + "…"
    assert cut("漢" * 200, 280, "x_weighted") == "漢" * 139 + "…"
