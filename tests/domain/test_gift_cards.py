"""Gift cards ..."""

from datetime import UTC, datetime, timedelta

import pytest

from domain import gift_cards

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_have_codes_of_a_hundred_bits_in_five_groups() -> None:
    assert gift_cards.write_code(bytes(13)) == "0000-0000-0000-0000-0000"
    assert gift_cards.write_code(b"\xff" * 13) == "ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ"
    assert gift_cards.write_code(bytes(12) + b"\x01" + b"more") == "1000-0000-0000-0000-0000"
    with pytest.raises(ValueError, match="13 random bytes"):
        gift_cards.write_code(bytes(12))


@pytest.mark.parametrize("typed", ["abcd-0123-1122", " ABCD 0123-1122\n", "abcdOl23il22", "ABCD-o123-1I22"])
def test_have_codes_that_are_read_as_people_write_them(typed: str) -> None:
    assert gift_cards.normalise(typed) == "ABCD01231122"


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (4, 0), (5, 2), (6, 4), (7, 8), (15, 2048), (16, 3600), (10**9, 3600)]
)
def test_make_guessers_wait_longer_and_longer(failures: int, seconds: int) -> None:
    assert gift_cards.pause(failures) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("state", "expires_at", "usable"),
    [
        ("ACTIVE", None, True),
        ("ACTIVE", NOW + timedelta(seconds=1), True),
        ("ACTIVE", NOW, False),
        ("DISABLED", None, False),
    ],
)
def test_may_be_used_while_active_and_in_time(state: str, expires_at: datetime | None, usable: bool) -> None:  # noqa: FBT001
    assert gift_cards.usable(state=state, expires_at=expires_at, now=NOW) is usable
