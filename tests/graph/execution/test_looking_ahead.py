"""A resolver that looks ahead is told which fields are selected of its answer ..."""

from collections.abc import Sequence
from typing import Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from graph.fields import Argument, batch
from graph.limits import Limits
from graph.operations import Operations
from models.database import StatementCount
from resolvers.context import Context
from tests.graph.execution.comparing import compared


@strawberry.interface
class Named:
    """What has a name."""

    name: str


@strawberry.type
class Shelf(Named):
    """What is answered with: it says what was selected of it."""

    seen: str
    book: "Shelf"


async def _shelves(parents: Sequence[Any], _: Context, *, selected: frozenset[str], of: str | None) -> list[Any]:
    shelf = Shelf(name=of or "", seen=",".join(sorted(selected)), book=None)  # type: ignore[arg-type]
    shelf.book = shelf
    return [shelf for _ in parents]


@strawberry.type
class Query:
    """The root."""

    shelf: Shelf | None = batch(_shelves, description="", arguments={"of": Argument(str | None, "")}, looks_ahead=True)


SCHEMA = strawberry.Schema(Query, config=StrawberryConfig(auto_camel_case=True))
OPERATIONS = Operations(SCHEMA, limits=Limits(), introspection=True)


class Room(Context):
    """Surroundings without a database."""

    def __init__(self) -> None:
        super().__init__(
            database=None,  # type: ignore[arg-type]  # nothing is read
            search=None,  # type: ignore[arg-type]
            changes=None,  # type: ignore[arg-type]
            currency="USD",
            locale="en",
            statements=StatementCount(),
            secret_key="",
        )


@pytest.mark.parametrize(
    ("selection", "seen"),
    [
        ("{ seen }", "seen"),
        ("{ __typename seen mine: name }", "__typename,name,seen"),
        ("{ seen book { name } }", "book,seen"),
        ("{ seen ... on Named { name } ... { book { seen } } ...More }", "book,name,seen"),
        ("{ seen name @include(if: $on) book @skip(if: $on) { seen } }", "name,seen"),
        ("{ seen name @include(if: $off) ... @skip(if: $off) { book { seen } } }", "book,seen"),
    ],
)
async def test_by_both_executors_alike(selection: str, seen: str) -> None:
    fragment = "fragment More on Shelf { name }" if "...More" in selection else ""
    variables = ", ".join(f"${name}: Boolean!" for name in ("on", "off") if f"${name})" in selection)
    query = f'query {f"({variables})" if variables else ""} {{ shelf(of: "x") {selection} }} {fragment}'
    given = {name: name == "on" for name in ("on", "off") if f"${name})" in selection}
    answer = await compared(SCHEMA, OPERATIONS.prepare(query, None, given, transport="http"), Room)
    assert not answer.errors
    assert answer.data is not None
    assert answer.data["shelf"]["seen"] == seen


async def test_of_all_places_where_the_field_is_selected() -> None:
    query = '{ shelf(of: "x") { seen } ... { shelf(of: "x") { name } } other: shelf { seen } }'
    answer = await compared(SCHEMA, OPERATIONS.prepare(query, None, {}, transport="http"), Room)
    assert answer.data == {"shelf": {"seen": "name,seen", "name": "x"}, "other": {"seen": "seen"}}


async def test_and_fails_as_the_selection_does() -> None:
    query = "query ($on: Boolean = true) { shelf { seen @skip(if: $on) } }"
    answer = await compared(SCHEMA, OPERATIONS.prepare(query, None, {"on": None}, transport="http"), Room)
    assert answer.data == {"shelf": None}
    assert [error.path for error in answer.errors or ()] == [["shelf"]]
