"""A collection's rule, as SQL, ..."""

import random
from typing import Any

import asyncpg
import pytest

from domain import rules
from domain.products import RULE_VOCABULARY
from resolvers import products
from resolvers.context import Context
from resolvers.loaders.product_lists import Order
from tests.factories import catalogue, scattered
from tests.factories.scattered import Sample

CONDITIONS: list[dict[str, Any]] = [
    *[{"field": "category", "is": "equals", "value": slug} for slug in ("root", "left", "deep", "no-such")],
    {"field": "category", "is": "one_of", "value": ["right", "apart"]},
    {"field": "merchant", "is": "equals", "value": "ada"},
    {"field": "merchant", "is": "one_of", "value": ["bob", "no-such"]},
    {"field": "available", "is": "equals", "value": True},
    {"field": "available", "is": "equals", "value": False},
    *[{"field": "price", "is": how, "value": 1000} for how in ("equals", "at_least", "at_most")],
    {"field": "price", "is": "at_least", "value": 999.5},
    {"field": "price", "is": "at_most", "value": 10**30},
    *[{"field": "rating", "is": how, "value": 4} for how in ("equals", "at_least", "at_most")],
    {"field": "rating", "is": "at_least", "value": 3.5},
    {"field": "rating", "is": "at_most", "value": -(10**12)},
    {"field": "attributes.colour", "is": "equals", "value": "red"},
    {"field": "attributes.colour", "is": "one_of", "value": ["green", "blue"]},
    {"field": "attributes.height", "is": "one_of", "value": ["10", "-3"]},
    {"field": "attributes.new", "is": "equals", "value": "true"},
    {"field": "attributes.no such ' \" key", "is": "equals", "value": "x"},
]


def facts(sample: Sample) -> dict[str, Any]:
    """State a sample in the words of the rules."""
    texts = {True: "true", False: "false"}
    return {
        "category": sample.categories,
        "merchant": sample.merchant,
        "price": min(sample.prices["USD"]) if "USD" in sample.prices else None,
        "rating": sample.rating if sample.stars else None,
        "available": sample.available,
        **{
            f"attributes.{key}": value if isinstance(value, (str, list)) else texts.get(value, str(value))
            for key, value in sample.attributes.items()
        },
    }


def random_rule(chance: random.Random, depth: int) -> dict[str, Any]:
    kind = chance.choice(["condition", "condition", "all", "any", "not"]) if depth > 1 else "condition"
    if kind == "condition":
        return chance.choice(CONDITIONS)
    if kind == "not":
        return {"not": random_rule(chance, depth - 1)}
    return {kind: [random_rule(chance, depth - 1) for _ in range(chance.randrange(4))]}


async def members(context: Context, document: Any) -> list[int]:
    rule = rules.parse(document, RULE_VOCABULARY)
    page = await products.page(context, order=Order.NAME, first=100, after=None, rule=rule)
    assert await page.count() == len(page.nodes)
    return sorted(row.id for row in page.nodes)


async def test_finds_what_the_rule_says_of_each_product(context: Context, connection: asyncpg.Connection) -> None:
    samples = await scattered.products(connection, 60)
    chance = random.Random(1)  # noqa: S311 - the same rules every time
    documents = CONDITIONS + [{"not": each} for each in CONDITIONS] + [random_rule(chance, 4) for _ in range(100)]
    sizes = set()
    for document in documents:
        rule = rules.parse(document, RULE_VOCABULARY)
        expected = sorted(each.id for each in samples if rules.matches(rule, facts(each)))
        assert await members(context, document) == expected, document
        sizes.add(len(expected))
    assert len(sizes) > 20


@pytest.mark.parametrize("order", list(Order))
async def test_finds_the_same_in_every_order(context: Context, connection: asyncpg.Connection, order: Order) -> None:
    samples = [each for each in await scattered.products(connection, 30) if "USD" in each.prices]
    for document in [{"all": []}, {"all": CONDITIONS[4:6]}, *CONDITIONS]:
        rule = rules.parse(document, RULE_VOCABULARY)
        page = await products.page(context, order=order, first=100, after=None, rule=rule)
        expected = {each.id for each in samples if rules.matches(rule, facts(each))}
        assert {row.id for row in page.nodes} & {each.id for each in samples} == expected, document
        assert await page.count() == len(page.nodes)


@pytest.mark.parametrize("status", ["DRAFT", "ARCHIVED"])
async def test_finds_nothing_that_is_not_listed(context: Context, connection: asyncpg.Connection, status: str) -> None:
    merchant = await catalogue.merchant(connection, slug="ada")
    await catalogue.product(connection, merchant, status=status)
    document: dict[str, Any]
    for document in ({"all": []}, {"not": {"any": []}}, {"field": "merchant", "is": "equals", "value": "ada"}):
        assert await members(context, document) == []
