"""A product's status ..."""

import pytest

from domain import products
from domain.products import Action, Status
from domain.states import StateError

LEADS_TO = {
    (Status.DRAFT, Action.PUBLISH): Status.PUBLISHED,
    (Status.DRAFT, Action.ARCHIVE): Status.ARCHIVED,
    (Status.PUBLISHED, Action.UNPUBLISH): Status.DRAFT,
    (Status.PUBLISHED, Action.ARCHIVE): Status.ARCHIVED,
    (Status.ARCHIVED, Action.PUBLISH): Status.PUBLISHED,
    (Status.ARCHIVED, Action.UNPUBLISH): Status.DRAFT,
}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("action", Action)
def test_is_led_to_another_or_stays(status: Status, action: Action) -> None:
    if (status, action) in LEADS_TO:
        assert products.after(status, action) is LEADS_TO[status, action]
    else:
        with pytest.raises(StateError, match=f"is {status.value}: {action.name.lower()} does not apply"):
            products.after(status, action)


def test_is_published_only_with_something_to_sell() -> None:
    products.check_sellable(1)
    with pytest.raises(StateError, match="at least one variant"):
        products.check_sellable(0)
