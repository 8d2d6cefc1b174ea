"""The cost of an operation ..."""

from typing import Any

import pytest
from graphql import build_schema

from graph.cost import Cost
from graph.documents import Documents
from graph.errors import ClientError, LimitExceeded
from graph.limits import Limits

SCHEMA = build_schema("""
    type Query {
        products(first: Int = 20, after: String, last: Int): ProductConnection!
        top(first: Int!): [Product!]!
        nodes(ids: [ID!]!): [Node]!
        unstated(first: Int): ProductConnection!
    }
    interface Node { id: ID! }
    type Product implements Node {
        id: ID!
        name: String!
        options: [Option!]!
        variants(first: Int = 10): VariantConnection!
    }
    type Option { name: String! }
    type Variant implements Node { id: ID! sku: String! }
    type ProductConnection { nodes: [Product!]! edges: [ProductEdge!]! pageInfo: PageInfo! totalCount: Int! }
    type ProductEdge { cursor: String! node: Product! }
    type VariantConnection { nodes: [Variant!]! }
    type PageInfo { hasNextPage: Boolean! }
""")
DOCUMENTS = Documents(SCHEMA, Limits(), introspection=True)


def cost_of(query: str, **variables: Any) -> int:
    return DOCUMENTS.get(query).plan(None).cost.requested(variables)


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ __typename }", 1),
        ("{ products { totalCount } }", 2),
        ("{ products { nodes { id } } }", 1 + 20 * 2),
        ("{ products(first: 3) { nodes { id name } totalCount pageInfo { hasNextPage } } }", 1 + 3 * 3 + 1 + 2),
        ("{ products(first: 3) { edges { cursor node { id } } } }", 1 + 3 * 4),
        ("{ products(first: 3) { edges { cursor } nodes { id } } }", 1 + 3 * 2 + 3 * 2),
        ("{ products(last: 4) { nodes { id } } }", 1 + 4 * 2),
        ("{ products(first: 2, last: 4) { nodes { id } } }", 1 + 4 * 2),
        ("{ products(first: 0) { nodes { id } } }", 1),
        ("{ products(first: null) { nodes { id } } }", 1 + 20 * 2),
        ("{ unstated { nodes { id } } }", 1 + 100 * 2),
        ("{ products(first: 5) { nodes { variants(first: 6) { nodes { sku } } } } }", 1 + 5 * (1 + 1 + 6 * 2)),
        ("{ products(first: 5) { nodes { options { name } } } }", 1 + 5 * (1 + 2)),
        ("{ top(first: 7) { id name } }", 7 * 3),
        ('{ nodes(ids: ["a", "b", "c"]) { id ... on Product { name } } }', 3 * 3),
        ("{ a: products(first: 1) { totalCount } b: products(first: 1) { totalCount } }", 4),
    ],
)
def test_is_the_number_of_fields_the_answer_may_hold(query: str, cost: int) -> None:
    assert cost_of(query) == cost


def test_counts_a_fragment_as_if_it_stood_where_it_is_spread() -> None:
    spread = "{ products(first: 3) { ...Page } } fragment Page on ProductConnection { totalCount nodes { ...Card } } "
    assert cost_of(spread + "fragment Card on Product { id name }") == 1 + 1 + 3 * 3


def test_takes_page_sizes_from_variables_and_their_defaults() -> None:
    query = "query($n: Int = 5, $ids: [ID!] = []) { products(first: $n) { nodes { id } } nodes(ids: $ids) { id } }"
    assert cost_of(query, n=5, ids=["a"]) == 1 + 5 * 2 + 2
    assert cost_of(query, n=100, ids=[]) == 1 + 100 * 2
    assert cost_of(query, ids=[]) == 1 + 20 * 2


def test_refuses_a_page_that_is_too_long_by_the_name_of_its_argument() -> None:
    with pytest.raises(LimitExceeded) as caught:
        cost_of("query($n: Int) { products(first: $n) { totalCount } }", n=101)
    assert caught.value.extensions == {"code": "PAGE_TOO_LARGE", "measured": 101, "maximum": 100}
    assert caught.value.message.startswith("products(first:) asks for 101 items; 100 are allowed on a page.")


def test_refuses_too_many_ids() -> None:
    with pytest.raises(LimitExceeded) as caught:
        cost_of("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["a"] * 101)
    assert caught.value.code == "PAGE_TOO_LARGE"


def test_refuses_a_negative_page() -> None:
    with pytest.raises(ClientError) as caught:
        cost_of("{ products(first: -1) { totalCount } }")
    assert caught.value.code == "BAD_USER_INPUT"


def test_refuses_a_long_page_inside_an_empty_one() -> None:
    with pytest.raises(LimitExceeded):
        cost_of("{ products(first: 0) { nodes { variants(first: 101) { nodes { id } } } } }")


def test_adds_up_without_changing_its_parts() -> None:
    one = Cost(1)
    assert (one + Cost(2)).requested({}) == 3
    assert one.requested({}) == 1
