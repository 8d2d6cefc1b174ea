"""Webhooks, their deliveries and attempts."""

from typing import Any

import strawberry

from domain.webhooks import DeliveryState, WebhookState
from graph import ids
from graph.execution.declarations import OfClass
from graph.fields import Argument, column, computed, related
from graph.inputs import id_of
from graph.mutation_fields import Payload
from graph.pages import Connection, connection
from graph.scalars import Instant
from graph.types.events import Event, EventType
from graph.types.node import Node
from graph.types.partners import ApiScope, Partner
from graph.types.vocabulary import enumeration
from resolvers import webhooks
from resolvers.loaders import events as event_loaders
from resolvers.loaders import partners as partner_loaders
from resolvers.loaders import webhooks as loaders
from resolvers.loaders.webhooks import DeliveryRow, WebhookRow

WebhookStateValue: Any = enumeration(
    "WebhookState",
    "What a webhook is at.",
    {
        WebhookState.ENABLED: "Events are posted.",
        WebhookState.DISABLED: "Nothing is posted; `stateReason` says why. What happens meanwhile waits.",
    },
)
WebhookDeliveryState: Any = enumeration(
    "WebhookDeliveryState",
    "What a delivery is at.",
    {
        DeliveryState.PENDING: "It waits, or is tried again at `dueAt`.",
        DeliveryState.DELIVERED: "The receiver has answered with 2xx.",
        DeliveryState.DEAD: "It was given up after three days; `webhookDeliveryRetry` sends it again.",
    },
)


@strawberry.type(description="One attempt to deliver.")
class WebhookAttempt:
    """One attempt to deliver."""

    status: int | None = column("The status that the receiver answered with; null if it did not answer.")
    error: str = column("What went wrong; empty if nothing did.")
    duration_ms: int = column("How long it took, in milliseconds.")
    occurred_at: Instant = column("When it began.")


@strawberry.type(description="An event on its way to a webhook.")
class WebhookDelivery(Node):
    """An event on its way to a webhook."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("WebhookDelivery"))
    event: Event | None = related(
        event_loaders.BY_ID,
        by="event_id",
        description="The event; null for a test, for one that is no longer kept, and for who may not follow it.",
    )
    event_type: EventType | None = column("What the event tells; null for a test.")
    test: bool = computed(webhooks.is_test, description="Whether it is a test, which tells of no event.")
    state: WebhookDeliveryState = column("What it is at.")
    due_at: Instant = column("When it is tried next, or was to be tried last.")
    delivered_at: Instant | None = column("When it was delivered; null if it was not.")
    created_at: Instant = column("When it was made.")
    attempts: list[WebhookAttempt] = related(loaders.ATTEMPTS, by="id", description="How it was tried, in order.")

    is_type_of = OfClass(DeliveryRow)


@strawberry.type(
    description="An address that events are posted to, each answered with the document as a subscriber would see it. "
    "Seen by its partner and by who manages partners."
)
class Webhook(Node):
    """An address that events are posted to."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Webhook"))
    partner: Partner | None = related(
        partner_loaders.BY_ID, by="partner_id", description="Whose it is; null for who may not manage partners."
    )
    url: str = column("The address.")
    document: str = column("The subscription that each event is answered with.")
    operation_name: str | None = column("Which operation of the document; null if it has only one.")
    types: list[EventType] | None = column("The types of events that the document asks for; null for all.")
    scopes: list[ApiScope] = column("With which scopes it is answered.")
    state: WebhookStateValue = column("What it is at.")
    state_reason: str = column("Why it was disabled; may be empty.")
    failing_since: Instant | None = column("Since when nothing could be delivered; null if the last attempt went well.")
    created_at: Instant = column("When it was added.")
    deliveries: Connection[WebhookDelivery] = connection(
        webhooks.deliveries,
        description="What is on its way, was delivered, or given up, the latest first; kept for 30 days.",
        state=Argument(
            WebhookDeliveryState | None, "Only those that are at this.", convert=lambda state: state and state.value
        ),
    )

    is_type_of = OfClass(WebhookRow)


@strawberry.input(description="A new webhook.")
class WebhookCreateInput:
    """A new webhook."""

    partner_id: strawberry.ID | None = id_of(
        "Partner", "Whose; a partner that asks with its own key leaves it out.", default=None
    )
    url: str = strawberry.field(description="An https address at a public host. Redirects are not followed.")
    document: str = strawberry.field(
        description="A subscription that selects `events`, such as `subscription { events { id type subjectId } }`."
    )
    operation_name: str | None = strawberry.field(
        default=None, description="Which operation, if the document has several."
    )
    types: list[EventType] | None = strawberry.field(
        default=None, description="The variable `$types` of the document, if it has one; `$after` is left out."
    )
    scopes: list[ApiScope] | None = strawberry.field(
        default=None, description="With which scopes it is answered; of a key at most its own, which it is without."
    )


@strawberry.input(description="A webhook.")
class WebhookInput:
    """A webhook."""

    webhook_id: strawberry.ID = id_of("Webhook", "Which one.")


@strawberry.input(description="A delivery of a webhook.")
class WebhookDeliveryInput:
    """A delivery of a webhook."""

    delivery_id: strawberry.ID = id_of("WebhookDelivery", "Which one.")


@strawberry.type(description="The webhook after the change.")
class WebhookPayload(Payload):
    """The webhook after the change."""

    webhook: Webhook | None = related(
        loaders.BY_ID, by="webhook_id", description="The webhook; null if it was refused, or is gone."
    )


@strawberry.type(description="A webhook with a secret that was just made.")
class WebhookSecretPayload(WebhookPayload):
    """A webhook with a secret that was just made."""

    secret: str | None = column("The secret to check signatures with, told only now; null if it was refused.")


@strawberry.type(description="The delivery after the change.")
class WebhookDeliveryPayload(Payload):
    """The delivery after the change."""

    delivery: WebhookDelivery | None = related(
        loaders.DELIVERY_BY_ID, by="delivery_id", description="The delivery; null if it was refused."
    )
