"""Ratings: the average of whole stars."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.database import Row
from resolvers.context import Context


@dataclass(slots=True)
class Rating:
    """An average of stars to two decimals (None without reviews) and how many reviews it is of."""

    average: float | None
    count: int


async def ratings(rated: Sequence[Row], _: Context) -> list[Rating]:
    """Answer the ratings of rows that carry `rating_sum` and `rating_count`."""
    return [
        Rating(round(row["rating_sum"] / row["rating_count"], 2) if row["rating_count"] else None, row["rating_count"])
        for row in rated
    ]
