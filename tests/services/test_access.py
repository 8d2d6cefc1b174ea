"""The gate shows nothing of ..."""

import itertools
from collections.abc import Sequence
from typing import Any, Final

import pytest

from domain.access import VISITOR, MerchantRole, PlatformRole, Scope, Viewer
from services import access


@pytest.mark.parametrize("viewer", [VISITOR, Viewer(cart_token="a token"), Viewer(partner_id=1)])
def test_nobodys_rows_to_somebody_who_is_nobody(viewer: Viewer) -> None:
    assert not access.sees_customer(viewer, {"customer_id": None})
    assert not access.sees_account(viewer, {"account_id": None})
    assert not access.sees_cart(viewer, {"customer_id": None, "token_hash": None})


VIEWERS: Final = {
    "a visitor": VISITOR,
    "a cart's holder": Viewer(cart_token="a token"),
    "a customer": Viewer(account_id=1, customer_id=1),
    "a customer with a cart": Viewer(account_id=1, customer_id=1, cart_token="a token"),
    "a merchant's staff": Viewer(account_id=2, customer_id=2, merchants={1: MerchantRole.OWNER}),
    "support": Viewer(account_id=3, platform=PlatformRole.AGENT),
    "an administrator": Viewer(account_id=3, platform=PlatformRole.ADMIN),
    "a partner of the platform": Viewer(partner_id=1, scopes=frozenset({Scope.ORDERS_READ})),
    "a partner that reads no orders": Viewer(partner_id=1),
    "a merchant's partner": Viewer(partner_id=1, partner_merchant_id=1, scopes=frozenset({Scope.ORDERS_READ})),
}
ROWS: Final = [
    {"customer_id": customer_id, "token_hash": token_hash, "merchant_id": 1, "merchant_ids": [1, 2], "listed": listed}
    for customer_id in (None, 1, 2)
    for token_hash in (None, access.cart_token_hash("a token"), b"another's")
    for listed in (True, False)
]
RULES: Final = [access.sees_whole_order, access.sees_order, access.sees_order_part, access.sees_product]


@pytest.mark.parametrize("who", VIEWERS)
@pytest.mark.parametrize("sees", RULES)
def test_nothing_quickly_that_it_does_not_show_row_by_row(who: str, sees: access.Sees) -> None:
    viewer = VIEWERS[who]
    lists: list[Sequence[dict[str, Any]]] = [[], *([row] for row in ROWS), *itertools.product(ROWS, repeat=2)]
    for rows in lists:
        if access.plainly_sees_all(viewer, sees, rows):
            assert all(sees(viewer, row) for row in rows), rows


def test_a_list_quickly_whose_rows_are_all_ones_own_or_anybodys() -> None:
    own, listed = {**ROWS[0], "customer_id": 1}, {**ROWS[0], "listed": True}
    customer, support = VIEWERS["a customer"], VIEWERS["support"]
    assert access.plainly_sees_all(customer, access.sees_whole_order, [own, own])
    assert not access.plainly_sees_all(customer, access.sees_whole_order, [own, {**own, "customer_id": 2}])
    assert access.plainly_sees_all(support, access.sees_order_part, ROWS)
    assert access.plainly_sees_all(VISITOR, access.sees_product, [listed, listed])
    assert not access.plainly_sees_all(support, access.sees_order_entry, ROWS)
