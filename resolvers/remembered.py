"""Rows that change seldom and are asked for by nearly every request, and what searches found.

Postgres stays the truth. A trigger tells of every change of their tables when it commits, whoever makes it; `Changes`
listens, and all is forgotten. So are the answers of the search engine when its index was written. What is remembered is
trusted only as long as that listening is proven to work: what is stale is so for the milliseconds that a notice takes,
for `TRUSTED_S` when Postgres cannot be heard.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, Final, TypeVar

from models.database import Database
from resolvers.loaders.lookups import Lookup

V = TypeVar("V")

CHANNEL: Final = "souk_structure"
"""The NOTIFY channel of the trigger."""
TRUSTED_S: Final = 3.0
"""How long after a proof that notices arrive what is remembered is taken for true."""
AGE_MAX_S: Final = 30.0
"""How old anything may become, whatever befell its notice."""
KEYS_MAX: Final = 5_000
"""How many keys of one lookup are remembered; one more, and they are forgotten."""
ANSWERS_MAX: Final = 500
"""How many answers are remembered, of about 10 kB each; one more, and they are forgotten."""


class Remembered:
    """What lookups have found, by key; and answers that are the same for everybody, by what was asked."""

    def __init__(self) -> None:
        self._answers: dict[Hashable, Any] = {}
        self._rows: dict[Lookup[Any, Any], dict[Any, Any]] = {}
        self._trusted_until_s = 0.0
        self._since_s = 0.0
        self._forgotten = 0

    def forget(self) -> None:
        """Forget everything, also what is being read just now: something has changed."""
        self._rows.clear()
        self.forget_answers()

    def forget_answers(self) -> None:
        """Forget the answers, also those that are under way: the index has changed, or a row that one was made of."""
        self._answers.clear()
        self._forgotten += 1

    def distrust(self) -> None:
        """Forget everything, and remember nothing until the next proof: changes may be missed."""
        self._trusted_until_s = 0.0
        self.forget()

    def prove(self, at_s: float) -> None:
        """Trust what is remembered: at this instant of the loop's clock, notices were heard."""
        if at_s - self._since_s > AGE_MAX_S:
            self.forget()
            self._since_s = at_s
        self._trusted_until_s = at_s + TRUSTED_S

    def known(self, lookup: Lookup[Any, Any], keys: Sequence[Any]) -> list[Any] | None:
        """Give what is remembered for the keys; None unless it is all of them, and to be trusted."""
        rows = self._rows.get(lookup)
        if rows is None or not self._trusted:
            return None
        try:
            return [rows[key] for key in keys]
        except KeyError:
            return None

    async def load(self, database: Database, lookup: Lookup[Any, Any], keys: Sequence[Any]) -> list[Any]:
        """Give what is remembered, or read it, and remember it unless something changes meanwhile."""
        known = self.known(lookup, keys)
        if known is not None:
            return known
        forgotten = self._forgotten
        found = await lookup.load(database, keys)
        if self._trusted and forgotten == self._forgotten:
            rows = self._rows.setdefault(lookup, {})
            if len(rows) + len(keys) > KEYS_MAX:
                rows.clear()
            rows.update(zip(keys, found, strict=True))
        return found

    def answer(self, asked: Hashable) -> Any | None:
        """Give the answer that is remembered, if it is to be trusted."""
        found = self._answers.get(asked)
        return found if found is not None and self._trusted else None

    async def answered(self, asked: Hashable, work: Callable[[], Awaitable[V]]) -> V:
        """Give the answer that is remembered, or work it out and remember it unless something changes meanwhile."""
        known: V | None = self.answer(asked)
        if known is not None:
            return known
        forgotten = self._forgotten
        found = await work()
        if self._trusted and forgotten == self._forgotten:
            if len(self._answers) >= ANSWERS_MAX:
                self._answers.clear()
            self._answers[asked] = found
        return found

    @property
    def _trusted(self) -> bool:
        return asyncio.get_running_loop().time() < self._trusted_until_s
