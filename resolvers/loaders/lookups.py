"""Lookups: declared SELECTs that answer many keys with one statement."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import ARRAY, BigInteger, BindParameter, Select, bindparam
from sqlalchemy.types import TypeEngine

from models.database import Database, Row, Statement

AnySelect = Select[*tuple[Any, ...]]
"""A SELECT of whatever columns."""

R = TypeVar("R", bound=Row)
V = TypeVar("V")


def keys(of: type[TypeEngine[Any]] = BigInteger) -> BindParameter[Any]:
    """Stand for the array of keys in a lookup's statement: `column == any_(keys())`."""
    return bindparam("keys", type_=ARRAY(of))


class Lookup(ABC, Generic[R, V]):
    """One SELECT with a `keys` parameter; `key` names the column that tells which key a row answers."""

    __slots__ = ("_key", "_row", "_statement")

    def __init__(self, statement: AnySelect, *, key: str, row: type[R]) -> None:
        self._statement = Statement(statement)
        self._key = key
        self._row = row

    @abstractmethod
    async def load(self, database: Database, wanted: Sequence[Any]) -> list[V]:
        """Answer each key, in the order of the keys."""

    async def _fetch(self, database: Database, wanted: Sequence[Any]) -> list[R]:
        return await database.fetch(self._statement, self._row, keys=list(wanted))


class One(Lookup[R, R | None]):
    """A lookup that finds at most one row a key."""

    async def load(self, database: Database, wanted: Sequence[Any]) -> list[R | None]:
        """Answer each key with its row, or None."""
        found = {row[self._key]: row for row in await self._fetch(database, wanted)}
        return [found.get(key) for key in wanted]


class Many(Lookup[R, list[R]]):
    """A lookup that finds any number of rows a key, in the statement's order."""

    async def load(self, database: Database, wanted: Sequence[Any]) -> list[list[R]]:
        """Answer each key with its rows."""
        found: dict[Any, list[R]] = {key: [] for key in wanted}
        for row in await self._fetch(database, wanted):
            found[row[self._key]].append(row)
        return [found[key] for key in wanted]
