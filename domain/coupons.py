"""Coupons and automatic promotions as they are kept: their states, their codes, and how often each may be used.

What a promotion gives and when it fits is `promotions`; a kept one becomes that by `promotion_terms`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final

from domain import states
from domain.errors import InvalidInput, Refusal

_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH: Final = 12
_BYTES: Final = 8
CODE_LENGTH_MIN: Final = 3
CODE_LENGTH_MAX: Final = 40
CODE: Final = r"^[A-Z0-9][A-Z0-9_-]{2,39}$"
"""What a code looks like, once it is normalised."""
GUESSES_AT_ONCE: Final = 30
"""So many codes that stand for nothing may be tried without a pause."""
GUESS_PACE: Final = timedelta(seconds=20)
"""After them, one may be tried in this time."""
CODES_MAX: Final = 500
"""How many codes are added to a promotion at once."""


class State(StrEnum):
    """What a promotion is at. Only an ACTIVE one can be claimed or used; only a DRAFT can be changed."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    ENDED = "ENDED"


class Action(Enum):
    """What is done to a promotion; the value is the type of the event that tells of it."""

    ACTIVATE = "PROMOTION_ACTIVATED"
    PAUSE = "PROMOTION_PAUSED"
    END = "PROMOTION_ENDED"


TRANSITIONS: Final[Mapping[tuple[State, Action], State]] = MappingProxyType(
    {
        (State.DRAFT, Action.ACTIVATE): State.ACTIVE,
        (State.DRAFT, Action.END): State.ENDED,
        (State.ACTIVE, Action.PAUSE): State.PAUSED,
        (State.ACTIVE, Action.END): State.ENDED,
        (State.PAUSED, Action.ACTIVATE): State.ACTIVE,
        (State.PAUSED, Action.END): State.ENDED,
    }
)
"""Where each action leads from each state; what is not here is refused."""


class Method(StrEnum):
    """How one comes by a promotion.

    AUTOMATIC: it is tried on every cart. CODE: by one of its codes, which may be passed on. CLAIM: customers claim
    coupons of their own, each with a code that is good for them alone, once.
    """

    AUTOMATIC = "AUTOMATIC"
    CODE = "CODE"
    CLAIM = "CLAIM"


class ReservationState(StrEnum):
    """RESERVED, then either REDEEMED or RELEASED; what was REDEEMED may be RETURNED."""

    RESERVED = "RESERVED"
    REDEEMED = "REDEEMED"
    RELEASED = "RELEASED"
    RETURNED = "RETURNED"


class WalletStatus(StrEnum):
    """What a customer can do with a claimed coupon just now."""

    AVAILABLE = "AVAILABLE"
    UPCOMING = "UPCOMING"
    RESERVED = "RESERVED"
    REDEEMED = "REDEEMED"
    PAUSED = "PAUSED"
    EXPIRED = "EXPIRED"


class UsedUpError(Refusal):
    """All coupons of a promotion, its uses or its budget are gone."""

    code = "COUPON_USED_UP"

    def __init__(self, title: str, *, field: str | None = None) -> None:
        super().__init__(f"{title}: all of them are gone; go on without it", **_details(field))


class CustomerLimitError(Refusal):
    """A customer has had as many of a promotion's coupons, or uses, as one may have."""

    code = "COUPON_CUSTOMER_LIMIT"

    def __init__(self, title: str, *, field: str | None = None) -> None:
        super().__init__(f"{title}: you have had as many as one may have; go on without it", **_details(field))


class CouponRefusedError(Refusal):
    """A promotion cannot be used here: unknown, another customer's, not running; which of these is not told."""

    code = "COUPON_REFUSED"

    def __init__(self) -> None:
        super().__init__("A coupon or promotion cannot be used any more; look at the cart again")


class TooManyCodesError(Refusal):
    """Too many codes were tried that stand for nothing; `retry_at` is when the next ones will be looked at."""

    code = "TOO_MANY_ATTEMPTS"

    def __init__(self, retry_at: datetime) -> None:
        super().__init__("codes: too many wrong ones were tried; wait a little", retry_at=retry_at, field="codes")


@dataclass(frozen=True, slots=True)
class Use:
    """One promotion that something, such as an order, makes use of.

    `code` is the coupon's, None for an automatic promotion. `amount` is what it takes off in minor units, a gift's list
    price included; `platform_amount` is the platform's part of it.
    """

    promotion_id: int
    code: str | None
    amount: int
    platform_amount: int

    def __post_init__(self) -> None:
        if not 0 <= self.platform_amount <= self.amount:
            raise InvalidInput("a promotion's use: the platform's part is between nothing and all of it")


def after(state: State, action: Action) -> State:
    """Say where an action leads. Raises StateError if it does not lead anywhere from this state."""
    return states.after(TRANSITIONS, state, action, noun="promotion")


def normalise(code: str) -> str:
    """Bring a code to how it is kept: capital, without spaces. What cannot be a code stays one that nobody has."""
    return "".join(code.split()).upper()[: CODE_LENGTH_MAX + 1]


def check_code(code: str) -> str:
    """Return a code as it is kept. Raises InvalidInput for one that cannot be one."""
    plain = normalise(code)
    fits = CODE_LENGTH_MIN <= len(plain) <= CODE_LENGTH_MAX and plain.isascii()
    if not fits or not plain[0].isalnum() or not plain.replace("-", "").replace("_", "").isalnum():
        raise InvalidInput(
            f"{code[:60]!r} is no code; a code has {CODE_LENGTH_MIN} to {CODE_LENGTH_MAX} letters A to Z, digits, "
            "hyphens and underscores, a letter or digit first",
        )
    return plain


def write_code(random: bytes) -> str:
    """Write 60 random bits (8 bytes; the rest is left out) as three groups of four; raises ValueError for fewer."""
    if len(random) < _BYTES:
        raise ValueError(f"a code takes {_BYTES} random bytes")
    number = int.from_bytes(random[:_BYTES])
    letters = "".join(_LETTERS[number >> 5 * place & 31] for place in range(_LENGTH))
    return "-".join(letters[at : at + 4] for at in range(0, _LENGTH, 4))


def valid_until(*, claimed_at: datetime, valid_days: int | None, ends_at: datetime | None) -> datetime | None:
    """Say until when a coupon that is claimed can be used: the days that it has, but no longer than its promotion."""
    own = None if valid_days is None else claimed_at + timedelta(days=valid_days)
    return min((each for each in (own, ends_at) if each is not None), default=None)


def can_be_claimed(
    *, method: str, state: str, claim_from: datetime | None, claim_until: datetime | None, now: datetime
) -> bool:
    """Tell whether coupons of a promotion can be claimed at `now`, as long as there are any."""
    runs = method == Method.CLAIM and state == State.ACTIVE
    return runs and (claim_from is None or claim_from <= now) and (claim_until is None or now < claim_until)


def runs(*, state: str, starts_at: datetime | None, ends_at: datetime | None, now: datetime) -> bool:
    """Tell whether a promotion can be used at `now`."""
    return state == State.ACTIVE and (starts_at is None or starts_at <= now) and (ends_at is None or now < ends_at)


def wallet_status(
    *,
    state: str,
    starts_at: datetime | None,
    valid_until: datetime | None,
    reserved: int,
    redeemed: int,
    now: datetime,
) -> WalletStatus:
    """Say what a customer can do with a claimed coupon at `now`."""
    if redeemed:
        return WalletStatus.REDEEMED
    if state == State.ENDED or (valid_until is not None and valid_until <= now):
        return WalletStatus.EXPIRED
    if reserved:
        return WalletStatus.RESERVED
    if state == State.PAUSED:
        return WalletStatus.PAUSED
    if starts_at is not None and starts_at > now:
        return WalletStatus.UPCOMING
    return WalletStatus.AVAILABLE


def _details(field: str | None) -> dict[str, str]:
    return {} if field is None else {"field": field}
