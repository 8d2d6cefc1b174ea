"""A list of products ..."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from itertools import chain, combinations
from typing import Any

import asyncpg
import pytest

from tests.factories import catalogue, scattered
from tests.factories.scattered import Sample
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api

LIST = """
query List($filter: ProductFilter, $sort: ProductSort!, $currency: CurrencyCode, $first: Int! = 100, $after: String) {
  products(first: $first, after: $after, filter: $filter, sort: $sort, currency: $currency) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { slug } }
  }
}
"""
SORTS = ("NEWEST", "PRICE_ASC", "PRICE_DESC", "RATING", "NAME")
FILTERS: Mapping[str, tuple[Any, Callable[[Sample], bool]]] = {
    "category": ("left", lambda each: "left" in each.categories),
    "merchant": ("ada", lambda each: each.merchant == "ada"),
    "price": (
        {"currency": "EUR", "min": "10.00", "max": "15"},
        lambda each: "EUR" in each.prices and 1000 <= min(each.prices["EUR"]) <= 1500,
    ),
    "available": (True, lambda each: each.available),
    "rating": ({"min": 3.5}, lambda each: each.rating >= 3.5),
    "attributes": (
        [{"name": "colour", "values": ["green", "blue"]}, {"name": "height", "values": ["10", "10.50"]}],
        lambda each: each.attributes["colour"] != "red" and each.attributes["height"] in (10, 10.5),
    ),
}


def naive(samples: list[Sample], sort: str, currency: str, wanted: Callable[[Sample], bool]) -> list[str]:
    """Compute what a list holds."""
    keys: dict[str, Callable[[Sample], Any]] = {
        "NEWEST": lambda each: (each.published_at, each.id),
        "PRICE_ASC": lambda each: (min(each.prices[currency]), each.id),
        "PRICE_DESC": lambda each: (min(each.prices[currency]), each.id),
        "RATING": lambda each: (each.rating, each.id),
        "NAME": lambda each: (each.name, each.id),
    }
    found = [each for each in samples if wanted(each) and (not sort.startswith("PRICE") or currency in each.prices)]
    return [each.slug for each in sorted(found, key=keys[sort], reverse=sort in {"NEWEST", "PRICE_DESC", "RATING"})]


def fits(names: Iterable[str], sample: Sample) -> bool:
    return all(FILTERS[name][1](sample) for name in names)


def slugs(page: dict[str, Any]) -> list[str]:
    return [edge["node"]["slug"] for edge in page["edges"]]


@pytest.mark.parametrize("sort", SORTS)
async def test_is_what_a_naive_computation_finds_under_every_combination_of_filters(
    api: Api, connection: asyncpg.Connection, sort: str
) -> None:
    samples = await scattered.products(connection, 80)
    subsets = chain.from_iterable(combinations(FILTERS, length) for length in range(len(FILTERS) + 1))
    found = 0
    for names in subsets:
        expected = naive(
            samples,
            sort,
            "EUR" if "price" in names else "USD",
            partial(fits, names),
        )
        page = (await api.data(LIST, sort=sort, filter={name: FILTERS[name][0] for name in names}))["products"]
        assert (slugs(page), page["totalCount"]) == (expected, len(expected)), names
        found += len(expected)
    assert found > 300


FILTER_CASES: list[tuple[Any, Callable[[Sample], bool]]] = [
    (None, lambda _: True),
    ({}, lambda _: True),
    ({"category": "root"}, lambda each: each.category != "apart"),
    ({"category": "deep"}, lambda each: each.category == "deep"),
    ({"category": "no-such"}, lambda _: False),
    ({"merchant": "no-such"}, lambda _: False),
    ({"available": False}, lambda each: not each.available),
    ({"rating": {"min": 0}}, lambda _: True),
    ({"rating": {"min": 0.1}}, lambda each: bool(each.stars)),
    ({"rating": {"min": 5}}, lambda each: each.rating == 5),
    ({"price": {"currency": "USD"}}, lambda _: True),
    ({"price": {"currency": "USD", "min": "10"}}, lambda each: min(each.prices.get("USD", [0])) >= 1000),
    ({"price": {"currency": "USD", "max": "10.00"}}, lambda each: min(each.prices.get("USD", [9999])) <= 1000),
    ({"price": {"currency": "USD", "min": "10.01", "max": "14.99"}}, lambda _: False),
    ({"price": {"currency": "CHF", "min": "0"}}, lambda _: False),
    ({"attributes": []}, lambda _: True),
    ({"attributes": [{"name": "colour", "values": []}]}, lambda _: False),
    ({"attributes": [{"name": 'no such " key', "values": ["red"]}]}, lambda _: False),
    ({"attributes": [{"name": "colour", "values": ["red"]}]}, lambda each: each.attributes["colour"] != "blue"),
    ({"attributes": [{"name": "colour", "values": ["Red", "re"]}]}, lambda _: False),
    ({"attributes": [{"name": "height", "values": ["10.5"]}]}, lambda each: each.attributes["height"] == 10.5),
    ({"attributes": [{"name": "height", "values": ["-3"]}]}, lambda each: each.attributes["height"] == -3),
    ({"attributes": [{"name": "height", "values": ["10.0"]}]}, lambda each: each.attributes["height"] == 10),
    ({"attributes": [{"name": "new", "values": ["true"]}]}, lambda each: each.attributes["new"]),
    ({"attributes": [{"name": "new", "values": ["true", "false"]}]}, lambda _: True),
    ({"attributes": [{"name": "colour", "values": ['red" || 1 == 1 || "']}]}, lambda _: False),
    (
        {"attributes": [{"name": "colour", "values": ["red"]}, {"name": "colour", "values": ["green"]}]},
        lambda each: each.attributes["colour"] == ["red", "green"],
    ),
]


async def test_is_narrowed_as_the_filter_says(api: Api, connection: asyncpg.Connection) -> None:
    samples = await scattered.products(connection, 60)
    for given, wanted in FILTER_CASES:
        page = (await api.data(LIST, sort="NEWEST", filter=given))["products"]
        assert slugs(page) == naive(samples, "NEWEST", "USD", wanted), given


async def test_compares_prices_in_the_currency_asked_for(api: Api, connection: asyncpg.Connection) -> None:
    samples = await scattered.products(connection, 40)
    for currency in ("USD", "EUR"):
        page = (await api.data(LIST, sort="PRICE_DESC", currency=currency))["products"]
        assert slugs(page) == naive(samples, "PRICE_DESC", currency, lambda _: True)
    assert slugs((await api.data(LIST, sort="PRICE_ASC", currency="CHF"))["products"]) == []


@pytest.mark.parametrize("sort", SORTS)
async def test_gives_every_row_once_in_order_while_others_come_and_go(
    api: Api, connection: asyncpg.Connection, sort: str
) -> None:
    samples = await scattered.products(connection, 50)
    merchant = await catalogue.merchant(connection)
    before = naive(samples, sort, "USD", lambda _: True)
    read: list[str] = []
    after = None
    while True:
        page = (await api.data(LIST, sort=sort, first=7, after=after))["products"]
        read += slugs(page)
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
        after = page["pageInfo"]["endCursor"]
        for number, (name, day) in enumerate([("AAA", 28), ("zzz", 1), ("Lamp", 3)]):  # first, last, and in a tie
            published_at = datetime(2026 if number else 2027, 1 if number else 2, day, tzinfo=UTC)
            product = await catalogue.product(connection, merchant, name=name, published_at=published_at)
            await catalogue.variant(connection, product, prices={"USD": (1, 9_999, 1_000)[number]})
        if not page["pageInfo"]["hasNextPage"] or len(read) > 200:
            break
    assert len(read) == len(set(read))
    assert [slug for slug in read if slug.startswith("p-")] == before


@pytest.mark.parametrize("sort", SORTS)
async def test_goes_on_behind_any_edge(api: Api, connection: asyncpg.Connection, sort: str) -> None:
    await scattered.products(connection, 25)
    whole = (await api.data(LIST, sort=sort))["products"]
    for at, edge in enumerate(whole["edges"], 1):
        rest = (await api.data(LIST, sort=sort, after=edge["cursor"]))["products"]
        assert rest["edges"] == whole["edges"][at:]
        assert rest["totalCount"] == whole["totalCount"]


async def test_knows_on_an_empty_page_whether_there_is_more(api: Api, shop: SmallShop) -> None:
    assert shop
    page = (await api.data(LIST, sort="NEWEST", first=0))["products"]
    assert page == {
        "totalCount": 2,
        "pageInfo": {"hasNextPage": True, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
        "edges": [],
    }


def forged(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("sort", "cursor"),
    [
        ("NEWEST", ""),
        ("NEWEST", "abc"),
        ("NEWEST", "ä"),
        ("NEWEST", forged("5")),
        ("NEWEST", forged("[]")),
        ("NEWEST", forged("null")),
        ("NEWEST", forged('{"products.newest": 1}')),
        ("NEWEST", forged('["products.newest"]')),
        ("NEWEST", forged('["products.newest", 1]')),
        ("NEWEST", forged('["products.newest", 1, 2, 3]')),
        ("NEWEST", forged('["products.newest", 1, true]')),
        ("NEWEST", forged('["products.newest", "1", 2]')),
        ("NEWEST", forged('["products.newest", 1.5, 2]')),
        ("NEWEST", forged('["products.newest", 1, 9223372036854775808]')),
        ("NEWEST", forged('["products.newest", 9223372036854775807, 1]')),
        ("NEWEST", forged('["products.newest", -9223372036854775807, 1]')),
        ("NEWEST", forged('["products.name", "Lamp", 1]')),
        ("NAME", forged('["products.newest", 1, 1]')),
        ("PRICE_ASC", forged('["products.price_desc", 1, 1]')),
    ],
)
async def test_refuses_a_cursor_that_is_none_of_its_own(api: Api, sort: str, cursor: str) -> None:
    code, message = await api.refused(LIST, sort=sort, after=cursor)
    assert code == "BAD_USER_INPUT"
    assert message == (
        f"after: {cursor[:60]!r} is no cursor of this list and order; take one from pageInfo.endCursor or an edge"
    )


async def test_takes_any_position_for_a_place_in_it(api: Api, shop: SmallShop) -> None:
    assert shop
    for score, expected in ((99_999_999_999, ["lamp", "chair"]), (1, ["chair"]), (-99_999_999_999, [])):
        cursor = forged(f'["products.rating", {score}, 1]')
        assert slugs((await api.data(LIST, sort="RATING", after=cursor))["products"]) == expected


async def test_refuses_a_cursor_that_holds_what_no_name_can(api: Api) -> None:
    code, message = await api.refused(LIST, sort="NAME", after=forged('["products.name", "\\u0000", 1]'))
    assert (code, message[:24]) == ("BAD_USER_INPUT", "A text holds the charact")


async def test_refuses_another_lists_cursor(api: Api, shop: SmallShop) -> None:
    assert shop
    merchants = (await api.data("{ merchants { pageInfo { endCursor } } }"))["merchants"]
    code, _ = await api.refused(LIST, sort="NAME", after=merchants["pageInfo"]["endCursor"])
    assert code == "BAD_USER_INPUT"


@pytest.mark.parametrize(("first", "code"), [(101, "PAGE_TOO_LARGE"), (-1, "BAD_USER_INPUT")])
async def test_refuses_a_page_size_out_of_bounds_before_any_statement(api: Api, first: int, code: str) -> None:
    found, message = await api.refused(LIST, sort="NEWEST", first=first)
    assert (found, str(first) in message) == (code, True)
    assert api.context.statements.value == 0


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"filter": {"rating": {"min": 5.1}}}, "filter.rating.min: 5.1 is not between 0 and 5 stars"),
        ({"filter": {"rating": {"min": -0.1}}}, "filter.rating.min: -0.1 is not between 0 and 5 stars"),
        ({"filter": {"price": {"currency": "JPY", "min": "1.5"}}}, "'1.5' is finer than JPY allows: 0 decimal digits"),
        (
            {"filter": {"price": {"currency": "CLF", "min": "999999999999999"}}},
            "'999999999999999' is more money than can be counted in CLF",
        ),
        (
            {"filter": {"price": {"currency": "EUR", "min": "1"}}, "currency": "USD"},
            "currency: the filter's prices are in EUR, but the list is asked for in USD; name one of them",
        ),
    ],
)
async def test_refuses_a_bound_that_cannot_be(api: Api, variables: dict[str, Any], said: str) -> None:
    assert await api.refused(LIST, **{"sort": "NEWEST", **variables}) == ("BAD_USER_INPUT", said)
