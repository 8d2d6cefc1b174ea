"""Rows to documents: what the indexes hold of tickets and of the knowledge base's published articles.

What is internal of a ticket stands in fields of its own (`notes`, `tags`, `customer_name`), which are looked through
for agents alone; `customer_id` and `merchant_ids` say to whom a ticket may be shown.
"""

from collections.abc import Sequence

import asyncpg

from domain import tickets as rules
from search.documents import Document

MESSAGES_MAX = 200
"""How many of a ticket's latest messages are found by their words."""

_TICKETS = """
SELECT tickets.id, tickets.subject, tickets.state, tickets.tags, tickets.customer_id, tickets.merchant_ids,
    extract(epoch FROM tickets.changed_at)::bigint AS changed_at, customers.display_name AS customer_name,
    latest.messages, latest.notes
FROM tickets
JOIN customers ON customers.id = tickets.customer_id
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(body ORDER BY id) FILTER (WHERE NOT internal), '{}') AS messages,
        coalesce(array_agg(body ORDER BY id) FILTER (WHERE internal), '{}') AS notes
    FROM (
        SELECT id, body, internal FROM ticket_messages WHERE ticket_id = tickets.id ORDER BY id DESC LIMIT $2
    ) AS message
) AS latest
WHERE tickets.id = ANY ($1::bigint[])
"""
_ARTICLES = "SELECT id, title, body, kinds FROM articles WHERE id = ANY ($1::bigint[]) AND published"


async def tickets(connection: asyncpg.Connection, ids: Sequence[int]) -> list[Document]:
    """Make the documents of tickets."""
    rows = await connection.fetch(_TICKETS, ids, MESSAGES_MAX)
    return [{**row, "number": rules.number(row["id"])} for row in rows]


async def articles(connection: asyncpg.Connection, ids: Sequence[int]) -> list[Document]:
    """Make the documents of those of the articles that are published."""
    return [dict(row) for row in await connection.fetch(_ARTICLES, ids)]
