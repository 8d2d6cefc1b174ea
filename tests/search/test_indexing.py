"""The index ..."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from search import events, indexing, rebuilding
from search.client import Meilisearch
from search.errors import SearchUnavailableError
from search.indexing import Indexer


@asynccontextmanager
async def followed(indexer: Indexer, wake: asyncio.Event | None = None) -> AsyncIterator[None]:
    """Let an indexer run for the length of the block."""
    running = asyncio.create_task(indexer.run(wake))
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def comes_to_hold(shop: Any, text: str, ids: list[int], *, within_s: float = 2.0) -> None:
    began = time.monotonic()
    while await shop.ids(text) != ids:
        assert time.monotonic() - began < within_s
        await asyncio.sleep(0.02)


async def test_holds_a_new_product_and_forgets_one_that_is_taken_down(shop: Any) -> None:
    lamp = await shop.product("Lamp")
    await shop.index()
    assert await shop.ids("lamp") == [lamp]
    await shop.run("UPDATE products SET status = 'ARCHIVED' WHERE id = $1", lamp)
    await shop.happened("product", lamp)
    await shop.index()
    assert await shop.ids("lamp") == []


@pytest.mark.parametrize(("poll_s", "woken"), [(0.5, False), (60.0, True)])
async def test_holds_a_change_within_two_seconds_of_its_commit(
    shop: Any, monkeypatch: pytest.MonkeyPatch, *, poll_s: float, woken: bool
) -> None:
    monkeypatch.setattr(indexing, "POLL_S", poll_s)
    lamp = await shop.product("Lamp")
    await shop.index()
    wake = asyncio.Event()
    async with followed(shop.indexer, wake):
        await asyncio.sleep(0.2)  # it has nothing to do and waits
        for name in ("Chandelier", "Sconce"):
            await shop.run("UPDATE products SET name = $2 WHERE id = $1", lamp, name)
            await shop.happened("product", lamp)
            if woken:
                await shop.settled()  # what other databases of the server hold back is looked for at the next poll
                wake.set()
            await comes_to_hold(shop, name, [lamp])


async def test_follows_a_renamed_merchant_and_category(shop: Any) -> None:
    lamp = await shop.product("Lamp", category="lights")
    await shop.index()
    await shop.run("UPDATE merchants SET name = 'Zenith' WHERE slug = 'acme'")
    await shop.happened("merchant", await shop.merchant("acme"))
    await shop.run("UPDATE categories SET name = 'Luminaires' WHERE slug = 'lights'")
    await shop.happened("category", await shop.category("lights"))
    await shop.index()
    assert [await shop.ids("zenith"), await shop.ids("luminaires"), await shop.ids("acme")] == [[lamp], [lamp], []]
    assert [mention.noun for mention in await shop.search.everything("zenith", limit=5)] == ["merchants", "products"]


async def test_forgets_a_suspended_merchant_and_its_products(shop: Any) -> None:
    await shop.product("Lamp", merchant="shady")
    await shop.index()
    await shop.run("UPDATE merchants SET state = 'SUSPENDED' WHERE slug = 'shady'")
    await shop.happened("merchant", await shop.merchant("shady"))
    await shop.index()
    assert await shop.search.everything("shady", limit=5) == []
    assert await shop.ids("lamp") == []


async def test_follows_an_attribute_that_becomes_filterable(shop: Any) -> None:
    colour = await shop.attribute("colour", "TEXT", filterable=False)
    await shop.product("Lamp", attributes={"colour": "red"})
    await shop.index()
    assert "attributes.colour" not in await shop.facets()
    await shop.run("UPDATE attributes SET filterable = true WHERE id = $1", colour)
    await shop.happened("attribute", colour)
    await shop.index()
    assert (await shop.facets())["attributes.colour"].values == [("red", 1)]


async def test_follows_stock_through_events_about_variants(shop: Any) -> None:
    await shop.product("Lamp", stock=0)
    await shop.index()
    assert (await shop.facets())["availability"].values == [("false", 1)]
    await shop.run("UPDATE stock_levels SET on_hand = 3")
    await shop.happened("variant", await shop.run("SELECT id FROM variants"))
    await shop.index()
    assert (await shop.facets())["availability"].values == [("true", 1)]


async def test_skips_events_about_what_search_knows_nothing_of(shop: Any) -> None:
    await shop.index()
    await shop.happened("weather", 1)
    await shop.settled()
    assert [await shop.indexer.step(), await shop.indexer.step()] == [1, 0]


async def test_misses_no_event_that_commits_after_a_later_one(shop: Any) -> None:
    early, late = await shop.product("Early"), await shop.product("Late")
    await shop.index()
    async with shop.database.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("UPDATE products SET name = 'Dawn' WHERE id = $1", early)
        await connection.execute(
            """INSERT INTO events (type, subject_type, subject_id, subject_version)
               VALUES ('PRODUCT_CHANGED', 'product', $1, 2)""",
            early,
        )
        await shop.run("UPDATE products SET name = 'Dusk' WHERE id = $1", late)
        await shop.happened("product", late)
        await shop.index(settled=False)
        await transaction.commit()
    await shop.index()
    assert [await shop.ids("dawn"), await shop.ids("dusk")] == [[early], [late]]


async def test_is_written_by_one_of_two_indexers_at_a_time(shop: Any) -> None:
    await shop.product("Lamp")
    await shop.index()
    other = Indexer(shop.database, shop.engine, shop.indexes, locale="en")
    ids = [await shop.product(f"Chair {number}") for number in range(20)]
    await shop.settled()
    await asyncio.gather(*(each.step() for each in (shop.indexer, other) for _ in range(3)))
    await shop.index()
    assert sorted(await shop.ids("chair")) == ids


async def test_is_built_when_it_is_missing(shop: Any) -> None:
    lamp = await shop.product("Lamp")
    with pytest.raises(SearchUnavailableError):
        await shop.ids("lamp")
    await shop.index()
    assert await shop.ids("lamp") == [lamp]
    await shop.engine.carry_out("DELETE", f"/indexes/{shop.indexes.products}")
    await shop.index()
    assert await shop.ids("lamp") == [lamp]


async def test_is_built_anew_when_the_code_makes_other_documents(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    lamp = await shop.product("Lamp")
    await shop.index()
    before = indexing.consumer("en")
    # A change that no event tells of: only a rebuild can see it.
    await shop.run("UPDATE products SET name = 'Chandelier' WHERE id = $1", lamp)
    await shop.index()
    assert await shop.ids("chandelier") == []
    monkeypatch.setattr("search.indexes.DOCUMENT_VERSION", 99)
    await shop.index()
    assert await shop.ids("chandelier") == [lamp]
    async with shop.database.connection() as connection:
        assert await events.stored(connection, before) is None
        assert await events.stored(connection, indexing.consumer("en")) is not None


async def test_converges_after_the_engine_was_away(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "_PAUSE_FIRST_S", 0.01)
    lamp = await shop.product("Lamp")
    await shop.index()
    real = Meilisearch.request
    away = True

    async def request(self: Meilisearch, *given: Any, **named: Any) -> Any:
        if away:
            raise SearchUnavailableError
        return await real(self, *given, **named)

    monkeypatch.setattr(Meilisearch, "request", request)
    async with followed(shop.indexer):
        await shop.run("UPDATE products SET name = 'Chandelier' WHERE id = $1", lamp)
        await shop.happened("product", lamp)
        await asyncio.sleep(0.1)
        with pytest.raises(SearchUnavailableError):
            await shop.ids("chandelier")
        away = False
        await comes_to_hold(shop, "chandelier", [lamp])


async def test_loses_nothing_that_changes_while_it_is_rebuilt(shop: Any) -> None:
    ids = [await shop.product(f"Chair {number}") for number in range(30)]
    await shop.index()
    failures: list[BaseException] = []
    done = False

    async def search_all_the_time() -> int:
        searches = 0
        while not done:
            try:
                assert len(await shop.ids("chair", limit=100)) in {30, 29}
            except BaseException as failure:  # noqa: BLE001 - any failure at all counts
                failures.append(failure)
            searches += 1
        return searches

    async def rename_all() -> None:
        for product_id in ids[:29]:
            await shop.run("UPDATE products SET name = 'Renamed chair' WHERE id = $1", product_id)
            await shop.happened("product", product_id)
        await shop.run("DELETE FROM products WHERE id = $1", ids[29])
        await shop.happened("product", ids[29])

    searching = asyncio.create_task(search_all_the_time())
    count, _ = await asyncio.gather(
        rebuilding.rebuild(shop.database, shop.engine, shop.indexes, locale="en"), rename_all()
    )
    await shop.index()
    done = True
    assert await searching > 10
    assert failures == []
    assert count in {29, 30}
    assert sorted(await shop.ids("renamed chair", limit=100)) == ids[:29]


async def test_is_rebuilt_by_one_process_at_a_time(shop: Any) -> None:
    await shop.product("Lamp")
    results = await asyncio.gather(
        *(rebuilding.rebuild(shop.database, shop.engine, shop.indexes, locale="en") for _ in range(2)),
        return_exceptions=True,
    )
    assert sorted(map(str, results)) == [
        "1",
        "Another process is rebuilding the index just now; wait for it, then try again.",
    ]
