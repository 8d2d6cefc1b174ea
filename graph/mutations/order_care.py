"""What is done to orders once they are placed."""

import strawberry

from domain.access import Permission
from graph.mutation_fields import mutation
from graph.types.order_care_mutations import (
    DeliveryConfirmInput,
    FulfilmentCancelInput,
    FulfilmentCreateInput,
    FulfilmentPayload,
    FulfilmentUpdateInput,
    FulfilmentUpdatePayload,
    OrderCancelInput,
    OrderCancelPayload,
    OrderNoteAddInput,
    OrderNotePayload,
    OrderRefundInput,
    OrderRefundPayload,
    OrderRefundRetryInput,
    OrderRefundRetryPayload,
    ReturnApproveInput,
    ReturnCancelInput,
    ReturnDecisionPayload,
    ReturnPayload,
    ReturnReceiveInput,
    ReturnRejectInput,
    ReturnRequestInput,
)
from resolvers import order_changes


@strawberry.type(description="Care of orders.")
class OrderCareMutations:
    """Care of orders."""

    order_cancel: OrderCancelPayload = mutation(
        order_changes.cancel,
        after=order_changes.pay_back,
        permission=Permission.SHOP,
        input=OrderCancelInput,
        description="Cancel an order of which nothing was sent: its customer the whole, staff that may refund it a "
        "merchant's part. All that was paid goes back as it came. Errors: NOT_FOUND, INVALID_STATE, BAD_USER_INPUT, "
        "IDEMPOTENCY_CONFLICT.",
    )
    order_refund: OrderRefundPayload = mutation(
        order_changes.refund,
        after=order_changes.pay_back,
        permission=Permission.ORDERS_REFUND,
        input=OrderRefundInput,
        description="Give back pieces or amounts of lines, and of deliveries: money by the payments it came from, "
        "points to the customer; earned points and the merchant's share are taken back in proportion. Errors: "
        "NOT_FOUND, INVALID_STATE, REFUND_EXCEEDS, BAD_USER_INPUT, IDEMPOTENCY_CONFLICT.",
    )
    order_refund_retry: OrderRefundRetryPayload = mutation(
        order_changes.retry_refund,
        after=order_changes.pay_back,
        permission=Permission.ORDERS_REFUND,
        input=OrderRefundRetryInput,
        description="Ask the payment provider again for all that it has refused to give back of an order: refunds that "
        "are `FAILED`. A merchant's staff does so for refunds that have something of its part. No more goes back than "
        "was promised. Errors: NOT_FOUND, INVALID_STATE where nothing was refused, IDEMPOTENCY_CONFLICT.",
    )
    fulfilment_create: FulfilmentPayload = mutation(
        order_changes.fulfil,
        permission=Permission.ORDERS_FULFIL,
        input=FulfilmentCreateInput,
        description="Send pieces of a merchant's part of a paid order; the customer gets a mail, and with the first "
        "parcel an invoice. Errors: NOT_FOUND, INVALID_STATE, NOTHING_TO_SEND, BAD_USER_INPUT, IDEMPOTENCY_CONFLICT.",
    )
    fulfilment_update: FulfilmentUpdatePayload = mutation(
        order_changes.update_fulfilment,
        permission=Permission.ORDERS_FULFIL,
        input=FulfilmentUpdateInput,
        description="Say by what a parcel is followed, while it is underway. Errors: NOT_FOUND, INVALID_STATE, "
        "BAD_USER_INPUT.",
    )
    fulfilment_cancel: FulfilmentPayload = mutation(
        order_changes.cancel_fulfilment,
        permission=Permission.ORDERS_FULFIL,
        input=FulfilmentCancelInput,
        description="Take a parcel back that was made by mistake, until it is delivered: its pieces are to be sent "
        "again, from where they left. An invoice stays. Errors: NOT_FOUND, INVALID_STATE, CANCEL_REFUSED, "
        "BAD_USER_INPUT, CONFLICT where a warehouse is closed, IDEMPOTENCY_CONFLICT.",
    )
    delivery_confirm: FulfilmentPayload = mutation(
        order_changes.confirm_delivery,
        permission=Permission.SHOP,
        input=DeliveryConfirmInput,
        description="Confirm that a parcel has arrived: its customer, or who may send it. Once all of a merchant's "
        "part has, the points that it earns can be used. Errors: NOT_FOUND, INVALID_STATE, IDEMPOTENCY_CONFLICT.",
    )
    return_request: ReturnPayload = mutation(
        order_changes.request_return,
        permission=Permission.SHOP,
        input=ReturnRequestInput,
        description="Ask to send pieces back, up to 30 days after their delivery. Errors: NOT_FOUND, INVALID_STATE, "
        "RETURN_REFUSED, BAD_USER_INPUT, IDEMPOTENCY_CONFLICT.",
    )
    return_approve: ReturnDecisionPayload = mutation(
        order_changes.approve_return,
        permission=Permission.ORDERS_REFUND,
        input=ReturnApproveInput,
        description="Take a return that was asked for. Errors: NOT_FOUND, INVALID_STATE, BAD_USER_INPUT.",
    )
    return_reject: ReturnDecisionPayload = mutation(
        order_changes.reject_return,
        permission=Permission.ORDERS_REFUND,
        input=ReturnRejectInput,
        description="Do not take a return, or give one up that never came. Errors: NOT_FOUND, INVALID_STATE, "
        "BAD_USER_INPUT.",
    )
    return_cancel: ReturnDecisionPayload = mutation(
        order_changes.cancel_return,
        permission=Permission.SHOP,
        input=ReturnCancelInput,
        description="Withdraw a return that has not come: its customer, or who may refund the part. Its pieces can be "
        "asked for again. Errors: NOT_FOUND, INVALID_STATE, BAD_USER_INPUT.",
    )
    return_receive: ReturnPayload = mutation(
        order_changes.receive_return,
        after=order_changes.pay_back,
        permission=Permission.ORDERS_REFUND,
        input=ReturnReceiveInput,
        description="Take note that a return has come, and refund it. Errors: NOT_FOUND, INVALID_STATE, "
        "REFUND_EXCEEDS, BAD_USER_INPUT, IDEMPOTENCY_CONFLICT.",
    )
    order_note_add: OrderNotePayload = mutation(
        order_changes.add_note,
        permission=Permission.ORDERS_NOTE,
        input=OrderNoteAddInput,
        description="Write a note into an order's timeline, for staff alone: a merchant's for its own, the platform's "
        "for itself. Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
