"""Orders are found by their cart, also those that hold nothing any more: a cart that goes leaves all of them.

Revision ID: 0025
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_orders_cart_id", "orders", ["cart_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_orders_cart_id", table_name="orders")
