"""How streams hear that the server is about to stop, so that they end well and their clients come back elsewhere."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


class Draining:
    """Tells every stream that is open when it begins, and every one that opens later, to end."""

    def __init__(self) -> None:
        self._begun = False
        self._open: set[Callable[[], object]] = set()
        self._empty = asyncio.Event()

    @contextmanager
    def told(self, tell: Callable[[], object]) -> Iterator[None]:
        """Have `tell` called when it is time to end; the block is the stream, its farewell included."""
        self._open.add(tell)
        self._empty.clear()
        if self._begun:
            asyncio.get_running_loop().call_soon(tell)
        try:
            yield
        finally:
            self._open.discard(tell)
            if not self._open:
                self._empty.set()

    async def drain(self, *, timeout_s: float) -> None:
        """Have all streams end, and wait until they have, `timeout_s` at most."""
        self._begun = True
        for tell in tuple(self._open):
            tell()
        if self._open:
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self._empty.wait()
