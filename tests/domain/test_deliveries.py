"""Deliveries ..."""

from domain import deliveries
from domain.deliveries import Method

STANDARD = Method(None, "standard", "Standard", "USD", 590, free_from=5000)
EXPRESS = Method(None, "express", "Express", "USD", 1490, countries=frozenset({"US"}))
OWN = Method(1, "standard", "By truck", "USD", 2900)
IN_EURO = Method(1, "express", "Express", "EUR", 1290)


def prices(*methods: Method, merchant_id: int = 1, goods: int = 1000, currency: str = "USD") -> list[tuple[str, int]]:
    offered = deliveries.offered(methods, merchant_id=merchant_id, currency=currency, goods=goods)
    return [(delivery.label, delivery.price) for _, delivery in offered]


def test_are_the_platforms_where_a_merchant_has_none_of_the_code() -> None:
    assert prices(STANDARD, EXPRESS, OWN) == [("By truck", 2900), ("Express", 1490)]
    assert prices(STANDARD, EXPRESS, OWN, merchant_id=2) == [("Standard", 590), ("Express", 1490)]


def test_cost_nothing_from_a_sum_on() -> None:
    assert prices(STANDARD, goods=4999) == [("Standard", 590)]
    assert prices(STANDARD, goods=5000) == [("Standard", 0)]


def test_are_a_free_standard_one_where_nobody_says_what_it_costs() -> None:
    assert prices(EXPRESS) == [("Standard delivery", 0), ("Express", 1490)]
    assert prices(STANDARD, currency="EUR") == []


def test_of_a_merchant_in_one_currency_hide_the_platforms_of_that_code_in_all() -> None:
    assert prices(STANDARD, EXPRESS, IN_EURO) == [("Standard", 590)]
    assert prices(STANDARD, EXPRESS, IN_EURO, currency="EUR") == [("Express", 1290)]


def test_reach_the_countries_that_they_name_or_all() -> None:
    assert deliveries.reaches(STANDARD, "DE")
    assert not deliveries.reaches(EXPRESS, "DE")
    assert deliveries.reaches(EXPRESS, "US")
    assert deliveries.reaches(EXPRESS, None)
