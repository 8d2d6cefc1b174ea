"""Following one object: as it is now, and again after every change of it, as the viewer may see it then."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from domain.errors import Refusal
from models.database import Row
from resolvers.context import Context
from resolvers.loaders import partners
from resolvers.loaders.lookups import One

R = TypeVar("R", bound=Row)


class KeyRevokedError(Refusal):
    """The API key by which somebody follows something is good no more."""

    code = "UNAUTHENTICATED"

    def __init__(self) -> None:
        super().__init__("The API key was revoked: ask for a new one, and go on with the last cursor.")


class Key:
    """The API key by which a partner follows something; good until it is told that keys of the partner have changed.

    Instead of an asyncio.Event, which takes ten times the memory: each subscriber has one, and nobody waits for it.
    """

    __slots__ = ("_changed", "_context")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._changed = False

    def set(self) -> None:
        """Take note that the keys have changed."""
        self._changed = True

    async def check(self) -> None:
        """Raise KeyRevokedError if the key was revoked."""
        prefix = self._context.viewer.key_prefix
        if prefix is None or not self._changed:
            return
        self._changed = False
        if (await partners.BY_KEY_PREFIX.load(self._context.database, [prefix]))[0] is None:
            raise KeyRevokedError


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
