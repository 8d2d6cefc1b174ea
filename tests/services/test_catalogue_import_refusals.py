"""An import ..."""

from pathlib import Path
from typing import Any

import pytest

from models.database import Database
from services import catalogue_import
from services.catalogue_import import ImportCounts
from services.catalogue_import_vocabulary import AttributeHint
from services.feeds import formats
from services.feeds.opening import FeedError, RefusedRow
from tests.services.catalogue_imports import contents, product, run, select, variant

BAD = [
    (product("2", merchant=None), "merchant"),
    (product("2", merchant="灯"), "merchant"),
    (product("2", category="no-such-category"), "category"),
    (product("2", attributes={"colour": 3}), "attributes.colour"),
    (product("2", attributes={"new_key": "x", "watt": {"value": 3, "unit": "kW"}}), "attributes.watt"),
    (product("2", attributes={"size": "XL"}), "attributes.size"),
    (product("2", slug="lamp-1"), "slug"),
    (product("2", variants=[variant("SKU-1")]), "variants[0].sku"),
    (product("1"), "externalId"),
    (product("2", name=""), "name"),
]


@pytest.mark.parametrize(("bad", "field"), BAD)
async def test_refuses_a_bad_row_and_takes_the_others(database: Database, bad: dict[str, Any], field: str) -> None:
    hints = {
        "size": AttributeHint("Size", "ENUMERATION", allowed_values=("S", "M")),
        "watt": AttributeHint(unit="W"),
    }
    good = [product("1", attributes={"colour": "red", "watt": 40, "size": "S"}), product("3", attributes={})]
    await run(database, *good, hints=hints)
    before = await contents(database)
    counts, refused = await run(database, good[0], bad, good[1])
    assert counts == ImportCounts(unchanged=2, refused=1)
    assert [(row.line, row.field) for row in refused] == [(2, field)]
    assert await contents(database) == before


async def test_names_the_first_line_of_a_duplicate_in_another_batch(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue_import, "BATCH_PRODUCTS", 2)
    counts, refused = await run(database, product("1"), product("2"), product("3"), product("1", name="Again"))
    assert counts == ImportCounts(created=3, refused=1)
    assert refused == [RefusedRow(4, "externalId", "1", "stands twice in the file, first in line 1")]


async def test_refuses_one_sku_or_slug_for_two_products_of_a_batch(database: Database) -> None:
    counts, refused = await run(
        database,
        product("1", slug="own"),
        product("2", variants=[variant("SKU-1")]),
        product("3", slug="own"),
        product("4", merchant="Other", variants=[variant("SKU-1")]),
    )
    assert counts == ImportCounts(created=2, refused=2)
    assert [(row.line, row.field, row.value) for row in refused] == [
        (2, "variants[0].sku", "SKU-1"),
        (3, "slug", "own"),
    ]


@pytest.mark.parametrize(
    ("variants", "reason"),
    [
        ([variant("a", stock=1)], "SKU a has 2 units promised to orders"),
        ([variant("b")], "the variant is missing, but units of it are promised to orders"),
    ],
)
async def test_never_takes_away_what_is_promised(database: Database, variants: list[Any], reason: str) -> None:
    await run(database, product("1", variants=[variant("a")]))
    async with database.connection() as connection:
        await connection.execute("UPDATE stock_levels SET reserved = 2")
    before = await contents(database)
    counts, refused = await run(database, product("1", variants=variants))
    assert (counts, [row.reason for row in refused]) == (ImportCounts(refused=1), [reason])
    assert await contents(database) == before


async def test_leaves_movements_and_puts_nothing_into_a_closed_warehouse(database: Database) -> None:
    await run(
        database, product("1", variants=[variant("a", optionValues={"S": "1"}), variant("b", optionValues={"S": "2"})])
    )
    await run(database, product("1", variants=[variant("a", stock=7)]))
    moved = await select(database, "SELECT kind, difference, on_hand FROM stock_movements ORDER BY id")
    assert moved == [("IMPORT", 3, 3), ("IMPORT", 3, 3), ("REMOVAL", -3, 0), ("IMPORT", 4, 7)]
    async with database.connection() as connection:
        await connection.execute("UPDATE stock_levels SET on_hand = 0")
        await connection.execute("UPDATE warehouses SET active = false")
    before = await contents(database)
    counts, refused = await run(database, product("1", variants=[variant("a", stock=1)]))
    assert (counts, [(row.field, row.value, row.reason) for row in refused]) == (
        ImportCounts(refused=1),
        [("stock", "main", "the warehouse is closed")],
    )
    assert await contents(database) == before
    assert await run(database, product("1", variants=[variant("a", stock=0)])) == (ImportCounts(unchanged=1), [])


async def test_of_a_file_that_breaks_writes_nothing(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_bytes(b'{"externalId": "1"}\n' * 3000 + b"\xff")
    async with catalogue_import.begin(database) as importing:
        with pytest.raises(FeedError, match="line 3001: byte 1 of the line is not UTF-8"):
            await importing.run(formats.records(path, currency="USD"), merchant="acme")
    assert {table: rows for table, rows in (await contents(database)).items() if rows} == {}
