"""Orders: by id, a customer's own, with parts, lines, payments and timeline."""

from sqlalchemy import any_, func, select

from models.database import Row
from models.orders import Order, OrderEntry, OrderLine, OrderPart
from models.payments import Payment
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import Many, One, keys
from services import access


class OrderRow(Row):
    """An order, for whoever may see it: wholly, or as a merchant that has a part in it."""


class OrderPartRow(Row):
    """A merchant's part of an order, with whose the order is."""


class OrderLineRow(Row):
    """A line of an order, with whose the order is."""


class PaymentRow(Row):
    """A payment of an order, with whose the order is."""


_OF_PART = (Order.customer_id, Order.token_hash, Order.currency)
"""What tells, with `merchant_id`, who may see what belongs to a part of an order."""
_HOLDERS = (*_OF_PART, Order.merchant_ids)
"""What tells who may see what belongs to an order."""

LIGHT = (*(Order.id, *_OF_PART, Order.number, Order.email, Order.status, Order.total, Order.placed_at),)
"""What lists show of orders, more often than not."""
ORDERS = select(
    Order.id,
    *_HOLDERS,
    Order.number,
    Order.email,
    Order.address,
    Order.status,
    Order.status_reason,
    Order.tax_included,
    Order.subtotal,
    Order.discount,
    Order.shipping,
    Order.shipping_discount,
    Order.tax,
    Order.points_worth,
    Order.total,
    Order.paid,
    Order.refunded,
    Order.points_used,
    Order.points_earned,
    Order.reserved_until,
    Order.placed_at,
    Order.paid_at,
    Order.closed_at,
    Order.version,
)
BY_ID = One(ORDERS.where(Order.id == any_(keys())), key="id", row=OrderRow, seen_by=access.sees_order)
OF_CUSTOMERS = Keyset(
    ORDERS,
    order=(Order.id,),
    descending=True,
    row=OrderRow,
    name="orders",
    parent=Order.customer_id,
    light=LIGHT,
)
COUNTS = One(
    select(Order.customer_id, func.count().label("count"))
    .where(Order.customer_id == any_(keys()))
    .group_by(Order.customer_id),
    key="customer_id",
    row=Row,
)
PRICES = One(select(Order.id, Order.price).where(Order.id == any_(keys())), key="id", row=Row)
"""What the prices were made of: large, and only for who sees the whole order."""

_PARTS = select(*(column for column in OrderPart.__table__.c), *_OF_PART).join(Order, Order.id == OrderPart.order_id)
PART_BY_ID = One(_PARTS.where(OrderPart.id == any_(keys())), key="id", row=OrderPartRow, seen_by=access.sees_order_part)
PARTS = Many(
    _PARTS.where(OrderPart.order_id == any_(keys())).order_by(OrderPart.merchant_id),
    key="order_id",
    row=OrderPartRow,
    seen_by=access.sees_order_part,
)

_LINES = select(
    OrderLine.id,
    OrderLine.order_id,
    OrderLine.part_id,
    OrderLine.merchant_id,
    *_OF_PART,
    OrderLine.variant_id,
    OrderLine.product_id,
    OrderLine.sku,
    OrderLine.name,
    OrderLine.quantity,
    OrderLine.unit_price,
    OrderLine.is_gift,
    OrderLine.tax_included,
    OrderLine.base,
    OrderLine.discount,
    OrderLine.net,
    OrderLine.tax,
    OrderLine.tax_rate_bp,
    OrderLine.points_used,
    OrderLine.points_worth,
    OrderLine.points_earned,
    OrderLine.total,
    OrderLine.fulfilled,
    OrderLine.cancelled,
    OrderLine.returned,
    OrderLine.refunded,
    OrderLine.points_returned,
).join(Order, Order.id == OrderLine.order_id)
_LIGHT_LINE = (
    *(OrderLine.id, OrderLine.order_id, OrderLine.part_id, OrderLine.merchant_id, *_OF_PART),
    *(OrderLine.variant_id, OrderLine.product_id, OrderLine.sku, OrderLine.name, OrderLine.quantity),
    *(OrderLine.unit_price, OrderLine.is_gift, OrderLine.total),
)
LINE_BY_ID = One(_LINES.where(OrderLine.id == any_(keys())), key="id", row=OrderLineRow, seen_by=access.sees_order_part)
LINES = Many(
    _LINES.where(OrderLine.order_id == any_(keys())).order_by(OrderLine.id),
    key="order_id",
    row=OrderLineRow,
    seen_by=access.sees_order_part,
    light=_LIGHT_LINE,
)
"""An order has as many lines as a cart may have, and gifts."""

_PAYMENTS = select(
    Payment.id,
    Payment.order_id,
    Order.customer_id,
    Order.token_hash,
    Payment.method,
    Payment.provider,
    Payment.currency,
    Payment.amount,
    Payment.status,
    Payment.captured,
    func.coalesce(Payment.captured_currency, Payment.currency).label("captured_currency"),
    Payment.refunded,
    Payment.failure,
    Payment.created_at,
    Payment.answered_at,
).join(Order, Order.id == Payment.order_id)
PAYMENT_BY_ID = One(
    _PAYMENTS.where(Payment.id == any_(keys())), key="id", row=PaymentRow, seen_by=access.sees_whole_order
)
PAYMENTS = Many(
    _PAYMENTS.where(Payment.order_id == any_(keys())).order_by(Payment.id),
    key="order_id",
    row=PaymentRow,
    seen_by=access.sees_whole_order,
)
ENTRIES = Many(
    select(
        OrderEntry.id,
        OrderEntry.order_id,
        OrderEntry.merchant_id,
        *_HOLDERS,
        OrderEntry.action,
        OrderEntry.from_status,
        OrderEntry.to_status,
        OrderEntry.data,
        OrderEntry.occurred_at,
    )
    .join(Order, Order.id == OrderEntry.order_id)
    .where(OrderEntry.order_id == any_(keys()))
    .order_by(OrderEntry.id),
    key="order_id",
    row=Row,
    seen_by=access.sees_order_entry,
)
