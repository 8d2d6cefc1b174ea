"""What follows a paid order: parcels, refunds, returns, invoices."""

from typing import Any

import strawberry

from domain.fulfilments import FulfilmentStatus as Parcels
from domain.invoices import InvoiceKind as Kinds
from domain.order_actions import OrderAction as Actions
from domain.order_refunds import RefundReason as Reasons
from domain.order_refunds import RefundStatus as Standing
from domain.returns import ReturnReason as Whys
from domain.returns import ReturnStatus as Stages
from graph import ids
from graph.execution.declarations import OfClass
from graph.fields import batch, column, computed, related
from graph.scalars import Instant
from graph.types.merchants import Merchant
from graph.types.money import Money, money
from graph.types.node import Node
from graph.types.order_lines import OrderLine
from graph.types.vocabulary import enumeration
from resolvers import order_care
from resolvers.loaders import merchants as merchant_loaders
from resolvers.loaders import order_care as loaders
from resolvers.loaders import orders as order_loaders
from resolvers.loaders.order_care import FulfilmentRow, InvoiceRow, RefundRow, ReturnRow

OrderAction: Any = enumeration(
    "OrderAction",
    "What may be done to an order, or to a merchant's part of it.",
    {
        Actions.PAY: "Its customer may pay it: `checkoutComplete` has asked for the payment, and waits for it.",
        Actions.CANCEL: "`orderCancel`: the whole by its customer, a part by who may refund it.",
        Actions.FULFIL: "`fulfilmentCreate`.",
        Actions.CANCEL_FULFILMENT: "`fulfilmentCancel` of a parcel that is underway.",
        Actions.CONFIRM_DELIVERY: "`deliveryConfirm` of a parcel that is underway.",
        Actions.REFUND: "`orderRefund`.",
        Actions.REQUEST_RETURN: "`returnRequest`.",
        Actions.ADD_NOTE: "`orderNoteAdd`.",
    },
)
FulfilmentStatus: Any = enumeration(
    "FulfilmentStatus",
    "Where a parcel is.",
    {
        Parcels.SHIPPED: "It was sent.",
        Parcels.DELIVERED: "It has arrived.",
        Parcels.CANCELLED: "It was taken back: what is in it is to be sent again.",
    },
)
RefundReason: Any = enumeration(
    "RefundReason",
    "Why something is given back.",
    {
        Reasons.CANCELLED: "It was cancelled.",
        Reasons.RETURNED: "It was sent back.",
        Reasons.DAMAGED: "It was damaged.",
        Reasons.WRONG_ITEM: "Something else was sent.",
        Reasons.NOT_AS_DESCRIBED: "It is not what was described.",
        Reasons.LATE: "It came too late.",
        Reasons.LOST: "It never arrived.",
        Reasons.GOODWILL: "As a courtesy.",
        Reasons.OTHER: "For another reason; the note says which.",
    },
)
RefundStatus: Any = enumeration(
    "RefundStatus",
    "Where the money of a refund is.",
    {
        Standing.PENDING: "The payment provider has been asked, or will be.",
        Standing.SUCCEEDED: "It was given back.",
        Standing.FAILED: "The payment provider has refused: staff may try again, by `orderRefundRetry`.",
    },
)
ReturnStatus: Any = enumeration(
    "ReturnStatus",
    "Where a return stands.",
    {
        Stages.REQUESTED: "The customer has asked.",
        Stages.APPROVED: "The merchant awaits it.",
        Stages.REJECTED: "The merchant does not take it; `decision` says why.",
        Stages.RECEIVED: "It has come, and was refunded.",
        Stages.CANCELLED: "It was withdrawn before it came.",
    },
)
ReturnReason: Any = enumeration(
    "ReturnReason",
    "Why something is sent back.",
    {
        Whys.UNWANTED: "It is not wanted.",
        Whys.DAMAGED: "It is damaged.",
        Whys.WRONG_ITEM: "It is not what was ordered.",
        Whys.NOT_AS_DESCRIBED: "It is not what was described.",
        Whys.DOES_NOT_FIT: "It does not fit.",
        Whys.OTHER: "For another reason; the note says which.",
    },
)
InvoiceKind: Any = enumeration(
    "InvoiceKind",
    "What a document is.",
    {Kinds.INVOICE: "An invoice.", Kinds.CREDIT_NOTE: "A credit note: it takes from an invoice what was refunded."},
)


@strawberry.type(description="Pieces of a line in a parcel. Seen as the parcel is.")
class FulfilmentLine:
    """Pieces of a line in a parcel."""

    line: OrderLine | None = related(order_loaders.LINE_BY_ID, by="line_id", description="Of which line.")
    quantity: int = column("How many pieces.")


@strawberry.type(description="A parcel of a merchant's part of an order. Seen by who sees that part.")
class Fulfilment(Node):
    """A parcel of a merchant's part of an order."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Fulfilment"))
    merchant: Merchant | None = related(
        merchant_loaders.BY_ID, by="merchant_id", description="Who has sent it; null if not active any more."
    )
    status: FulfilmentStatus = column("Where it is.")
    carrier: str | None = column("Who carries it; null if that was not told.")
    tracking_number: str | None = column("The carrier's number of it; null if that was not told.")
    tracking_url: str | None = column("Where it can be followed; null if that was not told.")
    lines: list[FulfilmentLine] = related(loaders.FULFILMENT_LINES, by="id", description="What is in it.")
    shipped_at: Instant = column("When it was sent.")
    delivered_at: Instant | None = column("When its delivery was confirmed; null before.")
    cancelled_at: Instant | None = column("When it was taken back; null if it was not.")

    is_type_of = OfClass(FulfilmentRow)


@strawberry.type(description="What a refund gives of a line, or of a delivery. Seen by who sees its merchant's part.")
class RefundLine:
    """What a refund gives of a line, or of a delivery."""

    line: OrderLine | None = related(
        order_loaders.LINE_BY_ID, by="line_id", description="Of which line; null for the merchant's delivery."
    )
    merchant: Merchant | None = related(
        merchant_loaders.BY_ID, by="merchant_id", description="Whose part it is of; null if not active any more."
    )
    quantity: int = column("How many pieces; 0 for an amount.")
    cancelled: int = column("How many of them will not be sent any more.")
    restocked: int = column("How many of them were put back into stock.")
    amount: Money = computed(order_care.line_amount, description="How much money.")
    points_returned: int = column("How many points.", name="points", convert=int)


@strawberry.type(
    description="What was given back of an order at one time. Seen by who sees the order; a merchant's staff sees "
    "its part alone, and all sums are then that part's."
)
class Refund(Node):
    """What was given back of an order at one time."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Refund"))
    status: RefundStatus = computed(order_care.status, description="Where its money is.")
    reason: RefundReason = column("Why.")
    note: str | None = column("What was said about it, for the customer; null if nothing was.")
    amount: Money = batch(order_care.amount, description="How much money.")
    points_returned: int = batch(order_care.points, description="How many points that were used.")
    lines: list[RefundLine] = related(loaders.REFUND_LINES, by="id", description="Of which lines and deliveries.")
    created_at: Instant = column("When.")

    is_type_of = OfClass(RefundRow)


@strawberry.type(description="Pieces of a line that are sent back. Seen as the return is.")
class ReturnLine:
    """Pieces of a line that are sent back."""

    line: OrderLine | None = related(order_loaders.LINE_BY_ID, by="line_id", description="Of which line.")
    quantity: int = column("How many pieces were announced.")
    received: int = column("How many of them have come.")


@strawberry.type(description="Pieces of a merchant's part that a customer sends back. Seen by who sees that part.")
class Return(Node):
    """Pieces of a merchant's part that a customer sends back."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Return"))
    merchant: Merchant | None = related(
        merchant_loaders.BY_ID, by="merchant_id", description="To whom; null if not active any more."
    )
    status: ReturnStatus = column("Where it stands.")
    reason: ReturnReason = column("Why.")
    note: str | None = column("What the customer says; null if nothing.")
    decision: str | None = column("What the merchant says; null if nothing yet.")
    lines: list[ReturnLine] = related(loaders.RETURN_LINES, by="id", description="What is sent back.")
    requested_at: Instant = column("When it was asked for.")
    decided_at: Instant | None = column("When it was approved or rejected; null before.")
    received_at: Instant | None = column("When it came; null before.")
    cancelled_at: Instant | None = column("When it was withdrawn; null if it was not.")

    is_type_of = OfClass(ReturnRow)


@strawberry.type(
    description="An invoice of a merchant's part of an order, or a credit note. Seen by who sees that part. It never "
    "changes; numbers of a merchant, kind and year have no gap."
)
class Invoice(Node):
    """An invoice of a merchant's part of an order, or a credit note."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Invoice"))
    kind: InvoiceKind = column("What it is.")
    number: str = column("Its number: INV-2026-000001.")
    merchant: Merchant | None = related(
        merchant_loaders.BY_ID, by="merchant_id", description="Who has written it; null if not active any more."
    )
    total: Money = money("total", description="What it asks for, or gives back, in money.")
    issued_at: Instant = column("When it was written.")
    path: str = batch(
        order_care.paths, description="Open the printable page there within ten minutes; ask again for a new link."
    )

    is_type_of = OfClass(InvoiceRow)
