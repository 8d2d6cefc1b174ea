"""The demo's reviews: put together from phrases, for products that have none yet."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from services import outbox
from services.demo_products import EXTERNAL_ID_PREFIX
from services.demo_words import REVIEW_DETAILS, REVIEW_TITLES, REVIEW_VERDICTS, REVIEWER_INITIALS, REVIEWERS

BATCH_PRODUCTS = 1_000
_COLUMNS = ("product_id", "rating", "title", "body", "author_name", "created_at")
_EPOCH = datetime(2025, 6, 1, tzinfo=UTC)
_YEAR_MINUTES = 365 * 24 * 60
_COUNTS = (0, 0, 1, 1, 2, 3, 4, 5, 7, 9, 14)
# How the stars fall, from one star to five, for products from poor to loved.
_TEMPERS = ((4, 5, 6, 4, 1), (1, 2, 5, 7, 5), (0, 1, 3, 8, 8), (0, 0, 1, 5, 14), (1, 0, 1, 4, 18))

_WITHOUT_REVIEWS = """
SELECT id, external_id FROM products
WHERE external_id LIKE $1 || '%' AND NOT EXISTS (SELECT FROM reviews WHERE product_id = products.id)
ORDER BY external_id
"""

_BUMP = """
UPDATE products SET version = version + 1, updated_at = now() WHERE id = ANY($1) RETURNING id, version
"""


async def write(connection: asyncpg.Connection, *, seed: int) -> int:
    """Write the reviews of demo products that have none, a transaction for each batch; answers how many there were."""
    rows = await connection.fetch(_WITHOUT_REVIEWS, EXTERNAL_ID_PREFIX)
    reviews = [
        (row["id"], *review)
        for row in rows
        for review in _reviews(random.Random(f"{seed}/reviews/{row['external_id']}"))  # noqa: S311  demo data
    ]
    size = BATCH_PRODUCTS * 5
    for start in range(0, len(reviews), size):
        batch = reviews[start : start + size]
        async with connection.transaction():
            await connection.copy_records_to_table("reviews", records=batch, columns=_COLUMNS)
            reviewed = await connection.fetch(_BUMP, sorted({review[0] for review in batch}))
            await outbox.append_many(
                connection,
                event_type="PRODUCT_CHANGED",
                subject_type="product",
                subjects=[(row["id"], row["version"]) for row in reviewed],
            )
    return len(reviews)


def _reviews(rng: random.Random) -> list[tuple[Any, ...]]:
    temper = rng.choice(_TEMPERS)
    return [_review(rng, temper) for _ in range(rng.choice(_COUNTS))]


def _review(rng: random.Random, temper: tuple[int, ...]) -> tuple[Any, ...]:
    (rating,) = rng.choices((1, 2, 3, 4, 5), temper)
    details = rng.sample(REVIEW_DETAILS, rng.randint(0, 2))
    return (
        rating,
        rng.choice(REVIEW_TITLES[rating]),
        " ".join([rng.choice(REVIEW_VERDICTS[rating]), *details]),
        f"{rng.choice(REVIEWERS)} {rng.choice(REVIEWER_INITIALS)}.",
        _EPOCH + timedelta(minutes=rng.randrange(_YEAR_MINUTES)),
    )
