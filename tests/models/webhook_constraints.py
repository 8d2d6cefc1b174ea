"""What breaks the constraints of webhooks: rows, and what spoils them."""

ROWS = """
INSERT INTO webhooks (partner_id, url, document, scopes, position)
    SELECT id, 'https://partner.example/', 'subscription { events { id } }', '{EVENTS_READ}', 0 FROM partners;
INSERT INTO webhook_deliveries (webhook_id, event_id, subject_type, subject_id, position, pending_since, due_at)
    SELECT id, 1, 'product', 1, 1, now(), now() FROM webhooks;
"""

CASES: list[tuple[str, str]] = [
    ("ck_webhooks_state", "UPDATE webhooks SET state = 'GONE'"),
    ("ck_webhooks_url", "UPDATE webhooks SET url = ''"),
    ("ck_webhooks_url", "UPDATE webhooks SET url = repeat('a', 2001)"),
    ("ck_webhooks_secret_number", "UPDATE webhooks SET secret_number = 0"),
    ("ck_webhook_deliveries_state", "UPDATE webhook_deliveries SET state = 'GONE'"),
    ("ck_webhook_deliveries_is_head", "UPDATE webhook_deliveries SET is_head = true, state = 'DEAD'"),
    (
        "uq_webhook_deliveries_head",
        """INSERT INTO webhook_deliveries
           (webhook_id, event_id, subject_type, subject_id, position, pending_since, due_at, is_head)
       SELECT webhook_id, n, 'product', 1, n, now(), now(), true
       FROM webhook_deliveries, generate_series(2, 3) AS n""",
    ),
    ("ck_webhook_deliveries_attempts", "UPDATE webhook_deliveries SET attempts = -1"),
    ("ck_webhook_deliveries_delivered_at", "UPDATE webhook_deliveries SET state = 'DELIVERED'"),
    ("ck_webhook_deliveries_delivered_at", "UPDATE webhook_deliveries SET delivered_at = now()"),
    (
        "uq_webhook_deliveries_webhook_id_event_id",
        """INSERT INTO webhook_deliveries
               (webhook_id, event_id, subject_type, subject_id, position, pending_since, due_at)
           SELECT webhook_id, event_id, 'product', 1, 2, now(), now() FROM webhook_deliveries""",
    ),
]
