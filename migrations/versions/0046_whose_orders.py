"""Orders, their parts and lines, and what hangs on them are written by their merchants' staff alone, whatever the code does.

Revision ID: 0046
"""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

MAY_WRITE_SOME = """
CREATE FUNCTION souk_may_write_some(merchants bigint[]) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(current_setting('souk.everywhere', true) = 'on', false)
        OR coalesce(merchants && nullif(current_setting('souk.merchants', true), '')::bigint[], false)
$$
"""
OF_ORDER = "EXISTS (SELECT FROM orders WHERE orders.id = order_id AND souk_may_write_some(orders.merchant_ids))"
OF_PARCEL = (
    "EXISTS (SELECT FROM fulfilments WHERE fulfilments.id = fulfilment_id AND souk_may_write(fulfilments.merchant_id))"
)
POLICIES = {
    "orders": "souk_may_write_some(merchant_ids)",
    "order_parts": "souk_may_write(merchant_id)",
    "order_lines": "souk_may_write(merchant_id)",
    "order_entries": f"CASE WHEN merchant_id IS NULL THEN {OF_ORDER} ELSE souk_may_write(merchant_id) END",
    "stock_reservations": (
        "EXISTS (SELECT FROM order_lines WHERE order_lines.id = line_id AND souk_may_write(order_lines.merchant_id))"
    ),
    "fulfilment_lines": OF_PARCEL,
    "fulfilment_sources": OF_PARCEL,
    "return_lines": (
        "EXISTS (SELECT FROM returns WHERE returns.id = return_id AND souk_may_write(returns.merchant_id))"
    ),
    "refunds": OF_ORDER,
    "payments": OF_ORDER,
    "payment_refunds": (
        "EXISTS (SELECT FROM payments JOIN orders ON orders.id = payments.order_id WHERE payments.id = payment_id"
        " AND souk_may_write_some(orders.merchant_ids))"
    ),
}
"""What may be written, of each table. Everybody reads all of it, for an order's state follows from all its parts."""


def upgrade() -> None:
    op.execute(MAY_WRITE_SOME)
    for table, condition in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY read ON {table} FOR SELECT TO souk_app USING (true)")
        op.execute(f"CREATE POLICY add ON {table} FOR INSERT TO souk_app WITH CHECK ({condition})")
        op.execute(f"CREATE POLICY change ON {table} FOR UPDATE TO souk_app USING ({condition})")


def downgrade() -> None:
    for table in POLICIES:
        for policy in ("read", "add", "change"):
            op.execute(f"DROP POLICY {policy} ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.execute("DROP FUNCTION souk_may_write_some")
