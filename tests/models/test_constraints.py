"""The tables refuse ..."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import CheckConstraint

from models.tables import metadata
from tests.conftest import Databases
from tests.contents import everything
from tests.factories import catalogue
from tests.models import (
    cart_constraints,
    order_care_constraints,
    order_constraints,
    people_constraints,
    promotion_constraints,
    segment_constraints,
    stock_constraints,
    ticket_constraints,
    webhook_constraints,
)

# One row of each kind, which the cases below try to spoil.
_ROWS = """
INSERT INTO merchants (slug, name) VALUES ('ada', 'Ada');
INSERT INTO categories (slug, name) VALUES ('lamps', 'Lamps');
INSERT INTO attributes (key, label, kind) VALUES ('size', 'Size', 'NUMBER'), ('colour', 'Colour', 'TEXT');
INSERT INTO collections (slug, name, rule) VALUES ('new', 'New', '{"all": []}');
INSERT INTO products (merchant_id, slug, name) SELECT id, 'lamp', 'Lamp' FROM merchants;
INSERT INTO variants (product_id, merchant_id, sku, weight_grams) SELECT id, merchant_id, 'L-1', 500 FROM products;
INSERT INTO variant_prices (variant_id, product_id, currency, amount, compare_at)
    SELECT id, product_id, 'USD', 1000, 1200 FROM variants;
INSERT INTO warehouses (merchant_id, code, name) SELECT id, 'W', 'W' FROM merchants;
INSERT INTO stock_levels (variant_id, warehouse_id, on_hand, reserved)
    SELECT variants.id, warehouses.id, 5, 2 FROM variants, warehouses;
INSERT INTO reviews (product_id, rating, author_name) SELECT id, 4, 'Bob' FROM products;
INSERT INTO search_synonyms (term, synonyms) VALUES ('sofa', '{couch}');
INSERT INTO search_pins (query, product_id, position) SELECT 'lamp', id, 1 FROM products;
"""

# Of the ledger and the member club, with the triggers off that keep these rows in step with each other.
_CLUB_ROWS = """
SET LOCAL session_replication_role = replica;
INSERT INTO ledger_accounts (kind, currency, owner_type, owner_id, balance)
    VALUES ('STORE_CREDIT', 'USD', 'CUSTOMER', 1, 100), ('PAYMENTS', 'USD', 'PLATFORM', 1, NULL);
INSERT INTO ledger_transactions (reason, reference_type, reference_id, once, occurred_at)
    VALUES ('GIVEN', 'ORDER', 1, true, now());
INSERT INTO ledger_postings (transaction_id, account_id, currency, amount)
    SELECT ledger_transactions.id, ledger_accounts.id, 'USD', 100 FROM ledger_transactions, ledger_accounts;
INSERT INTO points_programmes (code, name, currency) VALUES ('SOUK', 'Souk', 'USD');
INSERT INTO points_rates (programme, earn_bp, burn_bp) VALUES ('SOUK', 100, 10000);
INSERT INTO points_lots (customer_id, programme, issuer_type, issuer_id, state, granted, transaction_id, earned_at)
    SELECT 1, 'SOUK', 'PLATFORM', 1, 'PENDING', 10, id, now() FROM ledger_transactions;
INSERT INTO points_reservations (customer_id, programme, points, state, reference_type, reference_id, expires_at)
    VALUES (1, 'SOUK', 5, 'RESERVED', 'ORDER', 1, now());
INSERT INTO points_lot_movements (lot_id, transaction_id, points)
    SELECT points_lots.id, transaction_id, 10 FROM points_lots;
INSERT INTO membership_levels (name, currency, threshold) VALUES ('Bronze', 'USD', 0);
INSERT INTO membership_spend (customer_id, currency, amount, reference_type, reference_id, spent_at)
    VALUES (1, 'USD', 500, 'ORDER', 1, now());
INSERT INTO membership_refunds (spend_id, amount, reference_type, reference_id, refunded_at)
    SELECT id, 100, 'REFUND', 1, now() FROM membership_spend;
INSERT INTO memberships (customer_id, level_id, reason, since) SELECT 1, id, 'JOINED', now() FROM membership_levels;
INSERT INTO membership_changes (customer_id, to_level_id, reason, spend, occurred_at)
    SELECT 1, id, 'JOINED', 0, now() FROM membership_levels;
INSERT INTO gift_cards (code_hash, last_four, state, currency, issued)
    VALUES (sha256('A'), 'ABCD', 'ACTIVE', 'USD', 100);
INSERT INTO gift_card_redemptions (gift_card_id, amount, reference_type, reference_id, redeemed_at)
    SELECT id, 50, 'ORDER', 1, now() FROM gift_cards;
INSERT INTO gift_card_guesses (guesser, failures, next_at) VALUES ('CUSTOMER:1', 1, now());
"""
_TRIGGERS_OFF = "SET LOCAL session_replication_role = replica"

_ACCOUNT = "INSERT INTO ledger_accounts (kind, currency, owner_type, owner_id) VALUES "

CLUB_CASES: list[tuple[str, str]] = [
    ("ck_ledger_accounts_owner", _ACCOUNT + "('PAYMENTS', 'USD', 'CUSTOMER', 1)"),
    ("ck_ledger_accounts_owner", _ACCOUNT + "('GOLD', 'USD', 'PLATFORM', 1)"),
    ("ck_ledger_accounts_currency", _ACCOUNT + "('PAYMENTS', 'SOUK', 'PLATFORM', 1)"),
    ("ck_ledger_accounts_currency", _ACCOUNT + "('POINTS_ISSUED', 'USD', 'PLATFORM', 1)"),
    ("ck_ledger_accounts_balance", "TRIGGERS OFF; UPDATE ledger_accounts SET balance = -1 WHERE balance IS NOT NULL"),
    ("ck_ledger_accounts_kept", "TRIGGERS OFF; UPDATE ledger_accounts SET balance = NULL"),
    ("ck_ledger_accounts_kept", "TRIGGERS OFF; UPDATE ledger_accounts SET balance = 0"),
    ("ck_ledger_transactions_reason", "TRIGGERS OFF; UPDATE ledger_transactions SET reason = 'given'"),
    ("ck_ledger_transactions_reference_type", "TRIGGERS OFF; UPDATE ledger_transactions SET reference_type = ''"),
    ("ck_ledger_postings_amount", "TRIGGERS OFF; UPDATE ledger_postings SET amount = 0"),
    ("ck_points_programmes_code", "INSERT INTO points_programmes (code, name, currency) VALUES ('USD', 'X', 'USD')"),
    ("ck_points_programmes_currency", "UPDATE points_programmes SET currency = 'SOUK'"),
    ("ck_points_programmes_days", "UPDATE points_programmes SET expires_after_days = 0"),
    ("ck_points_programmes_days", "UPDATE points_programmes SET return_grace_days = -1"),
    ("ck_points_rates_rates", "UPDATE points_rates SET earn_bp = -1"),
    (
        "uq_points_rates_programme_merchant_id",
        "INSERT INTO points_rates (programme, earn_bp, burn_bp) VALUES ('SOUK', 1, 1)",
    ),
    ("ck_points_lots_state", "UPDATE points_lots SET state = 'GONE'"),
    ("ck_points_lots_remaining", "TRIGGERS OFF; UPDATE points_lots SET remaining = 11"),
    ("ck_points_lots_remaining", "TRIGGERS OFF; UPDATE points_lots SET remaining = -1"),
    ("ck_points_lots_issuer", "TRIGGERS OFF; UPDATE points_lots SET issuer_type = 'CUSTOMER'"),
    ("ck_points_lots_expires_at", "UPDATE points_lots SET expires_at = now()"),
    ("ck_points_reservations_state", "UPDATE points_reservations SET state = 'GONE', closed_at = now()"),
    ("ck_points_reservations_closed_at", "UPDATE points_reservations SET state = 'RELEASED'"),
    ("ck_points_reservations_points", "UPDATE points_reservations SET points = 0"),
    (
        "ck_points_reservations_points",
        "UPDATE points_reservations SET state = 'REDEEMED', closed_at = now(), returned = 6",
    ),
    ("ck_points_reservations_returned", "UPDATE points_reservations SET returned = 1"),
    ("ck_points_reservations_reference_type", "UPDATE points_reservations SET reference_type = 'order'"),
    ("ck_points_lot_movements_points", "TRIGGERS OFF; UPDATE points_lot_movements SET points = 0"),
    ("ck_membership_levels_currency", "UPDATE membership_levels SET currency = 'usd'"),
    ("ck_membership_levels_threshold", "UPDATE membership_levels SET threshold = -1"),
    ("ck_membership_levels_discount", "UPDATE membership_levels SET discount_bp = 10001"),
    ("ck_membership_levels_free_shipping_from", "UPDATE membership_levels SET free_shipping_from = -1"),
    ("ck_membership_levels_points_multiplier", "UPDATE membership_levels SET points_multiplier_bp = -1"),
    ("ck_membership_ladder_one", "INSERT INTO membership_ladder (id) VALUES (2)"),
    ("ck_membership_spend_amount", "UPDATE membership_spend SET refunded = 501"),
    ("ck_membership_spend_amount", "UPDATE membership_spend SET amount = 0"),
    ("ck_membership_spend_currency", "UPDATE membership_spend SET currency = ''"),
    ("ck_membership_spend_reference_type", "UPDATE membership_spend SET reference_type = ''"),
    ("ck_membership_refunds_amount", "UPDATE membership_refunds SET amount = 0"),
    ("ck_membership_refunds_reference_type", "UPDATE membership_refunds SET reference_type = ''"),
    ("ck_memberships_reason", "UPDATE memberships SET reason = 'LIKED'"),
    ("ck_memberships_review", "UPDATE memberships SET review_at = now()"),
    ("ck_memberships_review_reason", "UPDATE memberships SET review_at = now(), review_reason = 'SPENT'"),
    ("ck_membership_changes_reason", "UPDATE membership_changes SET reason = 'LIKED'"),
    ("ck_membership_changes_levels", "UPDATE membership_changes SET from_level_id = to_level_id"),
    ("ck_gift_cards_state", "UPDATE gift_cards SET state = 'LOST'"),
    ("ck_gift_cards_currency", "UPDATE gift_cards SET currency = ''"),
    ("ck_gift_cards_code_hash", "UPDATE gift_cards SET code_hash = 'A'"),
    ("ck_gift_cards_last_four", "UPDATE gift_cards SET last_four = 'AB'"),
    ("ck_gift_cards_issued", "UPDATE gift_cards SET issued = 0"),
    ("ck_gift_card_redemptions_amount", "UPDATE gift_card_redemptions SET returned = 51"),
    ("ck_gift_card_redemptions_reference_type", "UPDATE gift_card_redemptions SET reference_type = ''"),
    ("ck_gift_card_guesses_failures", "UPDATE gift_card_guesses SET failures = -1"),
]

CASES: list[tuple[str, str]] = [
    ("ck_merchants_state", "UPDATE merchants SET state = 'GONE'"),
    *[
        (f"ck_{table}_slug", f"UPDATE {table} SET slug = '{slug}'")  # noqa: S608 - written here
        for table in ("merchants", "categories", "collections", "products")
        for slug in ("", "Lamp", "a b", "-a", "a-", "a--b", "lämpe", "a/b", "a\nb")
    ],
    ("ck_attributes_kind", "UPDATE attributes SET kind = 'COLOUR', unit = NULL"),
    ("ck_attributes_key", "UPDATE attributes SET key = 'Screen size' WHERE key = 'size'"),
    ("ck_attributes_unit", "UPDATE attributes SET unit = 'in' WHERE key = 'colour'"),
    ("ck_attributes_allowed_values", "UPDATE attributes SET kind = 'ENUMERATION'"),
    ("ck_attributes_allowed_values", "UPDATE attributes SET allowed_values = '{red}'"),
    ("ck_products_status", "UPDATE products SET status = 'GONE'"),
    ("ck_products_published_at", "UPDATE products SET status = 'PUBLISHED'"),
    ("ck_products_rating", "UPDATE products SET rating_count = -1"),
    ("ck_products_rating", "UPDATE products SET rating_sum = 0"),
    ("ck_products_rating", "UPDATE products SET rating_sum = 6"),
    ("ck_products_documents", "UPDATE products SET options = '{}'"),
    ("ck_products_documents", "UPDATE products SET media = '\"a.png\"'"),
    ("ck_products_documents", "UPDATE products SET attributes = '[]'"),
    ("ck_merchant_ratings_rating", "UPDATE merchant_ratings SET rating_count = -1"),
    ("ck_merchant_ratings_rating", "UPDATE merchant_ratings SET rating_sum = 6"),
    ("ck_variants_option_values", "UPDATE variants SET option_values = '{}'"),
    ("ck_variants_weight_grams", "UPDATE variants SET weight_grams = -1"),
    ("ck_variant_prices_amount", "UPDATE variant_prices SET amount = -1"),
    ("ck_variant_prices_compare_at", "UPDATE variant_prices SET compare_at = amount"),
    ("ck_variant_prices_compare_at", "UPDATE variant_prices SET amount = 1200"),
    ("ck_variant_prices_currency", "UPDATE variant_prices SET currency = 'usd'"),
    ("ck_product_prices_range", "UPDATE product_prices SET min_amount = -1"),
    ("ck_product_prices_range", "UPDATE product_prices SET min_amount = max_amount + 1"),
    ("ck_stock_levels_units", "UPDATE stock_levels SET reserved = 6"),
    ("ck_stock_levels_units", "UPDATE stock_levels SET on_hand = 1"),
    ("ck_stock_levels_units", "UPDATE stock_levels SET reserved = -1"),
    ("ck_reviews_rating", "UPDATE reviews SET rating = 0"),
    ("ck_reviews_rating", "UPDATE reviews SET rating = 6"),
    ("ck_reviews_state", "UPDATE reviews SET state = 'GONE'"),
    ("ck_event_log_one", "INSERT INTO event_log (id) VALUES (2)"),
    ("ck_search_synonyms_synonyms", "UPDATE search_synonyms SET synonyms = '{}'"),
    ("ck_search_pins_position", "UPDATE search_pins SET position = 0"),
    ("ck_search_pins_position", "UPDATE search_pins SET position = 101"),
    ("uq_variants_merchant_id_sku", "INSERT INTO variants (product_id, merchant_id, sku) TABLE copied"),
    ("uq_merchants_slug", "INSERT INTO merchants (slug, name) VALUES ('ada', 'Another')"),
    (
        "uq_warehouses_merchant_id_code",
        "INSERT INTO warehouses (merchant_id, code, name) SELECT id, 'W', '' FROM merchants",
    ),
    ("fk_variants_product_id_merchant_id", "UPDATE variants SET merchant_id = merchant_id + 1"),
    ("fk_variant_prices_variant_id_product_id", "UPDATE variant_prices SET product_id = product_id + 1"),
    ("fk_products_merchant_id", "DELETE FROM merchants"),
    *people_constraints.CASES,
    *promotion_constraints.CASES,
    *cart_constraints.CASES,
    *segment_constraints.CASES,
    *ticket_constraints.CASES,
    *webhook_constraints.CASES,
    *order_constraints.CASES,
    *order_care_constraints.CASES,
    *stock_constraints.CASES,
]


@dataclass(frozen=True)
class Filled:
    """A database that holds one row of each kind, and what it holds."""

    connection: asyncpg.Connection
    content: asyncpg.Record


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(databases: Databases, worker_name: str) -> AsyncIterator[Filled]:
    """One for all the cases, since each of them is refused: a database of its own, which nobody sweeps."""
    name = f"test_{worker_name}_constraints"
    connection = await asyncpg.connect(await asyncio.to_thread(databases.create, name))
    await connection.execute(_ROWS + people_constraints.ROWS + cart_constraints.ROWS)
    await connection.execute(order_constraints.ROWS + order_care_constraints.ROWS)
    await connection.execute(_CLUB_ROWS)
    await connection.execute(promotion_constraints.ROWS + stock_constraints.ROWS)
    await connection.execute(segment_constraints.ROWS + ticket_constraints.ROWS + webhook_constraints.ROWS)
    yield Filled(connection, await everything(connection))
    await connection.close()
    await asyncio.to_thread(databases.drop, name)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("constraint", "statement"), [*CASES, *CLUB_CASES])
async def test_what_breaks_a_constraint(filled: Filled, constraint: str, statement: str) -> None:
    statement = statement.replace("TRIGGERS OFF", _TRIGGERS_OFF)
    copied = "WITH copied AS (SELECT product_id, merchant_id, sku FROM variants) "
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as caught:
        await filled.connection.execute(copied + statement if "copied" in statement else statement)
    assert caught.value.constraint_name == constraint
    assert await everything(filled.connection) == filled.content


def test_in_every_check_that_the_models_state() -> None:
    stated = {
        f"ck_{table.name}_{constraint.name}".replace(f"ck_{table.name}_ck_{table.name}_", f"ck_{table.name}_")
        for table in metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    assert stated == {constraint for constraint, _ in (*CASES, *CLUB_CASES) if constraint.startswith("ck_")}


async def test_two_products_of_one_external_id_in_one_merchant_only(connection: asyncpg.Connection) -> None:
    ada, bob = await catalogue.merchant(connection), await catalogue.merchant(connection)
    await catalogue.product(connection, ada, external_id="1")
    await catalogue.product(connection, bob, external_id="1")
    with pytest.raises(asyncpg.UniqueViolationError):
        await catalogue.product(connection, ada, external_id="1")
    assert await connection.fetchval("SELECT count(*) FROM products") == 2


@pytest.mark.parametrize(
    ("constraint", "statement"),
    [
        ("ck_order_entries_append_only", "UPDATE order_entries SET action = 'PAID'"),
        ("ck_order_entries_append_only", "DELETE FROM order_entries"),
        *order_care_constraints.WRITTEN_ONCE,
    ],
)
async def test_what_would_change_what_is_written_once(
    connection: asyncpg.Connection, constraint: str, statement: str
) -> None:
    await connection.execute(_ROWS + order_constraints.ROWS + order_care_constraints.ROWS)
    before = await everything(connection)
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await connection.execute(statement)
    assert caught.value.constraint_name == constraint
    assert await everything(connection) == before
