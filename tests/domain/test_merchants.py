"""A merchant ..."""

from itertools import product

import pytest

from domain import merchants
from domain.errors import InvalidInput
from domain.merchants import Action, State
from domain.states import StateError

EXPECTED = {
    (State.APPLIED, Action.APPROVE): State.ACTIVE,
    (State.APPLIED, Action.CLOSE): State.CLOSED,
    (State.ACTIVE, Action.SUSPEND): State.SUSPENDED,
    (State.ACTIVE, Action.CLOSE): State.CLOSED,
    (State.SUSPENDED, Action.REACTIVATE): State.ACTIVE,
    (State.SUSPENDED, Action.CLOSE): State.CLOSED,
}


@pytest.mark.parametrize(("state", "action"), list(product(State, Action)))
def test_goes_from_state_to_state_as_the_table_says(state: State, action: Action) -> None:
    if (state, action) in EXPECTED:
        assert merchants.after(state, action) is EXPECTED[state, action]
    else:
        with pytest.raises(StateError, match=f"is {state.value}"):
            merchants.after(state, action)


def test_is_verified_by_its_registration() -> None:
    merchants.check_verified(frozenset({"TAX", "REGISTRATION"}))
    with pytest.raises(StateError, match="REGISTRATION"):
        merchants.check_verified(frozenset({"TAX", "IDENTITY"}))


@pytest.mark.parametrize("text", ["", "  ", "x" * 101])
def test_has_a_name(text: str) -> None:
    with pytest.raises(InvalidInput, match="name"):
        merchants.name(text)


@pytest.mark.parametrize(
    ("file_name", "media_type", "field"),
    [
        ("paper.pdf", "text/html", "media_type"),
        ("", "image/png", "file_name"),
        ("../paper.pdf", "application/pdf", "file_name"),
        ("a\nb", "application/pdf", "file_name"),
    ],
)
def test_hands_in_what_can_be_looked_at(file_name: str, media_type: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        merchants.check_document(file_name=file_name, media_type=media_type)
    assert refused.value.extensions["field"] == field
