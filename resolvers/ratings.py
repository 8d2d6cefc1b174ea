"""Ratings: the average of whole stars."""

from dataclasses import dataclass
from functools import lru_cache

from models.database import Row


@dataclass(slots=True)
class Rating:
    """An average of stars to two decimals (None without reviews) and how many reviews it is of."""

    average: float | None
    count: int


def rating(rated: Row) -> Rating:
    """Make the rating of a row that carries `rating_sum` and `rating_count`."""
    count = rated["rating_count"]
    return Rating(_average(rated["rating_sum"], count) if count else None, count)


@lru_cache(maxsize=16_384)  # rounding takes three times as long as all the rest
def _average(stars: int, count: int) -> float:
    return round(stars / count, 2)
