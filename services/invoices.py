"""Invoices and credit notes: written once, numbered without a gap for each merchant, kind and year.

The series' row is what gives the next number. It is locked last of all that a transaction locks, and its count goes
back with the transaction, so no number is lost and nobody waits for longer than the commit takes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import invoices as rules
from domain import legal_details, money
from domain.invoices import Heading, InvoiceKind, Item, Party
from models.invoices import Invoice, InvoiceSeries
from models.merchants import Merchant, MerchantLegalDetails
from models.order_refunds import Refund, RefundLine
from models.orders import OrderLine, OrderPart
from services import order_holding
from services.order_holding import Held


async def issue(
    session: AsyncSession, held: Held, part: OrderPart, *, refunded: Sequence[RefundLine], now: datetime
) -> None:
    """Invoice a merchant's part for what is not `refunded` yet, unless it has been invoiced before."""
    if await of_part(session, part) is not None:
        return
    gone: dict[int | None, list[RefundLine]] = {}
    for row in refunded:
        if row.part_id == part.id:
            gone.setdefault(row.line_id, []).append(row)
    items = [_less(_item(line), gone.get(line.id, ())) for line in held.of(part)]
    delivery = _less(_delivery(held, part), gone.get(None, ()))
    heading = _heading(held, InvoiceKind.INVOICE, await _seller(session, part), now=now)
    await _write(session, held, part, heading, items=items, delivery=delivery)


async def credit(
    session: AsyncSession, held: Held, refund: Refund, *, lines: Sequence[RefundLine], reason: str, now: datetime
) -> None:
    """Write a credit note for each part that a refund is of, if it has been invoiced."""
    for part in sorted(held.parts, key=lambda each: each.merchant_id):
        rows = [row for row in lines if row.part_id == part.id]
        invoice = await of_part(session, part) if rows else None
        if invoice is None:
            continue
        known = {line.id: line for line in held.lines}
        items = [_credited(known[row.line_id], row) for row in rows if row.line_id is not None]
        delivery = next((_credited_delivery(held, part, row) for row in rows if row.line_id is None), None)
        was = invoice.content["seller"]
        heading = _heading(held, InvoiceKind.CREDIT_NOTE, Party(was["name"], tuple(was["lines"])), now=now)
        heading = replace(heading, reason=reason, corrects=invoice.number)
        await _write(
            session, held, part, heading, items=items, delivery=delivery, refund_id=refund.id, corrects_id=invoice.id
        )


async def of_part(session: AsyncSession, part: OrderPart) -> Invoice | None:
    """Find the invoice of a merchant's part."""
    found: Invoice | None = await session.scalar(
        select(Invoice).where(Invoice.part_id == part.id, Invoice.kind == InvoiceKind.INVOICE)
    )
    return found


async def _seller(session: AsyncSession, part: OrderPart) -> Party:
    """Name a part's seller as it is now; a credit note names it as the invoice does that it corrects."""
    found = await session.execute(
        select(Merchant.name.label("trading_as"), *MerchantLegalDetails.__table__.c)
        .outerjoin(MerchantLegalDetails, MerchantLegalDetails.merchant_id == Merchant.id)
        .where(Merchant.id == part.merchant_id)
    )
    row = found.mappings().one()
    return rules.seller(row["trading_as"], None if row["merchant_id"] is None else legal_details.of_row(dict(row)))


def _heading(held: Held, kind: InvoiceKind, seller: Party, *, now: datetime) -> Heading:
    order = held.order
    return Heading(
        kind=kind,
        seller=seller,
        buyer=Party(order.address["name"], rules.address_lines(order.address)),
        order_number=order.number,
        currency=order.currency,
        issued_at=now,
    )


async def _write(
    session: AsyncSession,
    held: Held,
    part: OrderPart,
    heading: Heading,
    *,
    items: Iterable[Item],
    delivery: Item | None,
    refund_id: int | None = None,
    corrects_id: int | None = None,
) -> None:
    rows = [item for item in items if item.quantity or item.gross or item.points_worth]
    content = rules.content(heading, items=rows, delivery=delivery if delivery and delivery.gross else None)
    year = heading.issued_at.year
    sequence = await _next(session, part.merchant_id, heading.kind, year)
    number = rules.number(heading.kind, year=year, sequence=sequence)
    made = await session.execute(
        insert(Invoice)
        .values(
            order_id=part.order_id,
            part_id=part.id,
            merchant_id=part.merchant_id,
            kind=heading.kind,
            year=year,
            sequence=sequence,
            number=number,
            refund_id=refund_id,
            corrects_id=corrects_id,
            currency=heading.currency,
            total=content["total"],
            content=content,
            issued_at=heading.issued_at,
        )
        .returning(Invoice.id)
    )
    said = {
        "invoice_id": made.scalar_one(),
        "number": number,
        "kind": heading.kind.value,
        "total": money.format_amount(content["total"], heading.currency),
        "currency": heading.currency,
    }
    await order_holding.told(
        session, held, "INVOICE_ISSUED", now=heading.issued_at, merchant_id=part.merchant_id, data=said
    )
    await order_holding.announce(session, held, "INVOICE_ISSUED", merchant_id=part.merchant_id, data=said)


async def _next(session: AsyncSession, merchant_id: int, kind: InvoiceKind, year: int) -> int:
    """Take the next number of a series: its row is locked until the transaction ends."""
    made = upsert(InvoiceSeries).values(merchant_id=merchant_id, kind=kind, year=year, last=1)
    counted = made.on_conflict_do_update(
        index_elements=[InvoiceSeries.merchant_id, InvoiceSeries.kind, InvoiceSeries.year],
        set_={"last": InvoiceSeries.last + 1},
    )
    sequence: int = (await session.execute(counted.returning(InvoiceSeries.last))).scalar_one()
    return sequence


def _item(line: OrderLine) -> Item:
    gross = line.total + line.points_worth
    return Item(line.name, line.sku, line.quantity, gross, line.tax, line.tax_rate_bp, line.points_worth)


def _delivery(held: Held, part: OrderPart) -> Item:
    gross = part.shipping + (0 if part.tax_included else part.shipping_tax)
    known = (each for each in held.order.price.get("deliveries", ()) if each["merchant_id"] == part.merchant_id)
    rate = next((each["tax_rate_bp"] for each in known), 0)
    return Item(part.delivery_label, "", 1, gross, part.shipping_tax, rate)


def _less(item: Item, gone: Iterable[RefundLine]) -> Item:
    for row in gone:
        item = replace(
            item,
            quantity=item.quantity - row.quantity,
            gross=item.gross - row.amount - row.points_worth,
            tax=item.tax - row.tax,
            points_worth=item.points_worth - row.points_worth,
        )
    return item


def _credited(line: OrderLine, row: RefundLine) -> Item:
    gross = row.amount + row.points_worth
    return Item(line.name, line.sku, row.quantity, gross, row.tax, line.tax_rate_bp, row.points_worth)


def _credited_delivery(held: Held, part: OrderPart, row: RefundLine) -> Item:
    return replace(_delivery(held, part), gross=row.amount, tax=row.tax)
