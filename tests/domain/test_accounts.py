"""An account ..."""

from datetime import timedelta

import pytest

from domain import accounts
from domain.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "address"),
    [(" Ada@Example.COM ", "ada@example.com"), ("a+b@x", "a+b@x"), ("ü@bücher.example", "ü@bücher.example")],
)
def test_has_an_address_as_it_is_looked_for(text: str, address: str) -> None:
    assert accounts.email(text) == address


@pytest.mark.parametrize(
    "text",
    ["", "ada", "@x", "ada@", "a b@x", "a@b@c", "a@.x", "a@x.", "a\n@x", "a@x\r\nBcc: b@y", "a" * 65 + "@x", "<a@x>"],
)
def test_has_no_address_that_is_none(text: str) -> None:
    with pytest.raises(InvalidInput):
        accounts.email(text)


def test_makes_who_fails_wait_longer_and_longer_but_never_long() -> None:
    seconds = [accounts.wait_after(failures) / timedelta(seconds=1) for failures in (0, 4, 5, 6, 7, 10, 11, 1_000_000)]
    assert seconds == [0, 0, 1, 2, 4, 32, 60, 60]
