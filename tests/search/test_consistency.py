"""The check of the index against the database ..."""

from typing import Any

import pytest

from search.consistency import WINDOW, ConsistencyCheck


@pytest.fixture
def check(shop: Any) -> ConsistencyCheck:
    return ConsistencyCheck(shop.database, shop.engine, shop.indexes, shop.indexer, locale="en")


async def test_finds_nothing_when_the_index_has_followed(shop: Any, check: ConsistencyCheck) -> None:
    for number in range(3):
        await shop.product(f"Chair {number}", ratings=[3, 4, 4], prices={"USD": 199}, attributes={"x": 0.1})
    await shop.product("Draft", status="DRAFT")
    report = await check.run(windows=None)
    assert (report.checked, report.drifted) == (3, [])


async def test_finds_and_repairs_what_is_missing_stale_and_should_be_gone(shop: Any, check: ConsistencyCheck) -> None:
    missing, stale, gone, _ = [await shop.product(f"Chair {number}") for number in range(4)]
    await shop.index()
    # Changes that no event tells of.
    await shop.engine.carry_out("DELETE", f"/indexes/{shop.indexes.products}/documents/{missing}")
    await shop.run("UPDATE products SET name = 'Sofa' WHERE id = $1", stale)
    await shop.run("DELETE FROM products WHERE id = $1", gone)
    report = await check.run(windows=None)
    assert (report.checked, report.missing, report.stale, report.orphaned) == (3, [missing], [stale], [gone])
    await check.repair(report)
    report = await check.run(windows=None)
    assert (report.checked, report.drifted) == (3, [])
    assert await shop.ids("sofa") == [stale]


async def test_compares_as_many_windows_as_it_is_told(shop: Any, check: ConsistencyCheck) -> None:
    first = await shop.product("First")
    await shop.run("SELECT setval(pg_get_serial_sequence('products', 'id'), $1)", first + 4 * WINDOW)
    await shop.product("Last")
    seen: list[tuple[int, int]] = []
    await check.run(windows=2, seed=1, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]
    assert (await check.run(windows=None)).checked == 2
