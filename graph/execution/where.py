"""Where a value stands in the answer. Paths are written only when there is an error; until then nothing is computed."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Protocol

from graphql.pyutils import Path


class Where(Protocol):
    """The places of one column of values. The path of the whole answer is None, as in graphql-core."""

    nullable: bool
    """Whether a value here may be null; an error in one that may not lands at the place above."""

    def path(self, index: int) -> Path | None:
        """Write the path of the column's value `index`."""

    def landing(self, index: int) -> Path | None:
        """Write the path of the nearest place, from here up, that may be null."""


class Root:
    """The place of the whole answer."""

    nullable = True

    def path(self, _: int) -> Path | None:
        """Write the empty path."""
        return None

    landing = path


class FieldPlace:
    """A field of each object of a level."""

    __slots__ = ("_key", "_parent", "_type_name", "nullable")

    def __init__(self, parent: Where, key: str, type_name: str, *, nullable: bool) -> None:
        self._parent = parent
        self._key = key
        self._type_name = type_name
        self.nullable = nullable

    def path(self, index: int) -> Path:
        """Write the object's path and the field's name in the answer."""
        return Path(self._parent.path(index), self._key, self._type_name)

    def landing(self, index: int) -> Path | None:
        """Write this place, or the parent's landing."""
        return self.path(index) if self.nullable else self._parent.landing(index)


class ItemPlace:
    """The items of each list of a column, one behind the other."""

    __slots__ = ("_ends", "_lengths", "_lists", "nullable")

    def __init__(self, lists: Where, lengths: Sequence[int], *, nullable: bool) -> None:
        self._lists = lists
        self._lengths = lengths
        self._ends: list[int] = []
        self.nullable = nullable

    def path(self, index: int) -> Path:
        """Write the list's path and the item's number in it."""
        owner, number = self._owner(index)
        return Path(self._lists.path(owner), number, None)

    def landing(self, index: int) -> Path | None:
        """Write this place, or the list's landing."""
        return self.path(index) if self.nullable else self._lists.landing(self._owner(index)[0])

    def _owner(self, index: int) -> tuple[int, int]:
        if not self._ends:
            self._ends = list(accumulate(self._lengths))
        owner = bisect_right(self._ends, index)
        return owner, index - (self._ends[owner] - self._lengths[owner])


class ChosenPlace:
    """Some of the values of a column: those that are not null, or those of one type."""

    __slots__ = ("_all", "_chosen", "nullable")

    def __init__(self, everything: Where, chosen: Sequence[int]) -> None:
        self._all = everything
        self._chosen = chosen
        self.nullable = everything.nullable

    def path(self, index: int) -> Path | None:
        """Write the path of the chosen value."""
        return self._all.path(self._chosen[index])

    def landing(self, index: int) -> Path | None:
        """Write the landing of the chosen value."""
        return self._all.landing(self._chosen[index])
