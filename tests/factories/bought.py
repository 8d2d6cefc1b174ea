"""Orders that were bought, written by what checkout calls, without a cart; what a test leaves out is filled in."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from domain import order_placement, pricing
from domain.access import PlatformRole, Viewer
from domain.commissions import Rule
from domain.fulfilments import Parcel
from domain.order_placement import Budgets, Goods
from domain.pricing_facts import Customer, Delivery, Facts, Line, Points
from domain.pricing_outcome import Price
from domain.promotions import Promotion
from domain.returns import ReturnAction, ReturnReason
from domain.tax import TaxRules
from models.database import Database
from models.transactions import driver_of
from services import (
    checkout,
    coupons,
    fulfilment_cancellations,
    fulfilments,
    order_holding,
    order_outcomes,
    orders,
    points_reservations,
    returns,
    stock_reservations,
)
from services.order_holding import Held
from services.orders import New
from services.stock_reservations import Wanted
from tests.factories import catalogue

_numbers = count(1)

NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
NO_CART: Final = 0
NO_POINTS: Final = Points()
NO_BUDGETS: Final = Budgets()
VAT: Final = TaxRules("DE", standard=1900, rates={"reduced": 700}, name="VAT")
ADDRESS: Final = {
    "name": "Bea",
    "line1": "1 Road",
    "line2": None,
    "city": "Bonn",
    "region": None,
    "postal_code": "53111",
    "country": "DE",
    "phone": None,
}


@dataclass(frozen=True)
class Piece:
    """So many pieces of a variant, of a merchant, at a price."""

    merchant_id: int
    variant_id: int
    product_id: int
    name: str
    sku: str
    unit_price: int
    quantity: int = 1


@dataclass(frozen=True)
class Buying:
    """What is bought, by whom and how; `token_hash` for a guest's."""

    pieces: Sequence[Piece]
    customer_id: int | None = None
    token_hash: bytes | None = None
    shipping: int = 0
    tax: TaxRules = VAT
    promotions: tuple[Promotion, ...] = ()
    points: Points = NO_POINTS
    commission_bp: int = 1000
    budgets: Budgets = NO_BUDGETS
    currency: str = "EUR"
    email: str = "bea@example.com"
    paid: bool = True
    now: datetime = NOW


@dataclass(frozen=True)
class Bought:
    """An order's id, and the ids of its lines in the order of the pieces."""

    order_id: int
    lines: list[int]
    price: Price


async def piece(
    connection: asyncpg.Connection, merchant_id: int, unit_price: int, quantity: int = 1, *, on_hand: int = 100
) -> Piece:
    """Make a product with a variant of which so many lie in a warehouse."""
    number = next(_numbers)
    product_id = await catalogue.product(connection, merchant_id, name=f"Thing {number}")
    variant_id = await catalogue.variant(connection, product_id, sku=f"T-{number}", prices={"EUR": unit_price})
    await catalogue.stock(connection, variant_id, await catalogue.warehouse(connection, merchant_id), on_hand)
    return Piece(merchant_id, variant_id, product_id, f"Thing {number}", f"T-{number}", unit_price, quantity)


def priced(buying: Buying) -> tuple[Price, Facts]:
    """Price what is bought."""
    facts = Facts(
        currency=buying.currency,
        lines=tuple(
            Line(at, each.variant_id, each.product_id, each.merchant_id, each.quantity, each.unit_price)
            for at, each in enumerate(buying.pieces)
        ),
        now=buying.now,
        tax=buying.tax,
        customer=Customer(signed_in=buying.customer_id is not None),
        promotions=buying.promotions,
        deliveries=tuple(
            Delivery(merchant_id, "standard", "Standard delivery", buying.shipping)
            for merchant_id in sorted({each.merchant_id for each in buying.pieces})
        ),
        points=buying.points,
    )
    return pricing.price(facts), facts


async def buy(database: Database, buying: Buying) -> Bought:
    """Place an order, pay it by the test provider if it shall be paid, and give it."""
    price, facts = priced(buying)
    placed = order_placement.place(
        price,
        facts,
        goods={each.variant_id: Goods(each.product_id, None, each.sku, each.name, ()) for each in buying.pieces},
        rules=[Rule(None, None, buying.commission_bp)],
        budgets=buying.budgets,
    )
    async with database.transaction() as session:
        driver = driver_of(session)
        order = await _order(driver, buying, price, placed)
        parts = [await driver.fetchval("SELECT nextval('order_parts_id_seq')") for _ in placed.parts]
        lines = [await driver.fetchval("SELECT nextval('order_lines_id_seq')") for _ in placed.lines]
        payments = [await _payment(driver, order, buying)] if price.cost.total else []
        new = New(order, placed, payments, parts, lines)
        await orders.place(session, new, cart_id=NO_CART, cart_version=0, now=buying.now)
        about, until = orders.reference(order), buying.now + timedelta(minutes=30)
        reserving: dict[str, Any] = {"reference": about, "until": until, "now": buying.now}
        if uses := order_placement.uses(price):
            await coupons.reserve(
                session, uses=uses, customer_id=buying.customer_id, currency=buying.currency, **reserving
            )
        if price.points_used:
            await points_reservations.reserve(
                session, customer_id=buying.customer_id or 0, points=price.points_used, **reserving
            )
        await session.flush()
        wanted = [
            Wanted(line_id, line.variant_id, line.quantity) for line, line_id in zip(placed.lines, lines, strict=True)
        ]
        await stock_reservations.reserve(
            session, order_id=order["id"], wanted=wanted, country=ADDRESS["country"], now=buying.now
        )
    if buying.paid:
        await pay(database, order["id"], now=buying.now)
    return Bought(order["id"], lines, price)


async def pay(database: Database, order_id: int, *, now: datetime = NOW) -> None:
    """Let an order be paid in full."""
    async with database.transaction() as session:
        driver = driver_of(session)
        await driver.execute(
            "UPDATE payments SET status = 'CAPTURED', captured = amount, answered_at = $2 WHERE order_id = $1",
            order_id,
            now,
        )
        await driver.execute("UPDATE orders SET paid = total WHERE id = $1", order_id)
        await driver.execute(
            """INSERT INTO test_provider_charges (key, token, currency, amount, status, created_at)
               SELECT key, 'ok', currency, amount, 'CAPTURED', created_at FROM payments WHERE order_id = $1""",
            order_id,
        )
        held = await orders.hold(session, order_id)
        await order_outcomes.pay(session, held, await orders.parts(session, order_id), now=now)


@asynccontextmanager
async def caring(database: Database, viewer: Viewer, order_id: int) -> AsyncIterator[tuple[AsyncSession, Held]]:
    """Hold an order in a transaction, as whoever takes care of it does."""
    async with database.transaction() as session:
        yield session, await order_holding.hold(session, viewer=viewer, order_id=order_id)


async def send(
    database: Database,
    viewer: Viewer,
    order_id: int,
    *,
    lines: Sequence[tuple[int, int]] | None = None,
    merchant_id: int | None = None,
    now: datetime = NOW,
) -> int:
    """Send pieces of an order, all that is left unless lines are named; gives the fulfilment's id."""
    async with caring(database, viewer, order_id) as (session, held):
        return await sent(session, held, lines=lines, merchant_id=merchant_id, now=now)


async def sent(
    session: AsyncSession,
    held: Held,
    *,
    lines: Sequence[tuple[int, int]] | None = None,
    merchant_id: int | None = None,
    now: datetime = NOW,
) -> int:
    """Send pieces of a held order; gives the fulfilment's id."""
    parcel = Parcel("Swift", "S-1", "https://swift.example/S-1")
    return await fulfilments.create(session, held, merchant_id=merchant_id, lines=lines, parcel=parcel, now=now)


async def delivered(database: Database, viewer: Viewer, fulfilment_id: int, *, now: datetime = NOW) -> None:
    """Confirm the delivery of a parcel."""
    async with database.transaction() as session:
        await fulfilments.confirm(session, viewer=viewer, fulfilment_id=fulfilment_id, now=now)


async def taken_back(database: Database, viewer: Viewer, fulfilment_id: int, *, note: str | None = None) -> None:
    """Take a parcel back."""
    async with database.transaction() as session:
        await fulfilment_cancellations.cancel(session, viewer=viewer, fulfilment_id=fulfilment_id, note=note, now=NOW)


async def returning(
    database: Database, viewer: Viewer, order_id: int, lines: Sequence[tuple[int, int]], *, now: datetime = NOW
) -> int:
    """Ask to send pieces of an order back; gives the return's id."""
    async with caring(database, viewer, order_id) as (session, held):
        return await returns.request(session, held, lines=lines, reason=ReturnReason.UNWANTED, note=None, now=now)


async def taken_care_of(database: Database, connection: asyncpg.Connection, merchant_id: int, customer_id: int) -> int:
    """Buy two pieces, send and deliver them, and take one back; gives the order's id."""
    everywhere = Viewer(platform=PlatformRole.ADMIN)
    bought = await buy(database, Buying([await piece(connection, merchant_id, 1_000, 2)], customer_id=customer_id))
    parcel = await send(database, everywhere, bought.order_id)
    await delivered(database, everywhere, parcel)
    key = await returning(database, Viewer(customer_id=customer_id), bought.order_id, [(bought.lines[0], 1)])
    deciding: dict[str, Any] = {"viewer": everywhere, "return_id": key, "now": NOW}
    async with database.transaction() as session:
        await returns.decide(session, action=ReturnAction.APPROVE, note=None, **deciding)
    async with database.transaction() as session:
        await returns.receive(session, lines=None, restock=True, delivery_amount=lambda _: None, **deciding)
    return bought.order_id


async def _order(driver: asyncpg.Connection, buying: Buying, price: Price, placed: Any) -> dict[str, Any]:
    number = await driver.fetchval("SELECT nextval('order_numbers')")
    cost = price.cost
    token_hash = buying.token_hash
    if buying.customer_id is None and token_hash is None:
        token_hash = secrets.token_bytes(32)
    return {
        "id": await driver.fetchval("SELECT nextval('orders_id_seq')"),
        "number": f"S{number}",
        "cart_id": None,
        "customer_id": buying.customer_id,
        "token_hash": token_hash,
        "merchant_ids": [part.merchant_id for part in placed.parts],
        "email": buying.email,
        "locale": "en",
        "address": ADDRESS,
        "status": "PENDING_PAYMENT",
        "currency": buying.currency,
        "tax_included": price.tax_included,
        "subtotal": cost.subtotal,
        "discount": cost.discount,
        "shipping": cost.shipping,
        "shipping_discount": cost.shipping_discount,
        "tax": cost.tax,
        "points_worth": cost.points,
        "total": cost.total,
        "paid": 0,
        "points_used": price.points_used,
        "points_earned": price.points_earned,
        "price": checkout.frozen(price, price.trace),
        "reserved_until": buying.now + timedelta(minutes=15),
        "placed_at": buying.now,
    }


async def _payment(driver: asyncpg.Connection, order: dict[str, Any], buying: Buying) -> dict[str, Any]:
    return {
        "id": await driver.fetchval("SELECT nextval('payments_id_seq')"),
        "order_id": order["id"],
        "method": "PROVIDER",
        "provider": "test",
        "key": secrets.token_hex(16),
        "token": "ok",
        "currency": order["currency"],
        "amount": order["total"],
        "status": "PENDING",
        "captured": 0,
        "refunded": 0,
        "attempts": 0,
        "check_at": None,
        "created_at": buying.now,
        "answered_at": None,
    }
