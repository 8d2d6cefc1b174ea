"""Events have positions in the order of the commits, and know whose merchants' they are.

Revision ID: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0013"
down_revision = "0008"
branch_labels = None
depends_on = None

MERCHANTS_OF = """
CREATE FUNCTION souk_merchants_of(subject_type text, subject_id bigint) RETURNS bigint[] LANGUAGE plpgsql STABLE AS $$
BEGIN
    CASE subject_type
        WHEN 'merchant' THEN RETURN ARRAY[subject_id];
        WHEN 'product' THEN RETURN ARRAY(SELECT merchant_id FROM products WHERE id = subject_id);
        WHEN 'promotion' THEN
            RETURN ARRAY(SELECT merchant_id FROM promotions WHERE id = subject_id AND merchant_id IS NOT NULL);
        WHEN 'partner' THEN
            RETURN ARRAY(SELECT merchant_id FROM partners WHERE id = subject_id AND merchant_id IS NOT NULL);
        ELSE RETURN '{}';
    END CASE;
END $$
"""

# Whoever calls it while another does leaves it to that one, which tells everybody when it is done. In READ COMMITTED each
# statement of a function sees what has committed by then, so nothing is overlooked that had committed before the lock.
# By id: of two events about one subject, the later was written when the earlier had committed.
PLACE_EVENTS = """
CREATE FUNCTION souk_place_events() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    head bigint := coalesce((SELECT last_position FROM event_log), 0);
    placed bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM events WHERE position IS NULL)
        OR NOT pg_try_advisory_xact_lock(hashtextextended('souk_place_events', 0)) THEN
        RETURN head;
    END IF;
    head := coalesce((SELECT last_position FROM event_log), 0);
    UPDATE events SET position = head + fresh.number, merchant_ids = souk_merchants_of(subject_type, subject_id)
    FROM (
        SELECT id, row_number() OVER (ORDER BY id) AS number
        FROM (SELECT id FROM events WHERE position IS NULL ORDER BY id LIMIT 2000) AS unplaced
    ) AS fresh
    WHERE events.id = fresh.id;
    GET DIAGNOSTICS placed = ROW_COUNT;
    IF placed > 0 THEN
        INSERT INTO event_log (last_position) VALUES (head + placed)
        ON CONFLICT (id) DO UPDATE SET last_position = excluded.last_position;
        PERFORM pg_notify('souk_events_placed', '');
    END IF;
    RETURN head + placed;
END $$
"""

# What was written before positions were handed out.
PLACE_OLD = """
UPDATE events SET position = old.number, merchant_ids = souk_merchants_of(subject_type, subject_id)
FROM (SELECT id, row_number() OVER (ORDER BY transaction_id, id) AS number FROM events) AS old
WHERE events.id = old.id
"""


def upgrade() -> None:
    op.add_column("events", sa.Column("position", sa.BigInteger(), nullable=True))
    op.add_column(
        "events", sa.Column("merchant_ids", ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False)
    )
    op.create_table(
        "event_log",
        sa.Column("id", sa.Integer(), autoincrement=False, server_default="1", nullable=False),
        sa.Column("last_position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("pruned_position", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_event_log_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_log")),
    )
    op.execute(MERCHANTS_OF)
    op.execute(PLACE_EVENTS)
    op.execute(PLACE_OLD)
    op.execute("INSERT INTO event_log (last_position) SELECT coalesce(max(position), 0) FROM events")
    op.create_unique_constraint(op.f("uq_events_position"), "events", ["position"])
    op.create_index("ix_events_unplaced", "events", ["id"], postgresql_where=sa.text("position IS NULL"))


def downgrade() -> None:
    op.drop_index("ix_events_unplaced", table_name="events")
    op.drop_constraint("uq_events_position", "events")
    op.execute("DROP FUNCTION souk_place_events()")
    op.execute("DROP FUNCTION souk_merchants_of(text, bigint)")
    op.drop_table("event_log")
    op.drop_column("events", "merchant_ids")
    op.drop_column("events", "position")
