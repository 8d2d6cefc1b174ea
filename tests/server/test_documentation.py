"""What a reader is told to send ..."""

import re
from pathlib import Path

import pytest
from graphql import parse, validate

from graph.schema import schema
from server import graphiql

ROOT = Path(__file__).parents[2]
EDITOR_WIDTH = 66
"""How many characters of a line GraphiQL shows on a screen of 1440 points."""

TOLD = [
    pytest.param(document, id=f"{path.name}-{number}")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    for number, document in enumerate(
        re.findall(r"^```graphql\n(.*?)^```$", path.read_text(), re.DOTALL | re.MULTILINE)
    )
]
EXAMPLES = [pytest.param(example.query, id=example.name) for example in graphiql.examples()]


@pytest.mark.parametrize("document", TOLD + EXAMPLES)
def test_is_one_operation_that_the_schema_takes(document: str) -> None:
    parsed = parse(document)
    assert len(parsed.definitions) == 1
    assert validate(schema._schema, parsed) == []  # noqa: SLF001 - graphql-core's schema, which validates


@pytest.mark.parametrize("example", EXAMPLES)
def test_is_explained_in_lines_that_can_be_read_at_once(example: str) -> None:
    comments = [line for line in example.splitlines() if line.startswith("#")]
    assert comments
    assert [line for line in comments if len(line) > EDITOR_WIDTH] == []
