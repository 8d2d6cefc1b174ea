"""A process that hears of changes, as servers do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from resolvers.changes import Changes


@asynccontextmanager
async def hearing(changes: Changes) -> AsyncIterator[None]:
    """Follow changes for the block; it begins when that is proven to work."""
    with changes.of("nothing", 0) as flag:
        following = asyncio.create_task(changes.run())
        await flag.wait()
        await asyncio.sleep(0)  # the proof comes after the first look
    try:
        yield
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
