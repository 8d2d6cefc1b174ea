"""Lists read page by page by keyset: a page of one list, or one of each of many parents' lists, by one statement."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Integer,
    TableValuedAlias,
    bindparam,
    column,
    func,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute

from models.database import AnySelect, Database, Row, Statement
from resolvers import cursors
from resolvers.loaders.lookups import Columns, Reads, keys, lightened, names_of

R = TypeVar("R", bound=Row)

Parent = InstrumentedAttribute[Any] | Callable[[ColumnElement[int]], ColumnElement[bool]]
"""Whose a row is: a column that holds the parent's id, or a condition on that id."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Keyset(Generic[R]):
    """An ordered list: `order` are its columns, the last one unique, all ascending or all descending.

    The selected columns must include those of `order`. `name` marks its cursors: another list's are refused. `light`
    are those that most pages show, with those of `order`: who reads no others gets rows that have no others.
    """

    def __init__(
        self,
        rows: AnySelect,
        *,
        order: Sequence[InstrumentedAttribute[Any]],
        row: type[R],
        name: str,
        descending: bool = False,
        parent: Parent | None = None,
        light: Columns | None = None,
    ) -> None:
        self._light_columns = names_of(light)
        self._light: Keyset[R] | None = (
            None
            if light is None
            else Keyset(lightened(rows, light), order=order, row=row, name=name, descending=descending, parent=parent)
        )
        self._name = name
        self._row = row
        self._columns = [sorted_by.key for sorted_by in order]
        self._instants = [isinstance(sorted_by.type, DateTime) for sorted_by in order]
        self._kinds = [int if issubclass(sorted_by.type.python_type, (int, datetime)) else str for sorted_by in order]
        self._places = list(zip(self._columns, self._instants, strict=True))
        # A cursor may hold any 64-bit number, also for a column of 32 bits.
        types = [BigInteger() if isinstance(by.type, Integer) else by.type for by in order]
        after = tuple_(*(bindparam(f"after_{by.key}", type_=kind) for by, kind in zip(order, types, strict=True)))
        position = tuple_(*order)
        ordered = rows.order_by(*(by.desc() if descending else by.asc() for by in order)).limit(
            bindparam("limit", type_=BigInteger)
        )
        following = ordered.where(position < after if descending else position > after)
        if parent is not None:
            ordered, following = _per_parent(ordered, parent), _per_parent(following, parent)
        self._first = Statement(ordered)
        self._next = Statement(following)

    def for_reading(self, reads: Reads) -> "Keyset[R]":
        """Give the list for who reads these columns alone of its rows; None is who does not know."""
        light = self._light
        return self if light is None or reads is None or not reads <= self._light_columns else light

    async def rows(self, database: Database, *, first: int, after: str | None, **parameters: Any) -> list[R]:
        """Read one row more than `first`, so that the caller sees whether any follow; raises InvalidInput for a cursor.

        With parents (`keys`), `parent_key` on each row tells whose it is, and the limit holds for each parent.
        """
        if after is None:
            return await database.fetch(self._first, self._row, limit=first + 1, **parameters)
        return await database.fetch(self._next, self._row, limit=first + 1, **self._position(after), **parameters)

    def cursor(self, row: R) -> str:
        """Write a row's position."""
        return cursors.encode(
            self._name, [_microseconds(row[name]) if instant else row[name] for name, instant in self._places]
        )

    def _position(self, cursor: str) -> dict[str, Any]:
        values = cursors.decode(cursor, self._name, self._kinds)
        try:
            return {
                f"after_{name}": _EPOCH + value * _MICROSECOND if instant else value
                for name, instant, value in zip(self._columns, self._instants, values, strict=True)
            }
        except OverflowError:
            raise cursors.invalid(cursor) from None


def _microseconds(instant: datetime) -> int:
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def unnested_keys() -> TableValuedAlias:
    """Stand for the `keys` of a statement as a table with the one column `id`."""
    return func.unnest(keys()).table_valued(column("id", BigInteger)).render_derived(name="parent")


def _per_parent(rows: AnySelect, parent: Parent) -> AnySelect:
    parents = unnested_keys()
    is_its = parent == parents.c.id if isinstance(parent, InstrumentedAttribute) else parent(parents.c.id)
    child = rows.where(is_its).lateral("child")
    return select(parents.c.id.label("parent_key"), *child.c).select_from(parents).join(child, true())
