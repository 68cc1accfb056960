"""SQL that matters lies in `x.sql` beside `x.py`: a name, a sentence, a statement."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import TextClause, text

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


def read_queries(path: Path) -> dict[str, str]:
    """The statements of a file by name, comments left out (a `:word` in one would be a parameter)."""
    parts = _NAME.split(path.read_text())
    return {
        name: "\n".join(line for line in body.splitlines() if not line.lstrip().startswith("--")).strip()
        for name, body in zip(parts[1::2], parts[2::2], strict=True)
    }


def queries(python_file: str) -> dict[str, TextClause]:
    """The named queries of the `.sql` file next to a module: `sql = queries(__file__)`."""
    return {name: text(body) for name, body in read_queries(Path(python_file).with_suffix(".sql")).items()}


def array(values: Iterable[Any]) -> str:
    """Ids, moments or numbers as a query casts them to an array: a tenth of the driver's work, where there are many."""
    return "{" + orjson.dumps(list(values)).decode()[1:-1] + "}"


def array_of_bytes(values: Iterable[bytes]) -> str:
    """The same of what is neither text nor number."""
    return array(f"\\x{value.hex()}" for value in values)
