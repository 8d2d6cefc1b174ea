"""The proof's shop: three merchants with two warehouses each, customers with points, a coupon, and carts to check out.

Everything is written in a few statements, for what is proven is the checkout, not how the carts were filled.
"""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import asyncpg
import orjson

from domain.access import Viewer
from domain.ledger import Reference
from graph import ids
from models.database import Database
from services import points
from services.points import Rates

CURRENCY: Final = "USD"
COUPON: Final = "PROOF"
POINTS_EACH: Final = 10_000
ADDRESS: Final = {
    "name": "Ada",
    "line1": "1 Road",
    "line2": None,
    "city": "Bonn",
    "region": None,
    "postal_code": "53111",
    "country": "DE",
    "phone": None,
}

_MERCHANTS: Final = """
WITH made AS (
    INSERT INTO merchants (slug, name) SELECT 'proof-' || n, 'Proof ' || n FROM generate_series(1, 3) AS n
    RETURNING id, slug
), kept AS (
    INSERT INTO warehouses (merchant_id, code, name)
    SELECT made.id, code, code FROM made, unnest('{default,second}'::text[]) AS code
), sold AS (
    INSERT INTO products (merchant_id, slug, name, status, published_at)
    SELECT made.id, made.slug || '-' || n, 'Article ' || n, 'PUBLISHED', now() FROM made, generate_series(1, $1) AS n
    RETURNING id, merchant_id, slug
)
INSERT INTO variants (product_id, merchant_id, sku) SELECT id, merchant_id, slug FROM sold
"""
_PRICES: Final = """
INSERT INTO variant_prices (variant_id, product_id, currency, amount)
SELECT id, product_id, $1, 399 + 37 * (id % 89) FROM variants
"""
_STOCK: Final = """
INSERT INTO stock_levels (variant_id, warehouse_id, on_hand)
SELECT variants.id, warehouses.id, $1 FROM variants JOIN warehouses USING (merchant_id)
WHERE variants.id = ANY ($2)
"""
_TERMS: Final = """
WITH region AS (
    INSERT INTO tax_regions (country, name, inclusive, is_default) VALUES ('DE', 'VAT', true, true) RETURNING id
), rate AS (
    INSERT INTO tax_rates (region_id, tax_class, rate_bp) SELECT id, 'standard', 1900 FROM region
), method AS (
    INSERT INTO delivery_methods (code, label, currency, price) VALUES ('standard', 'Standard', 'USD', 490)
), commission AS (
    INSERT INTO commission_rules (rate_bp) VALUES (1200)
), promotion AS (
    INSERT INTO promotions (title, method, state, benefit, percent_bp, currencies, platform_share_bp, total_limit)
    VALUES ('Proof', 'CODE', 'ACTIVE', 'PERCENTAGE', 1000, '{USD}', 5000, 1000000) RETURNING id
), counter AS (
    INSERT INTO promotion_counters (promotion_id, total_limit) SELECT id, 1000000 FROM promotion
)
INSERT INTO coupons (promotion_id, code) SELECT id, 'PROOF' FROM promotion
"""
_PEOPLE: Final = """
WITH account AS (
    INSERT INTO accounts (email, email_verified_at) SELECT 'proof-' || n || '@example.com', now()
    FROM generate_series(1, $1) AS n RETURNING id
)
INSERT INTO customers (account_id, display_name) SELECT id, 'Ada' FROM account RETURNING id, account_id
"""
_CARTS: Final = """
INSERT INTO carts (customer_id, token_hash, currency, email, address, delivery_method, points_asked)
SELECT customer_id, token_hash, 'USD', 'ada@example.com', $4::jsonb, 'standard', points
FROM unnest($1::bigint[], $2::bytea[], $3::bigint[]) WITH ORDINALITY AS given (customer_id, token_hash, points, place)
ORDER BY place
RETURNING id
"""
_LINES: Final = """
INSERT INTO cart_lines (cart_id, variant_id, quantity, unit_price, name, added_at)
SELECT cart_id, variant_id, quantity, amount, 'Article', now()
FROM unnest($1::bigint[], $2::bigint[], $3::int[]) AS given (cart_id, variant_id, quantity)
JOIN variant_prices USING (variant_id) WHERE currency = 'USD'
"""


@dataclass(frozen=True, slots=True)
class Basket:
    """A cart that waits to be checked out: who may, and what is in it."""

    cart_id: str
    token: str
    customer: Viewer | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a cart shall hold: pieces by variant, and whether its holder is a customer with a coupon and points."""

    pieces: dict[int, int]
    customer: Viewer | None = None
    coupon: bool = False
    points: int = 0


@dataclass(frozen=True, slots=True)
class Shop:
    """What there is: variants that are plenty, and customers."""

    variants: Sequence[int]
    customers: Sequence[Viewer]


async def open_shop(database_url: str, *, articles: int, customers: int, units: int) -> Shop:
    """Fill a migrated, empty database: so many articles of each merchant with so many units in each warehouse."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(_MERCHANTS, articles)
        await connection.execute(_PRICES, CURRENCY)
        await connection.execute(_TERMS)
        variants = [row["id"] for row in await connection.fetch("SELECT id FROM variants ORDER BY id")]
        await connection.execute(_STOCK, units, variants)
        people = [
            Viewer(account_id=row["account_id"], session_id=None, customer_id=row["id"])
            for row in await connection.fetch(_PEOPLE, customers)
        ]
    finally:
        await connection.close()
    await _give_points(database_url, people)
    return Shop(variants, people)


async def _give_points(database_url: str, people: Sequence[Viewer]) -> None:
    now = datetime.now(UTC)
    database = await Database.open(database_url)
    try:
        async with database.transaction() as session:
            await points.programme_set(session, name="Points", currency=CURRENCY, expires_after_days=None)
            await points.rates_set(session, rates=Rates(earn_bp=100, burn_bp=10_000))
            for number, person in enumerate(people):
                await points.adjust(
                    session,
                    customer_id=person.customer_id or 0,
                    points=POINTS_EACH,
                    reference=Reference("PROOF", number + 1),
                    note="Proof",
                    now=now,
                )
    finally:
        await database.close()


async def scarce(connection: asyncpg.Connection, shop: Shop, *, units: int) -> int:
    """Leave so many units of one variant, all in one warehouse; gives the variant."""
    variant_id = shop.variants[0]
    await connection.execute(
        """UPDATE stock_levels SET on_hand = CASE warehouse_id WHEN (SELECT min(warehouse_id) FROM stock_levels
           WHERE variant_id = $1) THEN $2::int ELSE 0 END WHERE variant_id = $1""",
        variant_id,
        units,
    )
    return variant_id


async def fill(connection: asyncpg.Connection, wanted: Sequence[Wanted], *, seed: int) -> list[Basket]:
    """Make a cart for each, addressed and ready to be checked out."""
    draw = random.Random(seed)  # noqa: S311 - reproducible on purpose
    tokens = [draw.randbytes(24).hex() for _ in wanted]
    keys = [
        row["id"]
        for row in await connection.fetch(
            _CARTS,
            [None if each.customer is None else each.customer.customer_id for each in wanted],
            [hashlib.sha256(token.encode()).digest() for token in tokens],
            [each.points for each in wanted],
            orjson.dumps(ADDRESS).decode(),
        )
    ]
    lines = [
        (key, variant_id, quantity)
        for key, each in zip(keys, wanted, strict=True)
        for variant_id, quantity in each.pieces.items()
    ]
    await connection.execute(_LINES, *(list(column) for column in zip(*lines, strict=True)))
    await connection.execute(
        "INSERT INTO cart_coupons (cart_id, code, position) SELECT id, $2, 0 FROM unnest($1::bigint[]) AS id",
        [key for key, each in zip(keys, wanted, strict=True) if each.coupon],
        COUPON,
    )
    return [
        Basket(ids.encode("Cart", key), token, each.customer)
        for key, token, each in zip(keys, tokens, wanted, strict=True)
    ]


def several(shop: Shop, draw: random.Random) -> Wanted:
    """Draw a cart of one to five lines over all merchants, of a customer or a guest."""
    chosen = draw.sample(shop.variants[1:], draw.randint(1, 5))
    customer = draw.choice(shop.customers) if draw.random() < 0.5 else None
    return Wanted(
        pieces={variant_id: draw.randint(1, 3) for variant_id in chosen},
        customer=customer,
        coupon=draw.random() < 0.3,
        points=draw.choice([0, 0, 50, 500]) if customer is not None else 0,
    )
