"""Gift cards: how a code is written and read, and how long a guesser waits."""

from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import Refusal

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 20
_BYTES = 13
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
        super().__init__(
            "code: no gift card that can be used here has this code; check it, letter by letter", field="code"
        )


class TooManyGuessesError(Refusal):
    """Too many wrong codes were tried; `retry_at` is when the next one will be looked at."""

    code = "TOO_MANY_ATTEMPTS"

    def __init__(self, retry_at: datetime) -> None:
        super().__init__("code: too many wrong codes were tried; wait a little", retry_at=retry_at, field="code")
        self.retry_at = retry_at


def write_code(random: bytes) -> str:
    """Write 100 random bits (13 bytes; the rest is left out) as five groups of four letters and digits.

    None of them is easily taken for another. Raises ValueError for fewer bytes.
    """
    if len(random) < _BYTES:
        raise ValueError(f"a code takes {_BYTES} random bytes")
    number = int.from_bytes(random[:_BYTES])
    letters = "".join(_LETTERS[number >> 5 * place & 31] for place in range(_LENGTH))
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
