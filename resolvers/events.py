"""The event log as a viewer may follow it: page by page, or live, from any position that is still there."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Final

from domain.access import Permission, Viewer
from domain.errors import InvalidInput, Refusal
from domain.events import Audience, EventType, followed_by
from models.database import Row
from resolvers import cursors, nodes
from resolvers.context import Context
from resolvers.loaders import events as loaders
from resolvers.loaders.events import WINDOW, EventRow
from resolvers.pages import Page, page_size
from resolvers.updates import key_of
from services import access

READ_AT_ONCE: Final = 100
"""How many events a subscriber holds at most that it has not passed on."""
WINDOWS_MAX: Final = 20
"""How many windows of the log one page looks through for something to show."""
_CURSOR: Final = "events"
_POSITIONS: Final = range(2**63 - WINDOW)
"""Where a log may end, so that a window after it still has a number in Postgres."""


def type_name(noun: str) -> str:
    """Name the type of what the log calls by a noun, if it has one: wishlist_item is a WishlistItem."""
    return "".join(map(str.title, noun.split("_")))


NODES: Final = {
    noun: type_name(noun) for noun in {each.subject for each in EventType} if type_name(noun) in nodes.LOOKUPS
}
"""The types of the subjects that one can ask for."""


class CursorExpiredError(Refusal):
    """What follows a cursor is not all there any more; `oldestCursor` is where what is left of it begins."""

    code = "CURSOR_EXPIRED"

    def __init__(self, oldest: int) -> None:
        super().__init__(
            "after: some of what follows this cursor was deleted, for its time was over. Go on with `oldestCursor`, "
            "after which all is still there, and read anew what you follow.",
            field="after",
            oldestCursor=cursor(oldest),
        )


@dataclass(frozen=True, slots=True)
class Part:
    """What of the log somebody reads: these types, of this merchant if there is one."""

    types: frozenset[str]
    merchant_id: int | None

    def has(self, event: Row) -> bool:
        """Say whether an event belongs to it."""
        return event["type"] in self.types and (self.merchant_id is None or self.merchant_id in event["merchant_ids"])


def cursor(position: int) -> str:
    """Write a position in the log as a cursor."""
    return cursors.encode(_CURSOR, [position])


def _cursor_of(event: EventRow) -> str:
    return cursor(event["position"])


def part_of(viewer: Viewer, types: Sequence[str] | None) -> Part:
    """Say what of the log a viewer reads who asks for these types, or for all it may follow.

    Raises NotFoundError for who may not follow the log, InvalidInput for a type that the key does not cover.
    """
    access.let_in(viewer, Permission.EVENTS_READ)
    allowed = {each.name for each in followed_by(viewer)}
    for name in types or ():
        if name not in allowed:
            audience = EventType[name].audience
            whom = (
                "administrators alone" if audience is Audience.INTERNAL else f"keys with the scope {audience.name}_READ"
            )
            raise InvalidInput(f"types: {name} is for {whom}; leave it out, or use another key", field="types")
    return Part(frozenset(allowed if types is None else types), viewer.partner_merchant_id)


async def page(
    root: Sequence[None], context: Context, *, first: int, after: str | None, types: Sequence[str] | None
) -> list[Page[EventRow]]:
    """Read a page of the log, from its beginning or after a cursor. Raises InvalidInput, CursorExpiredError."""
    part = part_of(context.viewer, types)
    wanted = page_size(first)
    await context.database.fetch(loaders.PLACE)  # so that one finds what one has just done
    start = await _oldest(context) if after is None else _position(after)
    found: list[EventRow] = []
    end, more = start, True
    for _ in range(WINDOWS_MAX):
        rows, end, more = await _read(context, part, after=end, limit=wanted + 1 - len(found))
        found += rows
        if not more or len(found) > wanted:
            break
    if len(found) > wanted:
        end, more = found[wanted - 1]["position"] if wanted else start, True

    async def total() -> int:
        counted = await context.database.fetch(
            loaders.COUNT, Row, types=sorted(part.types), merchant_id=part.merchant_id
        )
        return int(counted[0][0])

    found = found[:wanted]
    return [Page(found, more, after is not None, _cursor_of, total, end=cursor(end)) for _ in root]


async def follow(context: Context, *, after: str | None, types: Sequence[str] | None) -> AsyncGenerator[EventRow, None]:
    """Give every event after a cursor, then each as it happens; without a cursor, those from now on.

    Each once, in the order of the log, without a seam. Raises as `page` does, KeyRevokedError when the key is revoked.
    """
    part = part_of(context.viewer, types)
    now = await _now(context)
    position = now if after is None else _position(after)
    if position > now:
        raise cursors.invalid(cursor(position))
    changes = context.changes
    with changes.followed(), key_of(context) as proof:
        while True:
            news, tail = changes.news, changes.tail(position)
            if tail is None:
                rows, end, _ = await _read(context, part, after=position, limit=READ_AT_ONCE)
            else:
                rows, end = [event for event in tail if part.has(event)], tail[-1]["position"] if tail else position
            for event in rows:
                await proof.check()
                yield event
            if end == position:
                await news.wait()
                await proof.check()
            position = end


async def subjects(events: Sequence[EventRow], context: Context) -> list[Row | None]:
    """Find what events are about, as the viewer may see it now; None for what it may not, or what is gone."""
    wanted = [(NODES.get(event["subject_type"]), event["subject_id"]) for event in events]
    found = await nodes.many_of(context, [(name, key) for name, key in wanted if name is not None])
    return [None if name is None else found[name, key] for name, key in wanted]


async def _read(context: Context, part: Part, *, after: int, limit: int) -> tuple[list[EventRow], int, bool]:
    """Read what of a part follows a position; gives how far that is, and whether the log goes on from there."""
    rows = await context.database.fetch(
        loaders.PART, EventRow, after=after, types=sorted(part.types), merchant_id=part.merchant_id, limit=limit
    )
    last, pruned = (rows[0]["last_position"], rows[0]["pruned_position"]) if rows else (0, 0)
    if after < pruned:
        raise CursorExpiredError(pruned)
    if after > last:
        raise cursors.invalid(cursor(after))
    events = [row for row in rows if row["id"] is not None]
    end = events[-1]["position"] if len(events) == limit else min(after + WINDOW, last)
    return events, end, end < last


async def _now(context: Context) -> int:
    """Find the position after which everything is still to come."""
    return int((await context.database.fetch(loaders.PLACE))[0]["position"])


async def _oldest(context: Context) -> int:
    """Find the position after which everything is still there."""
    rows = await context.database.fetch(loaders.LOG, Row)
    return int(rows[0]["pruned_position"]) if rows else 0


def _position(after: str) -> int:
    (position,) = cursors.decode(after, _CURSOR, [int])
    if position not in _POSITIONS:
        raise cursors.invalid(after)
    return int(position)
