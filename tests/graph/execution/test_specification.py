"""What the specification says of execution, in its section 6, holds for both executors: ..."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import pytest

from graph import operations
from graph.errors import LimitExceeded
from graph.limits import Limits
from graph.operations import Operations, execute, execute_by_core
from tests.graph.execution.comparing import compared
from tests.graph.execution.farm import SCHEMA, Diary

OPERATIONS = Operations(SCHEMA, limits=Limits(), introspection=True)

Error = tuple[str, list[str | int], int]


@dataclass(frozen=True)
class Case:
    """A document with its variables, and the answer: data, and each error's message, path and column."""

    query: str
    data: Any
    variables: dict[str, Any] = field(default_factory=dict)
    errors: tuple[Error, ...] = ()


ECHO = "'none given', UNSET, None, None, None, None, None"
CASES = {
    "6.2 a query of nothing but its type": Case("{ __typename }", {"__typename": "Query"}),
    "6.3 fields stand in the order in which they are first met": Case(
        "{ b: __typename ...F a: __typename } fragment F on Query { c: __typename a: __typename b: __typename }",
        {"b": "Query", "c": "Query", "a": "Query"},
    ),
    "6.3.2 equal fields are merged, with all they select": Case(
        """{ box { number box { number } } ...F ... { box { box { box { number } } } } }
           fragment F on Query { box { n: number } }""",
        {"box": {"number": 1, "box": {"number": 2, "box": {"number": 3}}, "n": 1}},
    ),
    "6.3.2 aliases tell apart what is asked twice": Case(
        "{ one: box { boxes(count: 1) { number } two: boxes(count: 2) { number } } }",
        {"one": {"boxes": [{"number": 2}], "two": [{"number": 2}, {"number": 3}]}},
    ),
    "6.3.2 @skip and @include": Case(
        """query ($yes: Boolean!, $no: Boolean! = false) {
             a: __typename @skip(if: $yes) b: __typename @include(if: $yes) c: __typename @skip(if: $no)
             d: __typename @include(if: $no) e: __typename @include(if: $yes) @skip(if: $yes)
             ...F @include(if: $no) ... @skip(if: $yes) { g: __typename } ... @include(if: true) { h: __typename }
           } fragment F on Query { f: __typename }""",
        {"b": "Query", "c": "Query", "h": "Query"},
        {"yes": True},
    ),
    "6.3.2 @skip and @include the other way round": Case(
        """query ($yes: Boolean!, $no: Boolean! = false) {
             box { number @include(if: $yes) box @skip(if: $no) { number } }
           }""",
        {"box": {}},
        {"yes": False, "no": True},
    ),
    "6.3.2 a fragment that is left out once and spread once": Case(
        "{ ...F @skip(if: true) ...F } fragment F on Query { __typename }", {"__typename": "Query"}
    ),
    "6.3.2 fragments on interfaces, unions and objects": Case(
        """{ pets { __typename ... on Named { name } ... on Cat { lives ... on Pet { t: __typename } } ...D }
             named { ... on Pet { ... on Dog { barks } ... on Cat { mood } } name ...N } }
           fragment D on Dog { barks } fragment N on Named { ... on Cat { n: name } }""",
        {
            "pets": [
                {"__typename": "Cat", "name": "Tom", "lives": 9, "t": "Cat"},
                {"__typename": "Dog", "name": "Rex", "barks": True},
            ],
            "named": {"mood": "HAPPY", "name": "Tom", "n": "Tom"},
        },
    ),
    "6.3.2 the same name for other fields on other types": Case(
        "{ pets { ... on Cat { is: lives } ... on Dog { x: barks is: __typename @skip(if: true) } } }",
        {"pets": [{"is": 9}, {"x": True}]},
    ),
    "6.4.1 arguments that are not given": Case("{ echo }", {"echo": ECHO}),
    "6.4.1 arguments that are null": Case(
        "query ($n: Int) { echo(text: null, number: null, size: null) variable: echo(number: $n) }",
        {
            "echo": "None, None, None, None, None, None, None",
            "variable": "'none given', None, None, None, None, None, None",
        },
        {"n": None},
    ),
    "6.4.1 arguments by variables that are not given": Case(
        "query ($t: String, $n: Int, $d: Int = 3) { echo(text: $t, number: $n) default: echo(number: $d) }",
        {"echo": ECHO, "default": "'none given', 3, None, None, None, None, None"},
    ),
    "6.4.1 an enumeration, a scalar of one's own, an id": Case(
        'query ($m: Mood) { echo(mood: $m, shout: "LOUD", theKey: 5) literal: echo(mood: HAPPY) }',
        {
            "echo": "'none given', UNSET, <Mood.SAD: 'sad'>, 'loud', None, None, '5'",
            "literal": "'none given', UNSET, <Mood.HAPPY: 'happy'>, None, None, None, None",
        },
        {"m": "SAD"},
    ),
    "6.4.1 inputs with defaults, inside one another, with variables in them": Case(
        """query ($w: Int!, $t: String!, $s: Size) {
             echo(size: { width: $w, tags: ["a", $t], inside: { width: 1 } }) given: echo(size: $s)
           }""",
        {
            "echo": "'none given', UNSET, None, None, Size(width=1, height=2, tags=['a', 'b'],"
            " inside=Size(width=1, height=2, tags=UNSET, inside=None)), None, None",
            "given": "'none given', UNSET, None, None, Size(width=3, height=4, tags=None, inside=None), None, None",
        },
        {"w": 1, "t": "b", "s": {"width": 3, "height": 4, "tags": None}},
    ),
    "6.4.1 lists of lists, and one value for a list": Case(
        """query ($l: [[Int]!] = [[1], [2, null]], $one: Int = 7) {
             echo(lists: $l) literal: echo(lists: [[$one]]) one: echo(lists: 5)
           }""",
        {
            "echo": "'none given', UNSET, None, None, None, [[1], [2, None]], None",
            "literal": "'none given', UNSET, None, None, None, [[7]], None",
            "one": "'none given', UNSET, None, None, None, [[5]], None",
        },
    ),
    "6.4.1 an argument that may not be null, null by a variable that may": Case(
        'query ($f: Boolean = true) { required(text: "x", flag: $f) }',
        None,
        {"f": None},
        (
            (
                "Argument 'flag' has invalid value: "  # noqa: ISC004 - one message
                "Expected variable '$f' provided to non-null type 'Boolean!' not to be None.",
                ["required"],
                56,
            ),
        ),
    ),
    "6.4.3 lists of lists": Case("{ grid }", {"grid": [[1, None], None, []]}),
    "6.4.4 an error where null may stand": Case(
        "{ box { odd number } }", {"box": {"odd": None, "number": 1}}, errors=(("1 is odd", ["box", "odd"], 9),)
    ),
    "6.4.4 an error at a field that is asked twice has both places": Case(
        "{ even { box { odd } ... { box { odd } } } }",
        {"even": {"box": {"odd": None}}},
        errors=(("3 is odd", ["even", "box", "odd"], 16),),
    ),
    "6.4.4 an error where null may not stand takes the nearest place above": Case(
        "{ even { number box { number oddStrict } } }",
        {"even": {"number": 2, "box": None}},
        errors=(("3 is odd", ["even", "box", "oddStrict"], 30),),
    ),
    "6.4.4 and all of the answer if there is none": Case(
        "{ grid box { oddStrict } }", None, errors=(("1 is odd", ["box", "oddStrict"], 14),)
    ),
    "6.4.4 a null where none may stand": Case(
        "{ even { strict { number strict { number } } } box { number } }",
        {"even": None, "box": {"number": 1}},
        errors=(("Cannot return null for non-nullable field Box.strict.", ["even", "strict", "strict"], 26),),
    ),
    "6.4.4 an error in a list takes the list, the others stay": Case(
        "{ even { a: boxes(count: 3) { number slowStrict } b: boxes { odd } } box { number } }",
        {"even": None, "box": {"number": 1}},
        errors=(("3 is odd", ["even", "b", 0, "odd"], 62), ("3 is odd", ["even", "a", 0, "slowStrict"], 38)),
    ),
    "6.4.4 partial answers": Case(
        "{ even { boxes(count: 3) { number odd } } }",
        {"even": {"boxes": [{"number": 3, "odd": None}, {"number": 4, "odd": "even"}, {"number": 5, "odd": None}]}},
        errors=(
            ("3 is odd", ["even", "boxes", 0, "odd"], 35),
            ("5 is odd", ["even", "boxes", 2, "odd"], 35),
        ),
    ),
    "6.4.4 errors of a level and of those below it": Case(
        "{ even { box { odd boxes(count: 1) { odd } } boxes(count: 1) { strict { number } odd } } }",
        {"even": None},
        errors=(
            ("3 is odd", ["even", "box", "odd"], 16),
            ("Cannot return null for non-nullable field Box.strict.", ["even", "boxes", 0, "strict"], 64),
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_a_document_has_its_answer(name: str) -> None:
    case = CASES[name]
    operation = OPERATIONS.prepare(case.query, None, case.variables, transport="http")
    assert operation.plan.prepared.supported
    result = await compared(SCHEMA, operation, Diary)
    assert result.data == case.data
    found = [(error.message, error.path, error.locations[0].column) for error in result.errors or ()]
    assert found == list(case.errors)


async def test_an_answers_fields_stand_in_the_order_of_the_document() -> None:
    query = "{ even { slowStrict number box { number } boxes { number } } grid __typename box { number } }"
    operation = OPERATIONS.prepare(query, None, {}, transport="http")
    data = (await compared(SCHEMA, operation, Diary)).data
    assert list(data) == ["even", "grid", "__typename", "box"]
    assert list(data["even"]) == ["slowStrict", "number", "box", "boxes"]


@pytest.mark.parametrize(
    ("query", "done", "data", "failed"),
    [
        (
            """mutation { slow: write(text: "1", ticks: 5) { number boxes { odd } } fail
                 write(text: "2") { boxes(count: 1) { number } } }""",
            ["begin 1", "end 1", "fail", "begin 2", "end 2"],
            {
                "slow": {"number": 5, "boxes": [{"odd": "even"}, {"odd": None}]},
                "fail": None,
                "write": {"boxes": [{"number": 2}]},
            },
            [["slow", "boxes", 1, "odd"], ["fail"]],
        ),
        (
            'mutation { write(text: "1") { number } failStrictly later: write(text: "never") { number } }',
            ["begin 1", "end 1", "fail strictly"],
            None,
            [["failStrictly"]],
        ),
    ],
)
async def test_6_2_2_mutations_run_one_after_the_other_until_one_nulls_the_answer(
    query: str, done: list[str], data: Any, failed: list[Any]
) -> None:
    operation = OPERATIONS.prepare(query, None, {}, transport="http")
    for run in (execute, execute_by_core):
        diary = Diary()
        result = await run(SCHEMA, operation, diary)
        assert diary.entries == done
        assert result.data == data
        assert [error.path for error in result.errors] == failed


async def test_6_2_3_every_event_of_a_subscription_is_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    events = []

    async def both(schema: Any, operation: Any, context: Any, root_value: Any = None) -> Any:
        events.append(root_value.number)
        return await compared(schema, operation, lambda: context, root=lambda: root_value)

    monkeypatch.setattr(operations, "execute", both)
    query = "subscription ($to: Int!) { one: count(to: $to) { number odd box { slowStrict } } }"
    operation = OPERATIONS.prepare(query, None, {"to": 3}, transport="websocket")

    @dataclass
    class Fresh(Diary):
        def fresh(self) -> "Fresh":
            return Fresh()

    async with aclosing(OPERATIONS.stream(operation, Fresh(), transport="websocket")) as answers:
        data = [(answer.data, [error["path"] for error in answer.errors]) async for answer in answers]
    assert events == [0, 1, 2]
    assert data == [
        ({"one": {"number": 0, "odd": "even", "box": None}}, [["one", "box", "slowStrict"]]),
        ({"one": {"number": 1, "odd": None, "box": {"slowStrict": "even"}}}, [["one", "odd"]]),
        ({"one": {"number": 2, "odd": "even", "box": None}}, [["one", "box", "slowStrict"]]),
    ]


FOREVER = "{ a: forever even { boxes { slowStrict } } b: forever box { number } c: forever }"


async def test_a_client_that_goes_away_leaves_no_task_behind() -> None:
    operation = OPERATIONS.prepare(FOREVER, None, {}, transport="http")
    before, diary = asyncio.all_tasks(), Diary()
    task = asyncio.create_task(execute(SCHEMA, operation, diary))
    await asyncio.sleep(0.01)
    assert diary.entries == ["begins to wait"] * 3
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert diary.entries == ["begins to wait"] * 3 + ["ends"] * 3
    assert asyncio.all_tasks() == before


async def test_an_operation_that_takes_too_long_is_stopped_and_leaves_no_task_behind() -> None:
    quick = Operations(SCHEMA, limits=Limits(request_timeout_s=0.05), introspection=True)
    operation = quick.prepare(FOREVER, None, {}, transport="http")
    before, diary = asyncio.all_tasks(), Diary()
    with pytest.raises(LimitExceeded) as refused:
        await quick.answer(operation, diary, transport="http")
    assert refused.value.code == "REQUEST_TIMEOUT"
    assert diary.entries == ["begins to wait"] * 3 + ["ends"] * 3
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize(
    "query",
    [
        "{ __schema { queryType { name } } box { number } }",
        '{ ...F } fragment F on Query { __type(name: "Box") { name fields { name } } }',
    ],
)
async def test_introspection_is_left_to_graphql_core(query: str) -> None:
    operation = OPERATIONS.prepare(query, None, {}, transport="http")
    assert not operation.plan.prepared.supported
    assert (await compared(SCHEMA, operation, Diary)).errors is None
