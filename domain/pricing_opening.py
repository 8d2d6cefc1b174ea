"""What there is to pay before the first promotion: list prices, less the level's benefits."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain import promotion_candidates
from domain.pricing_basket import Basket
from domain.pricing_facts import Facts
from domain.pricing_outcome import StepKind
from domain.promotion_candidates import Candidate
from domain.promotions import FreeShipping, Percentage, Promotion

_LEVEL_ID = 0
"""Stands where a promotion's id would; the level is applied by the same arithmetic and has none."""


@dataclass(slots=True)
class Applied:
    """A promotion or a level's benefit that was applied: what it took off which places, items or deliveries."""

    candidate: Candidate
    kind: StepKind
    eligible: int
    amount: int
    places: Sequence[int]
    shares: Sequence[int]
    receivers: Sequence[int]

    @property
    def promotion_id(self) -> int | None:
        """Name the promotion; None for the level."""
        return None if self.kind is StepKind.LEVEL else self.candidate.promotion.id


class Opening:
    """A cart before its first promotion; `amounts` (by item) and `deliveries` are after the level's benefits."""

    __slots__ = ("amounts", "basket", "candidates", "deliveries", "facts", "level", "level_shipping")

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.basket = Basket(facts)
        self.amounts = list(self.basket.amounts)
        self.deliveries = list(self.basket.delivery_prices)
        self.level = self._level()
        self.level_shipping = self._level_shipping()
        self.candidates = promotion_candidates.candidates(
            facts, self.basket, amounts=self.amounts, deliveries=self.deliveries
        )

    def _level(self) -> Applied | None:
        level = self.facts.customer.level
        if level is None or not level.basis_points or not self.basket.total:
            return None
        candidate = _benefit(level.name, Percentage(level.basis_points), level.platform_share)
        candidate.basis_points = level.basis_points
        candidate.places = self.basket.places(self.basket.everything)
        return apply(candidate, self.amounts, StepKind.LEVEL)

    def _level_shipping(self) -> Applied | None:
        level = self.facts.customer.level
        if level is None or level.free_shipping_from is None or self.basket.total < level.free_shipping_from:
            return None
        if not any(self.deliveries):
            return None
        candidate = _benefit(level.name, FreeShipping(), level.platform_share)
        candidate.places = tuple(range(len(self.deliveries)))
        return apply(candidate, self.deliveries, StepKind.LEVEL)


def _benefit(label: str, benefit: Percentage | FreeShipping, platform_share: int) -> Candidate:
    return Candidate(Promotion(_LEVEL_ID, label, benefit, platform_share=platform_share))


def apply(candidate: Candidate, amounts: list[int], kind: StepKind) -> Applied:
    """Take a promotion off items or deliveries, in place."""
    eligible, amount, shares, receivers = candidate.take(amounts)
    for place, share in zip(candidate.places, shares, strict=True):
        amounts[place] -= share
    return Applied(candidate, kind, eligible, amount, candidate.places, shares, receivers)


def kind_of(promotion: Promotion) -> StepKind:
    """Say whether a promotion is a coupon."""
    return StepKind.PROMOTION if promotion.code is None else StepKind.COUPON
