"""Keys that many fields ask for, read by one statement."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")
W = TypeVar("W")

Load = Callable[..., Awaitable[Sequence[V]]]


async def beside(coming: asyncio.Future[V], work: Awaitable[W]) -> tuple[V, W]:
    """Wait for what is on its way, and for some work meanwhile, without a task of its own; raises what the work does.

    If both fail, it is the work's error.
    """
    try:
        done = await work
    except BaseException:
        coming.add_done_callback(_seen)
        raise
    return await coming, done


def _seen(future: asyncio.Future[Any]) -> None:
    """Keep asyncio from reporting a failure that nobody waits for any more."""
    if not future.cancelled():
        future.exception()


class Together(Generic[K, V]):
    """Loads what is asked for before the loop has turned twice at once, and no key again that it knows or waits for.

    Twice, because fields of one level ask either directly or from tasks, which begin with the next turn. Whoever asks
    waits for a future of their own: giving up takes nothing from the others.

    `load` takes the keys, and what is given along with them: it is not kept, so that nothing that keeps this is kept by
    it in turn, and left to the garbage collector.
    """

    __slots__ = ("_asked", "_coming", "_known", "_load", "_loading")

    def __init__(self, load: Load[V]) -> None:
        self._load = load
        self._known: dict[K, V] = {}
        self._coming: dict[asyncio.Future[None], dict[K, None]] = {}
        self._asked: list[tuple[Sequence[K], asyncio.Future[Sequence[V]]]] = []
        self._loading: set[asyncio.Task[None]] = set()

    def values(self, keys: Sequence[K], *given: Any) -> asyncio.Future[Sequence[V]]:
        """Answer each key, in order; what loading raises reaches everyone who waits for that load."""
        loop, known = asyncio.get_running_loop(), self._known
        future: asyncio.Future[Sequence[V]] = loop.create_future()
        if all(key in known for key in keys):
            future.set_result([known[key] for key in keys])
            return future
        if not self._asked:
            loop.call_soon(loop.call_soon, self._begin, given)
        self._asked.append((keys, future))
        return future

    def prime(self, values: Mapping[K, V]) -> None:
        """Know these: they have been read along with something else."""
        self._known.update(values)

    def _begin(self, given: tuple[Any, ...]) -> None:
        asked, self._asked = self._asked, []
        known = self._known
        missing = {key: None for keys, _ in asked for key in keys if key not in known}
        others = [coming for coming, keys in self._coming.items() if not keys.keys().isdisjoint(missing)]
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._coming[done] = missing
        task = asyncio.ensure_future(self._answer(asked, missing, given, others, done))
        self._loading.add(task)
        task.add_done_callback(self._loading.discard)

    async def _answer(
        self,
        asked: list[tuple[Sequence[K], asyncio.Future[Sequence[Any]]]],
        missing: dict[K, None],
        given: tuple[Any, ...],
        others: list[asyncio.Future[None]],
        done: asyncio.Future[None],
    ) -> None:
        known = self._known
        try:
            if others:  # some keys are on their way already; what failed there is tried here
                await asyncio.wait(others)
            wanted = [key for key in missing if key not in known] if others else list(missing)
            if wanted:
                known.update(zip(wanted, await self._load(wanted, *given), strict=True))
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is awaited
            for _, future in asked:
                if not future.done():
                    future.set_exception(error)
            return
        finally:
            del self._coming[done]
            done.set_result(None)
        for keys, future in asked:
            if not future.done():
                future.set_result([known[key] for key in keys])
