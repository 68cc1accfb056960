"""Reads a CSV or TSV of any shop as rows with line numbers, in bounded memory."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from app.catalogue.importers.found import BadRow
from app.core.errors import Invalid

LONGEST_FIELD = 500_000  # characters; descriptions with pictures inside are the longest
LONGEST_LINE = 2_000_000  # bytes
_DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class Line:
    """One row of the table: the line it begins on, and its cells by lower-case column name."""

    number: int
    cells: dict[str, str]

    def get(self, *names: str) -> str:
        """The first of these columns that is filled, without spaces around it; empty when none is."""
        return next((value for name in names if (value := self.cells.get(name, "").strip())), "")


class Table:
    """A table in a file: `columns` (lower case) at once, the rows by iterating. Can be read again.

    Raise Invalid for a file that has no header line.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.file, self.name = file, name
        lines = self._lines()
        first = next((text for _, text in lines if text.strip()), "")
        if not first:
            raise Invalid(f"{name} is empty.")
        self.delimiter = max(_DELIMITERS, key=lambda sign: _outside_quotes(first, sign))
        header = self._rows()
        try:
            columns = next(header)
        except StopIteration:
            raise Invalid(f"{name} has no line with column names.") from None
        self.columns = (
            [] if isinstance(columns, BadRow) else [" ".join(cell.lower().split()) for cell in columns[1]]
        )

    def __iter__(self) -> Iterator[Line | BadRow]:
        rows = self._rows(width=len(self.columns))
        next(rows, None)
        for row in rows:
            yield (
                row if isinstance(row, BadRow) else Line(row[0], dict(zip(self.columns, row[1], strict=True)))
            )

    def _lines(self) -> Iterator[tuple[int, str]]:
        """The lines of the file as text: by byte-order mark, else each line UTF-8 or Windows-1252."""
        self.file.seek(0)
        head = self.file.read(4096)
        self.file.seek(0)
        wide = next((kind for mark, kind in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
                     if head.startswith(mark)), None)  # fmt: skip
        pieces = _wide_lines(self.file, wide) if wide else _narrow_lines(self.file)
        for number, text in enumerate(pieces, 1):
            yield number, text.removeprefix("\ufeff") if number == 1 else text

    def _rows(self, width: int | None = None) -> Iterator[tuple[int, list[str]] | BadRow]:
        """Rows with the number of their first line.

        A quotation mark that is never closed would swallow the lines below it. So when a row of
        several lines is wrong, only its first line is given up and the others are read again.
        """
        source, waiting = self._lines(), deque[tuple[int, str]]()
        while True:
            taken: list[tuple[int, str]] = []
            reader = csv.reader(_taking(waiting, source, taken), delimiter=self.delimiter)
            csv.field_size_limit(LONGEST_FIELD)
            try:
                cells, reason = next(reader), None
            except StopIteration:
                return
            except csv.Error as error:
                cells, reason = [], _why(error)
            if reason is None and (not cells or not any(cell.strip() for cell in cells)):
                continue
            if reason is None and width is not None and len(cells) != width:
                reason = f"There are {len(cells)} columns here, but {width} in the first line."
            if reason is None and len(taken) > 1 and not _is_clean(taken, self.delimiter):
                reason = "A quotation mark is opened here and never closed."
            if reason is None:
                yield taken[0][0], cells
                continue
            yield BadRow(self.name, taken[0][0] if taken else None, reason)
            waiting.extendleft(reversed(taken[1:]))


def _taking(
    waiting: deque[tuple[int, str]], source: Iterator[tuple[int, str]], taken: list[tuple[int, str]]
) -> Iterator[str]:
    """Lines for the reader, written down as they are taken. Ends before a field could outgrow its limit."""
    size = 0
    while size <= LONGEST_FIELD:
        line = waiting.popleft() if waiting else next(source, None)
        if line is None:
            return
        taken.append(line)
        size += len(line[1])
        yield line[1]


def _is_clean(taken: list[tuple[int, str]], delimiter: str) -> bool:
    """Whether a row of several lines is quoted by the rules: one that is not has swallowed others."""
    try:
        next(csv.reader((text for _, text in taken), delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration):
        return False
    return True


def _narrow_lines(file: BinaryIO) -> Iterator[str]:
    while line := file.readline(LONGEST_LINE):
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            text = line.decode("cp1252", errors="replace")
        text = text.replace("\0", "").replace("\r\n", "\n")
        # A return without a line feed is the line end of old Macs, and nothing that csv would take.
        yield from (
            (part for part in text.replace("\r", "\n").split("\n") if part) if "\r" in text else (text,)
        )


def _wide_lines(file: BinaryIO, encoding: str) -> Iterator[str]:
    data = file.read(50_000_000)
    yield from data.decode(encoding, errors="replace").replace("\0", "").replace("\r\n", "\n").split("\n")


def _outside_quotes(line: str, sign: str) -> int:
    return sum(part.count(sign) for part in line.split('"')[::2])


def _why(error: csv.Error) -> str:
    if "field larger" in str(error):
        return f"A field is longer than {LONGEST_FIELD:,} characters."
    return "This line cannot be read as a row of the table."
