"""SQL by name: what the file says, without its comments, and ready for its values."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core.database import session
from app.core.queries import array, queries, read_queries

FILE = """\
-- name: first
-- What it is for. A :word in a comment is no parameter.
SELECT CAST(:one AS int)
-- another :comment
FROM things

-- name: second
SELECT 1 -- at the end of a line
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "things.sql"
    written.write_text(FILE)
    return written


def test_each_name_has_its_statement_without_comments(file: Path) -> None:
    assert read_queries(file) == {
        "first": "SELECT CAST(:one AS int)\nFROM things",
        "second": "SELECT 1 -- at the end of a line",
    }


def test_a_word_in_a_comment_is_no_parameter(file: Path) -> None:
    sql = queries(str(file.with_suffix(".py")))
    assert set(sql["first"].compile().params) == {"one"}


def test_a_module_without_its_neighbour_is_our_mistake(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        queries(str(tmp_path / "alone.py"))


@pytest.mark.parametrize(
    ("kind", "values"),
    [("uuid", [uuid4(), uuid4()]), ("timestamptz", [datetime(2026, 3, 29, 0, 59, tzinfo=UTC)]), ("int", [])],
)
def test_an_array_arrives_as_it_was_given(world, kind: str, values: list[object]) -> None:
    assert session.scalar(text(f"SELECT CAST(:values AS {kind}[])"), {"values": array(values)}) == values


def test_each_name_stands_once_in_its_file() -> None:
    for file in Path("app").rglob("*.sql"):
        names = [line for line in file.read_text().splitlines() if line.startswith("-- name: ")]
        assert len(names) == len(set(names)), file
