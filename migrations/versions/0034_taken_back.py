"""Parcels that are taken back, with the warehouses that their pieces have left, and returns that are withdrawn.

Revision ID: 0034
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

STATES = {
    "fulfilments": ("SHIPPED", "DELIVERED"),
    "returns": ("REQUESTED", "APPROVED", "REJECTED", "RECEIVED"),
}
MOVEMENTS = ("OPENING", "IMPORT", "COUNT", "ADJUSTMENT", "TRANSFER", "SHIPMENT", "RETURN", "REMOVAL", "OTHER")
# Until now pieces of a line left its warehouses one after the other, in their order: where a parcel's pieces among all
# that were sent of the line meet a warehouse's among all that left, they are the same.
SOURCES = """
WITH parcels AS (
    SELECT fulfilment_id, line_id, quantity,
        sum(quantity) OVER (PARTITION BY line_id ORDER BY fulfilment_id) AS until
    FROM fulfilment_lines
), places AS (
    SELECT line_id, warehouse_id, shipped,
        sum(shipped) OVER (PARTITION BY line_id ORDER BY variant_id, warehouse_id, id) AS until
    FROM stock_reservations WHERE shipped > 0
)
INSERT INTO fulfilment_sources (fulfilment_id, line_id, warehouse_id, quantity)
SELECT fulfilment_id, line_id, warehouse_id,
    least(parcels.until, places.until) - greatest(parcels.until - quantity, places.until - shipped)
FROM parcels JOIN places USING (line_id)
WHERE least(parcels.until, places.until) > greatest(parcels.until - quantity, places.until - shipped)
"""


def upgrade() -> None:
    for table, states in STATES.items():
        op.add_column(table, sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True))
        one_of(table, "status", (*states, "CANCELLED"))
        op.create_check_constraint(
            op.f(f"ck_{table}_cancelled_at"), table, "(status = 'CANCELLED') = (cancelled_at IS NOT NULL)"
        )
    decided("status = 'CANCELLED' OR (status = 'REQUESTED') = (decided_at IS NULL)")
    one_of("stock_movements", "kind", (*MOVEMENTS, "SHIPMENT_CANCELLED"))
    op.create_table(
        "fulfilment_sources",
        sa.Column("fulfilment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_fulfilment_sources_quantity")),
        sa.ForeignKeyConstraint(
            ["fulfilment_id", "line_id"],
            ["fulfilment_lines.fulfilment_id", "fulfilment_lines.line_id"],
            name=op.f("fk_fulfilment_sources_fulfilment_id_line_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("fulfilment_id", "line_id", "warehouse_id", name=op.f("pk_fulfilment_sources")),
    )
    op.execute(SOURCES)
    op.execute(
        "CREATE TRIGGER fulfilment_sources_append_only BEFORE UPDATE OR DELETE ON fulfilment_sources"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("fulfilment_sources")
    one_of("stock_movements", "kind", MOVEMENTS)
    decided("(status = 'REQUESTED') = (decided_at IS NULL)")
    for table, states in STATES.items():
        op.drop_constraint(op.f(f"ck_{table}_cancelled_at"), table, type_="check")
        one_of(table, "status", states)
        op.drop_column(table, "cancelled_at")


def one_of(table: str, column: str, values: tuple[str, ...]) -> None:
    """Let a column be one of these values from now on."""
    name = op.f(f"ck_{table}_{column}")
    op.drop_constraint(name, table, type_="check")
    op.create_check_constraint(name, table, f"{column} IN ({', '.join(map(repr, values))})")


def decided(condition: str) -> None:
    """Say when a return bears the time of a decision."""
    name = op.f("ck_returns_decided_at")
    op.drop_constraint(name, "returns", type_="check")
    op.create_check_constraint(name, "returns", condition)
