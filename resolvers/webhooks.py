"""Webhooks: how they are listed, added and seen to."""

from collections.abc import Sequence
from typing import Any

import services.webhooks
from domain import webhooks as rules
from domain.access import Permission, Scope, Viewer
from domain.errors import InvalidInput
from models.database import Row
from resolvers import events, pages
from resolvers.context import Context
from resolvers.loaders import webhooks as loaders
from resolvers.loaders.webhooks import DeliveryRow, WebhookRow
from resolvers.mutations import Change, Result
from resolvers.pages import Page
from services.gateways import webhooks as gateway


async def listing(root: Sequence[None], context: Context, *, first: int, after: str | None) -> list[Page[WebhookRow]]:
    """List the webhooks that the viewer may manage."""
    viewer = context.viewer
    page = await pages.of_list(
        loaders.OWN,
        context,
        first=first,
        after=after,
        count=lambda: loaders.OWN_COUNT,
        partner_id=viewer.partner_id if viewer.may(Permission.WEBHOOKS_MANAGE) else None,
        merchants=[each for each in viewer.merchants if viewer.may(Permission.WEBHOOKS_MANAGE, merchant_id=each)],
        everybodys=viewer.platform is not None and viewer.may(Permission.WEBHOOKS_MANAGE),
    )
    return [page for _ in root]


async def deliveries(
    webhooks: Sequence[WebhookRow], context: Context, *, first: int, after: str | None, state: str | None
) -> list[Page[DeliveryRow]]:
    """Read a page of each webhook's deliveries."""
    count = loaders.DELIVERY_COUNTS[state]
    return await pages.of_parents(
        loaders.DELIVERIES, context, webhooks, first=first, after=after, count=count, state=state
    )


async def check(
    context: Context,
    *,
    url: str,
    document: str,
    operation_name: str | None = None,
    types: list[str] | None = None,
    **_: Any,
) -> list[str] | None:
    """Check a new webhook's address and document; gives the types that it asks for. Raises InvalidInput."""
    terms = context.webhooks
    assert terms is not None  # noqa: S101 - every server has them
    asked = await terms.documents.check(document, operation_name, types)
    await gateway.check(url, allowed=terms.networks)
    return asked


async def add(
    change: Change,
    *,
    url: str,
    document: str,
    partner_id: int | None = None,
    operation_name: str | None = None,
    types: list[str] | None = None,
    scopes: list[str] | None = None,
) -> Result:
    """Add a webhook, whose secret is told only now."""
    del types  # `check` has found them in the document
    partner_id = await services.webhooks.partner_of(change.session, viewer=change.viewer, partner_id=partner_id)
    granted = _scopes(change.viewer, scopes)
    if Scope.EVENTS_READ not in granted:
        raise InvalidInput("scopes: EVENTS_READ must be among them", field="scopes")
    events.part_of(Viewer(partner_id=partner_id, scopes=frozenset(granted)), change.prepared)
    webhook_id = await services.webhooks.add(
        change.session,
        partner_id=partner_id,
        key_prefix=change.viewer.key_prefix,
        url=url,
        document=document,
        operation_name=operation_name,
        types=change.prepared,
        scopes=granted,
    )
    return Result(webhook_id=webhook_id, secret=_secret(change, webhook_id, number=1))


async def remove(change: Change, *, webhook_id: int) -> Result:
    """Remove a webhook."""
    await services.webhooks.remove(change.session, viewer=change.viewer, webhook_id=webhook_id)
    return Result()


async def enable(change: Change, *, webhook_id: int) -> Result:
    """Post to a disabled webhook again."""
    await services.webhooks.enable(change.session, viewer=change.viewer, webhook_id=webhook_id, now=change.now)
    return Result(webhook_id=webhook_id)


async def rotate_secret(change: Change, *, webhook_id: int) -> Result:
    """Make a new secret, which is told only now."""
    number = await services.webhooks.rotate_secret(
        change.session, viewer=change.viewer, webhook_id=webhook_id, now=change.now
    )
    return Result(webhook_id=webhook_id, secret=_secret(change, webhook_id, number=number))


async def test(change: Change, *, webhook_id: int) -> Result:
    """Have a test posted."""
    delivery_id = await services.webhooks.test(
        change.session, viewer=change.viewer, webhook_id=webhook_id, now=change.now
    )
    return Result(delivery_id=delivery_id)


async def send_again(change: Change, *, delivery_id: int) -> Result:
    """Send a delivery that was given up once more."""
    await services.webhooks.send_again(change.session, viewer=change.viewer, delivery_id=delivery_id, now=change.now)
    return Result(delivery_id=delivery_id)


def is_test(delivery: Row) -> bool:
    """Say whether a delivery tells of no event."""
    return delivery["event_id"] is None


def _secret(change: Change, webhook_id: int, *, number: int) -> str:
    return rules.written(rules.secret(change.context.secret_key, webhook_id=webhook_id, number=number))


def _scopes(viewer: Viewer, asked: list[str] | None) -> list[Scope]:
    """Say with which scopes a document is answered: those asked for, of a key at most its own. Raises InvalidInput."""
    wanted = sorted(viewer.scopes, key=lambda scope: scope.value) if asked is None else list(map(Scope, asked))
    if viewer.partner_id is not None and not viewer.scopes.issuperset(wanted):
        raise InvalidInput("scopes: they go beyond those of your API key", field="scopes")
    return list(dict.fromkeys(wanted))
