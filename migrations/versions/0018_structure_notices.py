"""Tell at commit of every change of the tables whose rows servers remember.

Revision ID: 0018
"""

from alembic import op

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None

# Whatever else these tables get is not remembered: a product's categories, say.
TABLES = ("categories", "category_translations", "merchants", "merchant_ratings", "attributes", "search_pins")

# Equal notices of one transaction are one.
TELL = """
CREATE FUNCTION souk_tell_of_structure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('souk_structure', '');
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.execute(TELL)
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_tell AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION souk_tell_of_structure()"
        )


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TRIGGER {table}_tell ON {table}")
    op.execute("DROP FUNCTION souk_tell_of_structure()")
