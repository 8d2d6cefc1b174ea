"""The best combination of coupons, by branch and bound over the order in which promotions are applied.

Every subset of the coupons stands for what `pricing.price` would make of it, automatic promotions included. A subset in
which a coupon is refused, or has nothing left to take off, is no combination: the smaller subset without it is. So the
search decides promotion by promotion, keeps what is left to pay, and turns back where even all remaining promotions
could not beat the runner-up. Sums are exact; only the bound is an estimate, and always in favour of going on.
"""

from operator import mul
from typing import NamedTuple

from domain import pricing_points, promotion_selection, tax
from domain.money import BASIS_POINTS
from domain.pricing_opening import Opening
from domain.promotion_candidates import Candidate
from domain.promotions import Stage

_MANY = 12
"""From so many changed places on, rounding the tax of all of them anew is as cheap."""


class Found(NamedTuple):
    """A legal combination, ordered from the best: least to pay, most given, fewest coupons, lowest ids."""

    total: int
    gifts: int
    """The gifts' worth, negative."""
    coupons: int
    coupon_ids: tuple[int, ...]


class _State(NamedTuple):
    """What is left to pay after some decisions; `amounts` is None once nobody needs more than their sum."""

    amounts: list[int] | None
    net: int
    deliveries: list[int]
    shipping: int
    top: int
    """The tax that comes on top, unrounded, in units of 1 / BASIS_POINTS."""
    tax: int
    """The same as it is rounded."""
    taxed: list[int] | None
    """What is taxed together, by `RunningTax.group_of`; None where that is each place by itself."""


class Search:
    """One search; `run` fills `best`, `runner_up`, `looked_at` and `cut`."""

    def __init__(self, opening: Opening, *, budget: int | None) -> None:
        self.opening = opening
        self.budget = budget
        self.cut = False
        self.looked_at = 0
        self.best: Found | None = None
        self.runner_up: Found | None = None
        self._all = [candidate for candidate in opening.candidates if candidate.fits]
        self._conflicts = promotion_selection.conflicts(self._all)
        self._before = self._goes_before()
        self._coupons = sum(1 << at for at, one in enumerate(self._all) if one.promotion.code is not None)
        self._automatic = [at for at, one in enumerate(self._all) if one.promotion.code is None]
        facts = opening.facts
        taxable = opening.basket.taxable
        self._rates = taxable.rates if not facts.tax.inclusive and taxable.highest_rate else None
        self._tax = tax.RunningTax(taxable, facts.tax)
        self._highest = taxable.highest_rate if self._rates else 0
        self._slack = (tax.roundings(taxable, facts.tax) + 1) // 2 if self._rates else 0
        self._points = 0
        if facts.points.asked:
            use = pricing_points.use(facts.points, opening.basket.by_merchant(opening.amounts))
            self._points = use.worth + len(facts.points.burns) + 1 if use.worth else 0
        self._detailed = self._needs_detail()
        self._alternatives = self._exclusive_groups()

    def run(self) -> None:
        """Look at every legal combination that could be the best or the runner-up, or stop when the budget is used."""
        opening = self.opening
        rates = self._rates
        start = [*opening.amounts, *opening.deliveries]
        top = sum(map(mul, start, rates)) if rates else 0
        state = _State(
            opening.amounts,
            sum(opening.amounts),
            opening.deliveries,
            sum(opening.deliveries),
            top,
            self._tax.of(start) if rates else 0,
            self._tax.groups(start),
        )
        self._visit(0, state, 0, 0)

    def _goes_before(self) -> list[int]:
        """Give for each promotion, as bits, those that it cannot be combined with and that go before it."""
        keys = [promotion_selection.precedence(one) for one in self._all]
        return [
            sum(1 << other for other in range(len(keys)) if mask >> other & 1 and keys[other] < keys[at])
            for at, mask in enumerate(self._conflicts)
        ]

    def _needs_detail(self) -> list[bool]:
        """Say for each place in the order whether what follows looks at items, not only at their sum."""
        detailed = [bool(self._rates or self._points)] * (len(self._all) + 1)
        for at in range(len(self._all) - 1, -1, -1):
            one = self._all[at]
            looks = one.stage in {Stage.ITEM, Stage.ORDER} and not one.whole
            detailed[at] = detailed[at + 1] or looks
        return detailed

    def _exclusive_groups(self) -> list[int]:
        """Give each promotion the number of its group, of which at most one is used: -1 if in none, -2 if exclusive."""
        numbers: dict[str, int] = {}
        alternatives = []
        for one in self._all:
            combining = one.promotion.combining
            if combining.exclusive:
                alternatives.append(-2)
            elif combining.group is not None and combining.combines_with is None:
                alternatives.append(numbers.setdefault(combining.group, len(numbers)))
            else:
                alternatives.append(-1)
        return alternatives

    def _visit(self, at: int, state: _State, chosen: int, banned: int) -> None:
        if at == len(self._all):
            self._leaf(state, chosen)
            return
        if self.cut or not self._promising(at, state, banned):
            return
        if self.budget is not None and self.looked_at >= self.budget:
            self.cut = True
            return
        bit, conflicting = 1 << at, self._conflicts[at]
        coupon = bool(self._coupons & bit)
        if not banned & bit:
            after, amount = self._apply(at, state)
            if amount or not coupon or self._all[at].is_gift:
                self._visit(at + 1, after, chosen | bit, banned | conflicting)
        if coupon or self._before[at] & (chosen | (~banned & -bit)):
            self._visit(at + 1, state, chosen, banned)

    def _apply(self, at: int, state: _State) -> tuple[_State, int]:
        candidate = self._all[at]
        if candidate.is_gift:
            return state, 0
        self.looked_at += 1
        if candidate.stage is Stage.SHIPPING:
            return self._apply_shipping(candidate, state)
        amounts = state.amounts
        if not self._detailed[at + 1]:
            amount = candidate.off(state.net) if amounts is None or candidate.whole else candidate.measure(amounts)
            return state._replace(amounts=None, net=state.net - amount), amount
        assert amounts is not None  # noqa: S101 - what needs items later has needed them until now
        _, amount, shares, _ = candidate.take(amounts)
        left, top, due, taxed = self._less(amounts, candidate.places, shares, state, first=0)
        return _State(left, state.net - amount, state.deliveries, state.shipping, top, due, taxed), amount

    def _apply_shipping(self, candidate: Candidate, state: _State) -> tuple[_State, int]:
        _, amount, shares, _ = candidate.take(state.deliveries)
        first = len(self.opening.amounts)
        left, top, due, taxed = self._less(state.deliveries, candidate.places, shares, state, first=first)
        return _State(state.amounts, state.net, left, state.shipping - amount, top, due, taxed), amount

    def _less(
        self, amounts: list[int], places: tuple[int, ...], shares: list[int], state: _State, *, first: int
    ) -> tuple[list[int], int, int, list[int] | None]:
        """Take shares off places; gives what is left of them, and the tax of it all: unrounded, rounded, by groups.

        `first` is the number of their first place in the order in which they are taxed.
        """
        left, top, due, rates = amounts.copy(), state.top, state.tax, self._rates
        taxed = state.taxed if state.taxed is None else state.taxed.copy()
        changed = [(place, amounts[place], share) for place, share in zip(places, shares, strict=True) if share]
        for place, before, share in changed:
            left[place] = before - share
        if not rates:
            return left, top, due, taxed
        if first:
            changed = [(first + place, before, share) for place, before, share in changed]
        top -= sum([share * rates[place] for place, _, share in changed])
        if taxed is None and len(changed) > _MANY:
            due = self._tax.of([*(state.amounts or ()), *left] if first else left + state.deliveries)
        else:
            due -= self._tax.less(changed, taxed)
        return left, top, due, taxed

    def _promising(self, at: int, state: _State, banned: int) -> bool:
        """Say whether what remains could still take off enough to come before, or beside, the runner-up."""
        if self.runner_up is None:
            return True
        net, free, alone = state.net, 0, 0
        groups: dict[int, int] = {}
        for later in range(at, len(self._all)):
            if banned >> later & 1:
                continue
            one = self._all[later]
            most = one.worth
            if one.basis_points and (bounded := net * one.basis_points // BASIS_POINTS + 1) < most:
                most = bounded
            group = self._alternatives[later]
            if group == -1:
                free += most
            elif group == -2:  # noqa: PLR2004 - see _exclusive_groups
                alone = max(alone, most)
            elif groups.get(group, 0) < most:
                groups[group] = most
        most = max(alone, free + sum(groups.values()))
        least = net + state.shipping - most - self._points
        if self._rates:
            # Two bounds of the tax: the unrounded one, less all that rounding may do, and the rounded one, less all
            # that so much less to be taxed may take off it.
            unrounded = (state.top - most * self._highest) // BASIS_POINTS - self._slack
            least += max(unrounded, state.tax - self._tax.less_at_most(most))
        return least <= self.runner_up.total

    def _leaf(self, state: _State, chosen: int) -> None:
        if any(not chosen >> at & 1 and not self._before[at] & chosen for at in self._automatic):
            return
        total = state.net + state.shipping + state.tax
        if self.runner_up is not None and total - self._points > self.runner_up.total:
            return
        if self._points and state.amounts is not None:
            total -= pricing_points.use(self.opening.facts.points, self.opening.basket.by_merchant(state.amounts)).worth
        used = [one for at, one in enumerate(self._all) if chosen >> at & 1]
        ids = tuple(sorted(one.promotion.id for one in used if one.promotion.code is not None))
        found = Found(total, -sum(one.gift_worth for one in used), len(ids), ids)
        if self.best is None or found < self.best:
            self.best, self.runner_up = found, self.best
        elif self.runner_up is None or found < self.runner_up:
            self.runner_up = found
