"""What a search has found is remembered ..."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from search.client import Meilisearch
from tests.hearing import hearing
from tests.search.clients import SEARCH, Client


@pytest.fixture
async def listening(client: Client) -> AsyncIterator[Client]:
    """One whose process hears of changes."""
    async with hearing(client.changes):
        yield client


async def totals(client: Client, query: str, expected: int) -> bool:
    """Ask until so many are found, with facets that say so too; long, since the machine may be crowded."""
    for _ in range(2_000):
        found = (await client.ask(SEARCH, query=query))["productSearch"]
        merchants = [value for facet in found["facets"] if facet["name"] == "merchant" for value in facet["values"]]
        assert sum(value["count"] for value in merchants) == found["totalCount"]
        if found["totalCount"] == expected:
            return True
        await asyncio.sleep(0.01)
    return False


async def test_remembers_what_was_found(shop: Any, listening: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    request = Meilisearch.request

    async def counted(self: Meilisearch, method: str, path: str, body: Any = None, **more: Any) -> Any:
        if path == "/multi-search":
            asked.append(body)
        return await request(self, method, path, body, **more)

    await shop.product("Lamp")
    await shop.index()
    monkeypatch.setattr(Meilisearch, "request", counted)
    for _ in range(1_000):  # notices of what was written above may still be under way
        asked.clear()
        found = [await listening.ask(SEARCH, query="lamp") for _ in range(2)]
        if not asked:
            break
    assert not asked
    assert found[0] == found[1]
    assert found[0]["productSearch"]["totalCount"] == 1
    for other in (
        'query: "lamps"',
        'query: "lamp", sort: NAME',
        'query: "lamp", first: 3',
        'query: "lamp", locale: "de"',
    ):
        asked.clear()
        assert (await listening.ask(f"{{ productSearch({other}) {{ totalCount }} }}"))["productSearch"][
            "totalCount"
        ] == 1
        assert len(asked) == 1


async def test_forgets_what_was_found_when_the_index_is_written(shop: Any, listening: Client) -> None:
    await shop.product("Lamp")
    await shop.index()
    assert await totals(listening, "lamp", 1)
    assert await totals(listening, "light", 0)
    await shop.product("Lamp of another kind")
    await shop.index()
    assert await totals(listening, "lamp", 2)
    await shop.run("INSERT INTO search_synonyms VALUES ('light', '{lamp}')")
    await shop.happened("search_tuning", 1)
    await shop.index()
    assert await totals(listening, "light", 2)


async def test_forgets_labels_when_their_rows_change(shop: Any, listening: Client) -> None:
    await shop.product("Lamp")
    await shop.index()
    for label in ("Acme", "Ajax"):
        await shop.run("UPDATE merchants SET name = $1", label)
        for _ in range(2_000):
            found = (await listening.ask(SEARCH, query="lamp"))["productSearch"]["facets"]
            labels = [each["label"] for facet in found if facet["name"] == "merchant" for each in facet["values"]]
            if labels == [label]:
                break
            await asyncio.sleep(0.01)
        assert labels == [label]
