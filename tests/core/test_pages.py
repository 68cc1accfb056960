"""Pages by cursor: nothing twice and nothing left out, whatever is added or removed meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st
from sqlalchemy import delete

from app.catalogue.models import Product
from app.core.database import session
from app.core.errors import Invalid
from app.core.pages import LARGEST, pack, unpack
from app.posts.models import Post

DAY = datetime(2026, 3, 1, tzinfo=UTC)


def put(workspace, names: list[str]) -> list[Product]:
    made = [Product(workspace_id=workspace.id, name=name, external_id=str(number)) for number, name in enumerate(names)]
    session.add_all(made)
    session.flush()
    return made


def walk(workspace, size: int, descending: bool, between=lambda: None) -> list[Product]:
    """Every page to the last; `between` happens after each."""
    seen, cursor = [], None
    for _ in range(1000):
        page = Product.of(workspace).page(cursor, size, by=Product.name, descending=descending)
        assert len(page) <= size
        assert page.has_more == (page.next_cursor is not None)
        seen += page.rows
        cursor = page.next_cursor
        if cursor is None:
            return seen
        between()
    raise AssertionError("it never ends")


# Few different names on purpose: what is equal must be told apart by its id.
names = st.lists(st.sampled_from(["Scarf", "scarf", "Tie", "Écharpe", "a,b", "“Throw”", "", "🐑"]), max_size=25)


@trying(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=names, size=st.integers(1, 7), descending=st.booleans())
def test_the_pages_together_are_the_list(world, workspace, names: list[str], size: int, descending: bool) -> None:
    session.execute(delete(Product))
    made = put(workspace, names)
    seen = walk(workspace, size, descending)
    order = (Product.name.desc(), Product.id.desc()) if descending else (Product.name, Product.id)
    whole = Product.of(workspace).order_by(*order).all()
    assert [one.id for one in seen] == [one.id for one in whole]
    assert {one.id for one in seen} == {one.id for one in made}


@trying(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=names, more=names, size=st.integers(1, 5), descending=st.booleans())
def test_nothing_twice_and_nothing_left_out_while_rows_come(
    world, workspace, names: list[str], more: list[str], size: int, descending: bool
) -> None:
    """What was there from the beginning is shown exactly once; what comes may be shown, but not twice."""
    session.execute(delete(Product))
    there, coming = put(workspace, names), iter(more)

    def one_more() -> None:
        if (name := next(coming, None)) is not None:
            added = f"new {Product.of(workspace).count()}"
            session.add(Product(workspace_id=workspace.id, name=name, external_id=added))
            session.flush()

    seen = [one.id for one in walk(workspace, size, descending, one_more)]
    assert len(seen) == len(set(seen))
    assert {one.id for one in there} <= set(seen)


def test_the_row_of_the_cursor_may_be_gone(world, workspace) -> None:
    put(workspace, list("abcdef"))
    page = Product.of(workspace).page(None, 3, by=Product.name, descending=False)
    session.delete(page.rows[-1])
    session.flush()
    rest = Product.of(workspace).page(page.next_cursor, 3, by=Product.name, descending=False)
    assert [one.name for one in rest] == ["d", "e", "f"]
    assert not rest.has_more


def test_moments_are_told_apart_to_the_microsecond(world, workspace) -> None:
    for step in range(6):
        session.add(Post(workspace_id=workspace.id, text=str(step), updated_at=DAY + timedelta(microseconds=step // 2)))
    session.flush()
    seen, cursor = [], None
    while True:
        page = Post.of(workspace).page(cursor, 2, by=Post.updated_at)
        seen += [post.text for post in page]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(seen) == list("012345")


def test_a_neighbours_cursor_shows_only_ones_own(world, workspace) -> None:
    put(workspace, list("abc"))
    cursor = Product.of(workspace).page(None, 1, by=Product.name, descending=False).next_cursor
    assert len(Product.of(world.neighbours).page(cursor, 5, by=Product.name, descending=False)) == 0


@pytest.mark.parametrize("size", [-5, 0, 1])
def test_a_page_has_at_least_one_row(world, workspace, size: int) -> None:
    put(workspace, ["a", "b"])
    assert len(Product.of(workspace).page(None, size)) == 1


def test_a_page_is_never_larger_than_the_largest(world, workspace) -> None:
    put(workspace, ["x"] * (LARGEST + 5))
    assert len(Product.of(workspace).page(None, 10_000)) == LARGEST


@pytest.mark.parametrize(
    "cursor",
    ["x", "====", "ünï", "bnVsbA", "MTI", "%00", "A" * 5000, pack([]), pack(["a"]), pack(["a", "b"]), pack(["a"] * 3)],
)
def test_a_damaged_cursor_is_said_in_words(world, workspace, cursor: str) -> None:
    for by in (Product.name, Product.updated_at, Product.price, None):
        with pytest.raises(Invalid, match="This link to the next page is damaged"):
            Product.of(workspace).page(cursor, 5, by=by)


@given(st.lists(st.one_of(st.text(), st.integers(), st.none())))
def test_a_cursor_holds_what_was_put_in(values: list[object]) -> None:
    cursor = pack(values)
    assert unpack(cursor) == values
    assert set(cursor) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
