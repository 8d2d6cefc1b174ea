"""@skip and @include that look at a variable which is null ..."""

from typing import Any

import pytest

from graph.execution.running import Prepared
from graph.limits import Limits
from graph.operations import Operations, execute
from tests.graph.execution.comparing import compared
from tests.graph.execution.farm import SCHEMA, Diary

OPERATIONS = Operations(SCHEMA, limits=Limits(), introspection=True)
MESSAGE = (
    "Argument 'if' has invalid value: Expected variable '$on' provided to non-null type 'Boolean!' not to be None."
)


@pytest.mark.parametrize(
    ("query", "data", "paths"),
    [
        ("{ box { number } even @skip(if: $on) { number } }", None, [None]),
        ("{ even { number box @include(if: $on) { number } } }", {"even": None}, [["even"]]),
        (
            "{ even { number ... @include(if: $on) { number } } __typename }",
            {"even": None, "__typename": "Query"},
            None,
        ),
        ("{ even { boxes { n: number @skip(if: $on) } number } }", {"even": None}, None),
        ("{ pets { ... on Cat { name @skip(if: $on) } } box { number } }", None, None),
        ('mutation { write(text: "a") { number @skip(if: $on) } }', {"write": None}, [["write"]]),
    ],
)
async def test_fail_where_they_stand_as_in_graphql_core(query: str, data: Any, paths: list[Any] | None) -> None:
    kind, _, body = query.rpartition("{ ") if query.startswith("mutation") else ("query", "", query)
    text = (
        query.replace("mutation", "mutation ($on: Boolean = true)")
        if kind != "query"
        else f"query ($on: Boolean = true) {body}"
    )
    operation = OPERATIONS.prepare(text, None, {"on": None}, transport="http")
    answer = await compared(SCHEMA, operation, Diary)
    assert answer.data == data
    assert {error.message for error in answer.errors or ()} == {MESSAGE}
    if paths is not None:
        assert [error.path for error in answer.errors or ()] == paths


async def test_keep_no_plan_and_leave_the_others_alone() -> None:
    query = "query ($on: Boolean = true) { box { number @include(if: $on) } even { number } }"
    for on, box in ((True, {"number": 1}), (None, None), (False, {}), (None, None), (True, {"number": 1})):
        operation = OPERATIONS.prepare(query, None, {"on": on}, transport="http")
        assert isinstance(operation.plan.prepared, Prepared)
        answer = await execute(SCHEMA, operation, Diary())
        assert answer.data == (None if box is None else {"box": box, "even": {"number": 2}})
