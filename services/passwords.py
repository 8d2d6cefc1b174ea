"""Passwords: argon2id, in threads, so that the event loop goes on, and no more at once than the machine bears."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from domain.errors import Unavailable

# OWASP's first choice for argon2id where memory is short; about 25 ms of one core.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_THREADS: Final = 2
_WAITING_MAX: Final = 100
_waiting = 0


class TooBusyError(Unavailable):
    """So many passwords are being looked at that one more would have to wait too long."""

    code = "TOO_BUSY"

    def __init__(self) -> None:
        super().__init__("Too many people sign in just now; try again in a few seconds.")


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="argon2")


@cache
def _nobodys() -> str:
    """Make the hash that a password is compared with when there is no account: it takes as long and never fits."""
    return _HASHER.hash("nobody's password, which no one can send: it is longer than passwords may be" * 4)


async def make_hash(password: str) -> str:
    """Hash a password for storing. Raises TooBusyError."""
    made = await _in_thread(lambda: _HASHER.hash(password))
    return str(made)


async def fits(password: str, password_hash: str | None) -> bool:
    """Say whether a password belongs to a hash; without one it takes as long and is False. Raises TooBusyError."""
    return bool(await _in_thread(lambda: _fits(password, password_hash)))


def _fits(password: str, password_hash: str | None) -> bool:
    try:
        return _HASHER.verify(password_hash or _nobodys(), password) and password_hash is not None
    except (Argon2Error, InvalidHashError):
        return False


async def _in_thread(work: object) -> object:
    global _waiting  # noqa: PLW0603 - one pool of threads a process, one count of who waits for it
    if _waiting >= _WAITING_MAX:
        raise TooBusyError
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_pool(), work)  # type: ignore[arg-type]  # a function
    finally:
        _waiting -= 1
