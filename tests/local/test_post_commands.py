"""`slogan scheduled …`, `slogan series …` and `slogan accounts`: what a page does with a post, from a terminal."""

from contextlib import contextmanager
from uuid import uuid4

import pytest
from click.testing import CliRunner

from app.cli import main
from app.core.states import move
from app.local import post_commands, series_commands
from tests.schedule.cast import a_post, an_account, planned
from tests.schedule.series_cast import a_series


@pytest.fixture
def slogan(world, monkeypatch):
    """`slogan …`, in the world of this test."""

    @contextmanager
    def here(name):
        yield world.workspace

    for commands in (post_commands, series_commands):
        monkeypatch.setattr(commands, "workspace_of", here)
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def post(world):
    return planned(an_account(world.workspace))


def test_an_unsure_post_is_found_and_settled(slogan, post):
    move(post, "claim")
    move(post, "lose")
    assert f"{post.id}  " in slogan("scheduled", "list").output
    assert slogan("scheduled", "settle", post.id, "--out", "--url", "javascript:x").exit_code == 1
    said = slogan("scheduled", "settle", post.id, "--out").output
    assert said == "Looked on the platform: it is out. It is published.\n"
    again = slogan("scheduled", "settle", post.id, "--not-out")
    assert (again.exit_code, again.stderr) == (1, "This post is out already.\n")


def test_its_story_is_told_with_what_comes_next(slogan, post):
    told = slogan("scheduled", "show", post.id).output
    assert "Scheduled for " in told
    assert "\nNext: It goes out at " in told
    assert "There is no such scheduled post." in slogan("scheduled", "show", uuid4()).stderr


def test_it_is_taken_off_and_its_late_policy_is_changed(slogan, post):
    said = slogan("scheduled", "late", post.id, "send", "--minutes", 45).output
    assert "If late: sent up to 45 minutes late." in said
    assert (post.late_policy, post.late_minutes, post.late_own) == ("send", 45, True)
    slogan("scheduled", "late", post.id, "inherit")
    assert not post.late_own
    assert slogan("scheduled", "allow", post.id).stderr == "The burst guard does not hold this post.\n"
    assert slogan("scheduled", "cancel", post.id).output == "Cancelled. It is cancelled.\n"
    assert slogan("scheduled", "retry", post.id).exit_code == 1


def test_accounts_say_what_they_have_sent_and_may_send(slogan, post):
    assert "0 of 25 posts this hour." in slogan("accounts").output


def test_an_address_is_given_once_and_a_wrong_one_is_refused(slogan, post, alice):
    post.mark_published(alice)
    wrong = slogan("scheduled", "address", post.id, "https://slogan.example/")
    assert (wrong.exit_code, post.remote_id) == (1, None)
    assert "copy the address of that page" in wrong.stderr
    where = f"https://slogan.example/practice#post-{post.id}"
    assert slogan("scheduled", "address", post.id, where).output == (
        f"Its address is known now: {where} It is published.\n"
    )
    assert post.remote_id == str(post.id)
    assert slogan("scheduled", "address", post.id, where).stderr == "Slogan knows where this post is.\n"


def test_a_post_of_a_series_gets_another_place(slogan, world):
    first, second = a_post(world.workspace, "Lochcarron."), a_post(world.workspace, "Harris.")
    series = a_series(an_account(world.workspace), world.alice, first, second)
    assert slogan("series", "place", series.id, second.id, 1).output == "1. Harris.\n2. Lochcarron.\n"
    assert series.posts == [second, first]
    assert "is no longer in the queue" in slogan("series", "place", series.id, uuid4(), 1).stderr
