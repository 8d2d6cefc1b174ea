"""Warehouses with country and priority; the movements of stock, whose sum is what lies there; thresholds and alerts.

Revision ID: 0021
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# Statements change levels by the thousand (an import) or one at a time: either way one INSERT writes their movements.
MOVED = """
CREATE FUNCTION stock_levels_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- What services/stock_movements.py has said of this transaction.
    said jsonb := coalesce(nullif(current_setting('souk.movement', true), '')::jsonb, '{"kind": "OTHER"}');
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO stock_movements (merchant_id, variant_id, warehouse_id, kind, difference, on_hand, reason, reference_type, reference_id, account_id, partner_id)
        SELECT merchant_id, variant_id, warehouse_id, said ->> 'kind', on_hand, on_hand, said ->> 'reason', said ->> 'reference_type', (said ->> 'reference_id')::bigint, (said ->> 'account_id')::bigint, (said ->> 'partner_id')::bigint
        FROM added JOIN warehouses ON id = warehouse_id WHERE on_hand <> 0 ORDER BY variant_id, warehouse_id;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO stock_movements (merchant_id, variant_id, warehouse_id, kind, difference, on_hand, reason, reference_type, reference_id, account_id, partner_id)
        SELECT merchant_id, variant_id, warehouse_id, said ->> 'kind', coalesce(added.on_hand, 0) - coalesce(removed.on_hand, 0), coalesce(added.on_hand, 0), said ->> 'reason', said ->> 'reference_type', (said ->> 'reference_id')::bigint, (said ->> 'account_id')::bigint, (said ->> 'partner_id')::bigint
        FROM added FULL JOIN removed USING (variant_id, warehouse_id) JOIN warehouses ON id = warehouse_id
        WHERE coalesce(added.on_hand, 0) <> coalesce(removed.on_hand, 0) ORDER BY variant_id, warehouse_id;
    ELSE
        -- A level goes with its variant or its warehouse, which is not there any more then.
        INSERT INTO stock_movements (merchant_id, variant_id, warehouse_id, kind, difference, on_hand, reason, reference_type, reference_id, account_id, partner_id)
        SELECT (SELECT merchant_id FROM stock_movements AS earlier WHERE (earlier.variant_id, earlier.warehouse_id) = (removed.variant_id, removed.warehouse_id) LIMIT 1), variant_id, warehouse_id, 'REMOVAL', -on_hand, 0, said ->> 'reason', said ->> 'reference_type', (said ->> 'reference_id')::bigint, (said ->> 'account_id')::bigint, (said ->> 'partner_id')::bigint
        FROM removed WHERE on_hand <> 0 ORDER BY variant_id, warehouse_id;
        RETURN NULL;
    END IF;
    IF FOUND AND EXISTS (SELECT FROM added JOIN warehouses ON id = warehouse_id WHERE on_hand > 0 AND NOT active) THEN
        RAISE EXCEPTION 'nothing lies in a warehouse that is closed' USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_stock_levels_open';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER stock_levels_added AFTER INSERT ON stock_levels REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION stock_levels_moved();
CREATE TRIGGER stock_levels_changed AFTER UPDATE ON stock_levels REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION stock_levels_moved();
CREATE TRIGGER stock_levels_removed AFTER DELETE ON stock_levels REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION stock_levels_moved();

CREATE FUNCTION stock_movements_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'movements of stock are written by changing rows of stock_levels' USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_stock_movements_by_levels';
END $$;

CREATE TRIGGER stock_levels_no_truncate BEFORE TRUNCATE ON stock_levels
    FOR EACH STATEMENT EXECUTE FUNCTION stock_movements_keep();

-- At depth 0 somebody writes the table; deeper, it is the levels' trigger.
CREATE TRIGGER stock_movements_keep BEFORE INSERT ON stock_movements
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION stock_movements_keep();
CREATE TRIGGER stock_movements_append_only BEFORE UPDATE OR DELETE ON stock_movements
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER stock_movements_no_truncate BEFORE TRUNCATE ON stock_movements
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
OPENING = """
INSERT INTO stock_movements (merchant_id, variant_id, warehouse_id, kind, difference, on_hand)
SELECT merchant_id, variant_id, warehouse_id, 'OPENING', on_hand, on_hand
FROM stock_levels JOIN warehouses ON id = warehouse_id WHERE on_hand <> 0 ORDER BY variant_id, warehouse_id
"""


def statements(script: str) -> list[str]:
    """Split a script before each CREATE at the start of a line: the driver takes one statement at a time."""
    return [statement for statement in re.split(r"^(?=CREATE )", script, flags=re.MULTILINE) if statement.strip()]


def upgrade() -> None:
    op.add_column("warehouses", sa.Column("country", sa.Text(), nullable=True))
    op.add_column("warehouses", sa.Column("priority", sa.Integer(), server_default="100", nullable=False))
    op.add_column("warehouses", sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.add_column("warehouses", sa.Column("version", sa.BigInteger(), server_default="1", nullable=False))
    op.create_check_constraint(op.f("ck_warehouses_country"), "warehouses", "country ~ '^[A-Z]{2}$'")
    op.create_check_constraint(op.f("ck_warehouses_priority"), "warehouses", "priority BETWEEN 1 AND 1000")
    op.create_table(
        "stock_movements",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("difference", sa.Integer(), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reference_type", sa.Text(), nullable=True),
        sa.Column("reference_id", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("partner_id", sa.BigInteger(), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("difference <> 0 AND on_hand >= 0", name=op.f("ck_stock_movements_units")),
        sa.CheckConstraint(
            "kind IN ('OPENING', 'IMPORT', 'COUNT', 'ADJUSTMENT', 'TRANSFER', 'SHIPMENT', 'RETURN', 'REMOVAL', 'OTHER')",
            name=op.f("ck_stock_movements_kind"),
        ),
        sa.CheckConstraint(
            "(reference_type IS NULL) = (reference_id IS NULL)", name=op.f("ck_stock_movements_reference")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movements")),
    )
    op.create_index("ix_stock_movements_merchant_id_id", "stock_movements", ["merchant_id", "id"], unique=False)
    op.create_index("ix_stock_movements_variant_id_id", "stock_movements", ["variant_id", "id"], unique=False)
    op.create_table(
        "stock_alerts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_stock_alerts_customer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_stock_alerts_variant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_alerts")),
        sa.UniqueConstraint("customer_id", "variant_id", name=op.f("uq_stock_alerts_customer_id_variant_id")),
    )
    op.create_index("ix_stock_alerts_variant_id", "stock_alerts", ["variant_id"], unique=False)
    op.create_table(
        "stock_thresholds",
        sa.Column("variant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("supply", sa.Text(), server_default="ENOUGH", nullable=False),
        sa.CheckConstraint("threshold > 0", name=op.f("ck_stock_thresholds_threshold")),
        sa.CheckConstraint("supply IN ('ENOUGH', 'LOW', 'OUT')", name=op.f("ck_stock_thresholds_supply")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_stock_thresholds_merchant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_stock_thresholds_variant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("variant_id", name=op.f("pk_stock_thresholds")),
    )
    op.execute("CREATE SEQUENCE stock_transfers")
    op.execute("GRANT USAGE ON SEQUENCE stock_transfers TO souk_app")
    op.execute(OPENING)
    for statement in statements(MOVED):
        op.execute(statement)
    for table in ("stock_movements", "stock_thresholds"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own ON {table} TO souk_app USING (souk_may_write(merchant_id))")


def downgrade() -> None:
    for kind, name, table in reversed(
        re.findall(r"^CREATE (FUNCTION|TRIGGER) (\w+)(?:.*? ON (\w+))?", MOVED, flags=re.MULTILINE)
    ):
        op.execute(f"DROP FUNCTION {name}" if kind == "FUNCTION" else f"DROP TRIGGER {name} ON {table}")
    op.execute("DROP SEQUENCE stock_transfers")
    op.drop_table("stock_thresholds")
    op.drop_index("ix_stock_alerts_variant_id", table_name="stock_alerts")
    op.drop_table("stock_alerts")
    op.drop_index("ix_stock_movements_variant_id_id", table_name="stock_movements")
    op.drop_index("ix_stock_movements_merchant_id_id", table_name="stock_movements")
    op.drop_table("stock_movements")
    op.drop_constraint(op.f("ck_warehouses_priority"), "warehouses", type_="check")
    op.drop_constraint(op.f("ck_warehouses_country"), "warehouses", type_="check")
    for column in ("version", "active", "priority", "country"):
        op.drop_column("warehouses", column)
