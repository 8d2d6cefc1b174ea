"""Webhooks and what is on its way to them."""

from datetime import UTC, datetime

import asyncpg

from tests.factories.catalogue import insert

_DUE_AT = datetime(2026, 1, 1, tzinfo=UTC)


async def webhook(connection: asyncpg.Connection, partner_id: int) -> dict[str, int]:
    """Insert a webhook with a delivery that was given up; gives their keys by type."""
    made = await insert(
        connection,
        "webhooks",
        partner_id=partner_id,
        url="https://partner.example/",
        document="subscription { events { id } }",
        scopes=["EVENTS_READ"],
        position=0,
    )
    delivery = await insert(
        connection,
        "webhook_deliveries",
        webhook_id=made["id"],
        subject_type="test",
        subject_id=0,
        position=0,
        state="DEAD",
        pending_since=_DUE_AT,
        due_at=_DUE_AT,
    )
    await insert(connection, "webhook_attempts", delivery_id=delivery["id"], duration_ms=1, occurred_at=_DUE_AT)
    return {"Webhook": made["id"], "WebhookDelivery": delivery["id"]}
