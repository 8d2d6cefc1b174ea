"""A coupon ..."""

import re
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from domain import coupons
from domain.coupons import Action, Method, State, Use, WalletStatus
from domain.errors import InvalidInput
from domain.states import StateError

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)

ALLOWED = {
    (State.DRAFT, Action.ACTIVATE): State.ACTIVE,
    (State.DRAFT, Action.END): State.ENDED,
    (State.ACTIVE, Action.PAUSE): State.PAUSED,
    (State.ACTIVE, Action.END): State.ENDED,
    (State.PAUSED, Action.ACTIVATE): State.ACTIVE,
    (State.PAUSED, Action.END): State.ENDED,
}


@pytest.mark.parametrize(("state", "action"), list(product(State, Action)))
def test_of_a_promotion_follows_it_through_its_states(state: State, action: Action) -> None:
    if (state, action) in ALLOWED:
        assert coupons.after(state, action) is ALLOWED[state, action]
        return
    with pytest.raises(StateError) as caught:
        coupons.after(state, action)
    assert caught.value.code == "CONFLICT"
    assert state.value in caught.value.message


@pytest.mark.parametrize(
    ("written", "kept"), [("spring", "SPRING"), (" Spring-10 ", "SPRING-10"), ("a b c", "ABC"), ("A_1", "A_1")]
)
def test_has_a_code_that_is_kept_in_one_way(written: str, kept: str) -> None:
    assert coupons.check_code(written) == kept
    assert coupons.normalise(written) == kept
    assert re.fullmatch(coupons.CODE, kept)


@pytest.mark.parametrize(
    "written", ["", "ab", "-abc", "_abc", "a" * 41, "frühling", "a.b.c", "²²²", "😀😀😀", "a\x00b"]
)
def test_has_no_code_that_nobody_can_enter(written: str) -> None:
    with pytest.raises(InvalidInput):
        coupons.check_code(written)
    assert re.fullmatch(coupons.CODE, coupons.normalise(written)) is None


def test_gets_a_code_of_sixty_random_bits() -> None:
    assert coupons.write_code(bytes(8)) == "2222-2222-2222"
    assert coupons.write_code(b"\xff" * 8) == "ZZZZ-ZZZZ-ZZZZ"
    codes = {coupons.write_code((1 << place).to_bytes(8)) for place in range(60)}
    assert len(codes) == 60
    assert all(coupons.check_code(code) == code for code in codes)
    with pytest.raises(ValueError, match="8 random bytes"):
        coupons.write_code(bytes(7))


@pytest.mark.parametrize(
    ("valid_days", "ends_at", "until"),
    [(None, None, None), (3, None, NOW + 3 * DAY), (3, NOW + DAY, NOW + DAY), (3, NOW + 9 * DAY, NOW + 3 * DAY)],
)
def test_is_valid_for_its_days_but_no_longer_than_its_promotion(
    valid_days: int | None, ends_at: datetime | None, until: datetime | None
) -> None:
    assert coupons.valid_until(claimed_at=NOW, valid_days=valid_days, ends_at=ends_at) == until


@pytest.mark.parametrize(
    ("change", "can"),
    [
        ({}, True),
        ({"method": Method.CODE}, False),
        ({"state": State.PAUSED}, False),
        ({"claim_from": NOW}, True),
        ({"claim_from": NOW + DAY}, False),
        ({"claim_until": NOW}, False),
        ({"claim_until": NOW + DAY}, True),
    ],
)
def test_is_claimed_within_its_window_alone(change: dict[str, object], can: bool) -> None:  # noqa: FBT001 - a case's
    facts: dict[str, object] = {"method": Method.CLAIM, "state": State.ACTIVE, "claim_from": None, "claim_until": None}
    assert coupons.can_be_claimed(**{**facts, **change}, now=NOW) is can  # type: ignore[arg-type]  # cases name them


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, WalletStatus.AVAILABLE),
        ({"redeemed": 1, "state": State.ENDED}, WalletStatus.REDEEMED),
        ({"state": State.ENDED, "reserved": 1}, WalletStatus.EXPIRED),
        ({"valid_until": NOW}, WalletStatus.EXPIRED),
        ({"valid_until": NOW + DAY, "reserved": 1, "state": State.PAUSED}, WalletStatus.RESERVED),
        ({"state": State.PAUSED}, WalletStatus.PAUSED),
        ({"starts_at": NOW + DAY}, WalletStatus.UPCOMING),
        ({"starts_at": NOW}, WalletStatus.AVAILABLE),
    ],
)
def test_says_what_can_be_done_with_it(change: dict[str, object], status: WalletStatus) -> None:
    facts: dict[str, object] = {
        "state": State.ACTIVE,
        "starts_at": None,
        "valid_until": None,
        "reserved": 0,
        "redeemed": 0,
    }
    assert coupons.wallet_status(**{**facts, **change}, now=NOW) is status  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize(("amount", "platform_amount"), [(-1, 0), (5, 6), (5, -1)])
def test_is_not_used_for_less_than_nothing(amount: int, platform_amount: int) -> None:
    with pytest.raises(InvalidInput):
        Use(1, None, amount, platform_amount)
