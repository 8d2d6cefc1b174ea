"""Commission: what the platform keeps of what a merchant sells."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from domain import money


class Rule(NamedTuple):
    """A rate in basis points, for a merchant, a category with all below it, both, or (neither) everything."""

    merchant_id: int | None
    category_id: int | None
    rate_bp: int


def rate(rules: Iterable[Rule], *, merchant_id: int, category_path: Sequence[int]) -> int:
    """Give the rate of the closest rule: the merchant's before everybody's, then the nearest category's; 0 without one.

    `category_path` are the goods' categories from the root down to their own.
    """
    depths: dict[int | None, int] = {None: 0, **{category: at for at, category in enumerate(category_path, 1)}}
    closest, found = (False, -1), 0
    for rule in rules:
        if rule.category_id not in depths or rule.merchant_id not in {None, merchant_id}:
            continue
        closeness = (rule.merchant_id is not None, depths[rule.category_id])
        if closeness > closest:
            closest, found = closeness, rule.rate_bp
    return found


def of_line(*, net: int, tax: int, tax_included: bool, rate_bp: int) -> int:
    """Give the commission on a line: the rate of its net price without the tax in it, rounded half up."""
    return money.portion(net - tax if tax_included else net, rate_bp)
