"""Who sends what was bought ...

`test_is_the_best_of_all_sets` holds the rule to a search through every set of warehouses.
"""

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import combinations
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from domain import sourcing
from domain.sourcing import Pick, Place, Plan, Wanted

BERLIN = Place(1, "berlin", "DE", priority=20)
PARIS = Place(2, "paris", "FR", priority=10)
MUNICH = Place(3, "munich", "DE", priority=30)


@st.composite
def questions(draw: st.DrawFn) -> tuple[list[Wanted], list[Place], dict[tuple[int, int], int], str | None]:
    places = [
        Place(
            each,
            f"w{draw(st.integers(0, 9))}-{each}",
            draw(st.sampled_from([None, "DE", "FR"])),
            draw(st.integers(1, 3)),
            draw(st.sampled_from([True, True, True, False])),
        )
        for each in range(1, draw(st.integers(1, 5)) + 1)
    ]
    lines = [Wanted(key, draw(st.integers(1, 3)), draw(st.integers(1, 6))) for key in range(draw(st.integers(1, 5)))]
    available = {(variant_id, place.id): draw(st.integers(-1, 8)) for variant_id in (1, 2, 3) for place in places}
    return lines, places, available, draw(st.sampled_from([None, "DE", "FR", "US"]))


@settings(max_examples=600, deadline=None)
@given(questions(), st.randoms(use_true_random=False))
def test_is_the_best_of_all_sets(
    question: tuple[list[Wanted], list[Place], dict[tuple[int, int], int], str | None], random: Random
) -> None:
    lines, places, available, country = question
    plan = sourcing.plan(lines, warehouses=places, available=available, country=country)
    needs = needed(lines)
    there = {
        variant_id: sum(max(available[variant_id, each.id], 0) for each in places if each.active)
        for variant_id in needs
    }
    short = {variant_id: units for variant_id, units in there.items() if units < needs[variant_id]}
    if short:
        assert plan == Plan(short=short)
        return
    assert plan.short is None
    assert {pick.warehouse_id for pick in plan.picks} == best_of_all(needs, places, available, country)
    everything_is_picked(plan, lines, available)
    shuffled = random.sample(places, len(places))
    assert sourcing.plan(lines, warehouses=shuffled, available=available, country=country) == plan


def needed(lines: list[Wanted]) -> dict[int, int]:
    needs: dict[int, int] = defaultdict(int)
    for line in lines:
        needs[line.variant_id] += line.quantity
    return needs


def best_of_all(
    needs: dict[int, int], places: list[Place], available: dict[tuple[int, int], int], country: str | None
) -> set[int]:
    def preference(place: Place) -> tuple[bool, int, str]:
        return country is not None and place.country != country, place.priority, place.code

    order = sorted((each for each in places if each.active), key=preference)
    ranks = {each.id: rank for rank, each in enumerate(order)}
    sets: list[tuple[int, ...]] = [some for size in range(1, len(ranks) + 1) for some in combinations(ranks, size)]
    enough = [
        some
        for some in sets
        if all(sum(max(available[variant, each], 0) for each in some) >= units for variant, units in needs.items())
    ]
    best: tuple[int, ...] = min(enough, key=lambda some: (len(some), [ranks[each] for each in some]))
    return set(best)


def everything_is_picked(plan: Plan, lines: list[Wanted], available: dict[tuple[int, int], int]) -> None:
    taken, picked = Counter[tuple[int, int]](), Counter[int]()
    for pick in plan.picks:
        assert pick.quantity > 0
        taken[pick.variant_id, pick.warehouse_id] += pick.quantity
        picked[pick.key] += pick.quantity
    assert picked == {line.key: line.quantity for line in lines}
    assert all(units <= available[key] for key, units in taken.items())
    assert len({(pick.key, pick.warehouse_id) for pick in plan.picks}) == len(plan.picks)


def test_prefers_one_parcel_to_a_nearer_warehouse() -> None:
    plan = sourcing.plan(
        [Wanted(7, 1, 2), Wanted(8, 2, 1)],
        warehouses=[BERLIN, PARIS],
        available={(1, 1): 5, (1, 2): 2, (2, 2): 1},
        country="DE",
    )
    reason = (
        "From paris (FR, priority 10): one parcel, and the first warehouse in the order of preference "
        "(DE first, then by priority) that has everything."
    )
    assert plan.picks == (Pick(7, 1, 2, 2, reason), Pick(8, 2, 2, 1, reason))


def test_prefers_the_country_of_the_address_to_priority_and_priority_to_the_code() -> None:
    available = {(1, each.id): 1 for each in (BERLIN, PARIS, MUNICH)}
    chosen = {
        country: sourcing.plan(
            [Wanted(1, 1, 1)], warehouses=[MUNICH, PARIS, BERLIN], available=available, country=country
        )
        .picks[0]
        .warehouse_id
        for country in ("DE", "FR", "US", None)
    }
    assert chosen == {"DE": BERLIN.id, "FR": PARIS.id, "US": PARIS.id, None: PARIS.id}


def test_takes_a_variant_whole_where_it_can_and_else_in_the_order_of_preference() -> None:
    plan = sourcing.plan(
        [Wanted(1, 1, 4), Wanted(2, 1, 1), Wanted(3, 2, 2)],
        warehouses=[BERLIN, PARIS, MUNICH],
        available={(1, 1): 3, (1, 3): 2, (1, 2): 1, (2, 1): 1, (2, 3): 2},
        country="DE",
    )
    reason = (
        "From berlin (DE, priority 20), munich (DE, priority 30): no fewer than 2 parcels have everything, "
        "and these come first in the order of preference (DE first, then by priority)."
    )
    assert plan.picks == (
        Pick(1, 1, 1, 3, reason),
        Pick(1, 1, 3, 1, reason),
        Pick(2, 1, 3, 1, reason),
        Pick(3, 2, 3, 2, reason),
    )


def test_leaves_closed_warehouses_alone_and_tells_what_there_is() -> None:
    places = [BERLIN, replace(PARIS, active=False)]
    plan = sourcing.plan([Wanted(1, 1, 3)], warehouses=places, available={(1, 1): 2, (1, 2): 9}, country=None)
    assert plan == Plan(short={1: 2})
    plan = sourcing.plan([Wanted(1, 1, 2)], warehouses=places, available={(1, 1): 2, (1, 2): 9}, country=None)
    assert plan.picks == (Pick(1, 1, 1, 2, "From berlin (DE, priority 20): the only open warehouse."),)


def test_says_so_when_there_are_too_many_warehouses_to_try_all_sets() -> None:
    places = [Place(each, f"w{each:02}", priority=each) for each in range(1, 31)]
    available = {(1, each.id): 1 for each in places} | {(2, each.id): each.id % 2 for each in places}
    plan = sourcing.plan([Wanted(1, 1, 10), Wanted(2, 2, 14)], warehouses=places, available=available, country=None)
    assert [pick.warehouse_id for pick in plan.picks] == [*range(1, 11), *range(1, 28, 2)]
    assert "too many warehouses to look for the fewest parcels, so each gives what it has" in plan.picks[0].reason


def test_is_nothing_when_nothing_is_wanted() -> None:
    assert sourcing.plan([], warehouses=[BERLIN], available={}, country=None) == Plan()
