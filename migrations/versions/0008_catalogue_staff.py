"""The catalogue's structure counts its versions; all products of a merchant in the order in which its staff pages.

Revision ID: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COUNTED = ("attributes", "categories", "collections")


def upgrade() -> None:
    op.create_index("ix_products_merchant_id_id", "products", ["merchant_id", "id"], unique=False)
    for table in COUNTED:
        op.add_column(table, sa.Column("version", sa.BigInteger(), server_default="1", nullable=False))


def downgrade() -> None:
    for table in reversed(COUNTED):
        op.drop_column(table, "version")
    op.drop_index("ix_products_merchant_id_id", table_name="products")
