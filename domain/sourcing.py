"""Sourcing: which warehouses send what a customer has bought from one merchant, and why those.

The rule, in this order:

1. Only open warehouses send anything.
2. The fewest parcels: of all sets of warehouses that have everything together, one of the fewest.
3. Of several such sets the one that comes first by preference: warehouses in the country of the address before others,
   then by their priority (1 before 2), then by code. Sets are compared by their first warehouse, then their second...
4. Within the set a variant comes from the first warehouse that has all that is wanted of it; if none has, each gives
   what it has, in the order of preference.

The fewest are found by trying sets, smallest first, up to `SETS_MAX`: that is all of them for 12 warehouses. Past that
the warehouses give what they have in the order of preference, and the reason says so.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

SETS_MAX: Final = 4_095
"""How many sets of warehouses are tried; as many as 12 warehouses have."""


@dataclass(frozen=True, slots=True)
class Place:
    """A warehouse, as far as it matters to who sends: `country` is ISO 3166-1 alpha-2, None when nobody has said."""

    id: int
    code: str
    country: str | None = None
    priority: int = 100
    active: bool = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many pieces of a variant for a line of an order; `key` is whatever names the line."""

    key: int
    variant_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Pick:
    """Pieces of a line that come from a warehouse, and why from there."""

    key: int
    variant_id: int
    warehouse_id: int
    quantity: int
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything comes from; or, when there is not enough, nothing and what there is of the variants in want."""

    picks: tuple[Pick, ...] = ()
    short: Mapping[int, int] | None = None
    """How many pieces there are, of each variant of which there are not enough; None when there are enough of all."""


def plan(
    lines: Sequence[Wanted],
    *,
    warehouses: Iterable[Place],
    available: Mapping[tuple[int, int], int],
    country: str | None,
) -> Plan:
    """Say where the lines of one merchant's part come from; `available` is by (variant, warehouse)."""
    needs = Counter[int]()
    for line in lines:
        needs[line.variant_id] += line.quantity
    places = sorted((each for each in warehouses if each.active), key=lambda each: _preference(each, country))
    free = {key: units for key, units in available.items() if units > 0}
    useful = [each for each in places if any((variant_id, each.id) in free for variant_id in needs)]
    there = {variant_id: sum(free.get((variant_id, each.id), 0) for each in useful) for variant_id in needs}
    short = {variant_id: units for variant_id, units in sorted(there.items()) if units < needs[variant_id]}
    if short:
        return Plan(short=short)
    chosen, are_fewest = _fewest(needs, useful, free)
    reason = _reason(chosen, are_fewest=are_fewest, open_count=len(places), country=country)
    shares = {variant_id: _shares(variant_id, quantity, chosen, free) for variant_id, quantity in needs.items()}
    return Plan(tuple(pick for line in lines for pick in _taken(line, shares[line.variant_id], reason)))


def _preference(place: Place, country: str | None) -> tuple[bool, int, str, int]:
    return country is None or place.country != country, place.priority, place.code, place.id


def _fewest(
    needs: Mapping[int, int], places: Sequence[Place], free: Mapping[tuple[int, int], int]
) -> tuple[list[Place], bool]:
    """Find the fewest places that have everything together; all of them, and False, when there are too many sets."""
    tried = 0
    for size in range(_least(needs, places, free), len(places) + 1):
        for some in combinations(places, size):
            tried += 1
            if tried > SETS_MAX:
                return list(places), False
            if all(
                sum(free.get((variant_id, each.id), 0) for each in some) >= units for variant_id, units in needs.items()
            ):
                return list(some), True
    return [], True  # nothing is wanted


def _least(needs: Mapping[int, int], places: Sequence[Place], free: Mapping[tuple[int, int], int]) -> int:
    """Say how many places are needed at least: for some variant even those with the most are no fewer."""
    least = 0
    for variant_id, wanted in needs.items():
        left, count = wanted, 0
        for units in sorted((free.get((variant_id, each.id), 0) for each in places), reverse=True):
            if left <= 0:
                break
            left, count = left - units, count + 1
        least = max(least, count)
    return least


def _shares(
    variant_id: int, quantity: int, chosen: Sequence[Place], free: Mapping[tuple[int, int], int]
) -> list[tuple[Place, int]]:
    """Split a variant's pieces over the chosen places, in the order of preference."""
    held = [(each, free.get((variant_id, each.id), 0)) for each in chosen]
    whole = next((each for each, units in held if units >= quantity), None)
    if whole is not None:
        return [(whole, quantity)]
    shares, left = [], quantity
    for place, units in held:
        if taken := min(units, left):
            shares.append((place, taken))
            left -= taken
    return shares


def _taken(line: Wanted, shares: list[tuple[Place, int]], reason: str) -> list[Pick]:
    """Take a line's pieces from what its variant's shares still have; they are used up on the way."""
    picks, left = [], line.quantity
    while left:
        place, units = shares[0]
        taken = min(units, left)
        picks.append(Pick(line.key, line.variant_id, place.id, taken, reason))
        left -= taken
        shares[0:1] = [(place, units - taken)] if units > taken else []
    return picks


def _reason(chosen: Sequence[Place], *, are_fewest: bool, open_count: int, country: str | None) -> str:
    names = ", ".join(_named(each) for each in chosen)
    if open_count == 1:
        return f"From {names}: the only open warehouse."
    order = "by priority" if country is None else f"in the order of preference ({country} first, then by priority)"
    if not are_fewest:
        return f"From {names}: too many warehouses to look for the fewest parcels, so each gives what it has, {order}."
    if len(chosen) == 1:
        return f"From {names}: one parcel, and the first warehouse {order} that has everything."
    return f"From {names}: no fewer than {len(chosen)} parcels have everything, and these come first {order}."


def _named(place: Place) -> str:
    return f"{place.code} ({place.country or 'no country'}, priority {place.priority})"
