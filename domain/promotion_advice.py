"""For a cart: which coupons fit, what is missing for the others, and which of them together save most."""

from typing import NamedTuple

from domain import pricing_application, pricing_points, promotion_conditions, tax
from domain.pricing_facts import Facts
from domain.pricing_opening import Opening
from domain.promotion_candidates import Candidate
from domain.promotion_conditions import Obstacle, ObstacleCode
from domain.promotion_search import Found, Search
from domain.promotions import Promotion, combinable

EXHAUSTIVE_COUPONS = 12
"""Up to so many coupons that fit, every combination is considered."""
BUDGET = 6_000
"""With more of them the search stops after so many promotions have been applied, and says so."""


class CouponAdvice(NamedTuple):
    """One coupon in a cart: `obstacles` is what is missing, empty when it fits.

    `saves` is what it saves as the only coupon, in minor units of the total; negative when it would take the place of a
    better automatic promotion. `beside_best` is why it is not in the best combination although it fits.
    """

    promotion_id: int
    code: str
    obstacles: tuple[Obstacle, ...]
    saves: int
    beside_best: Obstacle | None


class Combination(NamedTuple):
    """Coupons that may be used together, by id, and the total to pay with them; `saves` against using none of them."""

    promotion_ids: tuple[int, ...]
    codes: tuple[str, ...]
    total: int
    saves: int


class Advice(NamedTuple):
    """Advice on the coupons of a cart, by promotion id; `without` is the total with none of them.

    `best` may hold no coupon, when none helps. `exhaustive` says that no combination is better than `best`, or between
    it and `runner_up`; when it is False the search was cut, and they are the best that were seen. `looked_at` counts
    how often a promotion was applied.
    """

    without: int
    coupons: tuple[CouponAdvice, ...]
    best: Combination
    runner_up: Combination | None
    exhaustive: bool
    looked_at: int


def advise(facts: Facts) -> Advice:
    """Advise on the coupons among the promotions of a cart, those with a code; the others stay as they are."""
    opening = Opening(facts)
    fitting = sum(one.fits and one.promotion.code is not None for one in opening.candidates)
    search = Search(opening, budget=None if fitting <= EXHAUSTIVE_COUPONS else BUDGET)
    search.run()
    without = _total(opening, None)[0]
    codes = {one.id: one.code or "" for one in facts.promotions}
    best = _combination(search.best or Found(without, 0, 0, ()), codes, without)
    coupons = sorted((one for one in opening.candidates if one.promotion.code is not None), key=_id)
    chosen = [one.promotion for one in opening.candidates if one.promotion.id in best.promotion_ids]
    return Advice(
        without=without,
        coupons=tuple(_advice(opening, coupon, chosen, without) for coupon in coupons),
        best=best,
        runner_up=_combination(search.runner_up, codes, without) if search.runner_up else None,
        exhaustive=not search.cut,
        looked_at=search.looked_at,
    )


def _id(candidate: Candidate) -> int:
    return candidate.promotion.id


def _combination(found: Found, codes: dict[int, str], without: int) -> Combination:
    ids = found.coupon_ids
    return Combination(ids, tuple(codes[one] for one in ids), found.total, without - found.total)


def _advice(opening: Opening, coupon: Candidate, chosen: list[Promotion], without: int) -> CouponAdvice:
    promotion = coupon.promotion
    if coupon.obstacles:
        return CouponAdvice(promotion.id, promotion.code or "", coupon.obstacles, 0, None)
    total, obstacle = _total(opening, coupon)
    obstacles = (obstacle,) if obstacle else ()
    beside = None
    if not obstacles and promotion not in chosen:
        beside = _beside(promotion, chosen)
    return CouponAdvice(promotion.id, promotion.code or "", obstacles, without - total, beside)


def _beside(promotion: Promotion, chosen: list[Promotion]) -> Obstacle:
    for other in chosen:
        if not combinable(promotion, other):
            return promotion_conditions.not_combinable(other)
    return Obstacle(ObstacleCode.NOTHING_LEFT, "it would take off nothing more")


def _total(opening: Opening, coupon: Candidate | None) -> tuple[int, Obstacle | None]:
    """Say what is to be paid with one coupon, or none, and why it is refused; as `pricing.price` has it."""
    tried = [one for one in opening.candidates if one is coupon or one.promotion.code is None]
    _, refused, amounts, deliveries = pricing_application.apply_all(opening, tried)
    facts, basket = opening.facts, opening.basket
    total = sum(amounts) + sum(deliveries) + tax.on_top(amounts + deliveries, basket.taxable, facts.tax)
    if facts.points.asked:
        total -= pricing_points.use(facts.points, basket.by_merchant(amounts)).worth
    return total, refused.get(coupon.promotion.id) if coupon else None
