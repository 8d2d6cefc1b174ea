"""Tuning search: synonyms and stop words, which reach the index through an event, and pinned products.

Every function takes a connection with an open transaction.
"""

from collections.abc import Sequence

import asyncpg

from domain.errors import InvalidInput
from services import outbox

PINS_MAX = 100


async def set_synonyms(connection: asyncpg.Connection, *, term: str, synonyms: Sequence[str]) -> None:
    """Let searches for `term` find what holds one of `synonyms` too; none takes the term away. Raises InvalidInput."""
    term, words = _word(term), [_word(synonym) for synonym in synonyms]
    if words:
        await connection.execute(
            """INSERT INTO search_synonyms (term, synonyms) VALUES ($1, $2)
               ON CONFLICT (term) DO UPDATE SET synonyms = excluded.synonyms""",
            term,
            words,
        )
    else:
        await connection.execute("DELETE FROM search_synonyms WHERE term = $1", term)
    await announce(connection)


async def set_stop_words(connection: asyncpg.Connection, *, words: Sequence[str]) -> None:
    """Let searches pass over exactly these words. Raises InvalidInput."""
    await connection.execute("DELETE FROM search_stop_words")
    await connection.execute(
        "INSERT INTO search_stop_words (word) SELECT DISTINCT unnest($1::text[])", [_word(word) for word in words]
    )
    await announce(connection)


async def set_pins(connection: asyncpg.Connection, *, query: str, product_ids: Sequence[int]) -> None:
    """Put products first, in this order, for exactly this query; none unpins. Raises InvalidInput.

    Pins are read when a search is made: they need no event.
    """
    query = _word(query)
    if len(product_ids) > PINS_MAX:
        raise InvalidInput(f"product_ids: {len(product_ids)} pins are too many; pin at most {PINS_MAX}")
    if len(set(product_ids)) < len(product_ids):
        raise InvalidInput("product_ids: a product is named twice; it can stand in one place only")
    known = await connection.fetchval("SELECT count(*) FROM products WHERE id = ANY ($1::bigint[])", product_ids)
    if known < len(product_ids):
        raise InvalidInput("product_ids: not all of them are products of this shop")
    await connection.execute("DELETE FROM search_pins WHERE query = $1", query)
    await connection.execute(
        """INSERT INTO search_pins (query, product_id, position)
           SELECT $1, pin.id, pin.place FROM unnest($2::bigint[]) WITH ORDINALITY AS pin (id, place)""",
        query,
        product_ids,
    )


async def announce(connection: asyncpg.Connection) -> None:
    """Tell the index that synonyms or stop words have changed."""
    await outbox.append_many(
        connection, event_type="SEARCH_TUNING_CHANGED", subject_type="search_tuning", subjects=[(0, 1)]
    )


def _word(text: str) -> str:
    word = text.strip().lower()
    if not word:
        raise InvalidInput("a search word must not be empty")
    return word
