"""What was sent of the demo's orders: parcels, invoices, and the stock that they took."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any, Final, NamedTuple

import asyncpg

from domain import invoices, legal_details
from domain.fulfilments import FulfilmentStatus
from domain.inventory import MovementKind
from domain.invoices import Heading, InvoiceKind, Item, Party
from domain.orders import PartStatus
from models.fulfilments import Fulfilment, FulfilmentLine, FulfilmentSource
from models.inventory import StockReservation
from models.invoices import Invoice
from models.recordsets import Insert
from services.demo_order_makings import Made, Sent
from services.demo_order_shelves import CURRENCY
from services.stock_movements import Why

CARRIER: Final = "Demo Parcel"
_RESERVATIONS: Final = Insert(
    StockReservation, "order_id line_id variant_id warehouse_id quantity shipped released reason"
)
_PARCELS: Final = Insert(
    Fulfilment,
    "id order_id part_id merchant_id status carrier tracking_number shipped_at delivered_at version",
)
_PARCEL_LINES: Final = Insert(FulfilmentLine, "fulfilment_id line_id quantity")
_PARCEL_SOURCES: Final = Insert(FulfilmentSource, "fulfilment_id line_id warehouse_id quantity")
_INVOICES: Final = Insert(
    Invoice, "order_id part_id merchant_id kind year sequence number currency total content issued_at"
)
_SERIES: Final = """
    INSERT INTO invoice_series (merchant_id, kind, year, last)
    SELECT merchant_id, 'INVOICE', year, count FROM unnest($1::bigint[], $2::int[], $3::int[]) AS given
        (merchant_id, year, count)
    ORDER BY merchant_id, year
    ON CONFLICT (merchant_id, kind, year) DO UPDATE SET last = invoice_series.last + excluded.last
    RETURNING merchant_id, year, last
"""
_LOCK: Final = """
    SELECT FROM stock_levels WHERE (variant_id, warehouse_id) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))
    ORDER BY variant_id, warehouse_id FOR NO KEY UPDATE
"""
_MOVE: Final = """
    UPDATE stock_levels SET on_hand = on_hand + given.units, reserved = reserved + given.promised
    FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::int[]) AS given (variant_id, warehouse_id, units, promised),
        (SELECT set_config('souk.movement', $5, true)) AS why (said)
    WHERE stock_levels.variant_id = given.variant_id AND stock_levels.warehouse_id = given.warehouse_id
        AND said IS NOT NULL
"""
_SELLERS: Final = """
    SELECT merchants.id, merchants.name AS trading_as, details.* FROM merchants
    LEFT JOIN merchant_legal_details AS details ON merchant_id = merchants.id WHERE merchants.id = ANY($1::bigint[])
"""
_SUPPLIED: Final = "delivered by the supplier"


class Ids(NamedTuple):
    """The keys of one order's rows: parts and parcels by merchant, lines in their order."""

    order: int
    number: str
    payment: int
    parts: dict[int, int]
    lines: list[int]
    parcels: dict[int, int]


async def write(driver: asyncpg.Connection, numbered: Sequence[tuple[Made, Ids]]) -> None:
    """Write parcels, invoices, reservations and movements of orders that are written."""
    await _PARCELS.run(driver, [row for order, ids in numbered for row in _parcels(order, ids)])
    pieces = [row for order, ids in numbered for row in _parcel_lines(order, ids)]
    await _PARCEL_LINES.run(driver, pieces)
    await _PARCEL_SOURCES.run(driver, pieces)
    await _invoice(driver, numbered)
    await _stock(driver, numbered)


def _parcels(order: Made, ids: Ids) -> Iterable[dict[str, Any]]:
    for each in order.sent:
        yield {
            "id": ids.parcels[each.merchant_id],
            "order_id": ids.order,
            "part_id": ids.parts[each.merchant_id],
            "merchant_id": each.merchant_id,
            "status": FulfilmentStatus.SHIPPED if each.delivered_at is None else FulfilmentStatus.DELIVERED,
            "carrier": CARRIER,
            "tracking_number": f"DP{ids.parcels[each.merchant_id]:010d}",
            "shipped_at": each.shipped_at,
            "delivered_at": each.delivered_at,
            "version": 1 if each.delivered_at is None else 2,
        }


def _parcel_lines(order: Made, ids: Ids) -> Iterable[dict[str, Any]]:
    """Give what is in the parcels, line by line, with where it has left."""
    places = {thing.variant_id: thing.warehouse_id for thing in order.things}
    for line, line_id in zip(order.placed.lines, ids.lines, strict=True):
        if line.merchant_id in ids.parcels:
            yield {
                "fulfilment_id": ids.parcels[line.merchant_id],
                "line_id": line_id,
                "warehouse_id": places[line.variant_id],
                "quantity": line.quantity,
            }


async def _invoice(driver: asyncpg.Connection, numbered: Sequence[tuple[Made, Ids]]) -> None:
    """Invoice what was sent, numbered without a gap for each merchant and year."""
    merchants = sorted({merchant for _, ids in numbered for merchant in ids.parts})
    sellers = {row["id"]: _seller(row) for row in await driver.fetch(_SELLERS, merchants)}
    due = sorted(
        ((each.shipped_at, each.merchant_id, order, ids, each) for order, ids in numbered for each in order.sent),
        key=lambda one: one[:2],
    )
    counts = Counter((merchant_id, shipped_at.year) for shipped_at, merchant_id, *_ in due)
    keys = sorted(counts)
    lasts = await driver.fetch(
        _SERIES, [key[0] for key in keys], [key[1] for key in keys], [counts[key] for key in keys]
    )
    series = {
        (row["merchant_id"], row["year"]): count(row["last"] - counts[row["merchant_id"], row["year"]] + 1)
        for row in lasts
    }
    rows = [
        _bill(order, ids, each, seller=sellers[merchant_id], sequence=next(series[merchant_id, shipped_at.year]))
        for shipped_at, merchant_id, order, ids, each in due
    ]
    await _INVOICES.run(driver, rows)


def _seller(row: asyncpg.Record) -> Party:
    return invoices.seller(row["trading_as"], None if row["merchant_id"] is None else legal_details.of_row(row))


def _bill(order: Made, ids: Ids, sent: Sent, *, seller: Party, sequence: int) -> dict[str, Any]:
    heading = Heading(
        kind=InvoiceKind.INVOICE,
        seller=seller,
        buyer=Party(order.address["name"], invoices.address_lines(order.address)),
        order_number=ids.number,
        currency=CURRENCY,
        issued_at=sent.shipped_at,
    )
    lines = [line for line in order.placed.lines if line.merchant_id == sent.merchant_id]
    items = [Item(line.name, line.sku, line.quantity, line.total, line.tax, line.tax_rate_bp) for line in lines]
    (part,) = (part for part in order.placed.parts if part.merchant_id == sent.merchant_id)
    rate = next(each.tax_rate for each in order.price.deliveries if each.merchant_id == sent.merchant_id)
    gross = part.shipping + (0 if part.tax_included else part.shipping_tax)
    delivery = Item(part.delivery_label, "", 1, gross, part.shipping_tax, rate)
    content = invoices.content(heading, items=items, delivery=delivery if gross else None)
    return {
        "order_id": ids.order,
        "part_id": ids.parts[sent.merchant_id],
        "merchant_id": sent.merchant_id,
        "kind": heading.kind,
        "year": sent.shipped_at.year,
        "sequence": sequence,
        "number": invoices.number(heading.kind, year=sent.shipped_at.year, sequence=sequence),
        "currency": CURRENCY,
        "total": content["total"],
        "content": content,
        "issued_at": sent.shipped_at,
    }


async def _stock(driver: asyncpg.Connection, numbered: Sequence[tuple[Made, Ids]]) -> None:
    """Reserve what is to be sent yet; let come and go what was sent."""
    rows, gone, promised = [], Counter[tuple[int, int]](), Counter[tuple[int, int]]()
    for order, ids in numbered:
        places = {thing.variant_id: thing.warehouse_id for thing in order.things}
        for line, line_id in zip(order.placed.lines, ids.lines, strict=True):
            place, state = places[line.variant_id], order.parts[line.merchant_id]
            sums = {PartStatus.READY: promised, PartStatus.CANCELLED: Counter[tuple[int, int]]()}.get(state, gone)
            sums[line.variant_id, place] += line.quantity
            rows.append(
                {
                    "order_id": ids.order,
                    "line_id": line_id,
                    "variant_id": line.variant_id,
                    "warehouse_id": place,
                    "quantity": line.quantity,
                    "shipped": line.quantity if sums is gone else 0,
                    "released": line.quantity if state is PartStatus.CANCELLED else 0,
                    "reason": "Demo data: the warehouse that had most of it.",
                }
            )
    keys = sorted({*gone, *promised})
    variants, warehouses = [key[0] for key in keys], [key[1] for key in keys]
    came, nothing = [gone[key] for key in keys], [0] * len(keys)
    await driver.fetch(_LOCK, variants, warehouses)
    supplied = Why(MovementKind.ADJUSTMENT, reason=_SUPPLIED).said
    await driver.execute(_MOVE, variants, warehouses, came, nothing, supplied)
    sent, kept = [-units for units in came], [promised[key] for key in keys]
    await driver.execute(_MOVE, variants, warehouses, sent, kept, Why(MovementKind.SHIPMENT).said)
    await _RESERVATIONS.run(driver, rows)
