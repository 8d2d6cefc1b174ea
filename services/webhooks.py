"""Webhooks as partners, and those who manage partners, see to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Permission, Scope, Viewer
from domain.errors import InvalidInput, Refusal
from domain.webhooks import DeliveryState, WebhookState
from models.events import EventLog
from models.partners import Partner
from models.webhooks import Webhook, WebhookDelivery
from services import access, outbox
from services.access import NotFoundError

WEBHOOKS_MAX: Final = 10
"""How many a partner may have."""

_FIRST = """
    FROM unnest(CAST(:webhook_ids AS bigint[]), CAST(:types AS text[]), CAST(:ids AS bigint[]))
        AS asked (webhook_id, subject_type, subject_id)
    CROSS JOIN LATERAL (
        SELECT id FROM webhook_deliveries AS waiting
        WHERE waiting.webhook_id = asked.webhook_id AND waiting.subject_type = asked.subject_type
            AND waiting.subject_id = asked.subject_id AND waiting.state = 'PENDING'
        ORDER BY waiting.position, waiting.id LIMIT 1
    ) AS first
"""
# Two statements: there may not be two heads of one subject for a moment.
_UNMARK: Final = text(
    f"""UPDATE webhook_deliveries AS head SET is_head = false {_FIRST}
    WHERE head.webhook_id = asked.webhook_id AND head.subject_type = asked.subject_type
        AND head.subject_id = asked.subject_id AND head.is_head AND head.id <> first.id"""  # noqa: S608 - no input
)
_MARK: Final = text(
    f"UPDATE webhook_deliveries AS head SET is_head = true {_FIRST} WHERE head.id = first.id AND NOT head.is_head"  # noqa: S608 - no input
)


class WebhookConflictError(Refusal):
    """A webhook, or a delivery, is not at what this needs."""

    code = "CONFLICT"


async def partner_of(session: AsyncSession, *, viewer: Viewer, partner_id: int | None) -> int:
    """Lock the partner that a viewer adds a webhook for, itself if none is named; gives its id.

    Raises NotFoundError, InvalidInput.
    """
    wanted = viewer.partner_id if partner_id is None else partner_id
    if wanted is None:
        raise InvalidInput("partnerId: say whose partner's address it is", field="partner_id")
    partner = await session.scalar(select(Partner).where(Partner.id == wanted).with_for_update())
    if partner is None or not access.sees_webhook(
        viewer, {"partner_id": partner.id, "merchant_id": partner.merchant_id}
    ):
        raise NotFoundError("partner", field="partner_id")
    return wanted


async def add(
    session: AsyncSession,
    *,
    partner_id: int,
    key_prefix: str | None,
    url: str,
    document: str,
    operation_name: str | None,
    types: Sequence[str] | None,
    scopes: Sequence[Scope],
) -> int:
    """Have events posted to an address of a partner's from now on; gives the webhook's id.

    The partner is locked, address and document were checked. Raises InvalidInput for one webhook too many.
    """
    count = await session.scalar(select(func.count()).select_from(Webhook).where(Webhook.partner_id == partner_id))
    if (count or 0) >= WEBHOOKS_MAX:
        raise InvalidInput(f"partnerId: it has {count} webhooks, as many as it may; remove one", field="partner_id")
    # What was written before comes before the first event that is posted.
    position = await session.scalar(select(func.souk_place_events()))
    made = await session.execute(
        insert(Webhook)
        .values(
            partner_id=partner_id,
            url=url,
            document=document,
            operation_name=operation_name,
            types=None if types is None else sorted(types),
            scopes=sorted(scope.value for scope in scopes),
            key_prefix=key_prefix,
            position=position,
        )
        .returning(Webhook.id)
    )
    webhook_id = made.scalar_one()
    await outbox.append(session, "WEBHOOK_CREATED", subject=("webhook", webhook_id), version=1)
    return webhook_id


async def remove(session: AsyncSession, *, viewer: Viewer, webhook_id: int) -> None:
    """Remove a webhook with all that is on its way. Raises NotFoundError."""
    webhook = await _locked(session, viewer, webhook_id)
    await session.delete(webhook)
    await outbox.append(session, "WEBHOOK_REMOVED", subject=("webhook", webhook_id), version=webhook.version + 1)


async def enable(session: AsyncSession, *, viewer: Viewer, webhook_id: int, now: datetime) -> None:
    """Post to a disabled address again, from where it was left, as far back as events are kept.

    Raises NotFoundError, WebhookConflictError.
    """
    webhook = await _locked(session, viewer, webhook_id)
    if webhook.state != WebhookState.DISABLED:
        raise WebhookConflictError("The webhook is enabled already.")
    pruned = await session.scalar(select(EventLog.pruned_position))
    webhook.position = max(webhook.position, pruned or 0)
    webhook.state, webhook.state_reason, webhook.failing_since = WebhookState.ENABLED.value, "", None
    # What was waiting has its three days again, or much of it would be given up at the next failure.
    await session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.state == DeliveryState.PENDING)
        .values(attempts=0, pending_since=now, due_at=now)
    )
    await _tell(session, webhook, "WEBHOOK_ENABLED")


async def rotate_secret(session: AsyncSession, *, viewer: Viewer, webhook_id: int, now: datetime) -> int:
    """Give a webhook a new secret, and give its number; the one before is signed with for a day more."""
    webhook = await _locked(session, viewer, webhook_id)
    webhook.secret_number += 1
    webhook.secret_rotated_at = now
    await _tell(session, webhook, "WEBHOOK_SECRET_ROTATED")
    return webhook.secret_number


async def test(session: AsyncSession, *, viewer: Viewer, webhook_id: int, now: datetime) -> int:
    """Have a test posted, which tells of no event; gives the delivery's id.

    Raises NotFoundError, WebhookConflictError.
    """
    webhook = await _locked(session, viewer, webhook_id)
    if webhook.state != WebhookState.ENABLED:
        raise WebhookConflictError("The webhook is disabled: enable it first.")
    made = await session.execute(
        insert(WebhookDelivery)
        .values(webhook_id=webhook_id, subject_type="test", subject_id=0, position=0, pending_since=now, due_at=now)
        .returning(WebhookDelivery.id)
    )
    await mark_heads(session, [(webhook_id, "test", 0)])
    await outbox.wake(session)
    return int(made.scalar_one())


async def send_again(session: AsyncSession, *, viewer: Viewer, delivery_id: int, now: datetime) -> None:
    """Send a delivery that was given up once more. Raises NotFoundError, WebhookConflictError."""
    webhook_id = await session.scalar(select(WebhookDelivery.webhook_id).where(WebhookDelivery.id == delivery_id))
    if webhook_id is None:
        raise NotFoundError("webhook delivery", field="delivery_id")
    await _locked(session, viewer, webhook_id, noun="webhook delivery", field="delivery_id")
    delivery = await session.scalar(select(WebhookDelivery).where(WebhookDelivery.id == delivery_id).with_for_update())
    if delivery is None:
        raise NotFoundError("webhook delivery", field="delivery_id")
    if delivery.state != DeliveryState.DEAD:
        raise WebhookConflictError(f"The delivery is {delivery.state}: only one that was given up is sent again.")
    delivery.state = DeliveryState.PENDING.value
    delivery.attempts, delivery.pending_since, delivery.due_at = 0, now, now
    await session.flush()
    await mark_heads(session, [(webhook_id, delivery.subject_type, delivery.subject_id)])
    await outbox.wake(session)


async def end_with_key(session: AsyncSession, *, partner_id: int, prefix: str) -> None:
    """Disable the webhooks that were added with an API key that is revoked: whoever had it may own the address."""
    webhooks = await session.scalars(
        select(Webhook)
        .where(
            Webhook.partner_id == partner_id, Webhook.key_prefix == prefix, Webhook.state == WebhookState.ENABLED.value
        )
        .order_by(Webhook.id)
        .with_for_update()
    )
    for webhook in webhooks:
        await disable(session, webhook, reason="The API key that it was added with was revoked.")


async def disable(session: AsyncSession, webhook: Webhook, *, reason: str) -> None:
    """Post nothing to an address any more."""
    webhook.state, webhook.state_reason = WebhookState.DISABLED.value, reason
    await _tell(session, webhook, "WEBHOOK_DISABLED")


async def mark_heads(session: AsyncSession, subjects: Sequence[tuple[int, str, int]]) -> None:
    """Mark the first that waits of each subject, given as webhook, type and id. The webhooks are locked."""
    if not subjects:
        return
    given = dict(zip(("webhook_ids", "types", "ids"), map(list, zip(*subjects, strict=True)), strict=True))
    await session.execute(_UNMARK, given)
    await session.execute(_MARK, given)


async def _locked(
    session: AsyncSession, viewer: Viewer, webhook_id: int, *, noun: str = "webhook", field: str = "webhook_id"
) -> Webhook:
    access.require(viewer, Permission.WEBHOOKS_MANAGE, noun=noun, field=field)
    found = (
        await session.execute(
            select(Webhook, Partner.merchant_id)
            .join(Partner, Partner.id == Webhook.partner_id)
            .where(Webhook.id == webhook_id)
            .with_for_update(of=Webhook)
        )
    ).first()
    if found is None or not access.sees_webhook(viewer, {"partner_id": found[0].partner_id, "merchant_id": found[1]}):
        raise NotFoundError(noun, field=field)
    webhook: Webhook = found[0]
    return webhook


async def _tell(session: AsyncSession, webhook: Webhook, event_type: str) -> None:
    webhook.version += 1
    await outbox.append(session, event_type, subject=("webhook", webhook.id), version=webhook.version)
