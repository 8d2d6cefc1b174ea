"""The trace: a price told in steps whose amounts add up to the total, in words for shoppers."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from domain import money
from domain.money import BASIS_POINTS
from domain.pricing_opening import Applied, Opening, kind_of
from domain.pricing_outcome import Step, StepKind
from domain.pricing_points import PointsUse
from domain.promotion_candidates import Candidate
from domain.promotion_conditions import Obstacle, titled
from domain.promotions import BuyGet, FixedSum, FreeShipping, Gift, Percentage, SpendSteps, Stage
from domain.tax import Taxes

_NAMED = 3
"""How many receivers of a remainder are named; the others are counted."""


class Told(NamedTuple):
    """What happened, in the order in which it happened: what was applied by promotion id, and what was not and why."""

    applied: dict[int, Applied]
    refused: dict[int, tuple[Obstacle, ...]]
    taxes: Taxes
    nets: list[int]
    """What is paid for each item and delivery, before tax that comes on top."""
    points: PointsUse


def trace(opening: Opening, told: Told) -> tuple[Step, ...]:
    """Tell a price: goods, level, promotions, delivery and what makes it cheaper, tax, points."""
    teller = _Teller(opening)
    steps = list(teller.goods())
    if opening.level:
        steps += teller.applied(opening.level)
    goods = [one for one in opening.candidates if one.stage is not Stage.SHIPPING]
    steps += teller.promotions(goods, told)
    steps += teller.deliveries()
    if opening.level_shipping:
        steps += teller.applied(opening.level_shipping)
    steps += teller.promotions(opening.candidates[len(goods) :], told)
    steps += teller.taxes(told)
    steps += teller.points(told.points)
    return tuple(steps)


def percent(basis_points: int) -> str:
    """Write basis points as a percentage: 1050 as "10.5 %"."""
    whole, hundredths = divmod(basis_points, 100)
    return f"{whole}.{hundredths:02d}".rstrip("0").rstrip(".") + " %"


class _Teller:
    """Words for one cart."""

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self.basket = opening.basket
        self.currency = opening.facts.currency

    def sum(self, amount: int) -> str:
        return money.format_amount(amount, self.currency)

    def goods(self) -> Iterator[Step]:
        for item, amount in zip(self.basket.items, self.basket.amounts, strict=True):
            reason = f"{item.quantity} at {self.sum(item.line.unit_price)}"
            yield Step(StepKind.BASE, item.name, amount, True, reason)  # noqa: FBT003 - a tuple of five columns

    def deliveries(self) -> Iterator[Step]:
        for delivery in self.basket.deliveries:
            label = delivery.label or delivery.method
            yield Step(StepKind.SHIPPING, label, delivery.price, True, "delivery")  # noqa: FBT003 - likewise

    def applied(self, applied: Applied) -> Iterator[Step]:
        promotion = applied.candidate.promotion
        label, identity = titled(promotion), applied.promotion_id
        yield Step(applied.kind, label, -applied.amount, True, self._reason(applied), identity)  # noqa: FBT003 - likewise
        if applied.receivers:
            shipping = applied.candidate.stage is Stage.SHIPPING
            names = [self._name(applied.places[at], shipping=shipping) for at in applied.receivers]
            yield self._remainder(label, names, identity)

    def promotions(self, candidates: Iterable[Candidate], told: Told) -> Iterator[Step]:
        for candidate in candidates:
            promotion = candidate.promotion
            applied = told.applied.get(promotion.id)
            if applied is not None:
                yield from self.applied(applied)
            else:
                reason = "; ".join(obstacle.message for obstacle in told.refused[promotion.id])
                kind = kind_of(promotion)
                yield Step(kind, titled(promotion), 0, False, reason, promotion.id)  # noqa: FBT003 - likewise

    def taxes(self, told: Told) -> Iterator[Step]:
        rules, rates = self.opening.facts.tax, self.basket.taxable.rates
        sums: dict[int, tuple[int, int]] = {}
        for rate, net, tax in zip(rates, told.nets, told.taxes.amounts, strict=True):
            if rate and net:
                before = sums.get(rate, (0, 0))
                sums[rate] = before[0] + net, before[1] + tax
        for rate in sorted(sums, reverse=True):
            net, tax = sums[rate]
            label = f"{rules.name} {percent(rate)}"
            if rules.inclusive:
                reason = f"{self.sum(tax)} contained in {self.sum(net)}"
                yield Step(StepKind.TAX, label, 0, True, reason)  # noqa: FBT003 - likewise
            else:
                yield Step(StepKind.TAX, label, tax, True, f"on {self.sum(net)}")  # noqa: FBT003 - likewise
            if receivers := told.taxes.receivers.get(rate):
                yield self._remainder(label, [self._taxed_name(place) for place in receivers], None)

    def points(self, use: PointsUse) -> Iterator[Step]:
        points = self.opening.facts.points
        if not points.asked:
            return
        if not use.points:
            reason = self._points_obstacle(use)
            yield Step(StepKind.POINTS, f"{points.asked} points", 0, False, reason)  # noqa: FBT003 - likewise
            return
        reason = f"worth {self.sum(use.worth)}"
        if use.points < points.asked:
            reason += f"; {points.asked} were asked for"
            if points.asked > points.available:
                reason += f", {points.available} are there"
            if use.worth == use.limit:
                reason += f", at most {self.sum(use.limit)} may be paid with points"
            elif use.points < min(points.asked, points.available):
                reason += f", the others make no more {self.sum(1)}"
        yield Step(StepKind.POINTS, f"{use.points} points", -use.worth, True, reason)  # noqa: FBT003 - likewise

    def _points_obstacle(self, use: PointsUse) -> str:
        points = self.opening.facts.points
        if not points.available:
            return "you have no points to use"
        if not use.limit:
            return "nothing in the cart may be paid with points"
        return f"{min(points.asked, points.available)} points are worth less than {self.sum(1)}"

    def _remainder(self, label: str, names: Sequence[str], promotion_id: int | None) -> Step:
        shown = ", ".join(names[:_NAMED])
        if len(names) > _NAMED:
            shown += f" and {len(names) - _NAMED} more"
        each = f" ({self.sum(1)} each)" if len(names) > 1 else ""
        reason = f"split to the minor unit: the last {self.sum(len(names))} went to {shown}{each}"
        return Step(StepKind.ROUNDING, label, 0, True, reason, promotion_id)  # noqa: FBT003 - likewise

    def _name(self, place: int, *, shipping: bool) -> str:
        if shipping:
            return self.basket.deliveries[place].label or self.basket.deliveries[place].method
        return self.basket.items[place].name

    def _taxed_name(self, place: int) -> str:
        first = len(self.basket.items)
        return self._name(place - first, shipping=True) if place >= first else self._name(place, shipping=False)

    def _reason(self, applied: Applied) -> str:
        candidate, eligible, amount = applied.candidate, self.sum(applied.eligible), self.sum(applied.amount)
        match candidate.promotion.benefit:
            case Percentage(basis_points, maximum):
                exact = applied.eligible * basis_points
                capped = maximum is not None and applied.amount == maximum and exact > maximum * BASIS_POINTS
                how = f", at most {amount}" if capped else ", rounded half up" if exact % BASIS_POINTS else ""
                return f"{percent(basis_points)} of {eligible}{how}"
            case FixedSum():
                return f"{amount} of {eligible}"
            case SpendSteps(steps):
                return self._steps(candidate, steps)
            case FreeShipping():
                return f"{amount} of {eligible} for delivery"
            case BuyGet(basis_points=basis_points):
                less = "nothing" if basis_points == BASIS_POINTS else f"{percent(basis_points)} less"
                return f"{_pieces(sum(candidate.units))} for {less}"
            case Gift(name=name, quantity=quantity, unit_price=unit_price):
                return f"{quantity} of {name}, worth {self.sum(quantity * unit_price)}, for nothing"

    def _steps(self, candidate: Candidate, steps: tuple[tuple[int, int], ...]) -> str:
        spent, saved = steps[candidate.step - 1]
        reason = f"spend {self.sum(spent)}, save {self.sum(saved)}"
        if candidate.step < len(steps):
            spend, save = steps[candidate.step]
            reason += f"; {self.sum(spend - candidate.spend)} more would save {self.sum(save)}"
        return reason


def _pieces(count: int) -> str:
    return "1 piece" if count == 1 else f"{count} pieces"
