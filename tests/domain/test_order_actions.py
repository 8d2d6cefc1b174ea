"""What may be done to an order ..."""

from itertools import product

import pytest

from domain import order_actions as rules
from domain.order_actions import ActionError, Actor, OrderAction, Part
from domain.orders import OrderStatus, PartStatus

# Written down by hand: who may do what, where.
ORDERS = {
    (Actor.HOLDER, OrderStatus.PENDING_PAYMENT): {"PAY", "CANCEL"},
    (Actor.HOLDER, OrderStatus.PAID): {"CANCEL"},
    **{(actor, status): {"ADD_NOTE"} for actor in (Actor.SENDER, Actor.REFUNDER) for status in OrderStatus},
}
PARTS = {
    (Actor.HOLDER, PartStatus.PARTIALLY_FULFILLED): {"CONFIRM_DELIVERY", "REQUEST_RETURN"},
    (Actor.HOLDER, PartStatus.FULFILLED): {"CONFIRM_DELIVERY", "REQUEST_RETURN"},
    (Actor.HOLDER, PartStatus.DELIVERED): {"REQUEST_RETURN"},
    (Actor.SENDER, PartStatus.READY): {"FULFIL"},
    (Actor.SENDER, PartStatus.PARTIALLY_FULFILLED): {"FULFIL", "CANCEL_FULFILMENT", "CONFIRM_DELIVERY"},
    (Actor.SENDER, PartStatus.FULFILLED): {"CANCEL_FULFILMENT", "CONFIRM_DELIVERY"},
    (Actor.REFUNDER, PartStatus.READY): {"CANCEL", "REFUND"},
    (Actor.REFUNDER, PartStatus.PARTIALLY_FULFILLED): {"REFUND"},
    (Actor.REFUNDER, PartStatus.FULFILLED): {"REFUND"},
    (Actor.REFUNDER, PartStatus.DELIVERED): {"REFUND"},
}


@pytest.mark.parametrize(("actor", "status", "action"), list(product(Actor, OrderStatus, OrderAction)))
def test_as_a_whole_is_what_the_table_says(actor: Actor, status: OrderStatus, action: OrderAction) -> None:
    may = action.value in ORDERS.get((actor, status), set())
    assert rules.may_order(status, [actor], action) is may
    assert (action in rules.allowed(status, [actor], [])) is may
    if may:
        rules.check_order(status, [actor], action)
        return
    with pytest.raises(ActionError) as refused:
        rules.check_order(status, [actor], action)
    assert refused.value.extensions == {"code": "INVALID_STATE", "status": status.value}


@pytest.mark.parametrize(("actor", "status", "action"), list(product(Actor, PartStatus, OrderAction)))
def test_in_part_is_what_the_table_says(actor: Actor, status: PartStatus, action: OrderAction) -> None:
    may, part = action.value in PARTS.get((actor, status), set()), Part(status, [actor])
    assert rules.may_part(part, action) is may
    assert (action in rules.allowed(OrderStatus.EXPIRED, [], [part])) is may
    if may:
        rules.check_part(part, action)
        return
    with pytest.raises(ActionError) as refused:
        rules.check_part(part, action)
    assert refused.value.extensions == {"code": "INVALID_STATE", "status": status.value}


def test_is_nothing_for_whoever_is_nobody_to_it() -> None:
    for status, part in product(OrderStatus, PartStatus):
        assert rules.allowed(status, [], [Part(part, [])]) == []


def test_is_listed_once_in_one_order() -> None:
    parts = [Part(PartStatus.READY, list(Actor)), Part(PartStatus.FULFILLED, list(Actor))]
    assert rules.allowed(OrderStatus.PARTIALLY_FULFILLED, list(Actor), parts) == [
        OrderAction.CANCEL,
        OrderAction.FULFIL,
        OrderAction.CANCEL_FULFILMENT,
        OrderAction.CONFIRM_DELIVERY,
        OrderAction.REFUND,
        OrderAction.REQUEST_RETURN,
        OrderAction.ADD_NOTE,
    ]
