"""Delivery: which methods a merchant's goods can be sent by, and for how much."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from domain.pricing_facts import Delivery

STANDARD: Final = "standard"
"""The code of the method that every merchant offers."""


@dataclass(frozen=True, slots=True)
class Method:
    """A way to send goods; `merchant_id` is None for one of the platform. Money in minor units of `currency`.

    It costs nothing when a merchant's goods come to `free_from` at list price. `countries` None is everywhere.
    """

    merchant_id: int | None
    code: str
    label: str
    currency: str
    price: int
    free_from: int | None = None
    countries: frozenset[str] | None = None
    tax_class: str = "standard"


def offered(methods: Iterable[Method], *, merchant_id: int, currency: str, goods: int) -> list[tuple[Method, Delivery]]:
    """List how a merchant's goods, `goods` minor units at list price, can be sent: its own methods before the others.

    A merchant's method takes the place of the platform's of the same code. Where nobody says what `standard` costs, it
    is free.
    """
    known = [method for method in methods if method.merchant_id in {None, merchant_id}]
    chosen = {method.code: method for method in known if method.merchant_id is None and method.currency == currency}
    own_codes = {method.code for method in known if method.merchant_id == merchant_id}
    chosen = {code: method for code, method in chosen.items() if code not in own_codes}
    chosen |= {method.code: method for method in known if method.merchant_id and method.currency == currency}
    if not any(method.code == STANDARD for method in known):
        chosen[STANDARD] = Method(None, STANDARD, "Standard delivery", currency, 0)
    return [
        (method, _delivery(method, merchant_id, goods)) for _, method in sorted(chosen.items(), key=_standard_first)
    ]


def reaches(method: Method, country: str | None) -> bool:
    """Say whether a method reaches a country; before there is an address, it does."""
    return country is None or method.countries is None or country in method.countries


def _standard_first(item: tuple[str, Method]) -> tuple[bool, int, str]:
    code, method = item
    return code != STANDARD, method.price, code


def _delivery(method: Method, merchant_id: int, goods: int) -> Delivery:
    free = method.free_from is not None and goods >= method.free_from
    return Delivery(merchant_id, method.code, method.label, 0 if free else method.price, method.tax_class)
