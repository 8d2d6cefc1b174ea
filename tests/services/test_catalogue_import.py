"""An import ..."""

import asyncio
from typing import Any

import pytest

from models.database import Database
from services import catalogue_import
from services.catalogue_import import ImportBrokenError, ImportBusyError, ImportCounts
from tests.services.catalogue_imports import TABLES, contents, product, run, select, variant


async def test_writes_everything_a_record_states(database: Database) -> None:
    document = product(
        "1",
        merchantName="Acme Inc.",
        description="Bright",
        publishedAt="2026-01-31T12:00:00Z",
        media=[{"url": "/a.svg", "alt": "a"}],
        attributes={"watt": {"value": 40, "unit": "W"}, "dimmable": True, "since": "2025-01-01", "note": "x" * 61},
        variants=[
            variant("S", optionValues={"Size": "S"}, weightGrams=5, barcode="123", stock={"main": 2, "outlet": 1}),
            variant("M", name="Medium", optionValues={"Size": "M"}, prices=[
                {"amount": "5", "compareAt": "6"}, {"amount": "4.50", "currency": "EUR"},
            ]),
        ],
        translations={"de": {"name": "Lampe", "description": "Hell"}},
    )  # fmt: skip
    counts, refused = await run(database, document)
    assert (counts, refused) == (ImportCounts(created=1), [])
    assert await select(database, "SELECT slug, name, state FROM merchants") == [("acme", "Acme Inc.", "ACTIVE")]
    assert await select(database, "SELECT slug, name, cardinality(path) FROM categories ORDER BY id") == [
        ("home", "Home", 1),
        ("lamps", "Lamps", 2),
    ]
    assert await select(
        database, "SELECT slug, status, description, options, media, attributes, listed, version FROM products"
    ) == [
        (
            "lamp-1", "PUBLISHED", "Bright", [{"name": "Size", "values": ["S", "M"]}], [{"url": "/a.svg", "alt": "a"}],
            {"watt": 40, "dimmable": True, "since": "2025-01-01", "note": "x" * 61}, True, 1,
        )
    ]  # fmt: skip
    assert await select(
        database, "SELECT key, label, kind, unit, filterable, searchable, sortable FROM attributes ORDER BY key"
    ) == [
        ("dimmable", "Dimmable", "BOOLEAN", None, True, False, False),
        ("note", "Note", "TEXT", None, False, True, False),
        ("since", "Since", "DATE", None, False, False, False),
        ("watt", "Watt", "NUMBER", "W", True, False, False),
    ]
    assert await select(
        database, "SELECT sku, name, option_values, weight_grams, barcode FROM variants ORDER BY position"
    ) == [
        ("S", "", [{"name": "Size", "value": "S"}], 5, "123"),
        ("M", "Medium", [{"name": "Size", "value": "M"}], None, None),
    ]
    assert await select(
        database,
        "SELECT sku, currency, amount, compare_at FROM variant_prices JOIN variants ON variants.id = variant_id "
        "ORDER BY sku, currency",
    ) == [("M", "EUR", 450, None), ("M", "USD", 500, 600), ("S", "USD", 1990, None)]
    assert await select(
        database,
        "SELECT sku, code, on_hand, reserved FROM stock_levels JOIN variants ON variants.id = variant_id "
        "JOIN warehouses ON warehouses.id = warehouse_id ORDER BY sku, code",
    ) == [("M", "main", 3, 0), ("S", "main", 2, 0), ("S", "outlet", 1, 0)]
    assert await select(database, "SELECT locale, name, description FROM product_translations") == [
        ("de", "Lampe", "Hell")
    ]
    assert await select(database, "SELECT type, subject_type, subject_version FROM events ORDER BY id") == [
        ("MERCHANT_CHANGED", "merchant", 1),
        ("CATEGORY_CHANGED", "category", 1),
        ("CATEGORY_CHANGED", "category", 1),
        ("PRODUCT_CHANGED", "product", 1),
    ]


async def test_of_the_same_records_again_changes_nothing(database: Database) -> None:
    documents = [
        product("1"),
        product("2", name="Lamp 1", translations={"de": {"name": "Lampe"}}),
        product("3", status="draft", category=None),
        product("4", variants=[variant("a", optionValues={"Size": "S"}), variant("b", optionValues={"Size": "M"})]),
    ]
    await run(database, *documents)
    before = await contents(database)
    assert await run(database, *documents) == (ImportCounts(unchanged=4), [])
    assert await contents(database) == before


async def test_of_a_changed_price_changes_that_row_and_appends_one_event(database: Database) -> None:
    await run(database, product("1"), product("2"))
    before = await contents(database)
    changed = product("2", variants=[variant("SKU-2", prices=[{"amount": "18.00"}])])
    assert await run(database, product("1"), changed) == (ImportCounts(updated=1, unchanged=1), [])
    after = await contents(database)
    assert {table for table in TABLES if after[table] != before[table]} == {
        "variant_prices",
        "product_prices",
        "products",
        "events",
    }
    assert await select(database, "SELECT amount FROM variant_prices ORDER BY variant_id") == [(1990,), (1800,)]
    assert await select(database, "SELECT external_id, version FROM products ORDER BY 1") == [("1", 1), ("2", 2)]
    assert len(after["events"]) == len(before["events"]) + 1
    assert await select(
        database,
        "SELECT type, external_id, subject_version FROM events JOIN products ON products.id = subject_id "
        "ORDER BY events.id DESC LIMIT 1",
    ) == [("PRODUCT_CHANGED", "2", 2)]


@pytest.mark.parametrize(
    ("change", "table"),
    [
        ({"name": "Other"}, "products"),
        ({"category": ["Home"]}, "products"),
        ({"slug": "own-slug"}, "products"),
        ({"variants": [variant("SKU-1", barcode="1")]}, "variants"),
        ({"variants": [variant("SKU-1", prices=[{"amount": "19.90", "currency": "EUR"}])]}, "variant_prices"),
        ({"variants": [variant("SKU-1", stock=0)]}, "stock_levels"),
        ({"translations": {"fr": {"name": "Lampe"}}}, "product_translations"),
        ({"translations": {}}, "product_translations"),
    ],
)
async def test_updates_what_differs(database: Database, change: dict[str, Any], table: str) -> None:
    await run(database, product("1", translations={"de": {"name": "Lampe"}}))
    before = await contents(database)
    document = {**product("1"), **change}
    assert await run(database, document) == (ImportCounts(updated=1), [])
    after = await contents(database)
    assert after[table] != before[table]
    assert await run(database, document) == (ImportCounts(unchanged=1), [])
    assert await contents(database) == after


async def test_removes_variants_and_keeps_what_a_record_does_not_speak_of(database: Database) -> None:
    await run(
        database,
        product(
            "1",
            publishedAt="2026-01-31T12:00:00Z",
            variants=[variant("a", optionValues={"Size": "S"}), variant("b", optionValues={"Size": "M"})],
            translations={"de": {"name": "Lampe"}},
        ),
    )
    without_stock = {"sku": "a", "prices": [{"amount": "19.90"}]}
    assert await run(database, product("1", variants=[without_stock])) == (ImportCounts(updated=1), [])
    assert await select(
        database, "SELECT sku, on_hand FROM variants JOIN stock_levels ON variant_id = variants.id"
    ) == [("a", 3)]
    assert await select(database, "SELECT name FROM product_translations") == [("Lampe",)]
    assert await select(database, "SELECT slug, published_at::date::text FROM products") == [("lamp-1", "2026-01-31")]


async def test_gives_products_of_one_name_slugs_that_stay(database: Database) -> None:
    await run(database, product("1", name="Lamp"), product("2", name="Lamp"), product("3", name="灯"))
    slugs = [slug for (slug,) in await select(database, "SELECT slug FROM products ORDER BY external_id")]
    assert slugs[0] == "lamp"
    assert slugs[1].startswith("lamp-")
    assert slugs[2].startswith("product-")
    await run(database, product("2", name="Torch"))
    assert [slug for (slug,) in await select(database, "SELECT slug FROM products ORDER BY external_id")] == slugs


async def test_gives_categories_of_one_name_slugs_of_their_own(database: Database) -> None:
    paths = [["Home", "Lamps"], ["Garden", "Lamps"], ["Garden", "lamps"], ["灯"]]
    await run(database, *(product(str(number), category=path) for number, path in enumerate(paths)))
    assert await select(database, "SELECT slug FROM categories ORDER BY id") == [
        ("home",), ("lamps",), ("garden",), ("garden-lamps",), ("garden-lamps-2",), ("category",),
    ]  # fmt: skip
    counts, _ = await run(database, product("9", category="garden-lamps"))
    assert counts == ImportCounts(created=1)


async def test_as_a_dry_run_counts_alike_and_keeps_nothing(database: Database) -> None:
    await run(database, product("1"), product("2"))
    before = await contents(database)
    documents = [
        product("1"),
        product("2", name="Other"),
        product("3", category=["New"]),
        product("3"),
        product("4", name=""),
    ]
    dry = await run(database, *documents, dry_run=True)
    assert await contents(database) == before
    assert await run(database, *documents) == dry
    assert dry[0] == ImportCounts(created=1, updated=1, unchanged=1, refused=2)


async def test_leaves_its_tables_tidied_when_it_was_large(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_import, "TIDY_FROM", 3)
    vacuums = "SELECT vacuum_count FROM pg_stat_user_tables WHERE relname = 'product_categories'"
    ((before,),) = await select(database, vacuums)
    await run(database, product("1"), product("2"))
    assert await select(database, vacuums) == [(before,)]
    await run(database, product("3"), product("4"), product("5"))
    assert await select(database, vacuums) == [(before + 1,)]
    assert await select(database, "SHOW statement_timeout") == [("30s",)]


async def test_leaves_products_without_their_own_merchant_to_the_one_named(database: Database) -> None:
    await run(database, product("1", merchant=None), merchant="The Shop")
    assert await select(database, "SELECT slug, name FROM merchants") == [("the-shop", "The Shop")]


async def test_takes_the_longest_name_and_the_greatest_numbers(database: Database) -> None:
    name = "".join(chr(0x20000 + place) for place in range(500))  # four bytes each, and no two alike: nothing to pack
    counts, refused = await run(database, product("1", name=name, attributes={"a": 2**53, "b": -1e300}))
    assert (counts.created, refused) == (1, [])
    assert await select(database, "SELECT name, attributes->'a', attributes->'b' FROM products") == [
        (name, 2**53, -1e300)
    ]


async def test_runs_one_at_a_time_and_leaves_its_connection_clean(database: Database) -> None:
    async with catalogue_import.begin(database):
        with pytest.raises(ImportBusyError, match="another import is running"):
            async with catalogue_import.begin(database):
                pass
    assert await run(database, product("1")) == (ImportCounts(created=1), [])


@pytest.mark.parametrize("dry_run", [False, True])
async def test_whose_connection_breaks_says_so_and_can_run_again(database: Database, *, dry_run: bool) -> None:
    async with database.connection() as other:
        with pytest.raises(ImportBrokenError, match="the same command again goes on"):
            async with catalogue_import.begin(database, dry_run=dry_run):
                await other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                )
        # The server lets go of a dead session's lock when it has buried it.
        while await other.fetchval(  # noqa: ASYNC110 - nothing tells when that is
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
        ):
            await asyncio.sleep(0.01)
    assert await run(database, product("1")) == (ImportCounts(created=1), [])


async def test_lets_the_loop_go_on_while_it_reads(database: Database) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    await run(database, *(product(str(number)) for number in range(300)))
    ticking.cancel()
    assert ticks > 50
