"""Lookups: declared SELECTs that answer many keys with one statement."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import chain
from typing import Any, Generic, TypeVar

from sqlalchemy import ARRAY, BigInteger, BindParameter, bindparam
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeEngine

from domain.access import Viewer
from models.database import AnySelect, Database, Row, Statement
from services import access

Columns = Sequence[InstrumentedAttribute[Any]]
"""Some of the columns of a SELECT."""
Reads = frozenset[str] | None
"""Which columns are read of the rows that are answered with; None if nobody knows."""

R = TypeVar("R", bound=Row)
V = TypeVar("V")


def keys(of: type[TypeEngine[Any]] = BigInteger) -> BindParameter[Any]:
    """Stand for the array of keys in a lookup's statement: `column == any_(keys())`."""
    return bindparam("keys", type_=ARRAY(of))


def names_of(columns: Columns | None) -> frozenset[str]:
    """Give the columns' names; none of None."""
    return frozenset(column.key for column in columns or ())


def lightened(statement: AnySelect, columns: Columns) -> AnySelect:
    """Give the same rows of a statement with these columns alone."""
    return statement.with_only_columns(*columns, maintain_column_froms=True)


class Lookup(ABC, Generic[R, V]):
    """One SELECT with a `keys` parameter; `key` names the column that tells which key a row answers.

    Rows that not everybody may see say in `seen_by` who does; to others they do not exist. Rows of tables that change
    seldom may be `remembered` (`resolvers.remembered`); their tables have the trigger that tells of changes.

    `light` are the columns that most lists show: who reads no others gets rows that have no others.
    """

    __slots__ = ("_key", "_light", "_light_columns", "_row", "_statement", "remembered", "seen_by")

    def __init__(
        self,
        statement: AnySelect,
        *,
        key: str,
        row: type[R],
        seen_by: access.Sees | None = None,
        remembered: bool = False,
        light: Columns | None = None,
    ) -> None:
        assert not (remembered and seen_by)  # noqa: S101 - what is remembered is handed out to everybody
        self.remembered = remembered
        self._statement = Statement(statement)
        self._key = key
        self._row = row
        self.seen_by = seen_by
        self._light_columns = names_of(light)
        self._light = (
            None if light is None else type(self)(lightened(statement, light), key=key, row=row, seen_by=seen_by)
        )

    @property
    def has_light(self) -> bool:
        """Say whether there is a lookup of fewer columns."""
        return self._light is not None

    def for_reading(self, reads: Reads) -> "Lookup[R, V]":
        """Give the lookup for who reads these columns alone; None is who does not know."""
        light = self._light
        return self if light is None or reads is None or not reads <= self._light_columns else light

    @abstractmethod
    async def load(self, database: Database, wanted: Sequence[Any]) -> list[V]:
        """Answer each key, in the order of the keys."""

    @abstractmethod
    def visible(self, answers: list[V], viewer: Viewer) -> list[V]:
        """Take out of the answers what the viewer does not see."""

    async def _fetch(self, database: Database, wanted: Sequence[Any]) -> list[R]:
        return await database.fetch(self._statement, self._row, keys=list(wanted))


class One(Lookup[R, R | None]):
    """A lookup that finds at most one row a key."""

    async def load(self, database: Database, wanted: Sequence[Any]) -> list[R | None]:
        """Answer each key with its row, or None."""
        found = {row[self._key]: row for row in await self._fetch(database, wanted)}
        return [found.get(key) for key in wanted]

    def visible(self, answers: list[R | None], viewer: Viewer) -> list[R | None]:
        """Answer None for a row that the viewer does not see."""
        sees = self.seen_by
        if sees is None or access.plainly_sees_all(viewer, sees, [row for row in answers if row]):
            return answers
        return [row if row and sees(viewer, row) else None for row in answers]


class Many(Lookup[R, list[R]]):
    """A lookup that finds any number of rows a key, in the statement's order."""

    async def load(self, database: Database, wanted: Sequence[Any]) -> list[list[R]]:
        """Answer each key with its rows."""
        found: dict[Any, list[R]] = {key: [] for key in wanted}
        for row in await self._fetch(database, wanted):
            found[row[self._key]].append(row)
        return [found[key] for key in wanted]

    def visible(self, answers: list[list[R]], viewer: Viewer) -> list[list[R]]:
        """Leave out the rows that the viewer does not see."""
        sees = self.seen_by
        if sees is None or access.plainly_sees_all(viewer, sees, list(chain.from_iterable(answers))):
            return answers
        return [[row for row in rows if sees(viewer, row)] for rows in answers]
