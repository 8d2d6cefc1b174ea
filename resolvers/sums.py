"""Sums of money as inputs have them: decimal texts in a currency."""

from domain import money
from domain.errors import InvalidInput


def minor(text: str, currency: str, *, field: str) -> int:
    """Read an amount as minor units. Raises InvalidInput about `field`, named as clients have it."""
    try:
        return money.parse_amount(text, currency)
    except InvalidInput as error:
        first, *others = field.rpartition(".")[2].split("_")
        name = first + "".join(other.title() for other in others)
        raise InvalidInput(f"{name}: {error.message}", field=field) from None
