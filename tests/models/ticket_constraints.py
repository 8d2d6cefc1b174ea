"""What breaks the constraints of tickets: rows of each kind, and the statements that try to spoil them."""

ROWS = """
INSERT INTO tickets (customer_id, kind, priority, state, subject, opened_at, changed_at, due_at)
    SELECT id, 'INQUIRY', 'NORMAL', 'NEW', 'Lamp', now(), now(), now() FROM customers;
INSERT INTO ticket_messages (ticket_id, party, body, created_at) SELECT id, 'CUSTOMER', 'Hello', now() FROM tickets;
INSERT INTO ticket_steps (ticket_id, action, party, to_state, occurred_at) SELECT id, 'OPEN', 'CUSTOMER', 'NEW', now() FROM tickets;
INSERT INTO ticket_pauses (ticket_id, started_at) SELECT id, now() FROM tickets;
INSERT INTO ticket_attachments (ticket_id, party, file_name, media_type, key, created_at) SELECT id, 'AGENT', 'a', 'image/png', 'k', now() FROM tickets;
INSERT INTO ticket_agents (account_id, skills, capacity) SELECT id, '{RETURN}', 5 FROM accounts;
INSERT INTO ticket_macros (title, body, action, changed_at) VALUES ('Thanks', 'Thank you.', 'REPLY', now());
INSERT INTO support_hours (id, zone, week) VALUES (1, 'UTC', '[]');
INSERT INTO articles (title, body, changed_at) VALUES ('How', 'So.', now());
INSERT INTO ticket_targets (kind, priority, first_response_minutes, next_response_minutes, resolution_minutes) VALUES ('INQUIRY', 'LOW', 1, 1, 1);
"""  # noqa: E501 - SQL reads best unbroken

CASES: list[tuple[str, str]] = [
    ("ck_articles_title", "UPDATE articles SET title = ''"),
    ("ck_articles_body", "UPDATE articles SET body = ''"),
    ("ck_articles_kinds", "UPDATE articles SET kinds = '{COOKING}'"),
    ("ck_tickets_kind", "UPDATE tickets SET kind = 'PRAISE'"),
    ("ck_tickets_priority", "UPDATE tickets SET priority = 'HIGHEST'"),
    ("ck_tickets_state", "UPDATE tickets SET state = 'LOST', closed_at = now()"),
    ("ck_tickets_subject", "UPDATE tickets SET subject = ''"),
    ("ck_tickets_tags", "UPDATE tickets SET tags = array_fill('a'::text, ARRAY[21])"),
    ("ck_tickets_ended", "UPDATE tickets SET resolved_at = now()"),
    ("ck_tickets_ended", "UPDATE tickets SET state = 'RESOLVED'"),
    ("ck_tickets_ended", "UPDATE tickets SET state = 'CLOSED'"),
    ("ck_tickets_merged", "UPDATE tickets SET merged_into_id = id, state = 'CLOSED', closed_at = now()"),
    ("ck_tickets_score", "UPDATE tickets SET score = 0, rated_at = now()"),
    ("ck_tickets_score", "UPDATE tickets SET score = 6, rated_at = now()"),
    ("ck_tickets_rated", "UPDATE tickets SET score = 5"),
    ("ck_tickets_rated", "UPDATE tickets SET comment = 'Fine'"),
    ("ck_tickets_order_line", "TRIGGERS OFF; UPDATE tickets SET order_line_id = 1"),
    ("ck_ticket_messages_party", "UPDATE ticket_messages SET party = 'PARTNER'"),
    ("ck_ticket_messages_body", "UPDATE ticket_messages SET body = ''"),
    ("ck_ticket_steps_party", "UPDATE ticket_steps SET party = 'PARTNER'"),
    ("ck_ticket_pauses_ended_at", "UPDATE ticket_pauses SET ended_at = started_at - interval '1 s'"),
    (
        "uq_ticket_pauses_ticket_id",
        "INSERT INTO ticket_pauses (ticket_id, started_at) SELECT ticket_id, now() FROM ticket_pauses",
    ),
    ("ck_ticket_attachments_party", "UPDATE ticket_attachments SET party = 'PARTNER'"),
    ("ck_ticket_attachments_state", "UPDATE ticket_attachments SET state = 'LOST', size_bytes = 1"),
    ("ck_ticket_attachments_size_bytes", "UPDATE ticket_attachments SET state = 'ARRIVED'"),
    ("ck_ticket_attachments_size_bytes", "UPDATE ticket_attachments SET state = 'ARRIVED', size_bytes = 10000001"),
    ("ck_ticket_agents_skills", "UPDATE ticket_agents SET skills = '{COOKING}'"),
    ("ck_ticket_agents_capacity", "UPDATE ticket_agents SET capacity = 1001"),
    ("ck_ticket_macros_title", "UPDATE ticket_macros SET title = ''"),
    ("ck_ticket_macros_body", "UPDATE ticket_macros SET body = ''"),
    ("ck_ticket_macros_action", "UPDATE ticket_macros SET action = 'CLOSE'"),
    ("ck_support_hours_id", "UPDATE support_hours SET id = 2"),
    ("ck_support_hours_week", "UPDATE support_hours SET week = '{}'"),
    ("ck_ticket_targets_kind", "UPDATE ticket_targets SET kind = 'PRAISE'"),
    ("ck_ticket_targets_priority", "UPDATE ticket_targets SET priority = 'HIGHEST'"),
    ("ck_ticket_targets_minutes", "UPDATE ticket_targets SET resolution_minutes = 0"),
    ("ck_ticket_targets_minutes", "UPDATE ticket_targets SET next_response_minutes = 525601"),
]
