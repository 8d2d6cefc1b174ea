"""The ledger, points, the member club, gift cards; and what the database holds them to.

Revision ID: 0005
"""

import re

import sqlalchemy as sa
from alembic import op

from models.events import TransactionId

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

LEDGER = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% may only grow', TG_TABLE_NAME USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_' || TG_TABLE_NAME || '_append_only';
END $$;

CREATE TRIGGER ledger_transactions_append_only BEFORE UPDATE OR DELETE ON ledger_transactions
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_transactions_no_truncate BEFORE TRUNCATE ON ledger_transactions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_postings_append_only BEFORE UPDATE OR DELETE ON ledger_postings
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_postings_no_truncate BEFORE TRUNCATE ON ledger_postings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION ledger_accounts_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.balance := CASE WHEN NEW.kind IN ('COUPON_FUND', 'GIFT_CARD', 'POINTS_AVAILABLE', 'POINTS_PENDING', 'POINTS_RESERVED', 'STORE_CREDIT') THEN 0 END;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_accounts_open BEFORE INSERT ON ledger_accounts
    FOR EACH ROW EXECUTE FUNCTION ledger_accounts_open();

CREATE FUNCTION ledger_accounts_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger account % changes by postings alone', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_ledger_accounts_by_postings';
END $$;

-- At depth 0 somebody updates the table; deeper, it is the postings' trigger.
CREATE TRIGGER ledger_accounts_keep BEFORE UPDATE ON ledger_accounts
    FOR EACH ROW WHEN (pg_trigger_depth() = 0 OR (NEW.id, NEW.kind, NEW.currency, NEW.owner_type, NEW.owner_id) <> (OLD.id, OLD.kind, OLD.currency, OLD.owner_type, OLD.owner_id))
    EXECUTE FUNCTION ledger_accounts_keep();

CREATE FUNCTION ledger_postings_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added JOIN ledger_transactions ON ledger_transactions.id = added.transaction_id WHERE xact_id <> pg_current_xact_id()) THEN
        RAISE EXCEPTION 'a ledger transaction that has committed takes no more postings' USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_ledger_postings_closed';
    END IF;
    -- In one order, and only those that keep a balance: the accounts that everybody posts to are not waited for.
    PERFORM FROM ledger_accounts WHERE id IN (SELECT account_id FROM added) AND balance IS NOT NULL ORDER BY id FOR NO KEY UPDATE;
    UPDATE ledger_accounts SET balance = balance + delta.amount
    FROM (SELECT account_id, sum(amount)::bigint AS amount FROM added GROUP BY account_id) AS delta
    WHERE ledger_accounts.id = delta.account_id AND balance IS NOT NULL AND delta.amount <> 0;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_postings_added AFTER INSERT ON ledger_postings REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_postings_added();

CREATE FUNCTION ledger_postings_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM ledger_postings WHERE transaction_id = NEW.transaction_id GROUP BY currency HAVING sum(amount) <> 0) THEN
        RAISE EXCEPTION 'the postings of ledger transaction % do not add up to zero', NEW.transaction_id USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_ledger_postings_balanced';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_postings_balance AFTER INSERT ON ledger_postings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_postings_balance();

CREATE FUNCTION ledger_transactions_posted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger_postings WHERE transaction_id = NEW.id) THEN
        RAISE EXCEPTION 'ledger transaction % has no postings', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_ledger_transactions_posted';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_transactions_posted AFTER INSERT ON ledger_transactions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_transactions_posted();
"""

POINTS = """
CREATE TRIGGER points_lot_movements_append_only BEFORE UPDATE OR DELETE ON points_lot_movements
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER points_lot_movements_no_truncate BEFORE TRUNCATE ON points_lot_movements
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION points_lots_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what remains of points lot % changes by movements alone', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_points_lots_by_movements';
END $$;

CREATE TRIGGER points_lots_keep BEFORE UPDATE ON points_lots
    FOR EACH ROW WHEN (
        (pg_trigger_depth() = 0 AND NEW.remaining <> OLD.remaining)
        OR (NEW.id, NEW.customer_id, NEW.programme, NEW.granted, NEW.issuer_type, NEW.issuer_id) <> (OLD.id, OLD.customer_id, OLD.programme, OLD.granted, OLD.issuer_type, OLD.issuer_id)
        OR (NEW.state = 'PENDING' AND OLD.state = 'AVAILABLE')
    ) EXECUTE FUNCTION points_lots_keep();

CREATE FUNCTION points_lots_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.remaining := 0;
    RETURN NEW;
END $$;

CREATE TRIGGER points_lots_open BEFORE INSERT ON points_lots
    FOR EACH ROW EXECUTE FUNCTION points_lots_open();

CREATE FUNCTION points_lot_movements_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM points_lots WHERE id IN (SELECT lot_id FROM added) ORDER BY id FOR NO KEY UPDATE;  -- one order of locks
    UPDATE points_lots SET remaining = remaining + delta.points
    FROM (SELECT lot_id, sum(points)::bigint AS points FROM added GROUP BY lot_id) AS delta
    WHERE points_lots.id = delta.lot_id;
    RETURN NULL;
END $$;

CREATE TRIGGER points_lot_movements_added AFTER INSERT ON points_lot_movements REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION points_lot_movements_added();

CREATE FUNCTION points_agree(customer bigint, code text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
BEGIN
    SELECT string_agg(format('%s: %s in lots, %s in the ledger', kind, lots, kept), '; ') INTO wrong FROM (
        SELECT held.kind, held.points AS lots, coalesce(balance, 0) AS kept
        FROM (
            SELECT 'POINTS_PENDING' AS kind, coalesce(sum(remaining), 0) AS points FROM points_lots
            WHERE customer_id = customer AND programme = code AND state = 'PENDING' AND remaining > 0
            UNION ALL
            SELECT 'POINTS_AVAILABLE', coalesce(sum(remaining), 0) FROM points_lots
            WHERE customer_id = customer AND programme = code AND state = 'AVAILABLE' AND remaining > 0
            UNION ALL
            SELECT 'POINTS_RESERVED', coalesce(sum(points), 0) FROM points_reservations
            WHERE customer_id = customer AND programme = code AND state = 'RESERVED'
        ) AS held
        LEFT JOIN ledger_accounts AS account
            ON account.kind = held.kind AND account.currency = code AND owner_type = 'CUSTOMER' AND owner_id = customer
    ) AS compared
    WHERE lots <> kept;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'points of customer %: %', customer, wrong USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_points_lots_agree';
    END IF;
END $$;

CREATE FUNCTION points_rows_agree() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM points_agree(NEW.customer_id, NEW.programme);
    RETURN NULL;
END $$;

CREATE FUNCTION points_accounts_agree() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM points_agree(NEW.owner_id, NEW.currency);
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER points_lots_agree AFTER INSERT OR UPDATE ON points_lots
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION points_rows_agree();
CREATE CONSTRAINT TRIGGER points_reservations_agree AFTER INSERT OR UPDATE ON points_reservations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION points_rows_agree();
CREATE CONSTRAINT TRIGGER points_accounts_agree AFTER UPDATE ON ledger_accounts
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind IN ('POINTS_PENDING', 'POINTS_AVAILABLE', 'POINTS_RESERVED')) EXECUTE FUNCTION points_accounts_agree();
"""

SCRIPTS = (LEDGER, POINTS)


def statements(script: str) -> list[str]:
    """Split a script before each CREATE at the start of a line: the driver takes one statement at a time."""
    return [statement for statement in re.split(r"^(?=CREATE )", script, flags=re.MULTILINE) if statement.strip()]


def upgrade() -> None:
    op.create_table(
        "gift_card_guesses",
        sa.Column("guesser", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_gift_card_guesses_failures")),
        sa.PrimaryKeyConstraint("guesser", name=op.f("pk_gift_card_guesses")),
    )
    op.create_table(
        "gift_cards",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("last_four", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_gift_cards_currency")),
        sa.CheckConstraint("last_four ~ '^[0-9A-Z]{4}$'", name=op.f("ck_gift_cards_last_four")),
        sa.CheckConstraint("state IN ('ACTIVE', 'DISABLED')", name=op.f("ck_gift_cards_state")),
        sa.CheckConstraint("issued > 0", name=op.f("ck_gift_cards_issued")),
        sa.CheckConstraint("octet_length(code_hash) = 32", name=op.f("ck_gift_cards_code_hash")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_cards")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_gift_cards_code_hash")),
    )
    op.create_table(
        "ledger_accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("owner_type", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(kind IN ('COUPON_FUND', 'GIFT_CARD', 'POINTS_AVAILABLE', 'POINTS_PENDING', 'POINTS_RESERVED', 'STORE_CREDIT')) = (balance IS NOT NULL)",
            name=op.f("ck_ledger_accounts_kept"),
        ),
        sa.CheckConstraint(
            "(kind, owner_type) IN (('COUPON_FUND', 'COUPON'), ('GIFT_CARD', 'GIFT_CARD'), ('MERCHANT_PAYABLE', 'MERCHANT'), ('PAYMENTS', 'PLATFORM'), ('PAYOUTS', 'PLATFORM'), ('PLATFORM_EXPENSE', 'PLATFORM'), ('PLATFORM_REVENUE', 'PLATFORM'), ('POINTS_AVAILABLE', 'CUSTOMER'), ('POINTS_EXPIRED', 'MERCHANT'), ('POINTS_EXPIRED', 'PLATFORM'), ('POINTS_ISSUED', 'MERCHANT'), ('POINTS_ISSUED', 'PLATFORM'), ('POINTS_PENDING', 'CUSTOMER'), ('POINTS_REDEEMED', 'MERCHANT'), ('POINTS_REDEEMED', 'PLATFORM'), ('POINTS_RESERVED', 'CUSTOMER'), ('STORE_CREDIT', 'CUSTOMER'), ('TAX_PAYABLE', 'MERCHANT'), ('TAX_PAYABLE', 'PLATFORM'))",
            name=op.f("ck_ledger_accounts_owner"),
        ),
        sa.CheckConstraint(
            "currency ~ (CASE WHEN kind IN ('POINTS_AVAILABLE', 'POINTS_EXPIRED', 'POINTS_ISSUED', 'POINTS_PENDING', 'POINTS_REDEEMED', 'POINTS_RESERVED') THEN '^[A-Z][A-Z0-9]{3,15}$' ELSE '^[A-Z]{3}$' END)",
            name=op.f("ck_ledger_accounts_currency"),
        ),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_ledger_accounts_balance")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_accounts")),
        sa.UniqueConstraint("id", "currency", name=op.f("uq_ledger_accounts_id_currency")),
        sa.UniqueConstraint(
            "kind",
            "currency",
            "owner_type",
            "owner_id",
            name=op.f("uq_ledger_accounts_kind_currency_owner_type_owner_id"),
        ),
    )
    op.create_table(
        "ledger_transactions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference_type", sa.Text(), nullable=False),
        sa.Column("reference_id", sa.BigInteger(), nullable=False),
        sa.Column("reference_part", sa.Text(), server_default="", nullable=False),
        sa.Column("reference_number", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.Column("xact_id", TransactionId(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason ~ '^[A-Z][A-Z_]{1,39}$'", name=op.f("ck_ledger_transactions_reason")),
        sa.CheckConstraint(
            "reference_type ~ '^[A-Z][A-Z_]{1,39}$'", name=op.f("ck_ledger_transactions_reference_type")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_transactions")),
    )
    op.create_index(
        "uq_ledger_transactions_once",
        "ledger_transactions",
        ["reference_type", "reference_id", "reason", "reference_part"],
        unique=True,
        postgresql_where=sa.text("once"),
    )
    op.create_table(
        "membership_levels",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("threshold", sa.BigInteger(), nullable=False),
        sa.Column("discount_bp", sa.Integer(), server_default="0", nullable=False),
        sa.Column("free_shipping_from", sa.BigInteger(), nullable=True),
        sa.Column("points_multiplier_bp", sa.Integer(), server_default="10000", nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_membership_levels_currency")),
        sa.CheckConstraint("discount_bp BETWEEN 0 AND 10000", name=op.f("ck_membership_levels_discount")),
        sa.CheckConstraint("free_shipping_from >= 0", name=op.f("ck_membership_levels_free_shipping_from")),
        sa.CheckConstraint(
            "points_multiplier_bp BETWEEN 0 AND 1000000", name=op.f("ck_membership_levels_points_multiplier")
        ),
        sa.CheckConstraint("threshold >= 0", name=op.f("ck_membership_levels_threshold")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership_levels")),
        sa.UniqueConstraint(
            "currency",
            "threshold",
            name=op.f("uq_membership_levels_currency_threshold"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.UniqueConstraint("name", name=op.f("uq_membership_levels_name")),
    )
    op.create_table(
        "membership_spend",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reference_type", sa.Text(), nullable=False),
        sa.Column("reference_id", sa.BigInteger(), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_membership_spend_currency")),
        sa.CheckConstraint("reference_type ~ '^[A-Z][A-Z_]{1,39}$'", name=op.f("ck_membership_spend_reference_type")),
        sa.CheckConstraint("amount > 0 AND refunded BETWEEN 0 AND amount", name=op.f("ck_membership_spend_amount")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership_spend")),
        sa.UniqueConstraint(
            "reference_type", "reference_id", name=op.f("uq_membership_spend_reference_type_reference_id")
        ),
    )
    op.create_index(
        "ix_membership_spend_customer_id_spent_at",
        "membership_spend",
        ["customer_id", "spent_at"],
        unique=False,
        postgresql_include=["currency", "amount", "refunded"],
    )
    op.create_table(
        "points_programmes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("expires_after_days", sa.Integer(), nullable=True),
        sa.Column("return_grace_days", sa.Integer(), server_default="30", nullable=False),
        sa.CheckConstraint("code ~ '^[A-Z][A-Z0-9]{3,15}$'", name=op.f("ck_points_programmes_code")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_points_programmes_currency")),
        sa.CheckConstraint("expires_after_days > 0 AND return_grace_days >= 0", name=op.f("ck_points_programmes_days")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_points_programmes")),
    )
    op.create_table(
        "gift_card_redemptions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("gift_card_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reference_type", sa.Text(), nullable=False),
        sa.Column("reference_id", sa.BigInteger(), nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "reference_type ~ '^[A-Z][A-Z_]{1,39}$'", name=op.f("ck_gift_card_redemptions_reference_type")
        ),
        sa.CheckConstraint(
            "amount > 0 AND returned BETWEEN 0 AND amount", name=op.f("ck_gift_card_redemptions_amount")
        ),
        sa.ForeignKeyConstraint(
            ["gift_card_id"], ["gift_cards.id"], name=op.f("fk_gift_card_redemptions_gift_card_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_card_redemptions")),
        sa.UniqueConstraint(
            "reference_type",
            "reference_id",
            "gift_card_id",
            name=op.f("uq_gift_card_redemptions_reference_type_reference_id_gift_card_id"),
        ),
    )
    op.create_index("ix_gift_card_redemptions_gift_card_id", "gift_card_redemptions", ["gift_card_id"], unique=False)
    op.create_table(
        "ledger_postings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount <> 0 AND abs(amount) <= 1000000000000000", name=op.f("ck_ledger_postings_amount")),
        sa.ForeignKeyConstraint(
            ["account_id", "currency"],
            ["ledger_accounts.id", "ledger_accounts.currency"],
            name=op.f("fk_ledger_postings_account_id_currency"),
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["ledger_transactions.id"], name=op.f("fk_ledger_postings_transaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_postings")),
    )
    op.create_index(
        "ix_ledger_postings_account_id_id",
        "ledger_postings",
        ["account_id", "id"],
        unique=False,
        postgresql_include=["amount"],
    )
    op.create_index("ix_ledger_postings_transaction_id", "ledger_postings", ["transaction_id"], unique=False)
    op.create_table(
        "membership_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("from_level_id", sa.BigInteger(), nullable=True),
        sa.Column("to_level_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("spend", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "reason IN ('JOINED', 'SPENT', 'LAPSED', 'REFUNDED', 'LEVELS_CHANGED')",
            name=op.f("ck_membership_changes_reason"),
        ),
        sa.CheckConstraint("from_level_id IS DISTINCT FROM to_level_id", name=op.f("ck_membership_changes_levels")),
        sa.ForeignKeyConstraint(
            ["from_level_id"], ["membership_levels.id"], name=op.f("fk_membership_changes_from_level_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_level_id"], ["membership_levels.id"], name=op.f("fk_membership_changes_to_level_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership_changes")),
    )
    op.create_index(
        "ix_membership_changes_customer_id_id",
        "membership_changes",
        ["customer_id", sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "membership_refunds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("spend_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reference_type", sa.Text(), nullable=False),
        sa.Column("reference_id", sa.BigInteger(), nullable=False),
        sa.Column("refunded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reference_type ~ '^[A-Z][A-Z_]{1,39}$'", name=op.f("ck_membership_refunds_reference_type")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_membership_refunds_amount")),
        sa.ForeignKeyConstraint(["spend_id"], ["membership_spend.id"], name=op.f("fk_membership_refunds_spend_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership_refunds")),
        sa.UniqueConstraint(
            "reference_type",
            "reference_id",
            "spend_id",
            name=op.f("uq_membership_refunds_reference_type_reference_id_spend_id"),
        ),
    )
    op.create_index("ix_membership_refunds_spend_id", "membership_refunds", ["spend_id"], unique=False)
    op.create_table(
        "memberships",
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("level_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("review_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("(review_at IS NULL) = (review_reason IS NULL)", name=op.f("ck_memberships_review")),
        sa.CheckConstraint("review_reason IN ('LAPSED', 'LEVELS_CHANGED')", name=op.f("ck_memberships_review_reason")),
        sa.CheckConstraint(
            "reason IN ('JOINED', 'SPENT', 'LAPSED', 'REFUNDED', 'LEVELS_CHANGED')", name=op.f("ck_memberships_reason")
        ),
        sa.ForeignKeyConstraint(["level_id"], ["membership_levels.id"], name=op.f("fk_memberships_level_id")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_memberships")),
    )
    op.create_index("ix_memberships_level_id", "memberships", ["level_id"], unique=False)
    op.create_index(
        "ix_memberships_review_at",
        "memberships",
        ["review_at"],
        unique=False,
        postgresql_where=sa.text("review_at IS NOT NULL"),
    )
    op.create_table(
        "points_lots",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("issuer_type", sa.Text(), nullable=False),
        sa.Column("issuer_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("earned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at IS NULL OR state = 'AVAILABLE'", name=op.f("ck_points_lots_expires_at")),
        sa.CheckConstraint("issuer_type IN ('PLATFORM', 'MERCHANT')", name=op.f("ck_points_lots_issuer")),
        sa.CheckConstraint("state IN ('PENDING', 'AVAILABLE')", name=op.f("ck_points_lots_state")),
        sa.CheckConstraint("granted > 0 AND remaining BETWEEN 0 AND granted", name=op.f("ck_points_lots_remaining")),
        sa.ForeignKeyConstraint(["programme"], ["points_programmes.code"], name=op.f("fk_points_lots_programme")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["ledger_transactions.id"], name=op.f("fk_points_lots_transaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_lots")),
    )
    op.create_index(
        "ix_points_lots_expires_at",
        "points_lots",
        ["expires_at", "customer_id"],
        unique=False,
        postgresql_where=sa.text("remaining > 0 AND state = 'AVAILABLE'"),
    )
    op.create_index(
        "ix_points_lots_held",
        "points_lots",
        ["customer_id", "programme", "state", "expires_at", "id"],
        unique=False,
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_index("uq_points_lots_transaction_id", "points_lots", ["transaction_id"], unique=True)
    op.create_table(
        "points_rates",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("earn_bp", sa.Integer(), nullable=False),
        sa.Column("burn_bp", sa.Integer(), nullable=False),
        sa.CheckConstraint("earn_bp >= 0 AND burn_bp >= 0", name=op.f("ck_points_rates_rates")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_points_rates_merchant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["programme"], ["points_programmes.code"], name=op.f("fk_points_rates_programme")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_rates")),
        sa.UniqueConstraint(
            "programme",
            "merchant_id",
            name=op.f("uq_points_rates_programme_merchant_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "points_reservations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reference_type", sa.Text(), nullable=False),
        sa.Column("reference_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(state = 'RESERVED') = (closed_at IS NULL)", name=op.f("ck_points_reservations_closed_at")),
        sa.CheckConstraint(
            "reference_type ~ '^[A-Z][A-Z_]{1,39}$'", name=op.f("ck_points_reservations_reference_type")
        ),
        sa.CheckConstraint("returned = 0 OR state = 'REDEEMED'", name=op.f("ck_points_reservations_returned")),
        sa.CheckConstraint("state IN ('RESERVED', 'REDEEMED', 'RELEASED')", name=op.f("ck_points_reservations_state")),
        sa.CheckConstraint("points > 0 AND returned BETWEEN 0 AND points", name=op.f("ck_points_reservations_points")),
        sa.ForeignKeyConstraint(
            ["programme"], ["points_programmes.code"], name=op.f("fk_points_reservations_programme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_reservations")),
    )
    op.create_index(
        "ix_points_reservations_customer_id",
        "points_reservations",
        ["customer_id"],
        unique=False,
        postgresql_where=sa.text("state = 'RESERVED'"),
    )
    op.create_index(
        "ix_points_reservations_expires_at",
        "points_reservations",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'RESERVED'"),
    )
    op.create_index(
        "uq_points_reservations_reference",
        "points_reservations",
        ["reference_type", "reference_id", "programme"],
        unique=True,
        postgresql_where=sa.text("state <> 'RELEASED'"),
    )
    op.create_table(
        "points_lot_movements",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("reservation_id", sa.BigInteger(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points <> 0", name=op.f("ck_points_lot_movements_points")),
        sa.ForeignKeyConstraint(["lot_id"], ["points_lots.id"], name=op.f("fk_points_lot_movements_lot_id")),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["points_reservations.id"], name=op.f("fk_points_lot_movements_reservation_id")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["ledger_transactions.id"], name=op.f("fk_points_lot_movements_transaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_lot_movements")),
    )
    op.create_index("ix_points_lot_movements_lot_id", "points_lot_movements", ["lot_id"], unique=False)
    op.create_index(
        "ix_points_lot_movements_reservation_id",
        "points_lot_movements",
        ["reservation_id"],
        unique=False,
        postgresql_where=sa.text("reservation_id IS NOT NULL"),
    )
    op.create_index("ix_points_lot_movements_transaction_id", "points_lot_movements", ["transaction_id"], unique=False)
    for script in SCRIPTS:
        for statement in statements(script):
            op.execute(statement)


def downgrade() -> None:
    for kind, name, table in reversed(
        re.findall(
            r"^CREATE (?:CONSTRAINT )?(FUNCTION|TRIGGER) (\w+)(?:.*? ON (\w+))?", "".join(SCRIPTS), flags=re.MULTILINE
        )
    ):
        op.execute(f"DROP FUNCTION {name}" if kind == "FUNCTION" else f"DROP TRIGGER {name} ON {table}")
    op.drop_index("ix_points_lot_movements_transaction_id", table_name="points_lot_movements")
    op.drop_index(
        "ix_points_lot_movements_reservation_id",
        table_name="points_lot_movements",
        postgresql_where=sa.text("reservation_id IS NOT NULL"),
    )
    op.drop_index("ix_points_lot_movements_lot_id", table_name="points_lot_movements")
    op.drop_table("points_lot_movements")
    op.drop_index(
        "uq_points_reservations_reference",
        table_name="points_reservations",
        postgresql_where=sa.text("state <> 'RELEASED'"),
    )
    op.drop_index(
        "ix_points_reservations_expires_at",
        table_name="points_reservations",
        postgresql_where=sa.text("state = 'RESERVED'"),
    )
    op.drop_index(
        "ix_points_reservations_customer_id",
        table_name="points_reservations",
        postgresql_where=sa.text("state = 'RESERVED'"),
    )
    op.drop_table("points_reservations")
    op.drop_table("points_rates")
    op.drop_index("uq_points_lots_transaction_id", table_name="points_lots")
    op.drop_index("ix_points_lots_held", table_name="points_lots", postgresql_where=sa.text("remaining > 0"))
    op.drop_index(
        "ix_points_lots_expires_at",
        table_name="points_lots",
        postgresql_where=sa.text("remaining > 0 AND state = 'AVAILABLE'"),
    )
    op.drop_table("points_lots")
    op.drop_index(
        "ix_memberships_review_at", table_name="memberships", postgresql_where=sa.text("review_at IS NOT NULL")
    )
    op.drop_index("ix_memberships_level_id", table_name="memberships")
    op.drop_table("memberships")
    op.drop_index("ix_membership_refunds_spend_id", table_name="membership_refunds")
    op.drop_table("membership_refunds")
    op.drop_index("ix_membership_changes_customer_id_id", table_name="membership_changes")
    op.drop_table("membership_changes")
    op.drop_index("ix_ledger_postings_transaction_id", table_name="ledger_postings")
    op.drop_index("ix_ledger_postings_account_id_id", table_name="ledger_postings", postgresql_include=["amount"])
    op.drop_table("ledger_postings")
    op.drop_index("ix_gift_card_redemptions_gift_card_id", table_name="gift_card_redemptions")
    op.drop_table("gift_card_redemptions")
    op.drop_table("points_programmes")
    op.drop_index(
        "ix_membership_spend_customer_id_spent_at",
        table_name="membership_spend",
        postgresql_include=["currency", "amount", "refunded"],
    )
    op.drop_table("membership_spend")
    op.drop_table("membership_levels")
    op.drop_index("uq_ledger_transactions_once", table_name="ledger_transactions", postgresql_where=sa.text("once"))
    op.drop_table("ledger_transactions")
    op.drop_table("ledger_accounts")
    op.drop_table("gift_cards")
    op.drop_table("gift_card_guesses")
