"""A file ..."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from models.database import Database
from server.config import Settings
from services import file_links
from tests.factories import catalogue, people, tickets

PDF = b"%PDF-1.7 small"


@pytest.fixture
def settings(settings: Settings, tmp_path: Any) -> Settings:
    return replace(settings, file_folder=tmp_path / "files")


@pytest.fixture
async def connection(database: Database) -> Any:
    async with database.connection() as connection:
        yield connection


@pytest.fixture
async def document(connection: asyncpg.Connection) -> int:
    """A document that has been announced."""
    merchant = await catalogue.merchant(connection)
    return await people.document(connection, merchant, state="AWAITED", size_bytes=None, file_name="my paper.pdf")


def link(product_url: str, settings: Settings, purpose: Any, document: int, now: datetime | None = None) -> str:
    path = file_links.path_of(settings.secret_key, purpose=purpose, document_id=document, now=now or datetime.now(UTC))
    return product_url.removesuffix("/graphql") + path


async def test_is_sent_once_and_read_by_its_links(
    product_url: str, settings: Settings, document: int, connection: asyncpg.Connection
) -> None:
    send, read = (link(product_url, settings, purpose, document) for purpose in ("send", "read"))
    async with httpx.AsyncClient() as client:
        assert (await client.get(read)).status_code == 404
        assert (await client.put(send, content=PDF)).status_code == 204
        again = await client.put(send, content=b"another")
        assert (again.status_code, again.json()["errors"][0]["extensions"]["code"]) == (409, "CONFLICT")
        answer = await client.get(read)
    assert (answer.content, answer.headers["content-type"]) == (PDF, "application/pdf")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    row = await connection.fetchrow("SELECT state, size_bytes FROM merchant_documents")
    assert tuple(row) == ("SUBMITTED", len(PDF))
    assert await connection.fetchval("SELECT type FROM events") == "MERCHANT_DOCUMENT_SUBMITTED"


async def test_that_has_come_is_not_replaced_by_one_that_was_on_its_way(
    product_url: str, settings: Settings, document: int, connection: asyncpg.Connection
) -> None:
    send, read = (link(product_url, settings, purpose, document) for purpose in ("send", "read"))
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"ano"
        begun.set()
        await goes_on.wait()
        yield b"ther"

    async with httpx.AsyncClient() as client:
        slow = asyncio.ensure_future(client.put(send, content=slowly()))
        await begun.wait()
        while not list(settings.file_folder.rglob(".*")):  # noqa: ASYNC110 - the server is the one to wait for
            await asyncio.sleep(0.01)
        assert (await client.put(send, content=PDF)).status_code == 204
        goes_on.set()
        late = await slow
        assert (await client.get(read)).content == PDF
    assert (late.status_code, late.json()["errors"][0]["extensions"]["code"]) == (409, "NOT_FOUND")
    row = await connection.fetchrow("SELECT state, size_bytes FROM merchant_documents")
    assert tuple(row) == ("SUBMITTED", len(PDF))
    assert list(settings.file_folder.rglob(".*")) == []


@pytest.mark.parametrize(("content", "status"), [(b"", 400), (b"x" * 5_000_001, 413)])
async def test_is_refused_when_it_is_empty_or_too_large(
    product_url: str, settings: Settings, document: int, connection: asyncpg.Connection, content: bytes, status: int
) -> None:
    async with httpx.AsyncClient() as client:
        refused = await client.put(link(product_url, settings, "send", document), content=content)
    assert refused.status_code == status
    assert await connection.fetchval("SELECT state FROM merchant_documents") == "AWAITED"
    assert [path for path in settings.file_folder.rglob("*") if path.is_file() and path.stat().st_size] == []


@pytest.mark.parametrize(("content", "status"), [(PDF, 204), (b"", 400), (b"x" * 10_000_001, 413)])
async def test_comes_with_a_ticket(
    product_url: str, settings: Settings, connection: asyncpg.Connection, content: bytes, status: int
) -> None:
    customer = await people.customer(connection)
    ticket = await tickets.ticket(connection, customer.customer_id)
    attachment = await tickets.attachment(connection, ticket, state="AWAITED", size_bytes=None)
    send, read = (link(product_url, settings, f"attachment-{each}", attachment) for each in ("send", "read"))
    async with httpx.AsyncClient() as client:
        assert (await client.put(send, content=content)).status_code == status
        answer = await client.get(read)
        of_document = link(product_url, settings, "read", attachment)
        assert (await client.get(of_document)).status_code == 404
    arrived = status == 204
    assert (answer.status_code, answer.content == PDF) == ((200, True) if arrived else (404, False))
    row = await connection.fetchrow("SELECT state, size_bytes FROM ticket_attachments")
    assert tuple(row) == (("ARRIVED", len(PDF)) if arrived else ("AWAITED", None))


async def test_has_no_link_but_its_own(product_url: str, settings: Settings, document: int) -> None:
    old = datetime.now(UTC) - timedelta(minutes=21)
    send, read = (link(product_url, settings, purpose, document) for purpose in ("send", "read"))
    async with httpx.AsyncClient() as client:
        for false in (
            link(product_url, settings, "send", document, old),
            read.replace("/read/", "/send/"),
            send[:-1],
            send.replace(f"/{document}.", f"/{document + 1}."),
            send.rpartition("/")[0] + "/nonsense",
        ):
            assert (await client.put(false, content=PDF)).status_code == 404
