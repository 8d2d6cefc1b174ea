"""Articles of the knowledge base: what one may be."""

from typing import Final

from domain.errors import InvalidInput

TITLE_LENGTH_MAX: Final = 200
BODY_LENGTH_MAX: Final = 50_000


def title(text: str) -> str:
    """Trim a title. Raises InvalidInput."""
    trimmed = " ".join(text.split())
    if not 0 < len(trimmed) <= TITLE_LENGTH_MAX:
        raise InvalidInput(f"title: a title has 1 to {TITLE_LENGTH_MAX} characters", field="title")
    return trimmed


def body(text: str) -> str:
    """Trim a text. Raises InvalidInput."""
    trimmed = text.strip()
    if not 0 < len(trimmed) <= BODY_LENGTH_MAX:
        raise InvalidInput(f"body: a text has 1 to {BODY_LENGTH_MAX:,} characters", field="body")
    return trimmed
