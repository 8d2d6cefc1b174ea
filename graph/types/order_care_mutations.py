"""Inputs and payloads of what is done to orders once they are placed."""

import strawberry

from graph.fields import related
from graph.inputs import IdempotentInput, id_of
from graph.mutation_fields import IdempotentPayload, Payload
from graph.types.checkout_mutations import MoneyInput
from graph.types.order_care import Fulfilment, Refund, RefundReason, Return, ReturnReason
from graph.types.orders import Order
from resolvers.loaders import order_care as loaders
from resolvers.loaders import orders as order_loaders

_ORDER = "The order after the change; null if it was refused."


@strawberry.input(description="An order to cancel.")
class OrderCancelInput(IdempotentInput):
    """An order to cancel."""

    order_id: strawberry.ID = id_of("Order", "Which order.")
    reason: str | None = strawberry.field(default=None, description="Why; the customer sees it. Up to 500 characters.")
    merchant_id: strawberry.ID | None = id_of(
        "Merchant",
        "Whose part staff cancels; left out, all parts that are the viewer's to cancel. A customer cancels the whole.",
        default=None,
    )


@strawberry.type(description="The order that was cancelled.")
class OrderCancelPayload(IdempotentPayload):
    """The order that was cancelled."""

    order: Order | None = related(order_loaders.BY_ID, by="order_id", description=_ORDER)


@strawberry.input(description="What is refunded of a line: pieces, or an amount; one of them is needed.")
class RefundLineInput:
    """What is refunded of a line."""

    line_id: strawberry.ID = id_of("OrderLine", "Which line.")
    quantity: int | None = strawberry.field(
        default=None,
        description="How many pieces, each for its share of what is left of the line. Those that were not sent go "
        "first, and will not be sent any more.",
    )
    amount: MoneyInput | None = strawberry.field(
        default=None, description="How much money, without any piece; points come back in its proportion."
    )


@strawberry.input(description="What is refunded of a merchant's delivery.")
class RefundShippingInput:
    """What is refunded of a merchant's delivery."""

    merchant_id: strawberry.ID = id_of("Merchant", "Whose delivery.")
    amount: MoneyInput | None = strawberry.field(default=None, description="How much; left out, all that is left.")


@strawberry.input(description="What is given back of an order, and why.")
class OrderRefundInput(IdempotentInput):
    """What is given back of an order, and why."""

    order_id: strawberry.ID = id_of("Order", "Which order.")
    lines: list[RefundLineInput] = strawberry.field(default_factory=list, description="Of which lines.")
    shipping: list[RefundShippingInput] = strawberry.field(
        default_factory=list,
        description="Of which merchants' deliveries. Where nothing was sent and nothing will be, the delivery goes "
        "back without being asked for.",
    )
    reason: RefundReason = strawberry.field(description="Why.")
    restock: bool = strawberry.field(
        default=False, description="Whether pieces that were sent have come back and can be sold again."
    )
    note: str | None = strawberry.field(
        default=None, description="What the customer shall read about it. Up to 500 characters."
    )


@strawberry.type(description="What was given back.")
class OrderRefundPayload(IdempotentPayload):
    """What was given back."""

    refund: Refund | None = related(
        loaders.REFUND_BY_ID, by="refund_id", description="The refund; null if it was refused."
    )
    order: Order | None = related(order_loaders.BY_ID, by="order_id", description=_ORDER)


@strawberry.input(description="An order of which a provider has refused to give money back.")
class OrderRefundRetryInput(IdempotentInput):
    """An order of which a provider has refused to give money back."""

    order_id: strawberry.ID = id_of("Order", "Which order.")


@strawberry.type(description="The order whose refused refunds were tried again; `refunds` says with what success.")
class OrderRefundRetryPayload(IdempotentPayload):
    """The order whose refused refunds were tried again."""

    order: Order | None = related(order_loaders.BY_ID, by="order_id", description=_ORDER)


@strawberry.input(description="Pieces of a line.")
class PiecesInput:
    """Pieces of a line."""

    line_id: strawberry.ID = id_of("OrderLine", "Which line.")
    quantity: int = strawberry.field(description="How many pieces.")


@strawberry.input(description="What is sent of an order, and by whom.")
class FulfilmentCreateInput(IdempotentInput):
    """What is sent of an order, and by whom."""

    order_id: strawberry.ID = id_of("Order", "Which order.")
    merchant_id: strawberry.ID | None = id_of(
        "Merchant", "Whose part, for who works for several; left out, that of the lines or the only one.", default=None
    )
    lines: list[PiecesInput] | None = strawberry.field(
        default=None, description="What is sent; left out, all that is left of the part."
    )
    carrier: str | None = strawberry.field(default=None, description="Who carries it. Up to 60 characters.")
    tracking_number: str | None = strawberry.field(
        default=None, description="The carrier's number of it. Up to 80 characters."
    )
    tracking_url: str | None = strawberry.field(
        default=None, description="Where it can be followed: https://... Up to 500 characters."
    )


@strawberry.input(description="By what a parcel is followed from now on; what is left out is not known any more.")
class FulfilmentUpdateInput:
    """By what a parcel is followed from now on."""

    fulfilment_id: strawberry.ID = id_of("Fulfilment", "Which parcel.")
    carrier: str | None = strawberry.field(default=None, description="Who carries it. Up to 60 characters.")
    tracking_number: str | None = strawberry.field(
        default=None, description="The carrier's number of it. Up to 80 characters."
    )
    tracking_url: str | None = strawberry.field(
        default=None, description="Where it can be followed: https://... Up to 500 characters."
    )


@strawberry.input(description="A parcel that has arrived.")
class DeliveryConfirmInput(IdempotentInput):
    """A parcel that has arrived."""

    fulfilment_id: strawberry.ID = id_of("Fulfilment", "Which parcel.")


@strawberry.input(description="A parcel that was made by mistake, and has not arrived.")
class FulfilmentCancelInput(IdempotentInput):
    """A parcel that was made by mistake."""

    fulfilment_id: strawberry.ID = id_of("Fulfilment", "Which parcel.")
    note: str | None = strawberry.field(default=None, description="Why; the customer sees it. Up to 500 characters.")


@strawberry.type(description="The parcel after the change, which takes effect once.")
class FulfilmentPayload(IdempotentPayload):
    """The parcel after the change."""

    fulfilment: Fulfilment | None = related(
        loaders.FULFILMENT_BY_ID, by="fulfilment_id", description="The parcel; null if it was refused."
    )
    order: Order | None = related(order_loaders.BY_ID, by="order_id", description=_ORDER)


@strawberry.type(description="The parcel with what it is followed by.")
class FulfilmentUpdatePayload(Payload):
    """The parcel with what it is followed by."""

    fulfilment: Fulfilment | None = related(
        loaders.FULFILMENT_BY_ID, by="fulfilment_id", description="The parcel; null if it was refused."
    )


@strawberry.input(description="What a customer wants to send back, of one merchant's part.")
class ReturnRequestInput(IdempotentInput):
    """What a customer wants to send back."""

    order_id: strawberry.ID = id_of("Order", "Which order.")
    lines: list[PiecesInput] = strawberry.field(description="What is sent back; all of one merchant's.")
    reason: ReturnReason = strawberry.field(description="Why.")
    note: str | None = strawberry.field(
        default=None, description="What the merchant should know. Up to 1,000 characters."
    )


@strawberry.input(description="A return that the merchant takes.")
class ReturnApproveInput:
    """A return that the merchant takes."""

    return_id: strawberry.ID = id_of("Return", "Which return.")
    note: str | None = strawberry.field(
        default=None, description="What the customer should know, such as where to send it. Up to 1,000 characters."
    )


@strawberry.input(description="A return that the merchant does not take.")
class ReturnRejectInput:
    """A return that the merchant does not take."""

    return_id: strawberry.ID = id_of("Return", "Which return.")
    note: str = strawberry.field(description="Why, for the customer. 1 to 1,000 characters.")


@strawberry.input(description="A return that is withdrawn: what was to be sent back is kept.")
class ReturnCancelInput:
    """A return that is withdrawn."""

    return_id: strawberry.ID = id_of("Return", "Which return.")
    note: str | None = strawberry.field(default=None, description="Why, for the other side. Up to 1,000 characters.")


@strawberry.input(description="A return that has come.")
class ReturnReceiveInput(IdempotentInput):
    """A return that has come."""

    return_id: strawberry.ID = id_of("Return", "Which return.")
    lines: list[PiecesInput] | None = strawberry.field(
        default=None, description="What has come of it; left out, all that was announced."
    )
    restock: bool = strawberry.field(description="Whether it can be sold again.")
    shipping_amount: MoneyInput | None = strawberry.field(
        default=None, description="How much of the delivery's price is given back beside it; left out, nothing."
    )


@strawberry.type(description="The return after the change, which takes effect once.")
class ReturnPayload(IdempotentPayload):
    """The return after the change, which takes effect once."""

    order_return: Return | None = related(
        loaders.RETURN_BY_ID, by="return_id", description="The return; null if it was refused."
    )
    refund: Refund | None = related(
        loaders.REFUND_BY_ID, by="refund_id", description="What was given back for it; null if nothing was."
    )
    order: Order | None = related(order_loaders.BY_ID, by="order_id", description=_ORDER)


@strawberry.type(description="The return after what was decided about it.")
class ReturnDecisionPayload(Payload):
    """The return after what was decided about it."""

    order_return: Return | None = related(
        loaders.RETURN_BY_ID, by="return_id", description="The return; null if it was refused."
    )


@strawberry.input(description="A note on an order, for staff alone.")
class OrderNoteAddInput:
    """A note on an order."""

    order_id: strawberry.ID = id_of("Order", "Which order.")
    text: str = strawberry.field(description="What it says. Up to 2,000 characters.")


@strawberry.type(description="The order with the note.")
class OrderNotePayload(Payload):
    """The order with the note."""

    order: Order | None = related(order_loaders.BY_ID, by="order_id", description=_ORDER)
