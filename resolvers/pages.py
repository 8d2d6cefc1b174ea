"""A page of a list: its rows, whether more follow, and how to count them all if anyone asks."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from domain.errors import InvalidInput
from models.database import Row, Statement
from resolvers import cursors
from resolvers.context import Context
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import One

T = TypeVar("T")
R = TypeVar("R", bound=Row)

MAX_PAGE_SIZE = 100


@dataclass(slots=True)
class Page(Generic[T]):
    """Up to `first` rows; `cursor` writes a row's position, `count` is how many the whole list has or counts them."""

    nodes: Sequence[T]
    has_next_page: bool
    has_previous_page: bool
    cursor: Callable[[T], str]
    count: int | Callable[[], Awaitable[int]]
    end: str | None = None
    """Where the next page begins, if that is not behind the last row."""


def page_size(first: int) -> int:
    """Check a page size; raises InvalidInput unless it is between 0 and 100."""
    if not 0 <= first <= MAX_PAGE_SIZE:
        raise InvalidInput(
            f"first: {first} is not between 0 and {MAX_PAGE_SIZE}; ask for the rest with after", field="first"
        )
    return first


async def of_list(
    keyset: Keyset[R],
    context: Context,
    *,
    first: int,
    after: str | None,
    count: Callable[[], Statement],
    **parameters: Any,
) -> Page[R]:
    """Read one page of a list; if anyone asks, `count` gives the statement that counts it all."""
    rows = await keyset.rows(context.database, first=page_size(first), after=after, **parameters)

    async def total() -> int:
        counted = await context.database.fetch(count(), **parameters)
        return int(counted[0][0])

    return _cut(rows, first, after=after, cursor=keyset.cursor, count=total)


async def of_parents(
    keyset: Keyset[R],
    context: Context,
    parents: Sequence[Row],
    *,
    first: int,
    after: str | None,
    count: One[Row] | str | Callable[[Row], One[Row]],
    **parameters: Any,
) -> list[Page[R]]:
    """Read a page of each parent's list with one statement.

    `count` is the parents' column that says how many there are: nothing is read where there are none. Or it counts them
    by parent id if anyone asks; a function says by what, for lists of which not every parent shows all.
    """
    rows: dict[int, list[R]] = {parent["id"]: [] for parent in parents}  # two rows may be of one parent
    keys = list({parent["id"]: None for parent in parents if not isinstance(count, str) or parent[count]})
    size = page_size(first)
    if keys or after is not None:  # a cursor that is none is refused all the same
        for row in await keyset.rows(context.database, first=size, after=after, keys=keys, **parameters):
            rows[row["parent_key"]].append(row)

    async def total(lookup: One[Row], parent_id: int) -> int:
        counted = await context.load(lookup, parent_id)
        return counted["count"] if counted else 0

    return [
        _cut(
            rows[parent["id"]],
            first,
            after=after,
            cursor=keyset.cursor,
            count=parent[count]
            if isinstance(count, str)
            else partial(total, count if isinstance(count, One) else count(parent), parent["id"]),
        )
        for parent in parents
    ]


@dataclass(slots=True)
class DocumentPage(Generic[T]):
    """A page of a short list that stands whole on its parent's row; its cursors are positions.

    As a `Page` for whoever reads it, but nothing is worked out that nobody asks for: a list of products has one each.
    """

    documents: Sequence[T]
    start: int
    first: int
    name: str

    @property
    def nodes(self) -> Sequence[T]:
        """The documents of the page."""
        return self.documents[self.start : self.start + self.first]

    @property
    def has_next_page(self) -> bool:
        """Say whether more follow."""
        return self.start + self.first < len(self.documents)

    @property
    def has_previous_page(self) -> bool:
        """Say whether the page began behind a cursor."""
        return self.start > 0

    @property
    def count(self) -> int:
        """Count the whole list."""
        return len(self.documents)

    @property
    def end(self) -> None:
        """Give nothing: the next page begins behind the last document."""

    def cursor(self, node: T) -> str:
        """Write a document's position."""
        return cursors.encode(self.name, [next(at for at, each in enumerate(self.documents) if each is node)])


def of_each(lists: Iterable[Sequence[T]], *, first: int, after: str | None, name: str) -> list[DocumentPage[T]]:
    """Make the same page of each of many such lists; raises InvalidInput."""
    start, size = _start(after, name), page_size(first)
    return [DocumentPage(documents, start, size, name) for documents in lists]


def of_documents(documents: Sequence[T], *, first: int, after: str | None, name: str) -> DocumentPage[T]:
    """Make a page of a short list that stands whole on its parent's row; raises InvalidInput."""
    return DocumentPage(documents, _start(after, name), page_size(first), name)


def _start(after: str | None, name: str) -> int:
    return 0 if after is None else max(cursors.decode(after, name, [int])[0] + 1, 0)


def _cut(
    rows: list[T],
    first: int,
    *,
    after: str | None,
    cursor: Callable[[T], str],
    count: int | Callable[[], Awaitable[int]],
) -> Page[T]:
    return Page(
        nodes=rows[:first],
        has_next_page=len(rows) > first,
        has_previous_page=after is not None,
        cursor=cursor,
        count=count,
    )
