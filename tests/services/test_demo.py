"""The demo data ..."""

from itertools import islice
from pathlib import Path
from typing import Any

from domain import catalogue_records, products, rules
from models.database import Database
from services import catalogue_import, demo, demo_products
from services.catalogue_import import ImportCounts
from services.demo_shelves import ATTRIBUTES, SHELVES
from services.demo_words import COLLECTIONS, MERCHANTS
from services.feeds import formats
from services.feeds.opening import RefusedRow

COUNTED = (
    *("merchants", "categories", "category_translations", "attributes", "products", "variants", "variant_prices"),
    *("stock_levels", "product_translations", "reviews", "collections", "search_synonyms", "search_pins", "events"),
)


async def value(database: Database, sql: str, *arguments: object) -> Any:
    async with database.connection() as connection:
        return await connection.fetchval(sql, *arguments)


async def counts(database: Database) -> dict[str, int]:
    return {table: await value(database, f"SELECT count(*) FROM {table}") for table in COUNTED}  # noqa: S608


async def test_is_a_marketplace_with_the_names_that_examples_use(database: Database) -> None:
    told: list[tuple[int, int]] = []
    loaded = await demo.load(database, products=360, progress=lambda done, total: told.append((done, total)))
    assert loaded.products == ImportCounts(created=360)
    assert told == [(360, 360)]
    rows = await counts(database)
    assert (rows["merchants"], rows["categories"], rows["category_translations"], rows["products"]) == (
        12,
        60,
        120,
        360,
    )
    assert (rows["reviews"], rows["collections"], rows["search_pins"]) == (loaded.reviews, len(COLLECTIONS), 1)
    assert await value(database, "SELECT count(*) FROM merchant_legal_details") == 12
    assert rows["attributes"] == len(ATTRIBUTES)
    assert rows["product_translations"] == 2 * 240
    merchant = await value(
        database,
        "SELECT merchants.slug FROM products JOIN merchants ON merchants.id = merchant_id WHERE products.slug = $1",
        demo.PRODUCT_SLUG,
    )
    assert merchant == demo.MERCHANT_SLUG == "northwind-living"
    assert await value(database, "SELECT max(cardinality(path)) FROM categories") == 3
    below_root = await value(
        database,
        "SELECT count(*) FROM product_categories JOIN categories ON categories.id = category_id WHERE slug = $1",
        demo.ROOT_CATEGORY_SLUG,
    )
    assert below_root == 80
    assert await value(database, "SELECT count(*) FROM products WHERE rating_count > 0") > 200
    assert await value(database, "SELECT count(*) FROM variants GROUP BY product_id ORDER BY 1 DESC LIMIT 1") == 6
    assert await value(database, "SELECT count(DISTINCT kind) FROM attributes") == 5


async def test_loaded_again_changes_nothing_and_more_of_it_only_adds(database: Database) -> None:
    first = await demo.load(database, products=72)
    before = await counts(database)
    again = await demo.load(database, products=72)
    assert (again.products, again.reviews) == (ImportCounts(unchanged=72), 0)
    assert await counts(database) == before
    more = await demo.load(database, products=108)
    assert more.products == ImportCounts(created=36, unchanged=72)
    assert await value(database, "SELECT count(*) FROM reviews") == first.reviews + more.reviews


def test_is_the_same_for_the_same_seed() -> None:
    first = list(demo_products.documents(products=100, seed=7))
    assert list(islice(demo_products.documents(products=200, seed=7), 100)) == first
    assert list(demo_products.documents(products=100, seed=8)) != first


def test_gives_every_product_a_name_of_its_own() -> None:
    names = [document["name"] for document in demo_products.documents(products=10_000, seed=7)]
    assert len(set(names)) == 10_000
    assert names[0] == "Aurora Desk Lamp"


def test_passes_the_checks_of_the_import() -> None:
    for document in demo_products.documents(products=1_000, seed=3):
        record = catalogue_records.read(document, currency="USD")
        assert 1 <= len(record.variants) <= 6
        assert record.attributes


def test_has_sixty_categories_and_rules_that_parse() -> None:
    paths = {tuple(shelf.path[:depth]) for shelf in SHELVES for depth in (1, 2, 3)}
    assert len(paths) == 60
    assert {root for merchant in MERCHANTS for root in merchant.roots} == {shelf.root.en for shelf in SHELVES}
    for _, _, _, rule in COLLECTIONS:
        rules.parse(rule, products.RULE_VOCABULARY)


async def test_leaves_room_for_the_colours_of_a_feed(database: Database, tmp_path: Path) -> None:
    await demo.load(database, products=12)
    feed = tmp_path / "feed.tsv"
    feed.write_text("id\ttitle\tprice\tbrand\tcolor\n1\tTrail Shoe\t89.00 USD\tStrider\tRaspberry\n")
    refused: list[RefusedRow] = []
    async with catalogue_import.begin(database) as importing:
        counts = await importing.run(formats.records(feed, currency="USD"), refused=refused.append)
    assert (counts, refused) == (ImportCounts(created=1), [])
