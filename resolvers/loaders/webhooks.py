"""Webhooks, what is on its way to them, and how that went."""

from sqlalchemy import ARRAY, BigInteger, Boolean, Text, any_, bindparam, func, or_, select

from models.database import Row, Statement
from models.partners import Partner
from models.webhooks import Webhook, WebhookAttempt, WebhookDelivery
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import Many, One, keys
from services import access


class WebhookRow(Row):
    """A webhook, for those who may manage it."""


class DeliveryRow(Row):
    """An event on its way to a webhook."""


_WEBHOOKS = select(
    Webhook.id,
    Webhook.partner_id,
    Partner.merchant_id,
    Webhook.url,
    Webhook.document,
    Webhook.operation_name,
    Webhook.types,
    Webhook.scopes,
    Webhook.state,
    Webhook.state_reason,
    Webhook.failing_since,
    Webhook.created_at,
).join(Partner, Partner.id == Webhook.partner_id)
_is_ones_own = or_(
    Webhook.partner_id == bindparam("partner_id", type_=BigInteger),
    Partner.merchant_id == any_(bindparam("merchants", type_=ARRAY(BigInteger))),
    bindparam("everybodys", type_=Boolean),
)

BY_ID = One(_WEBHOOKS.where(Webhook.id == any_(keys())), key="id", row=WebhookRow, seen_by=access.sees_webhook)
OWN = Keyset(_WEBHOOKS.where(_is_ones_own), order=[Webhook.id], row=WebhookRow, name="webhooks")
"""Those of a partner (`partner_id`), of merchants' partners (`merchants`), or all (`everybodys`)."""
OWN_COUNT = Statement(
    select(func.count()).select_from(Webhook).join(Partner, Partner.id == Webhook.partner_id).where(_is_ones_own)
)

_DELIVERIES = (
    select(
        WebhookDelivery.id,
        WebhookDelivery.webhook_id,
        WebhookDelivery.event_id,
        WebhookDelivery.event_type,
        WebhookDelivery.state,
        WebhookDelivery.due_at,
        WebhookDelivery.delivered_at,
        WebhookDelivery.created_at,
        Webhook.partner_id,
        Partner.merchant_id,
    )
    .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
    .join(Partner, Partner.id == Webhook.partner_id)
)
_state = bindparam("state", type_=Text)
_is_at = or_(_state.is_(None), WebhookDelivery.state == _state)
DELIVERY_BY_ID = One(
    _DELIVERIES.where(WebhookDelivery.id == any_(keys())), key="id", row=DeliveryRow, seen_by=access.sees_webhook
)
DELIVERIES = Keyset(
    _DELIVERIES.where(_is_at),
    order=[WebhookDelivery.id],
    row=DeliveryRow,
    name="webhook_deliveries",
    descending=True,
    parent=WebhookDelivery.webhook_id,
)
DELIVERY_COUNTS = {
    state: One(
        select(WebhookDelivery.webhook_id, func.count().label("count"))
        .where(WebhookDelivery.webhook_id == any_(keys()), *([] if state is None else [WebhookDelivery.state == state]))
        .group_by(WebhookDelivery.webhook_id),
        key="webhook_id",
        row=Row,
    )
    for state in (None, "PENDING", "DELIVERED", "DEAD")
}
ATTEMPTS = Many(
    select(
        WebhookAttempt.delivery_id,
        WebhookAttempt.status,
        WebhookAttempt.error,
        WebhookAttempt.duration_ms,
        WebhookAttempt.occurred_at,
    )
    .where(WebhookAttempt.delivery_id == any_(keys()))
    .order_by(WebhookAttempt.id),
    key="delivery_id",
    row=Row,
)
