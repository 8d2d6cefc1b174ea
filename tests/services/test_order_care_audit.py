"""The audit of orders finds ..."""

import asyncpg
import pytest

from domain.access import MerchantRole
from domain.order_refunds import RefundReason, Wanted
from models.database import Database
from services import order_audit, order_refunds
from tests.factories import bought, catalogue, people
from tests.factories.bought import NOW, Buying

SPOILT = [
    ("What was sent of each line is in parcels that were not taken back", "UPDATE fulfilment_lines SET quantity = 1"),
    (
        "What was sent of each line is in parcels that were not taken back",
        "UPDATE fulfilments SET status = 'CANCELLED', cancelled_at = now()",
    ),
    ("What is in each parcel has left warehouses", "UPDATE fulfilment_sources SET quantity = 1"),
    ("What is in each parcel has left warehouses", "DELETE FROM fulfilment_sources"),
    ("No more of a line was refunded as sent than was sent", "UPDATE order_lines SET fulfilled = 0"),
    ("Each part stands where its pieces do", "UPDATE order_parts SET status = 'READY'"),
    ("Each part stands where its pieces do", "UPDATE order_parts SET status = 'PARTIALLY_FULFILLED'"),
    ("Each part stands where its pieces do", "UPDATE order_parts SET status = 'DELIVERED'"),
    ("Each part stands where its pieces do", "UPDATE order_parts SET status = 'CANCELLED'"),
    ("Each part stands where its pieces do", "UPDATE order_lines SET fulfilled = 2"),
    ("Each paid order stands where its parts do", "UPDATE orders SET status = 'PAID'"),
    ("Each paid order stands where its parts do", "UPDATE orders SET status = 'PARTIALLY_FULFILLED'"),
    ("Each paid order stands where its parts do", "UPDATE orders SET status = 'DELIVERED'"),
    (
        "Each refund is the sum of its lines, and of the money that payments give back for it",
        "UPDATE refunds SET amount = amount + 1",
    ),
    (
        "Each refund is the sum of its lines, and of the money that payments give back for it",
        "UPDATE payment_refunds SET refund_id = NULL",
    ),
    ("Each line has given back what its refunds say, and no more than it had", "UPDATE order_lines SET refunded = 0"),
    ("Each line has given back what its refunds say, and no more than it had", "UPDATE refund_lines SET tax = 9999"),
    ("What was given back of all of a line is all that it had", "UPDATE refund_lines SET quantity = 3"),
    ("Each part has given back what its refunds say", "UPDATE order_parts SET shipping_refunded = 1"),
    ("The numbers of invoices and credit notes have no gap", "DELETE FROM invoices WHERE kind = 'CREDIT_NOTE'"),
    ("The numbers of invoices and credit notes have no gap", "UPDATE invoice_series SET last = 2"),
    (
        "What was invoiced of a part less its credit notes is what is kept",
        "UPDATE invoices SET total = 1 WHERE kind = 'INVOICE'",
    ),
]


@pytest.mark.parametrize(("check", "spoiling"), SPOILT)
async def test_what_does_not_add_up(
    database: Database, connection: asyncpg.Connection, check: str, spoiling: str
) -> None:
    ada = await catalogue.merchant(connection)
    manager = await people.member(connection, ada, MerchantRole.MANAGER)
    order = await bought.buy(database, Buying([await bought.piece(connection, ada, 1_000, 3)], shipping=590))
    await bought.send(database, manager, order.order_id)
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
    assert (await order_audit.audit(connection, now=NOW)).findings == ()
    await connection.execute(f"SET session_replication_role = replica; {spoiling}; RESET session_replication_role")
    assert check in {finding.check for finding in (await order_audit.audit(connection, now=NOW)).findings}
