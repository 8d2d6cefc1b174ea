"""The short ways of answering a field ..."""

from dataclasses import replace
from typing import Any

import asyncpg
import pytest
import strawberry

from domain.access import MerchantRole
from graph import ids
from graph.queries import Query
from graph.schema import schema
from graph.subscriptions import Subscription
from models.database import Database
from search import rebuilding
from search.client import Meilisearch
from search.indexes import Indexes
from services import demo
from tests.factories import people, small_shop
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import DOCUMENTS, Api
from tests.graph.test_statement_counts import RELATIONS, TABLES

PLAIN = strawberry.Schema(query=Query, subscription=Subscription, config=schema.config)
"""The same types as Strawberry itself resolves them, field by field and object by object."""


async def plainly(api: Api, query: str, /, **variables: Any) -> Any:
    """Answer by Strawberry and graphql-core alone; and by graphql-core over the bound fields, which is no different."""
    plain, bound = [
        await each.execute(query, variable_values=variables, context_value=api.context.fresh())
        for each in (PLAIN, schema)
    ]
    assert not plain.errors
    assert (bound.errors, bound.data) == (None, plain.data)
    return plain.data


async def test_answer_the_clients_documents_as_strawberry_does(
    api: Api, database: Database, engine: Meilisearch, indexes: Indexes
) -> None:
    await demo.load(database, products=60)
    await rebuilding.rebuild(database, engine, indexes, locale="en")
    variables = {
        "categories": {},
        "deep_listing": {"category": demo.ROOT_CATEGORY_SLUG},
        "listing": {"category": demo.ROOT_CATEGORY_SLUG},
        "merchant": {"slug": demo.MERCHANT_SLUG},
        "product": {"slug": demo.PRODUCT_SLUG},
        "search": {"query": "lamp"},
    }
    for name, given in variables.items():
        document = (DOCUMENTS / f"{name}.graphql").read_text(encoding="utf-8")
        answer = await api.data(document, **given)
        assert answer == await plainly(api, document, **given), name


async def test_answer_every_relation_as_strawberry_does(
    api: Api, connection: asyncpg.Connection, shop: SmallShop
) -> None:
    await small_shop.grow(connection, shop, 4)
    await connection.execute("INSERT INTO collections (slug, name, rule) VALUES ('all', 'All', '{\"all\": []}')")
    customer = await people.customer(connection)
    await people.address(connection, customer.customer_id or 0)
    await people.document(connection, shop.ada)
    await people.partner(connection, shop.ada)
    await people.member(connection, shop.ada, MerchantRole.PACKER)
    api.context.viewer = replace(customer, merchants={shop.ada: MerchantRole.OWNER})
    keys = {type_name: [row["id"] for row in await connection.fetch(sql)] for type_name, sql in TABLES.items()}
    for type_name, relation in RELATIONS:
        query = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {type_name} {{ {relation.selection} }} }} }}"
        global_ids = [ids.encode(type_name, key) for key in keys[type_name]]
        assert await api.data(query, ids=global_ids) == await plainly(api, query, ids=global_ids), relation


TRICKY = [
    "{ products { n: nodes { a: slug b: slug ... on Product { c: name } ...F } } } fragment F on Product { d: name }",
    """{ a: product(slug: "lamp") { ...V } b: product(slug: "lamp") { ...V } }
       fragment V on Product { variants { nodes { sku } } }""",
    '{ product(slug: "no-such") { name } category(slug: "home") { parent { name } ancestors { name } } }',
    "query ($yes: Boolean = true) { products { nodes { slug @skip(if: $yes) name @include(if: $yes) __typename } } }",
    "{ __typename products(first: 0) { nodes { slug } totalCount } categories { nodes { parent { __typename } } } }",
    '{ product(slug: "lamp") { variants { nodes { product { variants { nodes { product { slug } } } } } } } }',
]


@pytest.mark.parametrize("query", TRICKY)
async def test_answer_unusual_selections_as_strawberry_does(api: Api, shop: SmallShop, query: str) -> None:
    assert shop
    answer = await api.data(query)
    assert answer == await plainly(api, query)
    assert list(answer) == list(await plainly(api, query))


async def test_refuse_as_strawberry_does(api: Api, shop: SmallShop) -> None:
    assert shop
    query = '{ products { nodes { slug name(locale: "german") description(locale: "german") } } }'
    answer = await api.answer(query)
    plain = await PLAIN.execute(query, context_value=api.context.fresh())
    assert answer["data"] == plain.data
    assert plain.errors
    assert sorted(error["path"] for error in answer["errors"]) == sorted(error.path or [] for error in plain.errors)
    assert {error["message"] for error in answer["errors"]} == {error.message for error in plain.errors}
