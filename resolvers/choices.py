"""How much one filter may name: every value costs the database or the engine a look of its own."""

from domain.errors import InvalidInput

CHOICES_MAX = 100


def check(count: int, *, field: str) -> None:
    """Refuse a filter that names more merchants, attributes and attributes' values than `CHOICES_MAX` together.

    Raises InvalidInput.
    """
    if count > CHOICES_MAX:
        raise InvalidInput(
            f"{field}: {count} merchants, attributes and values are too many; name at most {CHOICES_MAX}", field=field
        )
