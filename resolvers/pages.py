"""A page of a list: its rows, whether more follow, and how to count them all if anyone asks."""

from collections.abc import Awaitable, Callable, Sequence
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
    count: One[Row] | str,
    **parameters: Any,
) -> list[Page[R]]:
    """Read a page of each parent's list with one statement.

    `count` is the parents' column that says how many there are, or counts them by parent id if anyone asks.
    """
    ids = [parent["id"] for parent in parents]
    rows: dict[int, list[R]] = {parent_id: [] for parent_id in ids}  # two rows may be of one parent
    for row in await keyset.rows(context.database, first=page_size(first), after=after, keys=list(rows), **parameters):
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
            count=parent[count] if isinstance(count, str) else partial(total, count, parent["id"]),
        )
        for parent in parents
    ]


def of_documents(documents: Sequence[T], *, first: int, after: str | None, name: str) -> Page[T]:
    """Make a page of a short list that stands whole on its parent's row; its cursors are positions."""
    start = cursors.decode(after, name, [int])[0] + 1 if after is not None else 0
    nodes = documents[max(start, 0) : max(start, 0) + page_size(first)]

    return Page(
        nodes=nodes,
        has_next_page=max(start, 0) + first < len(documents),
        has_previous_page=after is not None,
        cursor=lambda node: cursors.encode(name, [next(at for at, each in enumerate(documents) if each is node)]),
        count=len(documents),
    )


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
