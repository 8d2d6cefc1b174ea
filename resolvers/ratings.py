"""Ratings: the average of whole stars."""

from dataclasses import dataclass

from models.database import Row


@dataclass(slots=True)
class Rating:
    """An average of stars to two decimals (None without reviews) and how many reviews it is of."""

    average: float | None
    count: int


def rating(rated: Row) -> Rating:
    """Make the rating of a row that carries `rating_sum` and `rating_count`."""
    count = rated["rating_count"]
    return Rating(round(rated["rating_sum"] / count, 2) if count else None, count)
