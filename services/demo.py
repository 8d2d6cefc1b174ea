"""Demo data: a believable marketplace of our own making, the same for the same seed.

Loading it again changes nothing; asking for more products adds them.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import asyncpg

from domain import catalogue_records
from models.database import Database
from services import catalogue_import, demo_legal_details, demo_products, demo_reviews, outbox
from services.catalogue_import import CheckedRow, ImportCounts
from services.catalogue_import_vocabulary import Vocabulary
from services.demo_shelves import ATTRIBUTES, SHELVES, Words
from services.demo_words import COLLECTIONS, MERCHANTS, STOP_WORDS, SYNONYMS

PRODUCT_SLUG = demo_products.FIRST_PRODUCT_SLUG
"""A product that the demo data always holds."""
ROOT_CATEGORY_SLUG = "home-living"
"""A root category with many products."""
MERCHANT_SLUG = "northwind-living"
"""The merchant of that product."""


class DemoCounts(NamedTuple):
    """What loading did: the products by what became of them, and how many reviews were written."""

    products: ImportCounts
    reviews: int


async def load(
    database: Database,
    *,
    products: int = 2_000,
    seed: int = 7,
    progress: Callable[[int, int], None] | None = None,
) -> DemoCounts:
    """Load the first `products` products with all that belongs to them; `progress` is told (done, all) products.

    Raises ImportBusyError when an import runs on the same database.
    """
    async with database.connection() as connection, connection.transaction():
        await _add_merchants(connection)
        await demo_legal_details.write(connection)
        await _add_categories(connection)
    async with catalogue_import.begin(database) as importing:
        counts = await importing.run(
            _rows(products, seed),
            hints={key: hint for key, (hint, _) in ATTRIBUTES.items()},
            progress=lambda so_far: progress(so_far.total, products) if progress else None,
        )
    async with database.connection() as connection:
        reviews = await demo_reviews.write(connection, seed=seed)
        async with connection.transaction():
            await _add_collections(connection)
            await _add_search_tuning(connection)
    return DemoCounts(counts, reviews)


def _rows(products: int, seed: int) -> Iterator[CheckedRow]:
    for line, document in enumerate(demo_products.documents(products=products, seed=seed), 1):
        yield CheckedRow(line, 2_000, catalogue_records.read(document, currency="USD"))


async def _add_merchants(connection: asyncpg.Connection) -> None:
    rows = await connection.fetch(
        """INSERT INTO merchants (slug, name, description)
           SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT (slug) DO NOTHING RETURNING id""",
        [merchant.slug for merchant in MERCHANTS],
        [merchant.name for merchant in MERCHANTS],
        [merchant.description for merchant in MERCHANTS],
    )
    await outbox.append_many(
        connection,
        event_type="MERCHANT_CHANGED",
        subject_type="merchant",
        subjects=[(row["id"], 1) for row in rows],
    )


async def _add_categories(connection: asyncpg.Connection) -> None:
    """Make the tree in the order of the shelves, and give its nodes their names in German and French."""
    vocabulary = await Vocabulary.load(connection)
    names: dict[tuple[str, ...], Words] = {}
    for shelf in SHELVES:
        levels = (shelf.root, shelf.section, shelf.name)
        for depth in range(1, len(levels) + 1):
            names[tuple(shelf.path[:depth])] = levels[depth - 1]
    missing = [path for path in names if path not in vocabulary.categories]
    await vocabulary.save_categories(connection, missing)
    positions = list(names)
    await connection.executemany(
        "UPDATE categories SET position = $2 WHERE id = $1",
        [(vocabulary.categories[path], positions.index(path)) for path in missing],
    )
    await connection.executemany(
        """INSERT INTO category_translations (category_id, locale, name) VALUES ($1, $2, $3)
           ON CONFLICT (category_id, locale) DO NOTHING""",
        [
            (vocabulary.categories[path], locale, name)
            for path, words in names.items()
            for locale, name in (("de", words.de), ("fr", words.fr))
        ],
    )


async def _add_collections(connection: asyncpg.Connection) -> None:
    await connection.executemany(
        """INSERT INTO collections (slug, name, description, rule) VALUES ($1, $2, $3, $4)
           ON CONFLICT (slug) DO NOTHING""",
        COLLECTIONS,
    )


async def _add_search_tuning(connection: asyncpg.Connection) -> None:
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM search_synonyms)"):
        await outbox.append_many(
            connection, event_type="SEARCH_TUNING_CHANGED", subject_type="search_tuning", subjects=[(0, 1)]
        )
    await connection.executemany(
        "INSERT INTO search_synonyms (term, synonyms) VALUES ($1, $2) ON CONFLICT (term) DO NOTHING", SYNONYMS.items()
    )
    await connection.executemany(
        "INSERT INTO search_stop_words (word) VALUES ($1) ON CONFLICT (word) DO NOTHING",
        [(word,) for word in STOP_WORDS],
    )
    await connection.execute(
        """INSERT INTO search_pins (query, product_id, position) SELECT 'lamp', id, 1 FROM products WHERE slug = $1
           ON CONFLICT DO NOTHING""",
        PRODUCT_SLUG,
    )
