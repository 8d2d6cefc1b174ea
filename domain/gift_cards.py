"""Gift cards: how a code is written and read, and how long a guesser waits."""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import Refusal

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 20
_MISREAD = str.maketrans("OIL", "011")
FREE_FAILURES = 5
"""So many wrong codes may be tried without a pause."""
_LONGEST_PAUSE = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(days=1)
"""Failures that are older are forgotten."""


class CardState(StrEnum):
    """A DISABLED card is answered as if it did not exist."""

    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"


class GiftCardRefusedError(Refusal):
    """A code opens no card that can be used here: unknown, disabled, expired, empty or of another currency, untold."""

    code = "GIFT_CARD_REFUSED"

    def __init__(self) -> None:
        super().__init__("code: no gift card that can be used here has this code; check it, letter by letter")


class TooManyGuessesError(Refusal):
    """Too many wrong codes were tried; `retry_after_s` says how many seconds to wait."""

    code = "TOO_MANY_ATTEMPTS"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            f"code: too many wrong codes were tried; try again in {retry_after_s} seconds", retry_after_s=retry_after_s
        )
        self.retry_after_s = retry_after_s


def new_code() -> str:
    """Make a code of 100 random bits: five groups of four letters and digits, none of them easily misread."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return "-".join(letters[at : at + 4] for at in range(0, _LENGTH, 4))


def normalise(code: str) -> str:
    """Bring a code to how it is hashed: without spaces and hyphens, capital, O as 0, I and L as 1."""
    return "".join(code.split()).replace("-", "").upper().translate(_MISREAD)[: 2 * _LENGTH]


def pause(failures: int) -> timedelta:
    """Say how long nothing may be tried after so many failures: 0, then 2, 4, 8 ... seconds, an hour at most."""
    if failures < FREE_FAILURES:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failures - FREE_FAILURES + 1, 20)), _LONGEST_PAUSE)


def usable(*, state: str, expires_at: datetime | None, now: datetime) -> bool:
    """Tell whether a card may be used at `now`."""
    return state == CardState.ACTIVE and (expires_at is None or expires_at > now)
