"""Meilisearch as we use it: JSON in, JSON out, time-outs, a circuit breaker, and waiting for its tasks."""

import asyncio
from collections.abc import Collection
from typing import Any

import orjson

from search.breaker import CircuitBreaker
from search.connection import Answer, ConnectionLostError, ConnectionPool
from search.errors import EngineRefusedError, SearchUnavailableError

_TASK_POLL_FIRST_S = 0.005
_TASK_POLL_LAST_S = 0.25


class Meilisearch:
    """One engine at `url`, asked with `key`. `timeout_s` bounds every request that names no time of its own.

    Every call raises SearchUnavailableError when the engine does not answer (at once while the breaker is open) and
    EngineRefusedError when it answers with an error.
    """

    def __init__(
        self,
        url: str,
        key: str = "",
        *,
        timeout_s: float = 3.0,
        pool_size: int = 32,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        self._pool = ConnectionPool(url, size=pool_size, connect_timeout_s=min(timeout_s, 1.0))
        self._timeout_s = timeout_s
        self._breaker = breaker or CircuitBreaker()
        # Asked for gzip, Meilisearch streams chunks that meet delayed acknowledgements: 48 ms instead of 1.1 ms.
        lines = [f"Host: {self._pool.authority}", "Accept-Encoding: identity"]
        if key:
            lines.append(f"Authorization: Bearer {key}")
        self._headers = "".join(f"{line}\r\n" for line in lines)

    def close(self) -> None:
        """End the connections."""
        self._pool.close()

    async def request(self, method: str, path: str, body: Any = None, *, timeout_s: float | None = None) -> Any:
        """Send `body` as JSON and return the answer's JSON (None for an empty one)."""
        content = b"" if body is None else orjson.dumps(body)
        kind = "" if body is None else "Content-Type: application/json\r\n"
        answer = await self._guarded(self._head(method, path, content, kind), content, timeout_s or self._timeout_s)
        document = orjson.loads(answer.body) if answer.body else None
        if answer.status >= 400:  # noqa: PLR2004 - HTTP's errors begin here
            reason = document if isinstance(document, dict) else {}
            raise EngineRefusedError(answer.status, reason.get("code", "unknown"), reason.get("message", ""))
        return document

    async def status(self, path: str) -> int:
        """Ask how the engine is: the status that it answers a GET with, whatever the breaker thinks of it.

        Raises what went wrong as it is, OSError (TimeoutError is one), and ValueError for an address that is none.
        """
        async with asyncio.timeout(self._timeout_s):
            return (await self._sent(self._head("GET", path), b"")).status

    async def finish(self, task_uids: Collection[int], *, timeout_s: float = 600.0) -> None:
        """Wait until the engine has carried out tasks; raises EngineRefusedError for the first that failed."""
        waiting = set(task_uids)
        pause_s = _TASK_POLL_FIRST_S
        async with asyncio.timeout(timeout_s):
            while waiting:
                uids = ",".join(str(uid) for uid in waiting)
                page = await self.request("GET", f"/tasks?limit={len(waiting)}&uids={uids}")
                for task in page["results"]:
                    if task["status"] in {"failed", "canceled"}:
                        error = task["error"] or {}
                        raise EngineRefusedError(200, error.get("code", task["status"]), error.get("message", ""))
                    if task["status"] == "succeeded":
                        waiting.discard(task["uid"])
                if waiting:
                    await asyncio.sleep(pause_s)
                    pause_s = min(pause_s * 2, _TASK_POLL_LAST_S)

    async def carry_out(self, method: str, path: str, body: Any = None) -> None:
        """Send a request that the engine answers with a task, and wait for that task."""
        await self.finish([await self.enqueue(method, path, body)])

    async def enqueue(self, method: str, path: str, body: Any = None) -> int:
        """Send a request that the engine answers with a task, and return the task's uid."""
        answer = await self.request(method, path, body, timeout_s=60.0)
        return int(answer["taskUid"])

    def _head(self, method: str, path: str, content: bytes = b"", kind: str = "") -> bytes:
        lines = f"{method} {path} HTTP/1.1\r\n{self._headers}{kind}Content-Length: {len(content)}\r\n\r\n"
        return lines.encode("ascii")

    async def _guarded(self, head: bytes, content: bytes, timeout_s: float) -> Answer:
        if not self._breaker.allows():
            raise SearchUnavailableError
        try:
            async with asyncio.timeout(timeout_s):
                answer = await self._sent(head, content)
        except (OSError, TimeoutError) as error:
            self._breaker.failed()
            raise SearchUnavailableError from error
        except BaseException:
            self._breaker.abandoned()
            raise
        if answer.status >= 500:  # noqa: PLR2004 - HTTP's server errors
            self._breaker.failed()
            raise SearchUnavailableError
        self._breaker.succeeded()
        return answer

    async def _sent(self, head: bytes, content: bytes) -> Answer:
        while True:
            connection = await self._pool.take()
            reused = connection.reused
            try:
                return await connection.send(head, content)
            except ConnectionLostError as error:
                # The engine may close an idle connection just as we use it. Everything we ask for may run twice.
                if not (reused and error.unanswered):
                    raise
            finally:
                self._pool.give_back(connection)
