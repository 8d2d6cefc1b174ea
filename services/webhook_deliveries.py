"""Webhook deliveries: made of the event log, claimed by workers in order, settled by how the attempt went.

Any number of workers may do each of these at once; one may be killed at any moment. What it had claimed another takes
over when the lease has run out, so a receiver may get a message twice, with the same id.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Executable,
    and_,
    any_,
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from domain import webhooks as rules
from domain.access import PartnerKind, Scope, Viewer
from domain.events import RETENTION, followed_by
from domain.webhooks import DeliveryState, WebhookState
from models.database import AnySelect
from models.events import Event, EventLog
from models.partners import Partner
from models.webhooks import Webhook, WebhookAttempt, WebhookDelivery
from services import webhooks
from services.gateways.webhooks import Outcome

LEASE: Final = timedelta(seconds=60)
"""Longer than an attempt may take; how long after a worker was killed another takes over."""
_POSITIONS_AT_ONCE: Final = 2_000
FORGOTTEN_AT_ONCE: Final = 5_000
"""How many deliveries one transaction deletes."""
_GONE: Final = 410


class Claimed(NamedTuple):
    """A delivery that is this worker's for as long as `LEASE`."""

    delivery_id: int
    event_id: int | None
    attempts: int
    webhook_id: int
    url: str
    document: str
    operation_name: str | None
    types: list[str] | None
    secret_number: int
    secret_rotated_at: datetime | None
    viewer: Viewer


def viewer_of(partner: Any, scopes: Sequence[str]) -> Viewer:
    """Make the viewer as whom a webhook's document is answered, of a row of partners."""
    return Viewer(
        partner_id=partner.partner_id,
        partner_kind=PartnerKind(partner.kind),
        partner_merchant_id=partner.merchant_id,
        scopes=frozenset(map(Scope, scopes)),
    )


async def spread(session: AsyncSession, *, now: datetime) -> bool:
    """Make deliveries for one webhook of some of the events that it has not seen; says whether there were any."""
    last = await session.scalar(select(func.souk_place_events()))
    behind = await session.execute(
        select(Webhook.id, Webhook.position, Webhook.types, Webhook.scopes, Webhook.partner_id)
        .where(Webhook.state == WebhookState.ENABLED.value, Webhook.position < last)
        .order_by(Webhook.position)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    webhook = behind.first()
    if webhook is None:
        return False
    found = await session.execute(
        select(Partner.id.label("partner_id"), Partner.kind, Partner.merchant_id).where(
            Partner.id == webhook.partner_id
        )
    )
    partner = found.one()
    allowed = {each.name for each in followed_by(viewer_of(partner, webhook.scopes))}
    end = func.least(webhook.position + _POSITIONS_AT_ONCE, select(EventLog.last_position).scalar_subquery())
    matching = _deliveries(webhook.id, now=now).where(
        Event.position > webhook.position,
        Event.position <= end,
        Event.type.in_(allowed if webhook.types is None else allowed.intersection(webhook.types)),
    )
    if partner.merchant_id is not None:
        matching = matching.where(partner.merchant_id == any_(Event.merchant_ids))
    await session.execute(insert(WebhookDelivery).from_select(list(matching.selected_columns.keys()), matching))
    await session.execute(update(Webhook).where(Webhook.id == webhook.id).values(position=end))
    return True


def _deliveries(webhook_id: int, *, now: datetime) -> AnySelect:
    """Select a webhook's deliveries of events that it has none of; a subject's first is its head, if none waits."""
    waiting, made = aliased(WebhookDelivery), aliased(WebhookDelivery)
    turn = func.row_number().over(
        partition_by=(Event.subject_type, Event.subject_id), order_by=(Event.position, Event.id)
    )
    nothing_waits = not_(
        exists().where(
            waiting.webhook_id == webhook_id,
            waiting.subject_type == Event.subject_type,
            waiting.subject_id == Event.subject_id,
            waiting.state == DeliveryState.PENDING.value,
        )
    )
    return (
        select(
            literal(webhook_id).label("webhook_id"),
            Event.id.label("event_id"),
            Event.type.label("event_type"),
            Event.subject_type,
            Event.subject_id,
            Event.position,
            literal(now).label("pending_since"),
            literal(now).label("due_at"),
            and_(turn == 1, nothing_waits).label("is_head"),
        )
        # Were one left out after the turns were given, its subject would have no head.
        .where(not_(exists().where(made.webhook_id == webhook_id, made.event_id == Event.id)))
        .order_by(Event.position, Event.id)
    )


def claimable(*, now: datetime, limit: int, busy: Collection[int]) -> Executable:
    """Select and lock what may be claimed: of each webhook the heads that are due first, found by their index."""
    head = aliased(WebhookDelivery)
    heads = (
        select(head.id)
        .where(head.webhook_id == Webhook.id, *_is_claimable(head, now))
        .order_by(head.due_at, head.id)
        .limit(limit)
        .lateral()
    )
    # What another has claimed since it was found is looked at again when it is locked.
    return (
        select(WebhookDelivery, Webhook, Partner.id.label("partner_id"), Partner.kind, Partner.merchant_id)
        .select_from(Webhook)
        .join(heads, true())
        .join(WebhookDelivery, WebhookDelivery.id == heads.c.id)
        .join(Partner, Partner.id == Webhook.partner_id)
        .where(
            Webhook.state == WebhookState.ENABLED.value,
            not_(Webhook.id == any_(literal(sorted(busy), ARRAY(BigInteger)))),
            *_is_claimable(WebhookDelivery, now),
        )
        .order_by(WebhookDelivery.due_at, WebhookDelivery.id)
        .limit(limit)
        .with_for_update(of=WebhookDelivery, skip_locked=True)
    )


def _is_claimable(delivery: Any, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        delivery.is_head,
        delivery.due_at <= now,
        or_(delivery.leased_until.is_(None), delivery.leased_until < now),
    )


async def claim(session: AsyncSession, *, now: datetime, limit: int, busy: Collection[int] = ()) -> list[Claimed]:
    """Claim deliveries that are due, the first of each subject alone; those of `busy` webhooks are left."""
    found = (await session.execute(claimable(now=now, limit=limit, busy=busy))).all()
    for row in found:
        row.WebhookDelivery.leased_until = now + LEASE
    return [
        Claimed(
            delivery_id=row.WebhookDelivery.id,
            event_id=row.WebhookDelivery.event_id,
            attempts=row.WebhookDelivery.attempts,
            webhook_id=row.Webhook.id,
            url=row.Webhook.url,
            document=row.Webhook.document,
            operation_name=row.Webhook.operation_name,
            types=row.Webhook.types,
            secret_number=row.Webhook.secret_number,
            secret_rotated_at=row.Webhook.secret_rotated_at,
            viewer=viewer_of(row, row.Webhook.scopes),
        )
        for row in found
    ]


async def settle(
    session: AsyncSession,
    claimed: Claimed,
    outcome: Outcome,
    *,
    began: datetime,
    now: datetime,
    pause: timedelta | None = None,
) -> None:
    """Write down how an attempt went, and what follows: delivered, tried again later, or given up.

    `pause` is how long to wait if not what the rules say. Nothing happens to what is gone or was settled by another.
    """
    # The webhook first, as whoever changes one does.
    webhook = await session.scalar(select(Webhook).where(Webhook.id == claimed.webhook_id).with_for_update())
    delivery = await session.scalar(
        select(WebhookDelivery).where(WebhookDelivery.id == claimed.delivery_id).with_for_update()
    )
    if webhook is None or delivery is None:
        return
    milliseconds = round((now - began) / timedelta(milliseconds=1))
    await session.execute(
        insert(WebhookAttempt).values(
            delivery_id=delivery.id,
            status=outcome.status,
            error=outcome.error,
            duration_ms=milliseconds,
            occurred_at=began,
        )
    )
    if delivery.state != DeliveryState.PENDING:
        return
    delivery.attempts += 1
    delivery.leased_until = None
    if outcome.delivered:
        delivery.state, delivery.delivered_at, delivery.is_head = DeliveryState.DELIVERED.value, now, False
        webhook.failing_since = None
        await _move_up(session, delivery)
        return
    webhook.failing_since = webhook.failing_since or began
    delivery.due_at = now + (pause or rules.delay(delivery.attempts))
    if delivery.event_id is None or now - delivery.pending_since >= rules.GIVEN_UP_AFTER:
        delivery.state, delivery.is_head = DeliveryState.DEAD.value, False
        await _move_up(session, delivery)
    if webhook.state == WebhookState.ENABLED and (
        outcome.status == _GONE or now - webhook.failing_since >= rules.GIVEN_UP_AFTER
    ):
        reason = (
            "The receiver answered 410: it is gone."
            if outcome.status == _GONE
            else f"Nothing could be delivered since {webhook.failing_since:%Y-%m-%d %H:%M} UTC: {outcome.error}"
        )
        await webhooks.disable(session, webhook, reason=reason)


async def _move_up(session: AsyncSession, gone: WebhookDelivery) -> None:
    """Let the next of a subject be its head. The webhook is locked: whoever moves a head, or adds one, locks it."""
    await session.flush()
    await webhooks.mark_heads(session, [(gone.webhook_id, gone.subject_type, gone.subject_id)])


async def forget(session: AsyncSession, *, now: datetime) -> bool:
    """Delete some of what was delivered, or given up, long ago, and of what waits though its event is kept no more.

    Says whether there may be more.
    """
    pruned = select(EventLog.pruned_position).scalar_subquery()
    is_over = or_(
        and_(WebhookDelivery.state != DeliveryState.PENDING.value, WebhookDelivery.created_at < now - RETENTION),
        and_(WebhookDelivery.event_id.is_not(None), WebhookDelivery.position <= pruned),
    )
    found = (
        await session.execute(
            select(WebhookDelivery.id, WebhookDelivery.webhook_id)
            .where(is_over)
            .order_by(WebhookDelivery.id)
            .limit(FORGOTTEN_AT_ONCE)
        )
    ).all()
    # The webhooks first, in one order: nobody adds to a queue while its head is taken away.
    await session.execute(
        select(Webhook.id)
        .where(Webhook.id.in_({row.webhook_id for row in found}))
        .order_by(Webhook.id)
        .with_for_update()
    )
    gone = await session.execute(
        delete(WebhookDelivery)
        .where(WebhookDelivery.id.in_([row.id for row in found]), is_over)
        .returning(WebhookDelivery.webhook_id, WebhookDelivery.subject_type, WebhookDelivery.subject_id)
    )
    await webhooks.mark_heads(session, sorted({(row[0], row[1], row[2]) for row in gone}))
    return len(found) == FORGOTTEN_AT_ONCE
