"""Points in a price: how many are used where and what they are worth, and how many will be earned.

Points pay for goods after all promotions, not for delivery and not for tax that comes on top. They are a means of
payment: tax is computed without them.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from domain import money
from domain.money import BASIS_POINTS
from domain.pricing_facts import Points, Rate


class MerchantPoints(NamedTuple):
    """Points used at one merchant: their worth in minor units, and how much of it the platform pays."""

    points: int
    worth: int
    platform: int


class PointsUse(NamedTuple):
    """Points used in all; `limit` is the most that they could have been worth in this cart."""

    points: int
    worth: int
    limit: int
    merchants: dict[int, MerchantPoints]


def use(points: Points, nets: Mapping[int, int]) -> PointsUse:
    """Use the points that were asked for on what is paid for goods, by merchant, in minor units.

    Where they are worth most they are used first. Merchants with the same rate share one calculation, and points that
    would not make another minor unit are kept.
    """
    left = min(points.asked, points.available)
    room = sum(nets.values()) * points.maximum_share // BASIS_POINTS
    used = worth = limit = 0
    merchants: dict[int, MerchantPoints] = {}
    for rate, merchant_ids in _pools(points, nets):
        limits = [nets[merchant_id] * rate.maximum_share // BASIS_POINTS for merchant_id in merchant_ids]
        limit += sum(limits)
        worth_here = min(sum(limits), room - worth, left * rate.amount // rate.points)
        if not worth_here:
            continue
        used_here = -(-worth_here * rate.points // rate.amount)
        worths = money.allocate(worth_here, limits).shares
        used_by_merchant = money.allocate(used_here, worths).shares
        for merchant_id, share, count in zip(merchant_ids, worths, used_by_merchant, strict=True):
            if share:
                merchants[merchant_id] = MerchantPoints(count, share, money.portion(share, rate.platform_share))
        used, worth, left = used + used_here, worth + worth_here, left - used_here
    return PointsUse(used, worth, min(limit, room), merchants)


def _pools(points: Points, nets: Mapping[int, int]) -> list[tuple[Rate, list[int]]]:
    pools: dict[Rate, list[int]] = {}
    for merchant_id in sorted(nets):
        rate = points.burns.get(merchant_id, points.burn)
        if rate is not None:
            pools.setdefault(rate, []).append(merchant_id)
    return sorted(pools.items(), key=lambda pool: (-Fraction(pool[0].amount, pool[0].points), pool[1]))


def earned(points: Points, merchant_id: int, *, paid: int, multiplier: int) -> int:
    """Say how many points a merchant's goods will earn, rounded down.

    `paid` is what is paid for them in money: after promotions and points, without tax that comes on top.
    """
    rate = points.earns.get(merchant_id, points.earn)
    if rate is None:
        return 0
    return paid * rate.points * multiplier // (rate.amount * BASIS_POINTS)
