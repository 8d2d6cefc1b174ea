"""The member club: which level the spend of the last twelve months reaches, until when, and what is missing."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from domain.errors import InvalidInput

WINDOW_MONTHS = 12


class Reason(StrEnum):
    """Why a customer is at a level.

    JOINED: where everybody begins. SPENT: a purchase reached it. LAPSED: a purchase became older than the window.
    REFUNDED: a purchase was given back. LEVELS_CHANGED: the shop changed its levels.
    """

    JOINED = "JOINED"
    SPENT = "SPENT"
    LAPSED = "LAPSED"
    REFUNDED = "REFUNDED"
    LEVELS_CHANGED = "LEVELS_CHANGED"


@dataclass(frozen=True, slots=True)
class Level:
    """A level, reached by a spend of `threshold` minor units, and its benefits; rates in ten-thousandths.

    `free_shipping_from` is the sum in minor units from which shipping is free; None: never.
    """

    id: int
    name: str
    currency: str
    threshold: int
    discount_bp: int = 0
    free_shipping_from: int | None = None
    points_multiplier_bp: int = 10_000


@dataclass(frozen=True, slots=True)
class Spend:
    """What was spent at one time and not given back, in minor units of the levels' currency."""

    amount: int
    spent_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a customer stands: the level that the window's spend reaches, the next one, and what it takes.

    `remaining` is what is missing for `next_level`; None at the top. At `falls_at` the level is lost if nothing more is
    spent; None if there is none below.
    """

    level: Level | None
    spend: int
    next_level: Level | None
    remaining: int | None
    falls_at: datetime | None


class LevelsError(InvalidInput):
    """The levels do not make a ladder; the message says why."""


def check_levels(levels: Sequence[Level]) -> None:
    """Raise LevelsError unless the levels rise from a threshold of zero, in one currency, each better than the last."""
    if not levels:
        return
    ladder = sorted(levels, key=lambda level: level.threshold)
    if ladder[0].threshold != 0:
        raise LevelsError("levels: the first level must have the threshold 0; everybody begins there")
    if wrong := [level.name for level in ladder if (level.free_shipping_from or 0) < 0]:
        raise LevelsError(f"levels: {wrong[0]} sends for nothing from a sum below 0; 0 is from the first cent")
    if len({level.currency for level in ladder}) > 1:
        raise LevelsError("levels: all thresholds must be in one currency")
    for lower, higher in pairwise(ladder):
        if lower.threshold == higher.threshold:
            raise LevelsError(f"levels: {lower.name} and {higher.name} have the same threshold; make them differ")
        if higher.discount_bp < lower.discount_bp or higher.points_multiplier_bp < lower.points_multiplier_bp:
            raise LevelsError(f"levels: {higher.name} gives less than {lower.name}; a higher level gives no less")


def leaves_at(spent_at: datetime) -> datetime:
    """Say when a purchase leaves the window: twelve months later, on the month's last day for the 29th of February."""
    months = spent_at.year * 12 + spent_at.month - 1 + WINDOW_MONTHS
    year, month = months // 12, months % 12 + 1
    return spent_at.replace(year=year, month=month, day=min(spent_at.day, monthrange(year, month)[1]))


def stand(levels: Sequence[Level], spends: Iterable[Spend], *, now: datetime) -> Standing:
    """Say where a customer stands at `now`. What was spent after `now` counts too: clocks differ."""
    ladder = sorted(levels, key=lambda level: level.threshold)
    leaving = sorted((leaves_at(spend.spent_at), spend.amount) for spend in spends)
    counted = [(at, amount) for at, amount in leaving if at > now]
    total = sum(amount for _, amount in counted)
    level = max((each for each in ladder if each.threshold <= total), key=lambda each: each.threshold, default=None)
    following = min((each for each in ladder if each.threshold > total), key=lambda each: each.threshold, default=None)
    return Standing(
        level=level,
        spend=total,
        next_level=following,
        remaining=None if following is None else following.threshold - total,
        falls_at=None if level is None else _falls_at(level, counted, total),
    )


def _falls_at(level: Level, counted: Sequence[tuple[datetime, int]], total: int) -> datetime | None:
    for at, amount in counted:
        total -= amount
        if total < level.threshold:
            return at
    return None
