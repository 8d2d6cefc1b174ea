"""Warehouses, movements of stock, and who waits for what: how they are answered and changed."""

from collections.abc import Sequence
from typing import Any

import services.stock_alerts
import services.warehouses
from domain.access import Viewer
from models.database import Row
from resolvers import pages
from resolvers.context import Context
from resolvers.loaders import inventory as loaders
from resolvers.loaders.customers import CustomerRow
from resolvers.mutations import Change, Result
from resolvers.pages import Page
from services import access


async def movements(
    root: Sequence[None],
    context: Context,
    *,
    merchant_id: int | None,
    first: int,
    after: str | None,
    **narrowed: Any,
) -> list[Page[Row]]:
    """Answer a page of how a merchant's stock has moved, the latest first; an empty one to whom that is nothing to."""
    given = {name: value for name, value in narrowed.items() if value is not None}
    by = frozenset(given)
    page = await pages.of_list(
        loaders.movements(by),
        context,
        first=first,
        after=after,
        count=lambda: loaders.movement_counts(by),
        merchant_id=_seen(context.viewer, merchant_id),
        **given,
    )
    return [page for _ in root]


def _seen(viewer: Viewer, merchant_id: int | None) -> int:
    """Give the merchant, or 0, which is nobody, to who does not see its stock."""
    if merchant_id is None or not access.sees_merchant_row(viewer, {"merchant_id": merchant_id}):
        return 0
    return merchant_id


async def alerts(
    customers: Sequence[CustomerRow], context: Context, *, first: int, after: str | None
) -> list[Page[Row]]:
    """Answer a page of what each customer waits for."""
    return await pages.of_parents(
        loaders.ALERTS, context, customers, first=first, after=after, count=loaders.ALERT_COUNTS
    )


async def create_warehouse(
    change: Change, *, merchant_id: int, code: str, name: str, priority: int, country: str | None = None
) -> Result:
    """Open a warehouse."""
    warehouse_id = await services.warehouses.create(
        change.session,
        viewer=change.viewer,
        merchant_id=merchant_id,
        code=code,
        name=name,
        country=country,
        priority=priority,
    )
    return Result(warehouse_id=warehouse_id)


async def update_warehouse(
    change: Change, *, warehouse_id: int, expected_version: int | None = None, **given: Any
) -> Result:
    """Change what is given of a warehouse; only the country can be null."""
    given = {name: value for name, value in given.items() if value is not None or name == "country"}
    await services.warehouses.change(
        change.session, viewer=change.viewer, warehouse_id=warehouse_id, expected_version=expected_version, **given
    )
    return Result(warehouse_id=warehouse_id)


async def close_warehouse(change: Change, *, warehouse_id: int, expected_version: int | None = None) -> Result:
    """Close a warehouse in which nothing lies."""
    await services.warehouses.close(
        change.session, viewer=change.viewer, warehouse_id=warehouse_id, expected_version=expected_version
    )
    return Result(warehouse_id=warehouse_id)


async def reopen_warehouse(change: Change, *, warehouse_id: int, expected_version: int | None = None) -> Result:
    """Open a closed warehouse again."""
    await services.warehouses.reopen(
        change.session, viewer=change.viewer, warehouse_id=warehouse_id, expected_version=expected_version
    )
    return Result(warehouse_id=warehouse_id)


async def set_alert(change: Change, *, variant_id: int) -> Result:
    """Let the viewer be told when a variant is back."""
    await services.stock_alerts.set_alert(change.session, viewer=change.viewer, variant_id=variant_id, now=change.now)
    return Result(variant_id=variant_id)


async def remove_alert(change: Change, *, variant_id: int) -> Result:
    """Wait for a variant no more."""
    await services.stock_alerts.remove(change.session, viewer=change.viewer, variant_id=variant_id)
    return Result(variant_id=variant_id)
