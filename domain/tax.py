"""Tax: rates by class in a region, in or on top of the prices, rounded line by line or once for each invoice."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, NamedTuple

from domain import money
from domain.errors import InvalidInput
from domain.money import BASIS_POINTS, Rounding

STANDARD: Final = "standard"
"""The tax class of what nobody has given another."""
_CLASS: Final = re.compile(r"[a-z][a-z_]{0,39}", re.ASCII)


class TaxError(InvalidInput):
    """A rate makes no sense."""


def check_class(tax_class: str, *, field: str) -> str:
    """Give a tax class as it is. Raises InvalidInput about `field`, written as the schema does, for what cannot be."""
    if _CLASS.fullmatch(tax_class) is None:
        first, *others = field.rpartition(".")[2].split("_")
        name = first + "".join(other.title() for other in others)
        raise InvalidInput(
            f"{name}: {tax_class[:60]!r} is no tax class; write 1 to 40 small letters and underscores", field=field
        )
    return tax_class


class TaxRounding(Enum):
    """What a tax is rounded over."""

    PER_LINE = "per_line"
    """Each variant of the cart and each delivery by itself; lines of the same variant and price are one."""
    PER_ORDER = "per_order"
    """Each rate of each merchant's part once, delivery included, then split by what its lines cost."""


@dataclass(frozen=True, slots=True)
class TaxRules:
    """How a region taxes: `rates` are basis points by tax class; a class that is not named has the `standard` rate."""

    region: str
    standard: int = 0
    rates: Mapping[str, int] = field(default_factory=dict)
    inclusive: bool = True
    """Whether the prices contain the tax, or it comes on top."""
    per: TaxRounding = TaxRounding.PER_LINE
    rounding: Rounding = Rounding.HALF_UP
    name: str = "Tax"

    def __post_init__(self) -> None:
        for rate in (self.standard, *self.rates.values()):
            if not 0 <= rate <= 10 * BASIS_POINTS:
                raise TaxError(f"a tax rate is 0 to {10 * BASIS_POINTS} basis points, found {rate}")

    def rate(self, tax_class: str) -> int:
        """Give the rate of a tax class in basis points."""
        return self.rates.get(tax_class, self.standard)


class Taxable(NamedTuple):
    """A list of what is taxed, in columns: whose part it belongs to, and its rate in basis points."""

    merchant_ids: Sequence[int]
    rates: Sequence[int]

    @property
    def highest_rate(self) -> int:
        """Give the highest rate, 0 when there is nothing."""
        return max(self.rates, default=0)


class Taxes(NamedTuple):
    """The tax of each place, and the places that got a minor unit of a remainder, by rate."""

    amounts: list[int]
    receivers: dict[int, list[int]]


def _of(net: int, rate: int, rules: TaxRules) -> int:
    return money.divide(net * rate, BASIS_POINTS + rate if rules.inclusive else BASIS_POINTS, rules.rounding)


def _groups(nets: Sequence[int], taxable: Taxable) -> dict[tuple[int, int], list[int]]:
    groups: dict[tuple[int, int], list[int]] = {}
    for place, (merchant_id, rate) in enumerate(zip(taxable.merchant_ids, taxable.rates, strict=True)):
        if rate and nets[place]:
            groups.setdefault((rate, merchant_id), []).append(place)
    return groups


def roundings(taxable: Taxable, rules: TaxRules) -> int:
    """Count how often a tax is rounded at most; each time it moves by half a minor unit or less."""
    if rules.per is TaxRounding.PER_LINE:
        return sum(rate > 0 for rate in taxable.rates)
    return len(_groups([1] * len(taxable.rates), taxable))


def taxes(nets: Sequence[int], taxable: Taxable, rules: TaxRules) -> Taxes:
    """Compute the tax of each place from what is paid for it, in minor units."""
    if rules.per is TaxRounding.PER_LINE:
        return Taxes([_of(net, rate, rules) for net, rate in zip(nets, taxable.rates, strict=True)], {})
    amounts = [0] * len(nets)
    receivers: dict[int, list[int]] = {}
    for (rate, _), places in _groups(nets, taxable).items():
        weights = [nets[place] for place in places]
        shares, _, lucky = money.allocate(_of(sum(weights), rate, rules), weights)
        for place, share in zip(places, shares, strict=True):
            amounts[place] = share
        if lucky:
            receivers.setdefault(rate, []).extend(places[at] for at in lucky)
    return Taxes(amounts, receivers)


def on_top(nets: Sequence[int], taxable: Taxable, rules: TaxRules) -> int:
    """Sum what `taxes` adds to the price, without splitting it: 0 where the prices contain it."""
    if rules.inclusive:
        return 0
    if rules.per is TaxRounding.PER_LINE:
        if rules.rounding is Rounding.HALF_UP:  # written out: the search for the best coupons asks thousands of times
            columns = zip(nets, taxable.rates, strict=True)
            return sum([(2 * net * rate + BASIS_POINTS) // (2 * BASIS_POINTS) for net, rate in columns])
        return sum(_of(net, rate, rules) for net, rate in zip(nets, taxable.rates, strict=True))
    sums: dict[tuple[int, int], int] = {}
    for net, rate, merchant_id in zip(nets, taxable.rates, taxable.merchant_ids, strict=True):
        sums[rate, merchant_id] = sums.get((rate, merchant_id), 0) + net
    return sum(_of(net, rate, rules) for (rate, _), net in sums.items())
