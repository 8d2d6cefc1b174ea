"""Subscriptions as server-sent events: the graphql-sse protocol's distinct connections."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, nullcontext, suppress
from typing import Final

from starlette.types import Receive, Send

from domain.errors import Refusal
from graph.errors import FormattedError, InvalidRequest, masked
from graph.operations import Answer, StreamFailed
from server.draining import Draining
from server.http.negotiation import Answers
from server.http.responses import dump, errors_of

KEEP_ALIVE_S: Final = 12.0
# A reader that takes nothing for so long is gone, whatever its connection says.
SEND_TIMEOUT_S: Final = 60.0


async def send_events(
    receive: Receive, send: Send, answers: AsyncGenerator[Answer, None], *, draining: Draining | None = None
) -> None:
    """Send each answer as a `next` event and then `complete`; ends, and closes the source, when the client leaves.

    With `draining` it also ends, with `complete`, when the server is about to stop.
    """
    headers = [(b"content-type", Answers.EVENTS.value), (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    pump = asyncio.create_task(_pump(send, answers))
    watch = asyncio.create_task(_until_disconnect(receive))
    drained = False

    def drain() -> None:
        nonlocal drained
        drained = pump.cancel()

    with nullcontext() if draining is None else draining.told(drain):
        try:
            await asyncio.wait({pump, watch}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (pump, watch):
                task.cancel()
            await asyncio.gather(pump, watch, return_exceptions=True)
        if not pump.cancelled():
            pump.result()
        elif drained:
            with suppress(TimeoutError):
                await _complete(send)


async def _until_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _pump(send: Send, answers: AsyncGenerator[Answer, None]) -> None:
    try:
        await _pump_answers(send, answers)
    except TimeoutError:
        return  # the reader is gone
    except Exception as error:  # noqa: BLE001 - the stream has begun: its end must be said in it
        await _write(send, b"next", dump({"errors": stream_errors(error)}))
    await _complete(send)


async def _complete(send: Send) -> None:
    await _write(send, b"complete", b"")
    await send({"type": "http.response.body"})


async def _pump_answers(send: Send, answers: AsyncGenerator[Answer, None]) -> None:
    async with aclosing(answers):
        # A task of its own, because a wait that times out for a comment must not cancel the source.
        upcoming: asyncio.Future[Answer | None] = asyncio.ensure_future(anext(answers, None))
        try:
            while True:
                done, _ = await asyncio.wait({upcoming}, timeout=KEEP_ALIVE_S)
                if not done:
                    await _send_within(send, b":\n\n")
                    continue
                if (answer := upcoming.result()) is None:
                    return
                await _write(send, b"next", dump(answer.body()))
                upcoming = asyncio.ensure_future(anext(answers, None))
        finally:
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)


async def _write(send: Send, event: bytes, data: bytes) -> None:
    await _send_within(send, b"event: " + event + b"\ndata: " + data + b"\n\n")


async def _send_within(send: Send, chunk: bytes) -> None:
    """Send a chunk, waiting while the client's buffer is full. Raises TimeoutError for one that never reads."""
    async with asyncio.timeout(SEND_TIMEOUT_S):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def failing(error: InvalidRequest) -> AsyncGenerator[Answer, None]:
    """Give a stream that only says why there is none."""
    raise StreamFailed(errors_of(error))
    yield  # makes this a generator


def stream_errors(error: Exception) -> list[FormattedError]:
    """Format what ended a stream, masked and logged if it was not foreseen."""
    if isinstance(error, StreamFailed):
        return error.errors
    if isinstance(error, Refusal | InvalidRequest):
        return errors_of(error)
    return [masked(error, {"transport": "stream"})]
