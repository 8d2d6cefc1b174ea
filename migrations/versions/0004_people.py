"""People and rights: accounts, customers, staff, partners, idempotency keys, mails; row-level security.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None

# Roles belong to the whole server and outlive a database: another shop there may use it too.
ROLE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'souk_app') THEN
        CREATE ROLE souk_app NOLOGIN NOBYPASSRLS;
    END IF;
    IF NOT pg_has_role(CURRENT_USER, 'souk_app', 'SET') THEN
        EXECUTE format('GRANT souk_app TO %I', CURRENT_USER);
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'the role souk_app is missing, or not granted to %', CURRENT_USER
        USING HINT = format('as a superuser: CREATE ROLE souk_app NOLOGIN; GRANT souk_app TO %I', CURRENT_USER);
END $$
"""
GRANTS = (
    "GRANT USAGE ON SCHEMA public TO souk_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO souk_app",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO souk_app",
)
MAY_WRITE = """
CREATE FUNCTION souk_may_write(merchant bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(current_setting('souk.everywhere', true) = 'on', false)
        OR coalesce(merchant = ANY (nullif(current_setting('souk.merchants', true), '')::bigint[]), false)
$$
"""
OF_PRODUCT = "EXISTS (SELECT FROM products WHERE products.id = product_id AND souk_may_write(products.merchant_id))"
OF_VARIANT = "EXISTS (SELECT FROM variants WHERE variants.id = variant_id AND souk_may_write(variants.merchant_id))"
READ_BY_ALL = {
    "merchants": "souk_may_write(id)",
    "products": "souk_may_write(merchant_id)",
    "product_translations": OF_PRODUCT,
    "variants": "souk_may_write(merchant_id)",
    "variant_prices": OF_PRODUCT,
    "warehouses": "souk_may_write(merchant_id)",
    "stock_levels": OF_VARIANT,
}
"""Tables of merchants that everybody may read, with the condition for writing."""
PRIVATE = {
    "merchant_members": "souk_may_write(merchant_id)",
    "merchant_invitations": "souk_may_write(merchant_id)",
    "merchant_documents": "souk_may_write(merchant_id)",
    "partners": "souk_may_write(merchant_id)",
    "api_keys": "EXISTS (SELECT FROM partners WHERE partners.id = partner_id AND souk_may_write(partners.merchant_id))",
}
"""Tables of merchants that only their staff sees."""


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="ACTIVE", nullable=False),
        sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(state = 'ERASED') = (email IS NULL)", name=op.f("ck_accounts_erased_email")),
        sa.CheckConstraint("email = lower(email) AND email LIKE '%_@_%'", name=op.f("ck_accounts_email")),
        sa.CheckConstraint("state <> 'ERASED' OR password_hash IS NULL", name=op.f("ck_accounts_erased_password")),
        sa.CheckConstraint("state IN ('ACTIVE', 'SUSPENDED', 'ERASED')", name=op.f("ck_accounts_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("email", name=op.f("uq_accounts_email")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(fingerprint) = 32", name=op.f("ck_idempotency_keys_fingerprint")),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "sign_in_failures",
        sa.Column("email_hash", sa.LargeBinary(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("failures > 0", name=op.f("ck_sign_in_failures_failures")),
        sa.PrimaryKeyConstraint("email_hash", "client", name=op.f("pk_sign_in_failures")),
    )
    op.create_index(op.f("ix_sign_in_failures_last_at"), "sign_in_failures", ["last_at"], unique=False)
    op.create_table(
        "account_sessions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_sessions_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_sessions")),
    )
    op.create_index(
        "ix_account_sessions_account_id",
        "account_sessions",
        ["account_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "customers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("interests", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("marketing_consent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_customers_currency")),
        sa.CheckConstraint("cardinality(interests) <= 50", name=op.f("ck_customers_interests")),
        sa.CheckConstraint("char_length(display_name) BETWEEN 1 AND 100", name=op.f("ck_customers_display_name")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_customers_account_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("account_id", name=op.f("uq_customers_account_id")),
    )
    op.create_table(
        "email_tokens",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("purpose IN ('VERIFY', 'RESET')", name=op.f("ck_email_tokens_purpose")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_email_tokens_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_tokens")),
    )
    op.create_index(op.f("ix_email_tokens_account_id"), "email_tokens", ["account_id"], unique=False)
    op.create_table(
        "mails",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_mails_attempts")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_mails_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
    )
    op.create_index(op.f("ix_mails_account_id"), "mails", ["account_id"], unique=False)
    op.create_index("ix_mails_due_at", "mails", ["due_at"], unique=False, postgresql_where=sa.text("sent_at IS NULL"))
    op.create_table(
        "merchant_documents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="AWAITED", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('REGISTRATION', 'TAX', 'IDENTITY', 'OTHER')", name=op.f("ck_merchant_documents_kind")
        ),
        sa.CheckConstraint(
            "state IN ('AWAITED', 'SUBMITTED', 'ACCEPTED', 'REJECTED')", name=op.f("ck_merchant_documents_state")
        ),
        sa.CheckConstraint("(state = 'AWAITED') = (size_bytes IS NULL)", name=op.f("ck_merchant_documents_awaited")),
        sa.CheckConstraint("size_bytes BETWEEN 1 AND 5000000", name=op.f("ck_merchant_documents_size_bytes")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_merchant_documents_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchant_documents")),
        sa.UniqueConstraint("key", name=op.f("uq_merchant_documents_key")),
    )
    op.create_index("ix_merchant_documents_merchant_id_id", "merchant_documents", ["merchant_id", "id"], unique=False)
    op.create_table(
        "merchant_invitations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role IN ('OWNER', 'MANAGER', 'PACKER')", name=op.f("ck_merchant_invitations_role")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_merchant_invitations_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchant_invitations")),
    )
    op.create_index(
        "uq_merchant_invitations_merchant_id_email",
        "merchant_invitations",
        ["merchant_id", "email"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "merchant_members",
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role IN ('OWNER', 'MANAGER', 'PACKER')", name=op.f("ck_merchant_members_role")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_merchant_members_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_merchant_members_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "account_id", name=op.f("pk_merchant_members")),
    )
    op.create_index(op.f("ix_merchant_members_account_id"), "merchant_members", ["account_id"], unique=False)
    op.create_table(
        "partners",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('DELIVERY', 'PAYMENT', 'INVOICE', 'INSURANCE', 'KNOWLEDGE')", name=op.f("ck_partners_kind")
        ),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 100", name=op.f("ck_partners_name")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_partners_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners")),
    )
    op.create_index(op.f("ix_partners_merchant_id"), "partners", ["merchant_id"], unique=False)
    op.create_table(
        "platform_members",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role IN ('ADMIN', 'AGENT')", name=op.f("ck_platform_members_role")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_platform_members_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_platform_members")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("partner_id", sa.BigInteger(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_api_keys_hash")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_api_keys_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_keys_prefix")),
    )
    op.create_index("ix_api_keys_partner_id_id", "api_keys", ["partner_id", "id"], unique=False)
    op.create_table(
        "customer_addresses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("line1", sa.Text(), nullable=False),
        sa.Column("line2", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("preferred", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f("ck_customer_addresses_country")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_addresses_customer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_addresses")),
    )
    op.create_index("ix_customer_addresses_customer_id_id", "customer_addresses", ["customer_id", "id"], unique=False)
    op.create_index(
        "uq_customer_addresses_preferred",
        "customer_addresses",
        ["customer_id"],
        unique=True,
        postgresql_where=sa.text("preferred"),
    )
    op.create_table(
        "refresh_tokens",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_refresh_tokens_hash")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["account_sessions.id"], name=op.f("fk_refresh_tokens_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_refresh_tokens")),
    )
    op.create_index(
        "uq_refresh_tokens_session_id",
        "refresh_tokens",
        ["session_id"],
        unique=True,
        postgresql_where=sa.text("used_at IS NULL"),
    )
    op.add_column("merchants", sa.Column("state_reason", sa.Text(), server_default="", nullable=False))
    op.add_column("merchants", sa.Column("version", sa.BigInteger(), server_default="1", nullable=False))
    secure()


def secure() -> None:
    """Hold whoever writes as souk_app to its merchants' rows."""
    for statement in (ROLE, *GRANTS, MAY_WRITE):
        op.execute(statement)
    for table, condition in READ_BY_ALL.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY read ON {table} FOR SELECT TO souk_app USING (true)")
        op.execute(f"CREATE POLICY add ON {table} FOR INSERT TO souk_app WITH CHECK ({condition})")
        op.execute(f"CREATE POLICY change ON {table} FOR UPDATE TO souk_app USING ({condition})")
        op.execute(f"CREATE POLICY remove ON {table} FOR DELETE TO souk_app USING ({condition})")
    for table, condition in PRIVATE.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own ON {table} TO souk_app USING ({condition})")


def downgrade() -> None:
    for table in PRIVATE:
        op.execute(f"DROP POLICY own ON {table}")
    for table in READ_BY_ALL:
        for policy in ("read", "add", "change", "remove"):
            op.execute(f"DROP POLICY {policy} ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.execute("DROP FUNCTION souk_may_write")
    op.execute("DROP OWNED BY souk_app")
    op.drop_column("merchants", "version")
    op.drop_column("merchants", "state_reason")
    op.drop_index(
        "uq_refresh_tokens_session_id", table_name="refresh_tokens", postgresql_where=sa.text("used_at IS NULL")
    )
    op.drop_table("refresh_tokens")
    op.drop_index(
        "uq_customer_addresses_preferred", table_name="customer_addresses", postgresql_where=sa.text("preferred")
    )
    op.drop_index("ix_customer_addresses_customer_id_id", table_name="customer_addresses")
    op.drop_table("customer_addresses")
    op.drop_index("ix_api_keys_partner_id_id", table_name="api_keys")
    op.drop_table("api_keys")
    op.drop_table("platform_members")
    op.drop_index(op.f("ix_partners_merchant_id"), table_name="partners")
    op.drop_table("partners")
    op.drop_index(op.f("ix_merchant_members_account_id"), table_name="merchant_members")
    op.drop_table("merchant_members")
    op.drop_index(
        "uq_merchant_invitations_merchant_id_email",
        table_name="merchant_invitations",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("merchant_invitations")
    op.drop_index("ix_merchant_documents_merchant_id_id", table_name="merchant_documents")
    op.drop_table("merchant_documents")
    op.drop_index("ix_mails_due_at", table_name="mails", postgresql_where=sa.text("sent_at IS NULL"))
    op.drop_index(op.f("ix_mails_account_id"), table_name="mails")
    op.drop_table("mails")
    op.drop_index(op.f("ix_email_tokens_account_id"), table_name="email_tokens")
    op.drop_table("email_tokens")
    op.drop_table("customers")
    op.drop_index(
        "ix_account_sessions_account_id", table_name="account_sessions", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_table("account_sessions")
    op.drop_index(op.f("ix_sign_in_failures_last_at"), table_name="sign_in_failures")
    op.drop_table("sign_in_failures")
    op.drop_index(op.f("ix_idempotency_keys_created_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_table("accounts")
