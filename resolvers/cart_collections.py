"""Which collections the products of carts are in, as far as promotions ask."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from domain import reviews, rules
from domain.products import RULE_VOCABULARY
from domain.promotions import BuyGet, Promotion
from models.database import Row
from resolvers.context import Context
from resolvers.loaders import collections as loaders
from resolvers.loaders import products as product_loaders


async def of_products(
    product_ids: Sequence[int], promotions: Iterable[Promotion], context: Context
) -> dict[int, frozenset[int]]:
    """Answer in which of the promotions' collections each product is; without such promotions nothing is read."""
    wanted = sorted({key for promotion in promotions for key in _collections(promotion)})
    if not wanted:
        return {}
    collections, facts = await asyncio.gather(
        context.load_many(loaders.BY_ID, wanted), context.load_many(product_loaders.RULE_FACTS, product_ids)
    )
    checked = [(row["id"], rules.parse(row["rule"], RULE_VOCABULARY)) for row in collections if row is not None]
    known = {row["id"]: _facts(row) for row in facts if row is not None}
    return {
        product_id: frozenset(key for key, rule in checked if rules.matches(rule, product))
        for product_id, product in known.items()
    }


def _collections(promotion: Promotion) -> frozenset[int]:
    found = promotion.scope.collection_ids
    if isinstance(promotion.benefit, BuyGet) and promotion.benefit.gets is not None:
        found |= promotion.benefit.gets.collection_ids
    return found


def _facts(row: Row) -> Mapping[str, Any]:
    """Give a product's facts as a collection's rule speaks of them, `loaders.product_rules` as well."""
    attributes = {f"attributes.{key}": _texts(value) for key, value in row["attributes"].items()}
    return {
        "category": row["categories"],
        "merchant": row["merchant"],
        "price": row["price"],
        "rating": row["rating_score"] / reviews.SCORE_UNITS if row["rating_count"] else None,
        "available": row["available"],
        **attributes,
    }


def _texts(value: Any) -> list[str]:
    """Write an attribute's value, or each of a list, as the text that JSON has for it."""
    values = value if isinstance(value, list) else [value]
    return [each if isinstance(each, str) else orjson.dumps(each).decode() for each in values]
