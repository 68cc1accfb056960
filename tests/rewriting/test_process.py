"""A channel's process: loaded once, changed by people, never overwritten."""

import pytest

from app.accounts.models import AuditEntry
from app.core.errors import Invalid, Missing, NotAllowed
from app.platforms.models import Channel
from app.rewriting.models import STATUSES, ContentProcess
from app.rewriting.processes import load_processes


@pytest.fixture
def loaded(workspace):
    return workspace


@pytest.fixture
def feed(loaded):
    return ContentProcess.of_channel(Channel.by_slug(loaded, "facebook/feed_post"))


def test_every_channel_has_one(loaded):
    channels = Channel.in_order(loaded).all()
    names = {process.process_name for process in ContentProcess.of(loaded)}
    assert len(channels) >= 30
    assert names == {f"{one.platform.name}_{one.channel_type.name}_optimizer" for one in channels}


def test_a_second_load_changes_nothing(loaded):
    assert load_processes(loaded) == 0


def test_it_never_overwrites_what_a_person_changed(feed, loaded, alice):
    feed.keep("constraints", "max_characters", "220", alice)
    feed.drop("constraints", "banned_words", alice)
    load_processes(loaded)
    again = ContentProcess.of(loaded).get(feed.id)
    assert again.setting("constraints", "max_characters") == "220"
    assert again.setting("constraints", "banned_words") == ""


def test_the_facebook_feed_demands_what_the_document_says(feed):
    demands = {need.key: need.value for need in feed.constraints() if need.mandatory}
    assert demands == {
        "min_characters": "150", "max_characters": "200", "exact_hashtags": "3", "hashtags_at_end": "true",
        "cta_required": "true", "only_post_text": "true", "banned_words": "delve",
    }  # fmt: skip
    for word in (
        "{product_name}",
        "{product_sku}",
        "{product_price}",
        "{product_description}",
        "{content_type}",
    ):
        assert word in feed.user_template


@pytest.mark.parametrize("slug", ["feed_post", "story_post", "reels_post", "group_post"])
def test_the_four_facebook_processes_have_six_settings_each(loaded, slug):
    process = ContentProcess.of_channel(Channel.by_slug(loaded, f"facebook/{slug}"))
    rest = [
        row
        for row in process.configurations
        if row.config_category not in ("llm_prompt", "constraints", "model")
    ]
    assert len(rest) == 6


def test_its_needs_are_the_rows_and_its_own(feed):
    keys = {(need.origin, need.key) for need in feed.needs()}
    assert ("channel", "max_hashtags") in keys
    assert ("process", "exact_hashtags") in keys
    assert ("process", "tone") in keys


def test_both_prompts_are_edited_with_an_audit(feed, mona, workspace):
    feed.change_prompts(mona, "You write.", "About {title}: {text}")
    assert (feed.system_prompt, feed.user_template) == ("You write.", "About {title}: {text}")
    entries = AuditEntry.latest(workspace, kind="process_configurations")
    assert {entry.new_values.get("config_value") for entry in entries} >= {
        "You write.",
        "About {title}: {text}",
    }
    assert entries[0].who == "Mona"


def test_an_unknown_placeholder_is_refused_at_its_field(feed, mona):
    with pytest.raises(Invalid) as refused:
        feed.change_prompts(mona, "You write.", "About {price_of_gold}")
    assert list(refused.value.fields) == ["user_prompt_template"]
    assert "{price_of_gold}" in refused.value.fields["user_prompt_template"]


@pytest.mark.parametrize(
    ("category", "key", "value"),
    [
        ("constraints", "max_characters", "many"), ("constraints", "cta_required", "perhaps"),
        ("constraints", "made_up", "3"), ("model", "temperature", "9"), ("nowhere", "tone", "kind"),
        ("content_strategy", "tone", " "), ("constraints", "max_characters", "100"),
    ],
)  # fmt: skip
def test_a_setting_that_makes_no_sense_is_refused(feed, alice, category, key, value):
    with pytest.raises(Invalid):
        feed.keep(category, key, value, alice)


def test_an_editor_may_not_change_it(feed, bob):
    with pytest.raises(NotAllowed):
        feed.change_prompts(bob, "You write.", "{text}")
    with pytest.raises(NotAllowed):
        feed.move_to("testing", bob)


def test_it_is_developed_step_by_step(feed, mona):
    feed.move_to("draft", mona)
    with pytest.raises(Invalid):
        feed.move_to("production", mona)
    for status in STATUSES[1:]:
        feed.move_to(status, mona)
    assert feed.development_status == "production"


def test_a_copy_writes_only_when_it_is_put_first(feed, mona):
    copy = feed.copy(mona, "Shorter ones")
    assert copy.user_template == feed.user_template
    assert copy.development_status == "draft"
    assert ContentProcess.of_channel(feed.channel).id == feed.id
    copy.change(mona, priority=1)
    assert ContentProcess.of_channel(feed.channel).id == copy.id


def test_without_a_process_a_channel_says_so(feed, mona):
    feed.change(mona, is_active=False)
    with pytest.raises(Missing, match="Facebook feed post"):
        ContentProcess.of_channel(feed.channel)
