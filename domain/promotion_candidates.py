"""Candidates: promotions laid over one cart once, so that applying one is integer arithmetic over a few places.

What a promotion is measured by (who takes part, minimums, steps, how many pieces are free) looks at list prices and
does not depend on the other promotions. What it takes off is computed from what the ones before it have left.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from domain import money, promotion_conditions
from domain.money import BASIS_POINTS
from domain.pricing_basket import Basket
from domain.pricing_facts import Facts
from domain.promotion_conditions import Obstacle, ObstacleCode
from domain.promotions import (
    BuyGet,
    FixedSum,
    FreeShipping,
    Gift,
    Percentage,
    Promotion,
    SpendSteps,
    Stage,
)


class Taken(NamedTuple):
    """What a promotion takes off: `eligible` is the sum that it applies to, `shares` belong to the candidate's places.

    `receivers` are the positions in `shares` that got one minor unit of the remainder.
    """

    eligible: int
    amount: int
    shares: list[int]
    receivers: tuple[int, ...]


class Candidate:
    """One promotion over one cart.

    `places` are items, or deliveries for free shipping. What is taken off their sum is `basis_points` of it when that
    is not 0, at most `maximum`; or `units[i]` pieces of place i for `unit_basis_points` less.
    """

    __slots__ = (
        "basis_points",
        "maximum",
        "obstacles",
        "places",
        "promotion",
        "quantities",
        "spend",
        "stage",
        "step",
        "unit_basis_points",
        "units",
        "whole",
        "worth",
    )

    def __init__(self, promotion: Promotion) -> None:
        self.promotion = promotion
        self.stage = promotion.stage
        self.places: tuple[int, ...] = ()
        self.whole = False
        """Whether it applies to the sum of all items, so that nothing but the sum is needed."""
        self.basis_points = 0
        self.maximum: int | None = None
        self.units: list[int] = []
        self.quantities: list[int] = []
        self.unit_basis_points = 0
        self.step = 0
        """How many steps of spend-and-save are reached."""
        self.spend = 0
        """What the lines that take part come to at list price."""
        self.worth = 0
        """What it would take off as the only promotion."""
        self.obstacles: tuple[Obstacle, ...] = ()

    @property
    def fits(self) -> bool:
        """Say whether nothing but another promotion can stand against it."""
        return not self.obstacles

    @property
    def is_gift(self) -> bool:
        """Say whether it gives something instead of taking something off."""
        return self.stage is Stage.GIFT

    @property
    def gift_worth(self) -> int:
        """Say what its gift is worth at list price; 0 when it gives none."""
        benefit = self.promotion.benefit
        return benefit.quantity * benefit.unit_price if isinstance(benefit, Gift) else 0

    def off(self, eligible: int) -> int:
        """Say how much it takes off a sum."""
        if not self.basis_points:
            return eligible if self.maximum is None or self.maximum > eligible else self.maximum
        amount = (2 * eligible * self.basis_points + BASIS_POINTS) // (2 * BASIS_POINTS)
        return amount if self.maximum is None or self.maximum > amount else self.maximum

    def measure(self, amounts: Sequence[int]) -> int:
        """Say how much it takes off items or deliveries at these amounts, without splitting it."""
        if self.units:
            return sum(self._unit_shares(amounts))
        return self.off(sum([amounts[place] for place in self.places]))

    def take(self, amounts: Sequence[int]) -> Taken:
        """Say how much it takes off each of its places at these amounts."""
        weights = [amounts[place] for place in self.places]
        eligible = sum(weights)
        if self.units:
            shares = self._unit_shares(amounts)
            return Taken(eligible, sum(shares), shares, ())
        amount = self.off(eligible)
        if not amount:
            return Taken(eligible, 0, [0] * len(weights), ())
        shares, _, receivers = money.allocate(amount, weights)
        return Taken(eligible, amount, shares, receivers)

    def _unit_shares(self, amounts: Sequence[int]) -> list[int]:
        basis_points = self.unit_basis_points
        return [
            money.divide(amounts[place] * units * basis_points, quantity * BASIS_POINTS)
            for place, units, quantity in zip(self.places, self.units, self.quantities, strict=True)
        ]


def candidates(facts: Facts, basket: Basket, *, amounts: list[int], deliveries: list[int]) -> list[Candidate]:
    """Lay all promotions over a cart, in the order in which they are applied.

    `amounts` (by item) and `deliveries` are what there is to pay before the first promotion, after the level's
    benefits.
    """
    level = facts.customer.level
    cart = {
        "level": level.name if level else None,
        "segment": facts.customer.segments,
        "signed_in": facts.customer.signed_in,
        "first_order": facts.customer.first_order,
        "region": facts.tax.region,
        "currency": facts.currency,
        "subtotal": basket.total,
        "quantity": sum(basket.quantities),
        "merchants": len(set(basket.merchant_ids)),
    }
    ordered = sorted(facts.promotions, key=lambda one: (one.stage, -one.priority, one.id))
    found = []
    for promotion in ordered:
        candidate = Candidate(promotion)
        obstacles = list(promotion_conditions.of_time_and_customer(promotion, facts, cart))
        obstacles += _lay(candidate, facts, basket)
        if not obstacles and not candidate.is_gift:
            shipping = candidate.stage is Stage.SHIPPING
            candidate.worth = candidate.measure(deliveries if shipping else amounts)
            if not candidate.worth:
                obstacles.append(_nothing(no_delivery=shipping and not candidate.places))
        candidate.obstacles = tuple(obstacles)
        found.append(candidate)
    return found


def _nothing(*, no_delivery: bool) -> Obstacle:
    if no_delivery:
        return Obstacle(ObstacleCode.NO_DELIVERY, "choose a delivery first")
    return Obstacle(ObstacleCode.NOTHING_LEFT, "there is nothing to take off")


def _lay(candidate: Candidate, facts: Facts, basket: Basket) -> Iterator[Obstacle]:
    promotion = candidate.promotion
    mask = basket.mask(promotion.scope)
    places = basket.places(mask)
    spend = basket.total if mask == basket.everything else sum([basket.amounts[place] for place in places])
    quantity = sum([basket.quantities[place] for place in places])
    candidate.spend = spend
    merchant_ids = promotion.scope.merchant_ids
    yield from promotion_conditions.of_lines(
        promotion,
        facts,
        spend=spend,
        quantity=quantity,
        from_merchant=any(merchant_id in merchant_ids for merchant_id in basket.merchant_ids),
    )
    candidate.places = places
    candidate.whole = mask == basket.everything
    yield from _lay_benefit(candidate, facts, basket, mask)


def _lay_benefit(candidate: Candidate, facts: Facts, basket: Basket, mask: int) -> Iterator[Obstacle]:
    promotion = candidate.promotion
    match promotion.benefit:
        case Percentage(basis_points, maximum):
            candidate.basis_points, candidate.maximum = basis_points, maximum
        case FixedSum(amount):
            candidate.maximum = amount
        case SpendSteps(steps):
            candidate.step = sum(spent <= candidate.spend for spent, _ in steps)
            candidate.maximum = steps[candidate.step - 1][1] if candidate.step else 0
            if mask and not candidate.step:
                short = steps[0][0] - candidate.spend
                yield promotion_conditions.missing_amount(short, facts.currency, _of(promotion))
        case FreeShipping(maximum):
            served = {basket.merchant_ids[place] for place in candidate.places}
            candidate.maximum = maximum
            candidate.whole = False
            candidate.places = tuple(
                place for place, delivery in enumerate(basket.deliveries) if delivery.merchant_id in served
            )
        case BuyGet():
            candidate.whole = False
            if mask:
                yield from _lay_units(candidate, promotion.benefit, basket, mask)
        case Gift():
            yield from _of_gift(promotion.benefit, basket)


def _of_gift(gift: Gift, basket: Basket) -> Iterator[Obstacle]:
    if gift.merchant_id not in basket.merchant_ids:
        yield Obstacle(ObstacleCode.WRONG_MERCHANT, "only with goods of the merchant who gives it")
    elif gift.available < gift.quantity:
        yield Obstacle(ObstacleCode.GIFT_UNAVAILABLE, "the gift is out of stock")


def _of(promotion: Promotion) -> str:
    return f" of {promotion.scope.label}" if promotion.scope.label else ""


def _lay_units(candidate: Candidate, benefit: BuyGet, basket: Basket, mask: int) -> Iterator[Obstacle]:
    """Choose the pieces that are reduced: the cheapest by list price, the first item first where prices are equal."""
    quantities = basket.quantities
    if benefit.gets is None:
        reduced, of_gets = mask, _of(candidate.promotion)
        bought = sum(quantities[place] for place in basket.places(mask))
        times = bought // (benefit.buy + benefit.get)
        lacking = 0 if times else benefit.buy + benefit.get - bought
    else:
        reduced, of_gets = basket.mask(benefit.gets), f" of {benefit.gets.label or 'what is reduced'}"
        bought = sum(quantities[place] for place in basket.places(mask & ~reduced))
        times = bought // benefit.buy
        lacking = 0 if times else benefit.buy - bought
    if lacking:
        yield promotion_conditions.missing_quantity(lacking, _of(candidate.promotion))
    elif not reduced:
        yield promotion_conditions.missing_quantity(benefit.get, of_gets)
    if benefit.times is not None:
        times = min(times, benefit.times)
    left = times * benefit.get
    chosen: list[tuple[int, int]] = []
    for place in sorted(basket.places(reduced), key=lambda one: basket.items[one].line.unit_price):
        units = min(left, quantities[place])
        if units:
            chosen.append((place, units))
        left -= units
    chosen.sort()
    candidate.places = tuple(place for place, _ in chosen)
    candidate.units = [units for _, units in chosen]
    candidate.quantities = [quantities[place] for place in candidate.places]
    candidate.unit_basis_points = benefit.basis_points
