"""Keys that many fields ask for, read by one statement."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

Load = Callable[[list[K]], Awaitable[Sequence[V]]]


class Together(Generic[K, V]):
    """Loads what is asked for before the loop has turned twice at once, and no key again that it knows.

    Twice, because fields of one level ask either directly or from tasks, which begin with the next turn. Whoever asks
    waits for a future of their own: giving up takes nothing from the others.
    """

    __slots__ = ("_asked", "_known", "_load", "_loading")

    def __init__(self, load: Load[K, V]) -> None:
        self._load = load
        self._known: dict[K, V] = {}
        self._asked: list[tuple[Sequence[K], asyncio.Future[list[V]]]] = []
        self._loading: set[asyncio.Task[None]] = set()

    def values(self, keys: Sequence[K]) -> asyncio.Future[list[V]]:
        """Answer each key, in order; what loading raises reaches everyone who waits for that load."""
        loop = asyncio.get_running_loop()
        if not self._asked:
            loop.call_soon(loop.call_soon, self._begin)
        future: asyncio.Future[list[V]] = loop.create_future()
        self._asked.append((keys, future))
        return future

    def _begin(self) -> None:
        asked, self._asked = self._asked, []
        task = asyncio.ensure_future(self._answer(asked))
        self._loading.add(task)
        task.add_done_callback(self._loading.discard)

    async def _answer(self, asked: list[tuple[Sequence[K], asyncio.Future[list[Any]]]]) -> None:
        known = self._known
        try:
            missing = list({key: None for keys, _ in asked for key in keys if key not in known})
            if missing:
                known.update(zip(missing, await self._load(missing), strict=True))
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is awaited
            for _, future in asked:
                if not future.done():
                    future.set_exception(error)
            return
        for keys, future in asked:
            if not future.done():
                future.set_result([known[key] for key in keys])
