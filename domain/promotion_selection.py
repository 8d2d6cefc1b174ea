"""Which of the promotions that fit are used together, when not all of them can be combined."""

from collections.abc import Sequence

from domain import promotion_conditions
from domain.promotion_candidates import Candidate
from domain.promotion_conditions import Obstacle
from domain.promotions import combinable


def precedence(candidate: Candidate) -> tuple[int, bool, int]:
    """Order promotions that cannot be combined: the higher priority, a coupon before an automatic one, the lower id."""
    promotion = candidate.promotion
    return -promotion.priority, promotion.code is None, promotion.id


def conflicts(candidates: Sequence[Candidate]) -> list[int]:
    """Give for each candidate, as bits, those that it cannot be combined with."""
    masks = [0] * len(candidates)
    for at, one in enumerate(candidates):
        combining = one.promotion.combining
        free = not combining.exclusive and combining.group is None and combining.combines_with is None
        for other_at in range(at):
            other = candidates[other_at].promotion
            if free and not other.combining.exclusive and other.combining.combines_with is None:
                continue
            if not combinable(one.promotion, other):
                masks[at] |= 1 << other_at
                masks[other_at] |= 1 << at
    return masks


def select(candidates: Sequence[Candidate]) -> tuple[list[Candidate], dict[int, Obstacle]]:
    """Choose by precedence: whatever fits is used unless it cannot be combined with one that goes before it.

    Returns the chosen ones in the order in which they are applied, and why others are not, by the promotion's id.
    """
    fitting = [candidate for candidate in candidates if candidate.fits]
    masks = conflicts(fitting)
    if not any(masks):
        return fitting, {}
    chosen = 0
    refused: dict[int, Obstacle] = {}
    ranked = sorted(range(len(fitting)), key=lambda at: precedence(fitting[at]))
    for at in ranked:
        if masks[at] & chosen:
            blocker = next(other for other in ranked if _in(masks[at] & chosen, other))
            refused[fitting[at].promotion.id] = promotion_conditions.not_combinable(fitting[blocker].promotion)
        else:
            chosen |= 1 << at
    return [candidate for at, candidate in enumerate(fitting) if _in(chosen, at)], refused


def _in(mask: int, at: int) -> bool:
    return bool(mask >> at & 1)
