"""`slogan scheduled …` and `slogan accounts`: what a page does with a post, from a terminal."""

from contextlib import contextmanager
from uuid import uuid4

import pytest
from click.testing import CliRunner

from app.cli import main
from app.core.states import move
from app.local import post_commands
from tests.schedule.cast import an_account, planned


@pytest.fixture
def slogan(world, monkeypatch):
    """`slogan …`, in the world of this test."""

    @contextmanager
    def here(name):
        yield world.workspace

    monkeypatch.setattr(post_commands, "workspace_of", here)
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
