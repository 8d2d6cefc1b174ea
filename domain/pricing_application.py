"""Promotions are chosen and applied, one after the other, to what there is to pay."""

from collections.abc import Sequence
from typing import NamedTuple

from domain import promotion_selection
from domain.pricing_opening import Applied, Opening, apply, kind_of
from domain.promotion_candidates import Candidate
from domain.promotion_conditions import Obstacle, ObstacleCode
from domain.promotions import Stage, combinable


class Application(NamedTuple):
    """What was applied, by promotion id in the order of application, why others were not, and what is left to pay."""

    applied: dict[int, Applied]
    refused: dict[int, Obstacle]
    """Those that fit by themselves but were blocked by another, or found nothing left."""
    amounts: list[int]
    deliveries: list[int]


def apply_all(opening: Opening, candidates: Sequence[Candidate]) -> Application:
    """Choose among candidates and apply what is chosen.

    A coupon that turns out to take nothing off stands in nobody's way: when it has kept another one out, everything is
    chosen and applied again without it, the one that goes last first.
    """
    idle: dict[int, Obstacle] = {}
    while True:
        tried = [one for one in candidates if one.promotion.id not in idle]
        chosen, blocked = promotion_selection.select(tried)
        result = _apply(opening, chosen, blocked | idle)
        in_the_way = [one for one in chosen if _keeps_out(one, result, tried, blocked)]
        if not in_the_way:
            return result
        last = max(in_the_way, key=promotion_selection.precedence)
        idle[last.promotion.id] = result.refused[last.promotion.id]


def _apply(opening: Opening, chosen: Sequence[Candidate], refused: dict[int, Obstacle]) -> Application:
    amounts, deliveries = list(opening.amounts), list(opening.deliveries)
    applied: dict[int, Applied] = {}
    for candidate in chosen:
        promotion = candidate.promotion
        if candidate.is_gift:
            applied[promotion.id] = Applied(candidate, kind_of(promotion), candidate.spend, 0, (), (), ())
            continue
        one = apply(candidate, deliveries if candidate.stage is Stage.SHIPPING else amounts, kind_of(promotion))
        if one.amount:
            applied[promotion.id] = one
        else:
            nothing = Obstacle(ObstacleCode.NOTHING_LEFT, "the others have left nothing to take off")
            refused[promotion.id] = nothing
    return Application(applied, refused, amounts, deliveries)


def _keeps_out(one: Candidate, result: Application, tried: Sequence[Candidate], blocked: dict[int, Obstacle]) -> bool:
    """Say whether a coupon took nothing off and cannot be combined with one that was blocked."""
    promotion = one.promotion
    if promotion.code is None or promotion.id in result.applied:
        return False
    others = [other.promotion for other in tried if other.promotion.id in blocked]
    return any(not combinable(promotion, other) for other in others)
