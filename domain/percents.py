"""Percentages and factors as decimal texts, kept as whole ten-thousandths."""

from decimal import Decimal
from typing import Final

from domain.errors import InvalidInput

_HUNDRED: Final = 10_000
"""100 per cent in basis points."""


def basis_points(text: str, *, field: str, most: int = 100) -> int:
    """Read "12.5" as 1,250. Raises InvalidInput for what is finer than a hundredth of a percent or out of bounds."""
    points = Decimal(text) * 100
    if points != points.to_integral_value() or not 0 <= points <= most * 100:
        raise InvalidInput(
            f"{field}: {text} is no percentage; write 0 to {most} with at most two decimals", field=field
        )
    return int(points)


def factor(text: str, *, field: str, most: int = 100) -> int:
    """Read "1.5" as 15,000. Raises InvalidInput for what is finer than a ten-thousandth or out of bounds."""
    points = Decimal(text) * _HUNDRED
    if points != points.to_integral_value() or not 0 <= points <= most * _HUNDRED:
        raise InvalidInput(f"{field}: {text} is not between 0 and {most} with at most four decimals", field=field)
    return int(points)
