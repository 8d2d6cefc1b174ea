"""What is about one merchant's part of an order is that merchant's alone; reviews are those of the product's merchant.

Revision ID: 0026
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# As 0020 has it, and reviews.
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
        WHEN 'ticket' THEN RETURN coalesce((SELECT merchant_ids FROM tickets WHERE id = subject_id), '{}');
REVIEWS        ELSE RETURN '{}';
    END CASE;
END $$
"""
OF_REVIEWS = """\
        WHEN 'review' THEN
            RETURN ARRAY(SELECT merchant_id FROM products WHERE id = (SELECT product_id FROM reviews WHERE id = subject_id));
"""

# As 0013 has it, but for whose the events are.
PLACE_EVENTS = """
CREATE OR REPLACE FUNCTION souk_place_events() RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    head bigint := coalesce((SELECT last_position FROM event_log), 0);
    placed bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM events WHERE position IS NULL)
        OR NOT pg_try_advisory_xact_lock(hashtextextended('souk_place_events', 0)) THEN
        RETURN head;
    END IF;
    head := coalesce((SELECT last_position FROM event_log), 0);
    UPDATE events SET position = head + fresh.number, merchant_ids = MERCHANTS
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
OF_SUBJECT = "souk_merchants_of(subject_type, subject_id)"
OF_PART = """CASE
        WHEN subject_type = 'order' AND jsonb_typeof(data -> 'merchant_id') = 'number'
            THEN ARRAY[(data ->> 'merchant_id')::bigint]
        WHEN subject_type = 'order' AND jsonb_typeof(data -> 'merchant_ids') = 'array'
            THEN ARRAY(SELECT each::bigint FROM jsonb_array_elements_text(data -> 'merchant_ids') AS each)
        ELSE souk_merchants_of(subject_type, subject_id)
    END"""


def upgrade() -> None:
    op.execute(MERCHANTS_OF.replace("REVIEWS", OF_REVIEWS))
    op.execute(PLACE_EVENTS.replace("MERCHANTS", OF_PART))


def downgrade() -> None:
    op.execute(PLACE_EVENTS.replace("MERCHANTS", OF_SUBJECT))
    op.execute(MERCHANTS_OF.replace("REVIEWS", ""))
