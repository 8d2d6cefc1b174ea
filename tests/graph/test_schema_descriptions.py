"""The schema ..."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
    print_type,
)

from graph.schema import schema

CORE = schema._schema  # noqa: SLF001 - Strawberry offers no public way to its graphql-core schema
PRINTED = Path(__file__).parents[2] / "graph" / "schema.graphql"
TYPES: list[GraphQLNamedType] = [
    each for each in CORE.type_map.values() if not is_introspection_type(each) and not is_specified_scalar_type(each)
]
OBJECTS = [each for each in TYPES if isinstance(each, (GraphQLObjectType, GraphQLInterfaceType))]
CONNECTIONS = [each for each in OBJECTS if each.name.endswith("Connection")]
MAX_LINE = 400


def described(each: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    """Name everything of a type that a client sees, with its description."""
    yield each.name, each.description
    if isinstance(each, GraphQLEnumType):
        for name, value in each.values.items():
            yield f"{each.name}.{name}", value.description
    if isinstance(each, (GraphQLObjectType, GraphQLInterfaceType)):
        for name, field in each.fields.items():
            yield f"{each.name}.{name}", field.description
            for argument_name, argument in field.args.items():
                yield f"{each.name}.{name}({argument_name}:)", argument.description
    if isinstance(each, GraphQLInputObjectType):
        for name, input_field in each.fields.items():
            yield f"{each.name}.{name}", input_field.description


DESCRIPTIONS = dict(pair for each in TYPES for pair in described(each))


def test_describes_everything() -> None:
    assert len(DESCRIPTIONS) > 150
    assert [name for name, description in DESCRIPTIONS.items() if not (description or "").strip()] == []


def test_describes_in_sentences() -> None:
    sentence = re.compile(r"[A-Z0-9`].*[.!?:\"]|.*[.`)]", re.DOTALL)
    bad = [
        name
        for name, description in DESCRIPTIONS.items()
        if not sentence.fullmatch(description or "") or len(description or "") > MAX_LINE or "  " in (description or "")
    ]
    assert bad == []


def test_names_types_fields_and_values_alike() -> None:
    assert [each.name for each in TYPES if not re.fullmatch(r"[A-Z][A-Za-z]+", each.name)] == []
    values = [f"{each.name}.{name}" for each in TYPES if isinstance(each, GraphQLEnumType) for name in each.values]
    assert [name for name in values if not re.fullmatch(r"\w+\.[A-Z][A-Z_]*", name)] == []
    members = [name for name in DESCRIPTIONS if "." in name and name not in values]
    assert [name for name in members if not re.fullmatch(r"\w+\.[a-z][A-Za-z]*\d?(\([a-z][A-Za-z]*:\))?", name)] == []


@pytest.mark.parametrize("each", CONNECTIONS, ids=lambda each: each.name)
def test_pages_every_list_alike(each: GraphQLObjectType) -> None:
    node = get_named_type(each.fields["nodes"].type).name
    shape = {name: str(each.fields[name].type) for name in ("nodes", "pageInfo", "totalCount")}
    assert shape == {"nodes": f"[{node}!]!", "pageInfo": "PageInfo!", "totalCount": "Int!"}
    edge = get_named_type(each.fields["edges"].type)
    assert isinstance(edge, GraphQLObjectType)
    assert str(each.fields["edges"].type) == f"[{edge.name}!]!"
    assert {name: str(field.type) for name, field in edge.fields.items()}.items() >= {
        "node": f"{node}!",
        "cursor": "String!",
    }.items()


def test_takes_first_and_after_for_every_page() -> None:
    pages = {
        f"{each.name}.{name}": (str(field.type), {arg: str(field.args[arg].type) for arg in field.args})
        for each in OBJECTS
        for name, field in each.fields.items()
        if get_named_type(field.type) in CONNECTIONS
    }
    assert "Query.products" in pages
    for name, (result, arguments) in pages.items():
        assert result.endswith("Connection!"), name
        assert {"first": arguments.get("first"), "after": arguments.get("after")} == {
            "first": "Int!",
            "after": "String",
        }, name


def test_gives_every_node_a_global_id() -> None:
    nodes = CORE.get_possible_types(CORE.type_map["Node"])  # type: ignore[arg-type]
    assert len(nodes) >= 6
    with_id = {each for each in OBJECTS if "id" in each.fields and isinstance(each, GraphQLObjectType)}
    assert with_id == set(nodes)
    assert all(isinstance(each.fields["id"].type, GraphQLNonNull) for each in nodes)


def test_has_no_float_where_money_is() -> None:
    money = CORE.type_map["Money"]
    assert isinstance(money, GraphQLObjectType)
    assert {name: str(field.type) for name, field in money.fields.items()} == {
        "amount": "Decimal!",
        "currency": "CurrencyCode!",
    }
    floats = [
        f"{each.name}.{name}" for each in OBJECTS for name, field in each.fields.items() if "Float" in str(field.type)
    ]
    assert floats == ["Rating.average"]


def test_is_the_one_that_is_checked_in() -> None:
    printed = PRINTED.read_text(encoding="utf-8")
    assert printed == schema.as_str().rstrip() + "\n"
    assert print_type(CORE.type_map["Rating"]) in printed
