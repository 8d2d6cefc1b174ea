"""CSV and TSV files as rows of named columns.

A row of the wrong width is a bad row; broken quoting is a broken file.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from services.feeds import opening
from services.feeds.opening import FeedError, RefusedRow

GROUP_ROWS_MAX = 1_000
COMMA = ","
TAB = "\t"


class TableRow(NamedTuple):
    """A row: the line it begins in, its cells by column or why it has none, and its characters."""

    line: int
    cells: dict[str, str] | RefusedRow
    size: int


class TableGroup(NamedTuple):
    """Rows that state one product together: the line of the first, their cells or why there are none, their size."""

    line: int
    rows: list[dict[str, str]] | RefusedRow
    size: int


def header(path: Path, delimiter: str) -> list[str]:
    """Read the names of the columns; raises FeedError when there are none or one stands twice."""
    for _, cells in _records(path, delimiter):
        columns = [cell.strip() for cell in cells]
        twice = [column for column, count in Counter(columns).items() if count > 1]
        if twice:
            raise FeedError(path, f"the column {min(twice)!r} stands twice", line=1)
        return columns
    raise FeedError(path, "the file is empty")


def need(path: Path, columns: Iterable[str], needed: Iterable[str]) -> None:
    """Raise FeedError that names the needed columns that are missing."""
    missing = [column for column in needed if column not in set(columns)]
    if missing:
        columns_are = "column {} is" if len(missing) == 1 else "columns {} are"
        raise FeedError(path, f"the {columns_are.format(', '.join(missing))} missing", line=1)


def check(path: Path, delimiter: str) -> None:
    """Read a table once to its end; raises FeedError for whatever keeps it from being read."""
    for _ in _records(path, delimiter):
        pass


def read(path: Path, delimiter: str) -> Iterator[TableRow]:
    """Read the rows below the header; empty lines are passed over."""
    columns = header(path, delimiter)
    records = _records(path, delimiter)
    next(records)
    for line, cells in records:
        if not cells:
            continue
        if len(cells) != len(columns):
            reason = f"the row has {len(cells)} columns, the header {len(columns)}"
            yield TableRow(line, RefusedRow(line, "", opening.excerpt(delimiter.join(cells)), reason), 0)
        else:
            yield TableRow(line, dict(zip(columns, cells, strict=True)), sum(map(len, cells)))


def groups(rows: Iterable[TableRow], column: str) -> Iterator[TableGroup]:
    """Gather neighbouring rows of one value in a column; a row without a value stands for itself.

    A bad row between the rows of a group spoils the group: half a product must not replace a whole one.
    """
    group: _OpenGroup | None = None
    for row in rows:
        if isinstance(row.cells, RefusedRow):
            yield TableGroup(row.line, row.cells, 0)
            if group is not None:
                group.spoiled_in = row.line
            continue
        value = row.cells.get(column, "").strip()
        if group is None or not value or value != group.value:
            if group is not None:
                yield group.close(column)
            group = _OpenGroup(value, row.line)
        group.add(row)
    if group is not None:
        yield group.close(column)


class _OpenGroup:
    """A group whose end has not been seen; past its limits it keeps nothing more."""

    def __init__(self, value: str, line: int) -> None:
        self.value = value
        self.spoiled_in = 0
        self._line = line
        self._rows: list[dict[str, str]] = []
        self._count = 0
        self._size = 0

    def add(self, row: TableRow) -> None:
        self._count += 1
        self._size += row.size
        if isinstance(row.cells, dict) and self._fits():
            self._rows.append(row.cells)

    def close(self, column: str) -> TableGroup:
        if not self._fits():
            reason = f"has more than {GROUP_ROWS_MAX} rows or {opening.LINE_BYTES_MAX // 1024 // 1024} MB"
        elif self.spoiled_in and self.value:
            reason = f"the bad row in line {self.spoiled_in} may belong to it"
        else:
            return TableGroup(self._line, self._rows, self._size)
        return TableGroup(self._line, RefusedRow(self._line, column, self.value, reason), 0)

    def _fits(self) -> bool:
        return self._count <= GROUP_ROWS_MAX and self._size <= opening.LINE_BYTES_MAX


def _records(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(opening.LINE_BYTES_MAX)
    reader = csv.reader(opening.texts(path), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise FeedError(path, f"the row cannot be read as a table ({error})", line=line) from error
        if cells is None:
            return
        yield line, cells
