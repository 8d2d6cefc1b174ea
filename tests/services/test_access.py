"""The gate shows nothing of ..."""

import pytest

from domain.access import VISITOR, Viewer
from services import access


@pytest.mark.parametrize("viewer", [VISITOR, Viewer(cart_token="a token"), Viewer(partner_id=1)])
def test_nobodys_rows_to_somebody_who_is_nobody(viewer: Viewer) -> None:
    assert not access.sees_customer(viewer, {"customer_id": None})
    assert not access.sees_account(viewer, {"account_id": None})
    assert not access.sees_cart(viewer, {"customer_id": None, "token_hash": None})
