"""Webhooks: what can be done about them."""

import strawberry

from domain.access import Permission
from graph.mutation_fields import mutation
from graph.types.webhooks import (
    WebhookCreateInput,
    WebhookDeliveryInput,
    WebhookDeliveryPayload,
    WebhookInput,
    WebhookPayload,
    WebhookSecretPayload,
)
from resolvers import webhooks


@strawberry.type(description="Webhooks.")
class WebhookMutations:
    """Webhooks."""

    webhook_create: WebhookSecretPayload = mutation(
        webhooks.add,
        before=webhooks.check,
        permission=Permission.WEBHOOKS_MANAGE,
        input=WebhookCreateInput,
        description="Have events posted to an address from now on. Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
    webhook_remove: WebhookPayload = mutation(
        webhooks.remove,
        permission=Permission.WEBHOOKS_MANAGE,
        input=WebhookInput,
        description="Remove a webhook with all that waits for it. Errors: NOT_FOUND.",
    )
    webhook_enable: WebhookPayload = mutation(
        webhooks.enable,
        permission=Permission.WEBHOOKS_MANAGE,
        input=WebhookInput,
        description="Post to a disabled webhook again, from where it was left. Errors: NOT_FOUND, CONFLICT.",
    )
    webhook_secret_rotate: WebhookSecretPayload = mutation(
        webhooks.rotate_secret,
        permission=Permission.WEBHOOKS_MANAGE,
        input=WebhookInput,
        description="Make a new secret; for a day, messages are signed with the one before as well. Errors: NOT_FOUND.",
    )
    webhook_test: WebhookDeliveryPayload = mutation(
        webhooks.test,
        permission=Permission.WEBHOOKS_MANAGE,
        input=WebhookInput,
        description="Post a test, once, which tells of no event. Errors: NOT_FOUND, CONFLICT.",
    )
    webhook_delivery_retry: WebhookDeliveryPayload = mutation(
        webhooks.send_again,
        permission=Permission.WEBHOOKS_MANAGE,
        input=WebhookDeliveryInput,
        description="Send a delivery that was given up again, for three days more. It comes after what was delivered "
        "meanwhile. Errors: NOT_FOUND, CONFLICT.",
    )
