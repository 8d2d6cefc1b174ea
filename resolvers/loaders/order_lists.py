"""Orders as staff looks for them: narrowed by what is given alone, so that each search has a plan of its own."""

from collections.abc import Callable, Mapping
from enum import Enum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, ColumnElement, DateTime, Text, any_, bindparam, func, select
from sqlalchemy.types import TypeEngine

from models.database import AnySelect, Statement
from models.orders import Order, OrderPart
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import lightened
from resolvers.loaders.orders import LIGHT, ORDERS, OrderRow


class OrderSort(Enum):
    """The orders of a list of orders."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"


def _given(name: str, of: TypeEngine[Any]) -> Any:
    return bindparam(name, type_=of)


_OF_ORDER: Final[Mapping[str, Callable[[], ColumnElement[bool]]]] = MappingProxyType(
    {
        "number": lambda: Order.number == _given("number", Text()),
        "email": lambda: func.lower(Order.email) == _given("email", Text()),
        "statuses": lambda: Order.status == any_(_given("statuses", ARRAY(Text))),
        "placed_from": lambda: Order.placed_at >= _given("placed_from", DateTime(timezone=True)),
        "placed_to": lambda: Order.placed_at < _given("placed_to", DateTime(timezone=True)),
    }
)
_OF_PART: Final[Mapping[str, Callable[[], ColumnElement[bool]]]] = MappingProxyType(
    {
        "own": lambda: OrderPart.merchant_id == any_(_given("own", ARRAY(BigInteger))),
        "merchant_id": lambda: OrderPart.merchant_id == _given("merchant_id", BigInteger()),
        "part_statuses": lambda: OrderPart.status == any_(_given("part_statuses", ARRAY(Text))),
    }
)
"""What must hold for one and the same part."""


def _narrowed(rows: AnySelect, given: frozenset[str]) -> AnySelect:
    rows = rows.where(*(_OF_ORDER[name]() for name in sorted(given & _OF_ORDER.keys())))
    if of_part := sorted(given & _OF_PART.keys()):
        part = select(OrderPart.id).where(OrderPart.order_id == Order.id, *(_OF_PART[name]() for name in of_part))
        rows = rows.where(part.correlate(Order).exists())
    return rows


@lru_cache(maxsize=128)
def listing(sort: OrderSort, given: frozenset[str], *, light: bool) -> Keyset[OrderRow]:
    """Build the list that is narrowed by these parameters; a light one is of the columns `LIGHT` alone."""
    return Keyset(
        _narrowed(lightened(ORDERS, LIGHT) if light else ORDERS, given),
        order=(Order.id,),
        descending=sort is OrderSort.NEWEST,
        row=OrderRow,
        name=f"orders.{sort.value}.{'.'.join(sorted(given))}",
    )


@lru_cache(maxsize=64)
def count(given: frozenset[str]) -> Statement:
    """Build the statement that counts them."""
    return Statement(_narrowed(select(func.count()).select_from(Order), given))
