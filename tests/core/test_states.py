"""A move is one UPDATE whose WHERE decides: of two who race, one wins."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import delete

from app.accounts.models import Workspace
from app.core.database import everywhere, session
from app.core.errors import WrongState
from app.core.states import move, possible, states_of, try_move
from app.posts.models import Post
from tests.patience import LIMIT


@pytest.fixture
def draft(world) -> Post:
    post = Post(workspace_id=world.workspace.id, text="Hello")
    session.add(post)
    session.flush()
    return post


def test_a_move_changes_the_state_and_what_goes_with_it(draft: Post) -> None:
    move(draft, "submit", title="Ready")
    assert (draft.state, draft.title) == ("review", "Ready")


def test_what_the_table_does_not_allow_is_refused_in_words(draft: Post) -> None:
    move(draft, "archive")
    with pytest.raises(WrongState, match="This post is archived already, so “approve” is no longer"):
        move(draft, "approve")
    assert draft.state == "archived"


def test_a_row_that_changed_behind_our_back_is_not_moved_and_is_read_anew(draft: Post) -> None:
    from sqlalchemy import text

    session.execute(text("UPDATE posts SET state = 'archived' WHERE id = :id"), {"id": draft.id})
    assert draft.state == "draft"
    assert not try_move(draft, "submit", title="lost")
    assert (draft.state, draft.title) == ("archived", "")


def test_changes_that_wait_are_written_before_the_move(draft: Post) -> None:
    draft.text = "typed just now"
    move(draft, "submit")
    assert draft.text == "typed just now"


def test_the_buttons_are_what_the_table_allows(draft: Post) -> None:
    assert possible(draft) == ["submit", "approve", "publish", "archive"]


def test_the_states_of_a_table_each_once() -> None:
    moves = {"go": (("a", "b"), "c"), "back": (("c",), "a")}
    assert states_of(moves) == ("a", "b", "c")


def test_an_unknown_verb_is_our_mistake(draft: Post) -> None:
    with pytest.raises(KeyError):
        move(draft, "fly")


@pytest.fixture
def shared_draft(app: Flask) -> Iterator[SimpleNamespace]:
    """A draft that is really committed, so that two connections may race for it."""
    with app.app_context(), everywhere():
        workspace = Workspace(name=f"Race {uuid4()}")
        session.add(workspace)
        session.flush()
        post = Post(workspace_id=workspace.id, text="Hello")
        session.add(post)
        session.commit()
        yield SimpleNamespace(id=post.id)
        session.execute(delete(Workspace).where(Workspace.id == workspace.id))
        session.commit()
        session.remove()


@pytest.mark.parametrize("racers", [2, 8])
def test_of_those_who_race_one_wins(app: Flask, shared_draft: SimpleNamespace, racers: int) -> None:
    together = Barrier(racers)

    def race(number: int) -> str:
        with app.app_context(), everywhere():
            try:
                post = Post.anywhere(shared_draft.id)
                together.wait(LIMIT)
                move(post, "archive", title=f"by {number}")
                session.commit()
            except WrongState as refused:
                session.rollback()
                return refused.message
            finally:
                session.remove()
            return f"by {number}"

    with ThreadPoolExecutor(racers) as pool:
        said = list(pool.map(race, range(racers)))
    won = [words for words in said if words.startswith("by ")]
    assert len(won) == 1
    assert set(said) - set(won) == {"This post is archived already, so “archive” is no longer possible."}
    with app.app_context(), everywhere():
        assert Post.anywhere(shared_draft.id).title == won[0]
        session.remove()
