"""What a merchant says of itself for the law ..."""

from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, Viewer
from domain.order_refunds import RefundReason, Wanted
from graph import ids
from models.database import Database
from services import order_refunds
from tests.contents import everything
from tests.factories import bought, catalogue, people
from tests.factories.bought import NOW, Buying
from tests.graph.conftest import Api

DETAILS = "legalDetails { name line1 line2 city region postalCode country taxNumber email version }"
SET = f"""mutation ($input: MerchantLegalDetailsSetInput!) {{ merchantLegalDetailsSet(input: $input) {{
    merchantAccount {{ {DETAILS} merchant {{ {DETAILS} }} }} userErrors {{ code message field }} }} }}"""
SAID: dict[str, Any] = {
    "name": "Ada's Lamps GmbH",
    "line1": "1 Road",
    "line2": None,
    "city": "Bonn",
    "region": None,
    "postalCode": "53111",
    "country": "DE",
    "taxNumber": "DE123456789",
    "email": "office@ada.example",
}
LINES = ["Trading as Ada's", "1 Road", "53111 Bonn", "DE", "VAT id: DE123456789", "office@ada.example"]


@pytest.fixture
async def merchant(connection: asyncpg.Connection) -> int:
    return await catalogue.merchant(connection, name="Ada's", slug="adas")


@pytest.fixture
async def manager(connection: asyncpg.Connection, merchant: int) -> Viewer:
    return await people.member(connection, merchant, MerchantRole.MANAGER)


async def put(api: Api, merchant: int, **changes: Any) -> Any:
    sent = {"merchantId": ids.encode("Merchant", merchant), **SAID, **changes}
    return (await api.data(SET, input=sent))["merchantLegalDetailsSet"]


async def test_is_there_for_everybody(api: Api, connection: asyncpg.Connection, merchant: int, manager: Viewer) -> None:
    read = f'{{ merchant(slug: "adas") {{ {DETAILS} }} }}'
    assert await api.data(read) == {"merchant": {"legalDetails": None}}
    api.context.viewer = manager
    shown = {**SAID, "version": 1}
    assert await put(api, merchant) == {
        "merchantAccount": {"legalDetails": shown, "merchant": {"legalDetails": shown}},
        "userErrors": [],
    }
    api.context.viewer = Viewer()
    assert await api.data(read) == {"merchant": {"legalDetails": shown}}
    event = await connection.fetchrow("SELECT type, subject_id, subject_version, data FROM events")
    assert tuple(event) == ("MERCHANT_CHANGED", merchant, 2, {"what": "legal details"})
    assert await connection.fetchval("SELECT version FROM merchants") == 2


async def test_is_replaced_as_a_whole_and_for_no_other_version(
    api: Api, connection: asyncpg.Connection, merchant: int, manager: Viewer
) -> None:
    api.context.viewer = manager
    assert (await put(api, merchant, expectedVersion=0))["userErrors"] == []
    before = await everything(connection)
    for wrong in (0, 2):
        assert (await put(api, merchant, expectedVersion=wrong))["userErrors"] == [
            {
                "code": "CONFLICT",
                "field": ["expectedVersion"],
                "message": f"expectedVersion: the merchant's legal entry is at version 1, not {wrong}; read it again",
            }
        ]
    assert await everything(connection) == before
    moved = {"line1": "2 Road", "line2": "Yard", "email": None}
    answer = await put(api, merchant, **moved, expectedVersion=1)
    assert answer["merchantAccount"]["legalDetails"] == {**SAID, **moved, "version": 2}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"country": "de"}, "country"), ({"taxNumber": "DE1"}, "taxNumber"), ({"line1": ""}, "line1")],
)
async def test_is_refused_where_it_cannot_be(
    api: Api, connection: asyncpg.Connection, merchant: int, manager: Viewer, wrong: dict[str, str], field: str
) -> None:
    api.context.viewer = manager
    before = await everything(connection)
    answer = await put(api, merchant, **wrong)
    assert [(error["code"], error["field"]) for error in answer["userErrors"]] == [("BAD_USER_INPUT", [field])]
    assert answer["merchantAccount"] is None
    assert await everything(connection) == before


@pytest.mark.parametrize("role", [MerchantRole.PACKER, None])
async def test_is_not_for_others_to_say(
    api: Api, connection: asyncpg.Connection, merchant: int, role: MerchantRole | None
) -> None:
    theirs = merchant if role else await catalogue.merchant(connection)
    api.context.viewer = await people.member(connection, theirs, role or MerchantRole.OWNER)
    before = await everything(connection)
    answer = await put(api, merchant, taxNumber="none")
    assert [error["code"] for error in answer["userErrors"]] == ["NOT_FOUND"]
    assert await everything(connection) == before


async def test_does_not_change_when_it_has_closed(
    api: Api, connection: asyncpg.Connection, merchant: int, manager: Viewer
) -> None:
    api.context.viewer = manager
    await connection.execute("UPDATE merchants SET state = 'CLOSED'")
    assert [error["code"] for error in (await put(api, merchant))["userErrors"]] == ["CONFLICT"]
    assert await connection.fetchval("SELECT count(*) FROM merchant_legal_details") == 0


async def test_of_another_merchant_is_not_written_by_whoever_forgets_to_ask(
    api: Api, connection: asyncpg.Connection, merchant: int, manager: Viewer
) -> None:
    """What Postgres holds a transaction of staff to."""
    api.context.viewer = manager
    await put(api, merchant)
    elsewhere = await catalogue.merchant(connection)
    add = """INSERT INTO merchant_legal_details
        SELECT $1, name, line1, line2, city, region, postal_code, country, tax_number, email, 1, now()
        FROM merchant_legal_details"""
    async with connection.transaction():
        await connection.execute(
            "SELECT set_config('souk.merchants', $1, true), set_config('role', 'souk_app', true)", f"{{{elsewhere}}}"
        )
        assert await connection.execute("UPDATE merchant_legal_details SET name = 'Mine'") == "UPDATE 0"
        assert await connection.execute("DELETE FROM merchant_legal_details") == "DELETE 0"
        assert await connection.execute(add, elsewhere) == "INSERT 0 1"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with connection.transaction():
                await connection.execute(add.replace("SELECT $1", "SELECT $1 + 1"), elsewhere)


async def sellers(connection: asyncpg.Connection) -> list[dict[str, Any]]:
    rows = await connection.fetch("SELECT kind, content->'seller' AS seller FROM invoices ORDER BY id")
    return [{"kind": row["kind"], **row["seller"]} for row in rows]


async def invoiced(database: Database, connection: asyncpg.Connection, merchant: int, manager: Viewer) -> Any:
    order = await bought.buy(database, Buying([await bought.piece(connection, merchant, 2_990, 2)], shipping=590))
    await bought.send(database, manager, order.order_id)
    return order


async def credited(database: Database, manager: Viewer, order: Any) -> None:
    async with bought.caring(database, manager, order.order_id) as (session, held):
        await order_refunds.refund(
            session,
            held,
            lines=[Wanted(order.lines[0], quantity=1)],
            deliveries=[],
            reason=RefundReason.DAMAGED,
            restock=False,
            note=None,
            now=NOW,
        )


async def test_stands_on_its_invoices_as_it_was_then_and_so_on_their_credit_notes(
    api: Api, database: Database, connection: asyncpg.Connection, merchant: int, manager: Viewer
) -> None:
    api.context.viewer = manager
    await put(api, merchant)
    order = await invoiced(database, connection, merchant, manager)
    await put(api, merchant, name="Ada's Lights AG", taxNumber="133/8150/8159", email=None)
    await connection.execute("UPDATE merchants SET name = 'Lights'")
    await credited(database, manager, order)
    await invoiced(database, connection, merchant, manager)
    first = {"name": "Ada's Lamps GmbH", "lines": LINES}
    later = ["Trading as Lights", "1 Road", "53111 Bonn", "DE", "Tax number: 133/8150/8159"]
    assert await sellers(connection) == [
        {"kind": "INVOICE", **first},
        {"kind": "CREDIT_NOTE", **first},
        {"kind": "INVOICE", "name": "Ada's Lights AG", "lines": later},
    ]


async def test_that_came_after_the_invoice_does_not_stand_on_its_credit_note(
    api: Api, database: Database, connection: asyncpg.Connection, merchant: int, manager: Viewer
) -> None:
    order = await invoiced(database, connection, merchant, manager)
    api.context.viewer = manager
    await put(api, merchant)
    await credited(database, manager, order)
    assert await sellers(connection) == [
        {"kind": kind, "name": "Ada's", "lines": []} for kind in ("INVOICE", "CREDIT_NOTE")
    ]
