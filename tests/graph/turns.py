"""How long the turns of the event loop take while an operation is answered: nobody else is served meanwhile.

A turn is what happens between two looks at the sockets. Its length is in CPU seconds of this thread, so that others on
the machine count little, without the garbage collector's pauses: those are of the tests' process, which holds more and
collects more often than a server does. Preparing an operation counts to its first turn, as it does for the transports.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from graph.operations import Operation

BLOCKED_S_MAX: Final = 0.02


class LoopBlockedError(Exception):
    """An operation kept the loop from turning for longer than `BLOCKED_S_MAX`."""


class Turns:
    """Watches the turns of the loop while operations run, all of them together when several do."""

    def __init__(self) -> None:
        self._running = 0
        self._paused = 0
        self._since_s = 0.0
        self._spent_s = 0.0
        """What of this turn is spent until `_since_s`."""
        self._longest_s = 0.0
        self._collecting_since_s = 0.0
        self._collected_s = 0.0
        self._prepared: Operation | None = None
        """The operation that was prepared last, in `_preparing_s` seconds."""
        self._preparing_s = 0.0

    def prepared(self, prepare: Callable[[], Operation], document: str) -> Operation:
        """Prepare an operation, or let it be refused, and remember how long it took; raises LoopBlockedError."""
        began_s = self._now_s()
        try:
            self._prepared = prepare()
        finally:
            self._preparing_s = self._now_s() - began_s
            _check(self._preparing_s, "preparing", document)
        return self._prepared

    @contextmanager
    def watched(self, operation: Operation) -> Iterator[None]:
        """Watch while an operation runs; raises LoopBlockedError at its end."""
        if not self._running:
            self._follow(asyncio.get_running_loop())
            self._longest_s, self._spent_s, self._since_s = 0.0, 0.0, self._now_s()
        if operation is self._prepared:
            self._spent_s += 0.0 if self._paused else self._preparing_s
            self._prepared = None
        self._running += 1
        try:
            yield
        finally:
            self._spend()
            self._running -= 1
        location = operation.plan.node.loc
        _check(max(self._longest_s, self._spent_s), "answering", location.source.body if location else "")

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave out what runs now: it is the test's own."""
        self._spend()
        self._paused += 1
        try:
            yield
        finally:
            self._spend()
            self._paused -= 1

    @contextmanager
    def without_collector(self) -> Iterator[None]:
        """Leave out the garbage collector's pauses."""
        gc.callbacks.append(self._collecting)
        try:
            yield
        finally:
            gc.callbacks.remove(self._collecting)

    def _collecting(self, phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            self._collecting_since_s = time.thread_time()
        else:
            self._collected_s += time.thread_time() - self._collecting_since_s

    def _follow(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have a loop tell of its turns, once: one ends and the next begins where it asks the sockets."""
        # Nothing public turns with the loop without keeping it busy.
        selector: Any = loop._selector  # type: ignore[attr-defined]  # noqa: SLF001
        if "select" in vars(selector):
            return
        ask = selector.select

        def select(timeout_s: float | None = None) -> Any:
            self._spend()
            self._longest_s, self._spent_s = max(self._longest_s, self._spent_s), 0.0
            ready = ask(timeout_s)
            self._since_s = self._now_s()
            return ready

        selector.select = select

    def _spend(self) -> None:
        now_s = self._now_s()
        if self._running and not self._paused:
            self._spent_s += now_s - self._since_s
        self._since_s = now_s

    def _now_s(self) -> float:
        return time.thread_time() - self._collected_s


def _check(longest_s: float, what: str, document: str) -> None:
    if longest_s > BLOCKED_S_MAX:
        raise LoopBlockedError(f"{longest_s * 1000:.1f} ms CPU in one turn of the loop, {what} {document[:2_000]}")


TURNS: Final = Turns()
"""Those of the tests' loop; there is one at a time."""
