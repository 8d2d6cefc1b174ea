"""How a field says that it is answered. A declaration stands in the metadata of the Strawberry field under `HOW`."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Protocol

HOW: Final = "how"
_NO_PLACES: Final[Mapping[str, int]] = MappingProxyType({})

Reads = frozenset[str] | None
"""Which columns of rows are read; None if nobody knows."""


class Lightening(Protocol):
    """A lookup of rows; there may be one that finds the same rows with fewer columns."""

    @property
    def has_light(self) -> bool:
        """Say whether there is."""

    def for_reading(self, reads: Reads) -> Any:
        """Give the lookup for who reads these columns alone."""


class Loading(Protocol):
    """What the context offers to declared relations."""

    def at_hand(self, lookup: Any, keys: Sequence[Any]) -> list[Any] | None:
        """Give what the keys find if there is nothing to wait for."""

    def load_many(self, lookup: Any, keys: Sequence[Any]) -> Awaitable[Sequence[Any]]:
        """Look many keys up at once, together with all others that are asked for before the loop turns."""


@dataclass(frozen=True, slots=True)
class Column:
    """The value stands on the parent, perhaps under another name; `convert` turns it into what clients see."""

    name: str
    convert: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True)
class Computed:
    """The value follows from the parent alone, with the arguments: nothing is read for it.

    With `of`, it follows from these columns of the parent, one behind the other, and there are no arguments.
    """

    function: Callable[..., Any]
    of: tuple[str, ...] = ()

    def value(self, source: Any, **arguments: Any) -> Any:
        """Compute it."""
        if self.of:
            return self.function(*[read(source, name) for name in self.of])
        return self.function(source, **arguments)


@dataclass(frozen=True, slots=True)
class Composed:
    """The value is a `made`, a plain class, of columns of the parent: attribute for attribute, nothing else is in it.

    So an executor need not make it, where all that is asked of it follows from its attributes.
    """

    made: type
    columns: Mapping[str, str]

    def value(self, source: Any) -> Any:
        """Make it."""
        return self.made(**{attribute: read(source, name) for attribute, name in self.columns.items()})


@dataclass(frozen=True, slots=True)
class Related:
    """The value is the row that the context finds by `lookup` under the key that stands in the column `by`."""

    lookup: Lightening
    by: str


@dataclass(frozen=True, slots=True)
class Plainly:
    """Where `holds(parents, context)`, for all objects of a level, what `how` says is what a batch resolver would."""

    holds: Callable[[Sequence[Any], Any], bool]
    how: Column | Composed


@dataclass(frozen=True, slots=True)
class Batched:
    """The values of many parents come from one call, `resolver(parents, context, **arguments)`.

    It answers with the list of values, or with what to await for it. `column` holds them when no argument is given;
    `converted` are functions that arguments go through first. One that `looks_ahead` is also given `selected`: the
    names of the fields that are selected of what it answers with, a frozenset; its type is an object type.

    `reads` are the columns that it reads of its parents. `rows` is the class of the rows that it answers with, or that
    stand in what it answers with: then the resolver is told, as `reads`, which of their columns are read. What stands
    in between, such as a page, reads what is always there.

    `plainly` says when it need not be called, for want of arguments and for the parents that there are.
    """

    resolver: Callable[..., list[Any] | Coroutine[Any, Any, Sequence[Any]]]
    column: str | None = None
    converted: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    looks_ahead: bool = False
    reads: Reads = None
    rows: type | None = None
    plainly: Plainly | None = None


How = Column | Computed | Composed | Related | Batched


@dataclass(frozen=True, slots=True)
class OfClass:
    """An `is_type_of` that looks at nothing but a value's class, so that it need not be asked for every value."""

    accepts: type | tuple[type, ...]

    def __call__(self, value: Any, _: Any) -> bool:
        """Tell the values that are of the type."""
        return isinstance(value, self.accepts)


def read(source: Any, name: str) -> Any:
    """Read a plain field: a key of a dictionary, an attribute of anything else. Meant as Strawberry's default resolver.

    Plain columns are copied in one go only where this or Strawberry's own default, getattr, is in force.
    """
    return source[name] if isinstance(source, dict) else getattr(source, name)


def has_items(source_class: type, name: str) -> bool:
    """Say whether `read` finds an item under the name: in a dictionary, or in a row of a database.

    A row has its columns as items and, by its `__getattr__`, as attributes, but items are read faster. What its class
    has under the same name stands before a column.
    """
    if source_class is dict:
        return True
    if hasattr(source_class, name):
        return False
    return hasattr(source_class, "__getitem__") and (
        hasattr(source_class, "__getattr__") or issubclass(source_class, dict)
    )


def places_of(source_class: type) -> Mapping[str, int]:
    """Give the places of a row's columns, if its class knows them (`__places__`): by them they are read the fastest."""
    places: Mapping[str, int] = getattr(source_class, "__places__", _NO_PLACES)
    return places
