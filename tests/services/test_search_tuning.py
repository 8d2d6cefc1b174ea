"""Tuning search ..."""

import asyncio
from typing import Any

import pytest

from domain.errors import InvalidInput
from models.database import Database
from services import search_tuning
from tests.factories import catalogue


async def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    async with database.connection() as connection:
        return [tuple(row) for row in await connection.fetch(query)]


async def test_keeps_synonyms_lower_case_and_tells_the_index(database: Database) -> None:
    async with database.transaction() as session:
        await search_tuning.set_synonyms(session, term=" Couch", synonyms=["Sofa ", "settee", "SOFA"])
    assert await rows(database, "SELECT * FROM search_synonyms") == [("couch", ["sofa", "settee"])]
    assert await rows(database, "SELECT type, subject_type, subject_id FROM events") == [
        ("SEARCH_TUNING_CHANGED", "search_tuning", 0)
    ]
    async with database.transaction() as session:
        await search_tuning.set_synonyms(session, term="couch", synonyms=[])
    assert await rows(database, "SELECT * FROM search_synonyms") == []


async def test_replaces_all_stop_words(database: Database) -> None:
    async with database.transaction() as session:
        await search_tuning.set_stop_words(session, words=["The", "of"])
        await search_tuning.set_stop_words(session, words=["a", "A", "of"])
    assert await rows(database, "SELECT word FROM search_stop_words ORDER BY word") == [("a",), ("of",)]
    assert await rows(database, "SELECT count(*) FROM events") == [(2,)]
    async with database.transaction() as session:
        await search_tuning.set_stop_words(session, words=[])
    assert await rows(database, "SELECT word FROM search_stop_words") == []


async def test_pins_products_in_their_order_and_refuses_what_is_none(database: Database) -> None:
    async with database.connection() as connection:
        merchant = await catalogue.merchant(connection)
        one, two = [await catalogue.product(connection, merchant) for _ in range(2)]
    async with database.transaction() as session:
        await search_tuning.set_pins(session, query=" Lamp ", product_ids=[two, one])
    pinned = [("lamp", two, 1), ("lamp", one, 2)]
    query = "SELECT query, product_id, position FROM search_pins ORDER BY position"
    assert await rows(database, query) == pinned
    for wrong in ([one, one], [one, two + 1], list(range(101))):
        with pytest.raises(InvalidInput):
            async with database.transaction() as session:
                await search_tuning.set_pins(session, query="lamp", product_ids=wrong)
    assert await rows(database, query) == pinned


async def test_of_one_query_by_two_at_once_takes_turns(database: Database) -> None:
    async with database.connection() as connection:
        merchant = await catalogue.merchant(connection)
        products = [await catalogue.product(connection, merchant) for _ in range(6)]

    async def pin(ids: list[int]) -> None:
        async with database.transaction() as session:
            await search_tuning.set_pins(session, query="lamp", product_ids=ids)
            await search_tuning.set_stop_words(session, words=[f"w{each}" for each in ids])

    await asyncio.gather(*(pin(products[begin:]) for begin in range(6)))
    kept = [row[0] for row in await rows(database, "SELECT product_id FROM search_pins ORDER BY position")]
    assert kept in [products[begin:] for begin in range(6)]


async def test_refuses_an_empty_word_and_one_that_is_too_long(database: Database) -> None:
    for word, message in ((" ", "must not be empty"), ("x" * 101, "at most 100 characters")):
        with pytest.raises(InvalidInput, match=message):
            async with database.transaction() as session:
                await search_tuning.set_synonyms(session, term="x", synonyms=[word])
    assert await rows(database, "SELECT count(*) FROM events") == [(0,)]
