"""An order, and a merchant's part of it, ..."""

from itertools import product

import pytest

from domain import orders
from domain.orders import OrderStateError, OrderStatus, PartStatus

# Written down by hand: from where to where.
ORDERS = {
    "PENDING_PAYMENT": {"PAID", "CANCELLED", "PAYMENT_FAILED", "EXPIRED"},
    "PAID": {"PARTIALLY_FULFILLED", "FULFILLED", "DELIVERED", "CANCELLED"},
    "PARTIALLY_FULFILLED": {"PAID", "FULFILLED", "DELIVERED"},
    "FULFILLED": {"PAID", "PARTIALLY_FULFILLED", "DELIVERED"},
}
PARTS = {
    "PENDING": {"READY", "CANCELLED"},
    "READY": {"PARTIALLY_FULFILLED", "FULFILLED", "CANCELLED"},
    "PARTIALLY_FULFILLED": {"READY", "FULFILLED"},
    "FULFILLED": {"READY", "PARTIALLY_FULFILLED", "DELIVERED"},
}


@pytest.mark.parametrize(("status", "target"), list(product(OrderStatus, OrderStatus)))
def test_goes_from_state_to_state_as_the_table_says(status: OrderStatus, target: OrderStatus) -> None:
    if target.value in ORDERS.get(status.value, set()):
        assert orders.moved(status, target) is target
        return
    with pytest.raises(OrderStateError, match=f"order is {status} and cannot become {target}") as refused:
        orders.moved(status, target)
    assert refused.value.extensions == {"code": "INVALID_STATE", "status": status.value}


@pytest.mark.parametrize(("status", "target"), list(product(PartStatus, PartStatus)))
def test_goes_in_part_from_state_to_state_as_the_table_says(status: PartStatus, target: PartStatus) -> None:
    if target.value in PARTS.get(status.value, set()):
        assert orders.part_moved(status, target) is target
        return
    with pytest.raises(OrderStateError, match=f"part is {status} and cannot become {target}") as refused:
        orders.part_moved(status, target)
    assert refused.value.extensions == {"code": "INVALID_STATE", "status": status.value}


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ("PENDING PENDING", "PENDING_PAYMENT"),
        ("READY READY", "PAID"),
        ("READY CANCELLED", "PAID"),
        ("READY PARTIALLY_FULFILLED", "PARTIALLY_FULFILLED"),
        ("READY FULFILLED", "PARTIALLY_FULFILLED"),
        ("READY DELIVERED", "PARTIALLY_FULFILLED"),
        ("PARTIALLY_FULFILLED CANCELLED", "PARTIALLY_FULFILLED"),
        ("FULFILLED FULFILLED", "FULFILLED"),
        ("FULFILLED DELIVERED", "FULFILLED"),
        ("FULFILLED CANCELLED", "FULFILLED"),
        ("DELIVERED DELIVERED", "DELIVERED"),
        ("DELIVERED CANCELLED", "DELIVERED"),
        ("CANCELLED CANCELLED", "CANCELLED"),
    ],
)
def test_stands_where_its_living_parts_do(parts: str, status: str) -> None:
    assert orders.of_parts([PartStatus(part) for part in parts.split()]) == status


def test_is_paid_once_however_often_its_parcels_are_taken_back() -> None:
    assert {status: orders.told(status) for status in OrderStatus if orders.told(status) != status} == {
        OrderStatus.PAID: "UNFULFILLED"
    }
