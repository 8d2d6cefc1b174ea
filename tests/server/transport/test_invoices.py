"""The page of an invoice ..."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from domain.access import MerchantRole
from domain.order_refunds import RefundReason, Wanted
from models.database import Database
from server import invoices
from server.config import Settings
from services import file_links, order_refunds
from tests.factories import bought, catalogue, people
from tests.factories.bought import NOW, Buying

EVIL = '<script>alert("1")</script>'


@pytest.fixture
async def documents(database: Database) -> list[asyncpg.Record]:
    """An invoice for two things of an evil name at 29.90 with 19 % VAT, and the credit note for one of them."""
    async with database.connection() as connection:
        ada = await catalogue.merchant(connection, name="Ada & Sons")
        manager = await people.member(connection, ada, MerchantRole.MANAGER)
        thing = await bought.piece(connection, ada, 2_990, 2)
        order = await bought.buy(database, Buying([thing], shipping=590))
        await connection.execute("UPDATE order_lines SET name = $1", EVIL)
        await bought.send(database, manager, order.order_id)
        async with bought.caring(database, manager, order.order_id) as (session, held):
            await order_refunds.refund(
                session,
                held,
                lines=[Wanted(order.lines[0], quantity=1)],
                deliveries=[],
                reason=RefundReason.NOT_AS_DESCRIBED,
                restock=False,
                note=None,
                now=NOW,
            )
        return await connection.fetch("SELECT id, number, content FROM invoices ORDER BY id")


def link(product_url: str, settings: Settings, invoice_id: int, *, purpose: Any = "invoice", age: int = 0) -> str:
    now = datetime.now(UTC) - timedelta(minutes=age)
    path = file_links.path_of(settings.secret_key, purpose=purpose, document_id=invoice_id, now=now)
    return product_url.removesuffix("/graphql") + path


def told(page: str) -> list[str]:
    """Give the cells of a page's table."""
    return re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", page)


async def test_tells_all_that_stands_on_it_and_runs_nothing(
    product_url: str, settings: Settings, documents: list[asyncpg.Record]
) -> None:
    invoice, note = documents
    async with httpx.AsyncClient() as client:
        first = await client.get(link(product_url, settings, invoice["id"]))
        second = await client.get(link(product_url, settings, note["id"]))
    assert (first.status_code, first.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert first.headers["content-security-policy"].startswith("default-src 'none'; base-uri 'none';")
    assert first.headers["cache-control"] == "no-store"
    assert "<script" not in first.text
    assert "<h1>Invoice INV-2026-000001</h1>" in first.text
    assert "<strong>Ada &amp; Sons</strong>" in first.text
    assert "<strong>Bea</strong>\n1 Road\n53111 Bonn\nDE" in first.text
    thing = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"
    cells = told(first.text)
    assert cells[6] == thing
    assert cells[8:12] == ["2", "19 %", "9.55 EUR", "59.80 EUR"]
    assert cells[12:] == [
        *("Standard delivery", "", "1", "19 %", "0.94 EUR", "5.90 EUR"),
        *("Sum, with tax", "65.70 EUR"),
        *("Tax of 19 % on 55.21 EUR", "10.49 EUR"),
        *("To pay", "65.70 EUR"),
    ]
    assert "Corrects: INV-2026-000001<br>Reason: not as described" in second.text
    assert told(second.text)[-2:] == ["Given back", "29.90 EUR"]


async def test_opens_by_its_own_link_alone(
    product_url: str, settings: Settings, documents: list[asyncpg.Record]
) -> None:
    key = documents[0]["id"]
    good = link(product_url, settings, key)
    false = (
        link(product_url, settings, key, age=21),
        link(product_url, settings, key, purpose="read").replace("/read/", "/invoice/"),
        good.replace(f"/{key}.", f"/{key + 1}."),
        good[:-1],
        link(product_url, settings, 999_999),
    )
    async with httpx.AsyncClient() as client:
        answers = [await client.get(each) for each in false]
        assert (await client.get(good)).status_code == 200
    assert [answer.status_code for answer in answers] == [404] * len(false)
    assert all("ask for a new one" in answer.text for answer in answers)


def test_says_what_was_paid_with_points() -> None:
    content = {
        "kind": "INVOICE",
        "seller": {"name": "Ada", "lines": []},
        "buyer": {"name": "Bea", "lines": []},
        "order_number": "S1",
        "currency": "JPY",
        "issued_at": "2026-03-01T12:00:00+00:00",
        "items": [],
        "taxes": [],
        "gross": 1_000,
        "tax": 0,
        "points_worth": 300,
        "total": 700,
        "reason": None,
        "corrects": None,
    }
    assert told(invoices.page("INV-2026-000001", content))[-6:] == [
        *("Sum, with tax", "1000 JPY"),
        *("Of it by points", "-300 JPY"),
        *("To pay", "700 JPY"),
    ]
