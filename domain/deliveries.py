"""Delivery: which methods a merchant's goods can be sent by, and for how much."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from domain import customers, tax
from domain.errors import InvalidInput
from domain.pricing_facts import Delivery

STANDARD: Final = "standard"
"""The code of the method that every merchant offers."""

METHODS_MAX: Final = 100
"""How many methods a merchant, or the platform, may offer."""
LABEL_LENGTH_MAX: Final = 100
COUNTRIES_MAX: Final = 250
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)


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


def checked(method: Method) -> Method:
    """Give a method as it is if it can be offered. Raises InvalidInput."""
    if _CODE.fullmatch(method.code) is None:
        raise InvalidInput(
            f"code: {method.code[:60]!r} is none; write 1 to 40 small letters, digits, hyphens and underscores",
            field="code",
        )
    if not 0 < len(method.label.strip()) <= LABEL_LENGTH_MAX:
        raise InvalidInput(f"label: a label has 1 to {LABEL_LENGTH_MAX} characters", field="label")
    if method.price < 0:
        raise InvalidInput("price: it is below zero", field="price")
    if method.free_from is not None and method.free_from < 0:
        raise InvalidInput("freeFrom: it is below zero", field="free_from")
    if method.countries is not None:
        if not 0 < len(method.countries) <= COUNTRIES_MAX:
            raise InvalidInput(
                f"countries: name 1 to {COUNTRIES_MAX}, or leave them out for everywhere", field="countries"
            )
        for country in sorted(method.countries):
            customers.country(country, field="countries")
    tax.check_class(method.tax_class, field="tax_class")
    return method
