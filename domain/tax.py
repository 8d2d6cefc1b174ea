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
        columns = zip(nets, taxable.rates, strict=True)
        # Written out: the search for the best coupons asks thousands of times.
        if rules.rounding is Rounding.HALF_UP:
            return sum([(2 * net * rate + BASIS_POINTS) // (2 * BASIS_POINTS) for net, rate in columns])
        rounded = [divmod(2 * net * rate + BASIS_POINTS, 2 * BASIS_POINTS) for net, rate in columns]
        return sum([up if over else up & ~1 for up, over in rounded])
    sums: dict[tuple[int, int], int] = {}
    for net, rate, merchant_id in zip(nets, taxable.rates, taxable.merchant_ids, strict=True):
        sums[rate, merchant_id] = sums.get((rate, merchant_id), 0) + net
    return sum(_of(net, rate, rules) for (rate, _), net in sums.items())


def _less(before: int, share: int, rate: int, *, even: bool) -> int:
    """Say how much less `_of` makes of what is `share` less, where the tax comes on top."""
    was, over_was = divmod(2 * before * rate + BASIS_POINTS, 2 * BASIS_POINTS)
    now, over_now = divmod(2 * (before - share) * rate + BASIS_POINTS, 2 * BASIS_POINTS)
    if even:
        was, now = was if over_was else was & ~1, now if over_now else now & ~1
    return was - now


class RunningTax:
    """What `on_top` gives, kept while what is taxed becomes less: only what has changed is rounded again."""

    def __init__(self, taxable: Taxable, rules: TaxRules) -> None:
        self._rules = rules
        self._rates = list(taxable.rates)
        self._taxable = taxable
        self._group_of: list[int] | None = None
        self._group_rates: list[int] = []
        self._rounded = sum(rate > 0 for rate in taxable.rates)
        self._highest = taxable.highest_rate
        if rules.per is TaxRounding.PER_ORDER:
            numbers: dict[tuple[int, int], int] = {}
            pairs = zip(taxable.rates, taxable.merchant_ids, strict=True)
            self._group_of = [numbers.setdefault(pair, len(numbers)) for pair in pairs]
            self._group_rates = [rate for rate, _ in numbers]
            self._rounded = sum(rate > 0 for rate in self._group_rates)

    def of(self, nets: Sequence[int]) -> int:
        """Give the tax of all places."""
        return on_top(nets, self._taxable, self._rules)

    def groups(self, nets: Sequence[int]) -> list[int] | None:
        """Sum what is taxed together; None where that is each place by itself."""
        if self._group_of is None:
            return None
        sums = [0] * (max(self._group_of, default=-1) + 1)
        for group, net in zip(self._group_of, nets, strict=True):
            sums[group] += net
        return sums

    def less(self, changed: Sequence[tuple[int, int, int]], groups: list[int] | None) -> int:
        """Say how much less the tax is when less is paid; `groups` are changed accordingly.

        `changed` holds (place, what was paid for it, how much less that is).
        """
        even, less, rates, group_of = self._rules.rounding is Rounding.HALF_EVEN, 0, self._rates, self._group_of
        if groups is None or group_of is None:
            return sum([_less(before, share, rates[place], even=even) for place, before, share in changed])
        shares: dict[int, int] = {}
        for place, _, share in changed:
            group = group_of[place]
            shares[group] = shares.get(group, 0) + share
        for group, share in shares.items():
            less += _less(groups[group], share, self._group_rates[group], even=even)
            groups[group] -= share
        return less

    def less_at_most(self, share: int) -> int:
        """Say how much less the tax can become by taking `share` off any places.

        Each rounding moves a tax by half a unit or less, so d units less of one thing are less than d * rate + 1 less
        tax or just as much, and no more than d where the rate is below 100 %.
        """
        most = share * self._highest // BASIS_POINTS + min(share, self._rounded)
        return min(most, share) if self._highest < BASIS_POINTS else most
