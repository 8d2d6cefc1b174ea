"""Sending and reading files by signed links: PUT /files/send/<token>, GET /files/read/<token>.

Files that come with tickets have links of their own: /files/attachment-send/<token>, /files/attachment-read/<token>.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from domain.errors import InvalidInput, Refusal
from models.database import Database, Row
from resolvers.loaders import merchant_accounts, tickets
from resolvers.loaders.lookups import One
from services import file_links, merchant_documents, ticket_attachments
from services.gateways.files import FileFolder

SEND_TIMEOUT_S: Final = 60.0
_STATUS: Final = {"FILE_TOO_LARGE": 413, "NOT_FOUND": 409}
_COME: Final = "The document has come already: announce another one."
_GONE: Final = "This link is none of ours, or its time is over: ask for a new one."


@dataclass(frozen=True, slots=True)
class Shelf:
    """One kind of files: how their rows are found, how large they may be, and who takes note when one has come."""

    prefix: str
    """What the links' purposes begin with."""
    lookup: One[Any]
    size_max: int
    arrived: Callable[..., Awaitable[None]]


_SHELVES: Final = (
    Shelf("", merchant_accounts.DOCUMENT_BY_ID, merchant_documents.BYTES_MAX, merchant_documents.arrived),
    Shelf("attachment-", tickets.ATTACHMENT_BY_ID, ticket_attachments.BYTES_MAX, ticket_attachments.arrived),
)


def routes() -> list[Route]:
    """Make the routes."""
    return [
        Route(f"{file_links.PATH}/{shelf.prefix}{name}/{{token}}", _endpoint(handle, shelf), methods=[method])
        for shelf in _SHELVES
        for name, handle, method in (("send", _send, "PUT"), ("read", _read, "GET"))
    ]


def _endpoint(
    handle: Callable[[Request, Shelf], Awaitable[Response]], shelf: Shelf
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await handle(request, shelf)

    return endpoint


async def _send(request: Request, shelf: Shelf) -> Response:
    document = await _document(request, shelf, "send")
    if document is None:
        return _refused(404, "NOT_FOUND", _GONE)
    if document.state != "AWAITED":
        return _refused(409, "CONFLICT", _COME)
    try:
        async with asyncio.timeout(SEND_TIMEOUT_S):
            await _keep(request, shelf, document)
    except TimeoutError:
        return _refused(408, "BODY_TIMEOUT", f"The file did not come within {SEND_TIMEOUT_S:g} s: send it again.")
    except Refusal as refusal:
        return _refused(_STATUS.get(refusal.code, 400), refusal.code, refusal.message)
    return Response(status_code=204)


async def _keep(request: Request, shelf: Shelf, document: Row) -> None:
    database: Database = request.app.state.database
    folder: FileFolder = request.app.state.files
    async with folder.received(document.key, _chunks(request), size_max=shelf.size_max) as received:
        if not received.size:
            raise InvalidInput("The body is empty: send the file's content.")
        async with database.transaction() as session:
            await shelf.arrived(session, document_id=document.id, size_bytes=received.size)
            # While its row is held: of two that come at the same time, the later one finds that it has come.
            received.keep()


async def _read(request: Request, shelf: Shelf) -> Response:
    document = await _document(request, shelf, "read")
    folder: FileFolder = request.app.state.files
    if document is None or document.state == "AWAITED" or not folder.path(document.key).is_file():
        return _refused(404, "NOT_FOUND", _GONE)
    # Never shown in a page of ours: it comes from strangers.
    return FileResponse(
        folder.path(document.key),
        media_type=document.media_type,
        filename=document.file_name,
        headers={
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox",
        },
    )


async def _document(request: Request, shelf: Shelf, name: str) -> Row | None:
    key: str = request.app.state.settings.secret_key
    purpose = f"{shelf.prefix}{name}"
    document_id = file_links.read(key, purpose=purpose, token=request.path_params["token"], now=datetime.now(UTC))
    if document_id is None:
        return None
    (document,) = await shelf.lookup.load(request.app.state.database, [document_id])
    return document


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    async for chunk in request.stream():
        yield chunk


def _refused(status: int, code: str, message: str) -> Response:
    return JSONResponse({"errors": [{"message": message, "extensions": {"code": code}}]}, status_code=status)
