"""Reviews: what a customer's word and a merchant's reply may be."""

import math
from typing import Final

from domain.errors import InvalidInput

RATING_MIN, RATING_MAX = 1, 5
SCORE_UNITS: Final = 10_000
"""Averages are kept in so many parts of a star."""
TITLE_LENGTH_MAX: Final = 200
BODY_LENGTH_MAX: Final = 5_000


def rating(given: int) -> int:
    """Check a number of stars. Raises InvalidInput."""
    if not RATING_MIN <= given <= RATING_MAX:
        raise InvalidInput(f"rating: {given} is not between {RATING_MIN} and {RATING_MAX}", field="rating")
    return given


def least_score(stars: float) -> int:
    """Write the least average of a list's filter as averages are kept. Raises InvalidInput."""
    if not 0 <= stars <= RATING_MAX:
        raise InvalidInput(
            f"filter.rating.min: {stars} is not between 0 and {RATING_MAX} stars", field="filter.rating.min"
        )
    # 4.1 stars are 41,000, although 4.1 * 10,000 is a little more as a float.
    return math.ceil(stars * SCORE_UNITS - 1e-6)


def title(text: str) -> str:
    """Trim a heading, which may be empty. Raises InvalidInput."""
    trimmed = " ".join(text.split())
    if len(trimmed) > TITLE_LENGTH_MAX:
        raise InvalidInput(f"title: it is longer than {TITLE_LENGTH_MAX} characters", field="title")
    return trimmed


def body(text: str) -> str:
    """Trim a text, which may be empty. Raises InvalidInput."""
    trimmed = text.strip()
    if len(trimmed) > BODY_LENGTH_MAX:
        raise InvalidInput(f"body: it is longer than {BODY_LENGTH_MAX:,} characters", field="body")
    return trimmed


def reply(text: str) -> str | None:
    """Trim a reply; None for an empty one, which takes it back. Raises InvalidInput."""
    return body(text) or None
