"""What follows a paid order: fulfilments, refunds, returns, invoices, with whose they are."""

from sqlalchemy import ARRAY, BigInteger, any_, func, literal, select

from models.database import Row
from models.fulfilments import Fulfilment, FulfilmentLine
from models.invoices import Invoice
from models.order_refunds import Refund, RefundLine
from models.orders import Order
from models.payments import Payment, PaymentRefund
from models.returns import Return, ReturnLine
from resolvers.loaders.lookups import Many, One, keys
from services import access


class FulfilmentRow(Row):
    """A parcel of a merchant's part, with whose the order is."""


class RefundRow(Row):
    """What was refunded at one time; `merchant_ids` are those that it is of, `statuses` those of its payments."""


class ReturnRow(Row):
    """What a customer sends back, with whose the order is."""


class InvoiceRow(Row):
    """An invoice or a credit note, with whose the order is."""


_HOLDERS = (Order.customer_id, Order.token_hash, Order.currency)

_FULFILMENTS = select(
    Fulfilment.id,
    Fulfilment.order_id,
    Fulfilment.merchant_id,
    Fulfilment.status,
    Fulfilment.carrier,
    Fulfilment.tracking_number,
    Fulfilment.tracking_url,
    Fulfilment.shipped_at,
    Fulfilment.delivered_at,
    Fulfilment.cancelled_at,
    *_HOLDERS,
).join(Order, Order.id == Fulfilment.order_id)
FULFILMENT_BY_ID = One(
    _FULFILMENTS.where(Fulfilment.id == any_(keys())), key="id", row=FulfilmentRow, seen_by=access.sees_order_part
)
FULFILMENTS = Many(
    _FULFILMENTS.where(Fulfilment.order_id == any_(keys())).order_by(Fulfilment.id),
    key="order_id",
    row=FulfilmentRow,
    seen_by=access.sees_order_part,
)
FULFILMENT_LINES = Many(
    select(FulfilmentLine.fulfilment_id, FulfilmentLine.line_id, FulfilmentLine.quantity)
    .where(FulfilmentLine.fulfilment_id == any_(keys()))
    .order_by(FulfilmentLine.line_id),
    key="fulfilment_id",
    row=Row,
)

_MERCHANTS = (
    select(func.coalesce(func.array_agg(RefundLine.merchant_id.distinct()), literal([], ARRAY(BigInteger))))
    .where(RefundLine.refund_id == Refund.id)
    .correlate(Refund)
    .scalar_subquery()
)
_STATUSES = (
    select(func.array_agg(PaymentRefund.status))
    .where(PaymentRefund.refund_id == Refund.id)
    .correlate(Refund)
    .scalar_subquery()
)
_REFUNDS = select(
    Refund.id,
    Refund.order_id,
    Refund.reason,
    Refund.note,
    Refund.amount,
    Refund.points,
    Refund.return_id,
    Refund.created_at,
    _MERCHANTS.label("merchant_ids"),
    _STATUSES.label("statuses"),
    *_HOLDERS,
).join(Order, Order.id == Refund.order_id)
REFUND_BY_ID = One(_REFUNDS.where(Refund.id == any_(keys())), key="id", row=RefundRow, seen_by=access.sees_order)
REFUNDS = Many(
    _REFUNDS.where(Refund.order_id == any_(keys())).order_by(Refund.id),
    key="order_id",
    row=RefundRow,
    seen_by=access.sees_order,
)
REFUND_LINES = Many(
    select(
        RefundLine.refund_id,
        RefundLine.merchant_id,
        RefundLine.line_id,
        RefundLine.quantity,
        RefundLine.cancelled,
        RefundLine.restocked,
        RefundLine.amount,
        RefundLine.points,
        *_HOLDERS,
    )
    .join(Order, Order.id == RefundLine.order_id)
    .where(RefundLine.refund_id == any_(keys()))
    .order_by(RefundLine.id),
    key="refund_id",
    row=Row,
    seen_by=access.sees_order_part,
)

_RETURNS = select(
    Return.id,
    Return.order_id,
    Return.merchant_id,
    Return.status,
    Return.reason,
    Return.note,
    Return.decision,
    Return.requested_at,
    Return.decided_at,
    Return.received_at,
    Return.cancelled_at,
    *_HOLDERS,
).join(Order, Order.id == Return.order_id)
RETURN_BY_ID = One(_RETURNS.where(Return.id == any_(keys())), key="id", row=ReturnRow, seen_by=access.sees_order_part)
RETURNS = Many(
    _RETURNS.where(Return.order_id == any_(keys())).order_by(Return.id),
    key="order_id",
    row=ReturnRow,
    seen_by=access.sees_order_part,
)
RETURN_LINES = Many(
    select(ReturnLine.return_id, ReturnLine.line_id, ReturnLine.quantity, ReturnLine.received)
    .where(ReturnLine.return_id == any_(keys()))
    .order_by(ReturnLine.line_id),
    key="return_id",
    row=Row,
)

_INVOICES = select(
    Invoice.id,
    Invoice.order_id,
    Invoice.merchant_id,
    Invoice.kind,
    Invoice.number,
    Invoice.total,
    Invoice.issued_at,
    *_HOLDERS,
).join(Order, Order.id == Invoice.order_id)
INVOICE_BY_ID = One(
    _INVOICES.where(Invoice.id == any_(keys())), key="id", row=InvoiceRow, seen_by=access.sees_order_part
)
INVOICES = Many(
    _INVOICES.where(Invoice.order_id == any_(keys())).order_by(Invoice.id),
    key="order_id",
    row=InvoiceRow,
    seen_by=access.sees_order_part,
)
INVOICE_CONTENT = One(
    select(Invoice.id, Invoice.number, Invoice.content).where(Invoice.id == any_(keys())), key="id", row=Row
)
"""What stands on a document, for the page that a signed link opens."""
PAYBACKS = Many(
    select(Payment.order_id, PaymentRefund.id)
    .join(Payment, Payment.id == PaymentRefund.payment_id)
    .where(Payment.order_id == any_(keys()), PaymentRefund.status == "PENDING")
    .order_by(PaymentRefund.id),
    key="order_id",
    row=Row,
)
"""Money of orders that a provider has still to give back."""
