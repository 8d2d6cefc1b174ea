"""JSON Lines: one JSON object a line. A line that is no JSON is a bad row, not a broken file."""

from collections.abc import Iterator
from pathlib import Path

import orjson

from services.feeds import opening
from services.feeds.opening import FeedRow, RefusedRow


def read(path: Path) -> Iterator[FeedRow]:
    """Read a file of JSON Lines; blank lines are passed over."""
    for number, line in opening.lines(path):
        if line.isspace():
            continue
        try:
            document = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            reason = f"the line is not JSON ({error.msg} at column {error.colno})"
            document = RefusedRow(number, "", opening.excerpt(line.decode("utf-8", "replace")), reason)
        else:
            if not isinstance(document, dict):
                document = RefusedRow(number, "", opening.excerpt(document), "the line must hold a JSON object")
        yield FeedRow(number, document, len(line))
