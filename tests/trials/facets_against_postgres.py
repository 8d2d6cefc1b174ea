"""Compare search's facet counts with Postgres for random filters over whatever catalogue is there.

DATABASE_URL, MEILI_URL and MEILI_KEY name the engines; `python -m tests.trials.facets_against_postgres 50 1`.
The arguments are the number of filters and the seed. Filters are drawn from the values of random products, so most of
them find something. Every listed value of every facet is compared, those of selected facets without their own
selection. Exit code 1 if any count differs.
"""

import asyncio
import os
import random
import sys
from collections import Counter
from typing import Any

import asyncpg

from domain import reviews
from models.database import Database
from search import documents
from search.client import Meilisearch
from search.facets import Facet
from search.filters import ATTRIBUTE, AttributeSelection, ProductQuery, parts
from search.indexes import Indexes
from search.querying import SearchEngine
from search.requests import Order

_BASE = """
    SELECT products.id, merchants.slug AS merchant, products.attributes, products.rating_score, price.min_amount,
        array(SELECT slug FROM product_categories JOIN categories ON categories.id = category_id
              WHERE product_id = products.id) AS categories,
        EXISTS (SELECT FROM variants JOIN stock_levels ON variant_id = variants.id
                WHERE product_id = products.id AND on_hand > reserved) AS available
    FROM products JOIN merchants ON merchants.id = merchant_id
    LEFT JOIN product_prices AS price ON price.product_id = products.id AND currency = 'USD'
    WHERE products.listed
"""


def _drawn(draw: random.Random, row: asyncpg.Record, definitions: dict[str, Any]) -> ProductQuery:
    some: dict[str, Any] = {"merchants": (row["merchant"],), "available": row["available"]}
    if row["categories"]:
        some["category"] = draw.choice(row["categories"])
    if row["min_amount"] is not None:
        some |= {"price_min": row["min_amount"] // 2, "price_max": row["min_amount"] * 2}
    if row["rating_score"]:
        some["rating_min"] = row["rating_score"] // reviews.SCORE_UNITS * reviews.SCORE_UNITS
    chosen = {name: value for name, value in some.items() if draw.random() < 0.35}
    keys = [key for key in row["attributes"] if key in definitions]
    selections = []
    for key in draw.sample(keys, min(len(keys), draw.randrange(3))):
        value, definition = row["attributes"][key], definitions[key]
        if definition["kind"] == "NUMBER" and draw.random() < 0.5:
            bounds = {"minimum": float(value) - 1, "maximum": float(value) + 1}
            selections.append(AttributeSelection(id=definition["id"], key=key, **bounds))
        else:
            one = value[0] if isinstance(value, list) else value
            selections.append(AttributeSelection(id=definition["id"], key=key, values=(documents.value_text(one),)))
    return ProductQuery(text="", currency="USD", attributes=tuple(selections), **chosen)


def _passes(row: asyncpg.Record, query: ProductQuery, without: str) -> bool:
    amount = row["min_amount"]
    tests = {
        "category": query.category is None or query.category in row["categories"],
        "merchant": not query.merchants or row["merchant"] in query.merchants,
        "price": (query.price_min is None or (amount is not None and amount >= query.price_min))
        and (query.price_max is None or (amount is not None and amount <= query.price_max)),
        "rating": query.rating_min is None or row["rating_score"] >= query.rating_min,
        "availability": query.available is None or row["available"] == query.available,
    }
    for each in query.attributes:
        values = _values(row, each.key)
        if each.values:
            wanted = {documents.folded(value) for value in each.values}
            passed = any(documents.folded(documents.value_text(value)) in wanted for value in values)
        else:
            passed = any((each.minimum or 0.0) <= value <= (each.maximum or 0.0) for value in values)
        tests[f"{ATTRIBUTE}{each.key}"] = passed
    return all(passed for name, passed in tests.items() if name != without)


def _values(row: asyncpg.Record, key: str) -> list[Any]:
    value = row["attributes"].get(key)
    return [] if value is None else value if isinstance(value, list) else [value]


def _expected(rows: list[asyncpg.Record], facet: Facet) -> tuple[Counter[str], tuple[float, float] | None]:
    counts: Counter[str] = Counter()
    numbers: list[float] = []
    for row in rows:
        match facet.name:
            case "category":
                counts.update(row["categories"])
            case "merchant":
                counts[row["merchant"]] += 1
            case "availability":
                counts[documents.value_text(row["available"])] += 1
            case "rating":
                score = row["rating_score"]
                counts.update(value for value, _ in facet.values if score >= float(value) * reviews.SCORE_UNITS)
            case "price":
                numbers += [] if row["min_amount"] is None else [row["min_amount"]]
            case name:
                values = _values(row, name.removeprefix(ATTRIBUTE))
                counts.update({documents.folded(documents.value_text(value)) for value in values})
                numbers += [value for value in values if isinstance(value, (int, float)) and facet.range is not None]
    return counts, (min(numbers), max(numbers)) if numbers else None


async def main(filters: int, seed: int) -> int:
    """Compare; returns the number of differences."""
    draw = random.Random(seed)  # noqa: S311 - a seed, to be able to repeat a trial
    database = await Database.open(os.environ["DATABASE_URL"])
    engine = Meilisearch(os.environ["MEILI_URL"], os.environ.get("MEILI_KEY", ""), timeout_s=10)
    search = SearchEngine(engine, Indexes.named(), locale="en")
    async with database.connection() as connection:
        products = await connection.fetch(_BASE)
        definitions = {row["key"]: row for row in await connection.fetch("SELECT * FROM attributes WHERE filterable")}
    compared = differences = found = 0
    for _ in range(filters):
        query = _drawn(draw, draw.choice(products), definitions)
        counts = await search.products(query, order=Order.RELEVANCE, offset=0, limit=0).find(facets=True)
        narrowed = parts(query)
        passing = {name: [row for row in products if _passes(row, query, name)] for name in ("", *narrowed)}
        total = len(passing[""])
        found += total > 0
        if total != counts.total:
            differences += 1
            sys.stdout.write(f"total: {counts.total}, Postgres has {total}: {query}\n")
        for facet in counts.facets:
            expected, bounds = _expected(passing.get(facet.name, passing[""]), facet)
            wrong = [
                f"{value}: {count}, Postgres has {expected[documents.folded(value)]}"
                for value, count in facet.values
                if count != expected[documents.folded(value)]
            ]
            if facet.range is not None and facet.range != bounds:
                wrong.append(f"range: {facet.range}, Postgres has {bounds}")
            compared += len(facet.values) + (facet.range is not None)
            differences += len(wrong)
            for each in wrong:
                sys.stdout.write(f"{facet.name}: {each}: {query}\n")
    sys.stdout.write(
        f"{filters} filters over {len(products):,} products, {found} found something; "
        f"{compared:,} counts and ranges compared, {differences} differ\n"
    )
    engine.close()
    await database.close()
    return differences


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    sys.exit(1 if asyncio.run(main(*numbers, *(50, 1)[len(numbers) :])) else 0)
