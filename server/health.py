"""Whether the process lives (/healthz) and whether it can answer (/readyz)."""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import asdict, dataclass
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from models.database import Database
from search.client import Meilisearch
from server import revisions

_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class State:
    """The state of one thing we stand on: "up" or "down", why, and how long it took to find out."""

    state: str
    latency_ms: float
    reason: str | None = None


async def readiness(database: Database, *, meili_url: str) -> dict[str, State]:
    """Look at Postgres, the migrations and Meilisearch at once; takes at most two seconds and raises nothing."""
    names = ("postgres", "migrations", "meilisearch")
    states = await asyncio.gather(
        _state(_postgres(database)), _state(_migrations(database)), _state(_meilisearch(meili_url))
    )
    return dict(zip(names, states, strict=True))


async def live(_: Request) -> Response:
    """Answer /healthz: the process lives and its event loop turns."""
    return PlainTextResponse("ok\n")


async def ready(request: Request) -> Response:
    """Answer /readyz; the application's state holds `database` and `settings`.

    503 when Postgres is down or not migrated. Without Meilisearch the catalogue still answers, so that is 200 and
    "degraded": a load balancer that took the process out would make a small outage a large one.
    """
    app_state = request.app.state
    states = await readiness(app_state.database, meili_url=app_state.settings.meili_url)
    down = {name for name, state in states.items() if state.state == "down"}
    status = "ready" if not down else "degraded" if down == {"meilisearch"} else "not ready"
    return JSONResponse(
        {"status": status, "checks": {name: asdict(state) for name, state in states.items()}},
        status_code=503 if status == "not ready" else 200,
        headers={"Cache-Control": "no-store"},
    )


async def _state(check: Awaitable[str | None]) -> State:
    began = time.perf_counter()
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            reason = await check
    except TimeoutError:
        reason = f"no answer within {_TIMEOUT_S:.0f} s"
    except Exception as error:  # noqa: BLE001 - whatever keeps it from answering is the state that is asked for
        # The kind alone: the text may name hosts and users, and /readyz is open to everybody.
        reason = type(error).__name__
    latency_ms = round((time.perf_counter() - began) * 1000, 2)
    return State("up" if reason is None else "down", latency_ms, reason)


async def _postgres(database: Database) -> None:
    async with database.connection() as connection:
        await connection.fetchval("SELECT 1")


async def _migrations(database: Database) -> str | None:
    async with database.connection() as connection:
        return await revisions.behind(connection)


async def _meilisearch(url: str) -> str | None:
    engine = Meilisearch(url, timeout_s=_TIMEOUT_S)
    try:
        status = await engine.status("/health")
    finally:
        engine.close()
    return None if status == HTTPStatus.OK else f"status {status}"
