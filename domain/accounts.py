"""Accounts: what an e-mail address and a password are, and how failed sign-ins slow further ones down."""

import re
from datetime import timedelta
from typing import Final

from domain.errors import InvalidInput

EMAIL_LENGTH_MAX: Final = 254
PASSWORD_LENGTH: Final = range(10, 201)
"""NIST SP 800-63B asks for eight characters at least and no rules of composition; two more cost a person little."""
FREE_FAILURES: Final = 5
"""So many failures cost nothing: people mistype."""
LONGEST_WAIT: Final = timedelta(minutes=1)
FORGOTTEN_AFTER: Final = timedelta(minutes=15)
"""Failures are forgotten when there was none for so long."""
_EMAIL: Final = re.compile(
    r"[^\s@\x00-\x1f\"<>(),;:\\]{1,64}@[^\s@.\x00-\x1f\"<>(),;:\\]+(\.[^\s@.\x00-\x1f\"<>(),;:\\]+)*"
)


def email(text: str) -> str:
    """Write an e-mail address the way it is stored and looked for: trimmed, in lower case. Raises InvalidInput."""
    address = text.strip().lower()
    if len(address) > EMAIL_LENGTH_MAX or _EMAIL.fullmatch(address) is None:
        raise InvalidInput(
            f"email: {text[:60]!r} is no e-mail address; write one such as ada@example.com", field="email"
        )
    return address


def check_password(password: str, *, email: str) -> None:
    """Refuse a password that is too short, too long or the address itself. Raises InvalidInput."""
    if len(password) not in PASSWORD_LENGTH:
        raise InvalidInput(
            f"password: it has {len(password)} characters; choose {PASSWORD_LENGTH.start} to"
            f" {PASSWORD_LENGTH.stop - 1}, a few words for example",
            field="password",
        )
    if password.lower() in {email, email.partition("@")[0]} or len(set(password)) < 4:  # noqa: PLR2004 - "aaaaaaaaaa"
        raise InvalidInput("password: this one is guessed first; choose another", field="password")


def wait_after(failures: int) -> timedelta:
    """Say how long after the last of so many failures the next attempt is looked at: 0, then 1, 2, 4 s ... a minute."""
    if failures < FREE_FAILURES:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failures - FREE_FAILURES, 10)), LONGEST_WAIT)
