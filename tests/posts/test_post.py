"""A post: its states, its versions, and who may do what."""

import pytest

from app.core.errors import Invalid, Missing, NotAllowed, WrongState
from app.posts.history import compared, history_of
from app.posts.library import keep, remove
from app.posts.models import Post
from app.posts.writing import compose, restore, save, versions


def test_a_save_makes_a_version_and_one_that_changes_nothing_makes_none(rules, post, bob):
    save(rules, post, bob, text="Second.", title="T")
    save(rules, post, bob, text="Second.", title="T")
    assert [(row.number, row.saved_by) for row in versions(post)] == [(2, "Bob"), (1, "Alice")]


def test_an_earlier_version_comes_back_whole(rules, post, alice, draw):
    media = keep(rules, "a.png", draw(), alice)
    save(
        rules,
        post,
        alice,
        text="Two",
        variants={"x/post": "Own"},
        pictures=[(media.id, "Words")],
        format="image",
    )
    save(rules, post, alice, text="Three")
    restore(rules, post, 2, alice)
    assert (post.version, post.text, post.format) == (4, "Two", "image")
    assert {v.slug: v.text for v in post.variants} == {"x/post": "Own"}
    assert [(p.media_id, p.alt_text) for p in post.pictures] == [(media.id, "Words")]


def test_a_version_with_a_picture_that_is_gone_comes_back_without_it(rules, post, alice, draw):
    media = keep(rules, "a.png", draw(), alice)
    save(rules, post, alice, text="Two", pictures=[(media.id, "")])
    save(rules, post, alice, text="Three")
    remove(media, alice)
    restore(rules, post, 2, alice)
    assert (post.text, post.pictures) == ("Two", [])


def test_there_is_no_version_ninety_nine(rules, post, alice):
    with pytest.raises(Missing, match="no version 99"):
        restore(rules, post, 99, alice)


def test_the_second_of_two_writers_is_told_who_was_faster(rules, post, alice, bob):
    save(rules, post, bob, version=1, text="Bob's")
    with pytest.raises(WrongState, match="Bob saved version 2 while you were writing"):
        save(rules, post, alice, version=1, text="Alice's")
    assert post.text == "Bob's"


def test_other_words_than_the_approved_ones_need_approval_again(rules, post, alice, bob):
    post.approve(alice)
    save(rules, post, bob, text="Other words.")
    assert (post.state, post.approved_by_id) == ("draft", None)


def test_what_went_out_is_published_and_stays_so(post, alice):
    post.went_out()
    post.went_out()
    assert post.state == "published"
    assert post.is_approved
    with pytest.raises(WrongState):
        post.approve(alice)


@pytest.mark.parametrize(("name", "may"), [("vera", False), ("bob", True), ("mona", True), ("alice", True)])
def test_who_may_write(world, rules, name, may):
    if may:
        assert compose(rules, getattr(world, name), text="Hello").version == 1
    else:
        with pytest.raises(NotAllowed):
            compose(rules, getattr(world, name), text="Hello")


@pytest.mark.parametrize(("name", "may"), [("vera", False), ("bob", False), ("mona", True), ("alice", True)])
def test_who_may_approve(world, post, name, may):
    if may:
        post.approve(getattr(world, name))
        assert post.state == "approved"
    else:
        with pytest.raises(NotAllowed):
            post.approve(getattr(world, name))


def test_an_archived_post_is_not_saved(rules, post, alice):
    post.archive(alice)
    with pytest.raises(WrongState, match="archived"):
        save(rules, post, alice, text="New")
    post.unarchive(alice)
    assert post.state == "draft"


@pytest.mark.parametrize(
    "wrong",
    [{"format": "poem"}, {"content_type": "rumour"}, {"link": "www.example.com"}, {"text": "a" * 100_001}],
)
def test_it_refuses_what_is_no_post(rules, alice, wrong):
    with pytest.raises(Invalid):
        compose(rules, alice, **{"text": "Hello", **wrong})


def test_a_channel_that_is_none_is_refused(rules, alice):
    with pytest.raises(Missing, match="no channel called"):
        compose(rules, alice, text="Hello", variants={"nowhere/post": None})


def test_an_empty_own_text_means_the_posts_text(rules, alice):
    from app.platforms.models import Channel

    post = compose(rules, alice, text="Main", variants={"x/post": "  \n"})
    assert post.text_for(Channel.by_slug(rules, "x/post")) == "Main"


def test_the_history_tells_which_words_came_and_went(rules, post, alice):
    save(
        rules,
        post,
        alice,
        text="Behind the loom: how a <b>wool</b> scarf is made. #tartan",
        title="Behind the loom",
        link=post.link,
        variants={"x/post": None},
    )
    newest, first = history_of(post)
    told = {difference.label: str(difference.html) for difference in newest.differences}
    assert "<del>Highland </del>" in told["Text"]
    assert "<ins>&lt;b&gt;wool&lt;/b&gt; </ins>" in told["Text"]
    assert "Channel removed: bluesky, post" in told
    assert (first.number, first.who) == (1, "Alice")


def test_long_texts_are_compared_quickly():
    assert str(compared("a " * 50_000, "b " * 50_000)).endswith("…")


def test_a_line_of_the_audit_names_the_old_and_the_new_text(rules, post, bob):
    from app.accounts.models import AuditEntry
    from app.core.database import session

    before = post.text
    save(rules, post, bob, text="Other words.")
    session.flush()
    entry = next(e for e in AuditEntry.latest(rules, "posts", post.id) if e.what == "saved")
    assert (entry.who, entry.old_values["text"], entry.new_values["text"]) == ("Bob", before, "Other words.")


def test_charlie_has_none_of_it(world, rules, post):
    from app.core.database import enter

    enter(world.neighbours.id)
    assert Post.of(world.neighbours).count() == 0
    with pytest.raises(Missing):
        Post.of(world.neighbours).get(post.id)
