"""Reviews: what a customer's word and a merchant's reply may be."""

from typing import Final

from domain.errors import InvalidInput

RATING_MIN, RATING_MAX = 1, 5
TITLE_LENGTH_MAX: Final = 200
BODY_LENGTH_MAX: Final = 5_000


def rating(given: int) -> int:
    """Check a number of stars. Raises InvalidInput."""
    if not RATING_MIN <= given <= RATING_MAX:
        raise InvalidInput(f"rating: {given} is not between {RATING_MIN} and {RATING_MAX}", field="rating")
    return given


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
