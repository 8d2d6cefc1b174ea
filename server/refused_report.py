"""The report of rows that an import refused: a CSV file that is made when the first row is refused."""

import csv
import re
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from server.failures import Failure
from services.feeds.opening import RefusedRow

COLUMNS = ("file", "line", "field", "value", "reason")
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d.]+$)")


class RefusedReport:
    """Writes refused rows to `path`; a report of an earlier import under that name is replaced or removed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise self._failure(error) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, feed: Path, row: RefusedRow) -> None:
        """Write one row; raises Failure when the report cannot be written."""
        try:
            if self._file is None:
                self._file = self.path.open("w", encoding="utf-8", newline="")
                csv.writer(self._file).writerow(COLUMNS)
            csv.writer(self._file).writerow((feed, row.line, row.field, _inert(row.value), row.reason))
        except OSError as error:
            raise self._failure(error) from None
        self.count += 1

    def _failure(self, error: OSError) -> Failure:
        return Failure(f"The report {self.path} cannot be written ({error.strerror}); name another with --report.")


def _inert(value: str) -> str:
    """Mark as text what a spreadsheet would take for a formula: the value comes from whoever made the feed."""
    return f"'{value}" if _FORMULA.match(value) else value
