"""The table of all types of events in docs/events.md."""

from collections.abc import Iterator
from typing import Final

from domain.events import EventType

HEADING: Final = "## Catalogue\n"
"""What follows it in docs/events.md is written by `make schema`."""


def written(document: str) -> str:
    """Give docs/events.md with the table as it should be. Raises LookupError for a document without its heading."""
    words, heading, _ = document.partition(HEADING)
    if not heading:
        raise LookupError(f"docs/events.md: it has no line {HEADING.strip()!r}")
    return words + heading + "\n" + "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "| type | subject | tells | followed by |"
    yield "|---|---|---|---|"
    for each in sorted(EventType, key=lambda each: each.name):
        yield f"| {each.name} | {each.subject} | {each.sentence} | {each.audience.value} |"
