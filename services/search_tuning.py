"""Tuning search: synonyms and stop words, which reach the index through an event, and pinned products."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import InvalidInput
from models import advisory_locks
from models.advisory_locks import Lock
from models.products import Product
from models.search_tuning import SearchPin, SearchStopWord, SearchSynonym
from services import outbox

PINS_MAX: Final = 100
WORD_LENGTH_MAX: Final = 100


async def set_synonyms(session: AsyncSession, *, term: str, synonyms: Sequence[str]) -> None:
    """Let searches for `term` find what holds one of `synonyms` too; none takes the term away. Raises InvalidInput."""
    term = _word(term, field="term")
    words = _words(synonyms, field="synonyms")
    if words:
        setting = upsert(SearchSynonym).values(term=term, synonyms=words)
        await session.execute(
            setting.on_conflict_do_update(index_elements=[SearchSynonym.term], set_={"synonyms": words})
        )
    else:
        await session.execute(delete(SearchSynonym).where(SearchSynonym.term == term))
    await announce(session)


async def set_stop_words(session: AsyncSession, *, words: Sequence[str]) -> None:
    """Let searches pass over exactly these words. Raises InvalidInput."""
    await session.execute(delete(SearchStopWord))
    if words:
        # Two who set them at once: the second one's words are added to the first one's, and nothing fails.
        adding = upsert(SearchStopWord).on_conflict_do_nothing()
        await session.execute(adding, [{"word": word} for word in _words(words, field="words")])
    await announce(session)


async def set_pins(session: AsyncSession, *, query: str, product_ids: Sequence[int]) -> None:
    """Put products first, in this order, for exactly this query; none unpins. Raises InvalidInput.

    Pins are read when a search is made: they need no event.
    """
    query = _word(query, field="query")
    if len(product_ids) > PINS_MAX:
        raise InvalidInput(
            f"product_ids: {len(product_ids)} pins are too many; pin at most {PINS_MAX}", field="product_ids"
        )
    if len(set(product_ids)) < len(product_ids):
        raise InvalidInput("product_ids: a product is named twice; it can stand in one place only", field="product_ids")
    known = await session.scalar(select(func.count()).where(Product.id.in_(product_ids)))
    if (known or 0) < len(product_ids):
        raise InvalidInput("product_ids: not all of them are products of this shop", field="product_ids")
    await advisory_locks.take(session, Lock.SEARCH_PINS, of=query)
    await session.execute(delete(SearchPin).where(SearchPin.query == query))
    if product_ids:
        await session.execute(
            insert(SearchPin),
            [
                {"query": query, "product_id": product_id, "position": place}
                for place, product_id in enumerate(product_ids, 1)
            ],
        )


async def announce(session: AsyncSession) -> None:
    """Tell the index that synonyms or stop words have changed."""
    await outbox.append(session, "SEARCH_TUNING_CHANGED", subject=("search_tuning", 0), version=1)


def _words(texts: Sequence[str], *, field: str) -> list[str]:
    """Write words in lower case, each once, in their order."""
    return list(dict.fromkeys(_word(text, field=f"{field}.{index}") for index, text in enumerate(texts)))


def _word(text: str, *, field: str) -> str:
    word = text.strip().lower()
    if not word:
        raise InvalidInput("a search word must not be empty", field=field)
    if len(word) > WORD_LENGTH_MAX:
        raise InvalidInput(f"a search word has at most {WORD_LENGTH_MAX} characters", field=field)
    return word
