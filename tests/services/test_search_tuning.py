"""Tuning search ..."""

from typing import Any

import pytest

from domain.errors import InvalidInput
from models.database import Database
from services import search_tuning


async def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    async with database.connection() as connection:
        return [tuple(row) for row in await connection.fetch(query)]


async def test_keeps_synonyms_lower_case_and_tells_the_index(database: Database) -> None:
    async with database.connection() as connection, connection.transaction():
        await search_tuning.set_synonyms(connection, term=" Couch", synonyms=["Sofa ", "settee"])
    assert await rows(database, "SELECT * FROM search_synonyms") == [("couch", ["sofa", "settee"])]
    assert await rows(database, "SELECT type, subject_type, subject_id FROM events") == [
        ("SEARCH_TUNING_CHANGED", "search_tuning", 0)
    ]
    async with database.connection() as connection, connection.transaction():
        await search_tuning.set_synonyms(connection, term="couch", synonyms=[])
    assert await rows(database, "SELECT * FROM search_synonyms") == []


async def test_replaces_all_stop_words(database: Database) -> None:
    async with database.connection() as connection, connection.transaction():
        await search_tuning.set_stop_words(connection, words=["The", "of"])
        await search_tuning.set_stop_words(connection, words=["a", "A", "of"])
    assert await rows(database, "SELECT word FROM search_stop_words ORDER BY word") == [("a",), ("of",)]
    assert await rows(database, "SELECT count(*) FROM events") == [(2,)]


async def test_pins_products_in_their_order_and_refuses_what_is_none(database: Database) -> None:
    async with database.connection() as connection, connection.transaction():
        merchant = await connection.fetchval("INSERT INTO merchants (slug, name) VALUES ('a', 'A') RETURNING id")
        one, two = [
            await connection.fetchval(
                "INSERT INTO products (merchant_id, slug, name) VALUES ($1, $2, 'X') RETURNING id", merchant, slug
            )
            for slug in ("one", "two")
        ]
        await search_tuning.set_pins(connection, query=" Lamp ", product_ids=[two, one])
    pinned = [("lamp", two, 1), ("lamp", one, 2)]
    query = "SELECT query, product_id, position FROM search_pins ORDER BY position"
    assert await rows(database, query) == pinned
    for wrong in ([one, one], [one, two + 1], list(range(101))):
        async with database.connection() as connection:
            with pytest.raises(InvalidInput):
                async with connection.transaction():
                    await search_tuning.set_pins(connection, query="lamp", product_ids=wrong)
    assert await rows(database, query) == pinned


async def test_refuses_an_empty_word(database: Database) -> None:
    async with database.connection() as connection, connection.transaction():
        with pytest.raises(InvalidInput, match="must not be empty"):
            await search_tuning.set_synonyms(connection, term=" ", synonyms=["x"])
    assert await rows(database, "SELECT count(*) FROM events") == [(0,)]
