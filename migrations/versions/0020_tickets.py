"""Tickets with their messages, steps, pauses and files; the desk and its promises; articles.

Revision ID: 0020
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# Whose merchants' the events of a ticket are: as 0015 has it, and those whose order it is about.
MERCHANTS_OF = """
CREATE OR REPLACE FUNCTION souk_merchants_of(subject_type text, subject_id bigint) RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    CASE subject_type
        WHEN 'merchant' THEN RETURN ARRAY[subject_id];
        WHEN 'product' THEN RETURN ARRAY(SELECT merchant_id FROM products WHERE id = subject_id);
        WHEN 'promotion' THEN
            RETURN ARRAY(SELECT merchant_id FROM promotions WHERE id = subject_id AND merchant_id IS NOT NULL);
        WHEN 'partner' THEN
            RETURN ARRAY(SELECT merchant_id FROM partners WHERE id = subject_id AND merchant_id IS NOT NULL);
        WHEN 'order' THEN RETURN coalesce((SELECT merchant_ids FROM orders WHERE id = subject_id), '{}');
TICKETS        ELSE RETURN '{}';
    END CASE;
END $$
"""
OF_TICKETS = """\
        WHEN 'ticket' THEN RETURN coalesce((SELECT merchant_ids FROM tickets WHERE id = subject_id), '{}');
"""


def upgrade() -> None:
    op.execute(MERCHANTS_OF.replace("TICKETS", OF_TICKETS))
    op.create_table(
        "articles",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("kinds", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("published", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "kinds <@ ARRAY['INQUIRY', 'AFTER_SALES', 'COMPLAINT', 'RETURN', 'FEEDBACK']",
            name=op.f("ck_articles_kinds"),
        ),
        sa.CheckConstraint("char_length(body) BETWEEN 1 AND 50000", name=op.f("ck_articles_body")),
        sa.CheckConstraint("char_length(title) BETWEEN 1 AND 200", name=op.f("ck_articles_title")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
    )
    op.create_index("ix_articles_title_id", "articles", ["title", "id"], unique=False)
    op.create_table(
        "support_hours",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("week", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("holidays", sa.ARRAY(sa.Date()), server_default=sa.text("'{}'"), nullable=False),
        sa.CheckConstraint("jsonb_typeof(week) = 'array'", name=op.f("ck_support_hours_week")),
        sa.CheckConstraint("id = 1", name=op.f("ck_support_hours_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_hours")),
    )
    op.create_table(
        "ticket_macros",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("tags", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("action IN ('REPLY', 'AWAIT_CUSTOMER', 'RESOLVE')", name=op.f("ck_ticket_macros_action")),
        sa.CheckConstraint("char_length(body) BETWEEN 1 AND 10000", name=op.f("ck_ticket_macros_body")),
        sa.CheckConstraint("char_length(title) BETWEEN 1 AND 100", name=op.f("ck_ticket_macros_title")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_macros")),
        sa.UniqueConstraint("title", name=op.f("uq_ticket_macros_title")),
    )
    op.create_table(
        "ticket_targets",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("first_response_minutes", sa.Integer(), nullable=False),
        sa.Column("next_response_minutes", sa.Integer(), nullable=False),
        sa.Column("resolution_minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('INQUIRY', 'AFTER_SALES', 'COMPLAINT', 'RETURN', 'FEEDBACK')", name=op.f("ck_ticket_targets_kind")
        ),
        sa.CheckConstraint("priority IN ('LOW', 'NORMAL', 'HIGH', 'URGENT')", name=op.f("ck_ticket_targets_priority")),
        sa.CheckConstraint(
            "first_response_minutes BETWEEN 1 AND 525600 AND next_response_minutes BETWEEN 1 AND 525600 AND resolution_minutes BETWEEN 1 AND 525600",
            name=op.f("ck_ticket_targets_minutes"),
        ),
        sa.PrimaryKeyConstraint("kind", "priority", name=op.f("pk_ticket_targets")),
    )
    op.create_table(
        "ticket_agents",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("skills", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "skills <@ ARRAY['INQUIRY', 'AFTER_SALES', 'COMPLAINT', 'RETURN', 'FEEDBACK']",
            name=op.f("ck_ticket_agents_skills"),
        ),
        sa.CheckConstraint("capacity BETWEEN 0 AND 1000", name=op.f("ck_ticket_agents_capacity")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_ticket_agents_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_ticket_agents")),
    )
    op.create_table(
        "tickets",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("order_line_id", sa.BigInteger(), nullable=True),
        sa.Column("merchant_ids", sa.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True),
        sa.Column("merged_into_id", sa.BigInteger(), nullable=True),
        sa.Column("tags", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_responded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_response_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_response_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("breaks_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_response_breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_response_breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution_breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.SmallInteger(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rating_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "CASE WHEN state IN ('NEW', 'ACCEPTED', 'INVESTIGATING', 'AWAITING_CUSTOMER', 'REOPENED') THEN resolved_at IS NULL AND closed_at IS NULL WHEN state = 'RESOLVED' THEN resolved_at IS NOT NULL AND closed_at IS NULL ELSE closed_at IS NOT NULL END",
            name=op.f("ck_tickets_ended"),
        ),
        sa.CheckConstraint(
            "kind IN ('INQUIRY', 'AFTER_SALES', 'COMPLAINT', 'RETURN', 'FEEDBACK')", name=op.f("ck_tickets_kind")
        ),
        sa.CheckConstraint(
            "merged_into_id <> id AND state = 'CLOSED' OR merged_into_id IS NULL", name=op.f("ck_tickets_merged")
        ),
        sa.CheckConstraint("priority IN ('LOW', 'NORMAL', 'HIGH', 'URGENT')", name=op.f("ck_tickets_priority")),
        sa.CheckConstraint(
            "state IN ('NEW', 'ACCEPTED', 'INVESTIGATING', 'AWAITING_CUSTOMER', 'RESOLVED', 'CLOSED', 'REOPENED')",
            name=op.f("ck_tickets_state"),
        ),
        sa.CheckConstraint(
            "(score IS NULL) = (rated_at IS NULL) AND (score IS NOT NULL OR comment IS NULL)",
            name=op.f("ck_tickets_rated"),
        ),
        sa.CheckConstraint("cardinality(tags) <= 20", name=op.f("ck_tickets_tags")),
        sa.CheckConstraint("char_length(subject) BETWEEN 1 AND 200", name=op.f("ck_tickets_subject")),
        sa.CheckConstraint("order_line_id IS NULL OR order_id IS NOT NULL", name=op.f("ck_tickets_order_line")),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_tickets_score")),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["accounts.id"], name=op.f("fk_tickets_assignee_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_tickets_customer_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["tickets.id"], name=op.f("fk_tickets_merged_into_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_tickets_order_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_tickets_order_line_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
    )
    op.create_index(
        "ix_tickets_assignee_id",
        "tickets",
        ["assignee_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('NEW', 'ACCEPTED', 'INVESTIGATING', 'AWAITING_CUSTOMER', 'REOPENED')"),
    )
    op.create_index(
        "ix_tickets_breaks_at",
        "tickets",
        ["breaks_at"],
        unique=False,
        postgresql_where=sa.text("breaks_at IS NOT NULL"),
    )
    op.create_index("ix_tickets_changed_at_id", "tickets", ["changed_at", "id"], unique=False)
    op.create_index("ix_tickets_customer_id_id", "tickets", ["customer_id", sa.literal_column("id DESC")], unique=False)
    op.create_index("ix_tickets_due_at_id", "tickets", ["due_at", "id"], unique=False)
    op.create_index("ix_tickets_merchant_ids", "tickets", ["merchant_ids"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_tickets_merged_into_id",
        "tickets",
        ["merged_into_id"],
        unique=False,
        postgresql_where=sa.text("merged_into_id IS NOT NULL"),
    )
    op.create_index("ix_tickets_opened_at_id", "tickets", ["opened_at", "id"], unique=False)
    op.create_index(
        "ix_tickets_order_id", "tickets", ["order_id"], unique=False, postgresql_where=sa.text("order_id IS NOT NULL")
    )
    op.create_index(
        "ix_tickets_resolved_at",
        "tickets",
        ["resolved_at"],
        unique=False,
        postgresql_where=sa.text("state = 'RESOLVED'"),
    )
    op.create_table(
        "ticket_attachments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="AWAITED", nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'AWAITED') = (size_bytes IS NULL) AND size_bytes BETWEEN 1 AND 10000000",
            name=op.f("ck_ticket_attachments_size_bytes"),
        ),
        sa.CheckConstraint(
            "party IN ('CUSTOMER', 'AGENT', 'MERCHANT', 'SYSTEM')", name=op.f("ck_ticket_attachments_party")
        ),
        sa.CheckConstraint("state IN ('AWAITED', 'ARRIVED')", name=op.f("ck_ticket_attachments_state")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_ticket_attachments_account_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_ticket_attachments_merchant_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_attachments_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_attachments")),
        sa.UniqueConstraint("key", name=op.f("uq_ticket_attachments_key")),
    )
    op.create_index("ix_ticket_attachments_ticket_id_id", "ticket_attachments", ["ticket_id", "id"], unique=False)
    op.create_table(
        "ticket_messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("internal", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "party IN ('CUSTOMER', 'AGENT', 'MERCHANT', 'SYSTEM')", name=op.f("ck_ticket_messages_party")
        ),
        sa.CheckConstraint("char_length(body) BETWEEN 1 AND 10000", name=op.f("ck_ticket_messages_body")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_ticket_messages_account_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_ticket_messages_merchant_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_messages_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_messages")),
    )
    op.create_index("ix_ticket_messages_ticket_id_id", "ticket_messages", ["ticket_id", "id"], unique=False)
    op.create_table(
        "ticket_pauses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ended_at >= started_at", name=op.f("ck_ticket_pauses_ended_at")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_pauses_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_pauses")),
    )
    op.create_index("ix_ticket_pauses_ticket_id_id", "ticket_pauses", ["ticket_id", "id"], unique=False)
    op.create_index(
        "uq_ticket_pauses_ticket_id",
        "ticket_pauses",
        ["ticket_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "ticket_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("internal", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("party IN ('CUSTOMER', 'AGENT', 'MERCHANT', 'SYSTEM')", name=op.f("ck_ticket_steps_party")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_ticket_steps_account_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_ticket_steps_merchant_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_steps_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_steps")),
    )
    op.create_index("ix_ticket_steps_ticket_id_id", "ticket_steps", ["ticket_id", "id"], unique=False)


def downgrade() -> None:
    op.execute(MERCHANTS_OF.replace("TICKETS", ""))
    op.drop_index("ix_articles_title_id", table_name="articles")
    op.drop_table("articles")
    op.drop_index("ix_ticket_steps_ticket_id_id", table_name="ticket_steps")
    op.drop_table("ticket_steps")
    op.drop_index(
        "uq_ticket_pauses_ticket_id", table_name="ticket_pauses", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_index("ix_ticket_pauses_ticket_id_id", table_name="ticket_pauses")
    op.drop_table("ticket_pauses")
    op.drop_index("ix_ticket_messages_ticket_id_id", table_name="ticket_messages")
    op.drop_table("ticket_messages")
    op.drop_index("ix_ticket_attachments_ticket_id_id", table_name="ticket_attachments")
    op.drop_table("ticket_attachments")
    op.drop_index("ix_tickets_resolved_at", table_name="tickets", postgresql_where=sa.text("state = 'RESOLVED'"))
    op.drop_index("ix_tickets_order_id", table_name="tickets", postgresql_where=sa.text("order_id IS NOT NULL"))
    op.drop_index("ix_tickets_opened_at_id", table_name="tickets")
    op.drop_index(
        "ix_tickets_merged_into_id", table_name="tickets", postgresql_where=sa.text("merged_into_id IS NOT NULL")
    )
    op.drop_index("ix_tickets_merchant_ids", table_name="tickets", postgresql_using="gin")
    op.drop_index("ix_tickets_due_at_id", table_name="tickets")
    op.drop_index("ix_tickets_customer_id_id", table_name="tickets")
    op.drop_index("ix_tickets_changed_at_id", table_name="tickets")
    op.drop_index("ix_tickets_breaks_at", table_name="tickets", postgresql_where=sa.text("breaks_at IS NOT NULL"))
    op.drop_index(
        "ix_tickets_assignee_id",
        table_name="tickets",
        postgresql_where=sa.text("state IN ('NEW', 'ACCEPTED', 'INVESTIGATING', 'AWAITING_CUSTOMER', 'REOPENED')"),
    )
    op.drop_table("tickets")
    op.drop_table("ticket_agents")
    op.drop_table("ticket_targets")
    op.drop_table("ticket_macros")
    op.drop_table("support_hours")
