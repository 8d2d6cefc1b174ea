"""Connections: pages of lists, as Relay has them, with the `nodes` shortcut."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import strawberry

from graph.fields import Argument, batch, computed
from resolvers.context import Answered, Batch, Context
from resolvers.pages import MAX_PAGE_SIZE, DocumentPage, Page

T = TypeVar("T")

AFTER: Final = Argument(str | None, "Start behind this cursor: `pageInfo.endCursor` of the page before.")


def page_size(default: int = 20) -> Argument:
    """Describe the page size argument."""
    return Argument(int, f"How many at most: 0 to {MAX_PAGE_SIZE}.", default)


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Where a page stands in its list."""

    has_next_page: bool = strawberry.field(description="Whether more follow.")
    has_previous_page: bool = strawberry.field(description="Whether the page began behind a cursor.")
    start_cursor: str | None = strawberry.field(description="The first one's cursor; null on an empty page.")
    end_cursor: str | None = strawberry.field(
        description="For `after` of the next page: the last one's cursor, of events how far the log was read; null on "
        "an empty page of other lists."
    )


@strawberry.type(description="One place in a list.")
class Edge(Generic[T]):
    """One place in a list."""

    node: T = strawberry.field(description="What stands there.")
    cursor: str = strawberry.field(description="The place, for `after`.")


def _total_counts(pages: Sequence[Page[Any]], _: Context) -> Answered[int | BaseException]:
    """Count the pages' lists, by one statement; one that fails is its page's error alone."""
    counts = [page.count for page in pages]
    there: list[int | BaseException] = [count for count in counts if isinstance(count, int)]
    return there if len(there) == len(counts) else _counted(counts)


async def _counted(counts: Sequence[int | Callable[[], Awaitable[int]]]) -> list[int | BaseException]:
    if len(counts) == 1 and not isinstance(counts[0], int):
        return [await counts[0]()]
    counting = [count() for count in counts if not isinstance(count, int)]
    counted = iter(await asyncio.gather(*counting, return_exceptions=True))
    return [count if isinstance(count, int) else next(counted) for count in counts]


@dataclass(slots=True)
class _Place:
    """The source of an edge; its cursor is written only when it is asked for."""

    node: Any
    page: Page[Any] | DocumentPage[Any]

    @property
    def cursor(self) -> str:
        return self.page.cursor(self.node)


def _edges(page: Page[Any] | DocumentPage[Any]) -> list[_Place]:
    return [_Place(node, page) for node in page.nodes]


def _page_info(page: Page[Any] | DocumentPage[Any]) -> PageInfo:
    return PageInfo(
        has_next_page=page.has_next_page,
        has_previous_page=page.has_previous_page,
        start_cursor=page.cursor(page.nodes[0]) if page.nodes else None,
        end_cursor=page.end or (page.cursor(page.nodes[-1]) if page.nodes else None),
    )


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """A page of a list. Its source is a `resolvers.pages.Page`."""

    nodes: list[T] = strawberry.field(description="The page, without cursors.")
    total_count: int = batch(
        _total_counts, description="How many the whole list has, exactly. Counted only when asked for."
    )

    edges: list[Edge[T]] = computed(_edges, description="The page, each with its cursor.")
    page_info: PageInfo = computed(_page_info, description="Where the page stands in its list.")


def connection(
    resolver: Batch[Any, ..., Page[Any]] | Batch[Any, ..., DocumentPage[Any]],
    *,
    description: str,
    default: int = 20,
    reads: Iterable[str] | None = None,
    rows: type | None = None,
    **extra: Argument,
) -> Any:
    """Declare a field that is a page of each parent's list; `extra` are arguments beside `first` and `after`.

    `reads` and `rows` are those of `batch`.
    """
    arguments = {"first": page_size(default), "after": AFTER, **extra}
    return batch(resolver, description=description, arguments=arguments, reads=reads, rows=rows)
