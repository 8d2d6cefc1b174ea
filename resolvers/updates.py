"""Following one object: as it is now, and again after every change of it, as the viewer may see it then."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from models.database import Row
from resolvers.context import Context
from resolvers.loaders.lookups import One

R = TypeVar("R", bound=Row)


class Key:
    """The API key by which a partner follows something; good until it is told that keys of the partner have changed.

    Instead of an asyncio.Event, which takes ten times the memory: each subscriber has one, and nobody waits for it.
    """

    __slots__ = ("_changed", "_context")

    def __init__(self, context: Context) -> None:
        self._context = context
        # It may have been revoked between who it is was asked and this being told of changes.
        self._changed = True

    def set(self) -> None:
        """Take note that the keys have changed."""
        self._changed = True

    async def check(self) -> None:
        """Raise KeyRevokedError if the key was revoked."""
        if self._changed:
            self._changed = False
            await self._context.prove()


@contextmanager
def key_of(context: Context) -> Iterator[Key]:
    """Watch over the key by which the viewer asks, if it is a partner."""
    key, partner_id = Key(context), context.viewer.partner_id
    if partner_id is None:
        yield key
        return
    with context.changes.marking("partner", partner_id, key):
        yield key


async def of(
    context: Context, lookup: One[R], identity: tuple[str, int], *, type_name: str, noun: str
) -> AsyncGenerator[R, None]:
    """Yield an object now and after every event about it; end when the viewer sees it no more.

    `identity` is what a client has named; `noun` is what the object is called in the log.
    """
    named, key = identity
    if named != type_name:
        return
    with key_of(context) as proof, context.changes.of(noun, key) as changed:
        while True:
            changed.clear()
            await proof.check()
            found: list[Any] = await lookup.load(context.database, [key])
            (row,) = found if lookup.seen_by is None else lookup.visible(found, context.viewer)
            if row is None:
                return
            yield row
            await changed.wait()
