"""The member club: how a customer's level, points and history are answered, and points are adjusted."""

from collections.abc import Sequence
from typing import Any

import services.points
from domain.ledger import Reference
from domain.money import Money
from models.database import Row
from resolvers import pages
from resolvers.context import Context
from resolvers.loaders import customers as customer_loaders
from resolvers.loaders import membership as loaders
from resolvers.loaders.customers import CustomerRow
from resolvers.loaders.membership import ChangeRow, EntryRow, MembershipRow
from resolvers.mutations import Change, Result
from resolvers.pages import Page
from services.access import NotFoundError


async def of_customers(customers: Sequence[CustomerRow], context: Context) -> list[MembershipRow]:
    """Answer where each customer stands."""
    found = await context.load_many(loaders.STANDING, [customer["id"] for customer in customers])
    return [row for row in found if row is not None]


def level(membership: MembershipRow) -> MembershipRow | None:
    """Give the level that a membership's row holds."""
    return membership if membership["level_id"] is not None else None


def next_level(membership: MembershipRow) -> MembershipRow | None:
    """Give the next level that a membership's row holds."""
    return membership if membership["next_name"] is not None else None


def money(amount: str, *, optional: bool = False) -> Any:
    """Make a function that reads an amount of a row in the row's currency; None where there is none."""

    def read(row: Row) -> Money | None:
        if row["currency"] is None or (optional and row[amount] is None):
            return None
        return Money(row[amount], row["currency"])

    return read


def remaining(membership: MembershipRow) -> Money:
    """Give what is still to be spent for the next level."""
    return Money(max(membership["next_threshold"] - membership["spend"], 0), membership["currency"])


async def history(
    memberships: Sequence[MembershipRow], context: Context, *, first: int, after: str | None
) -> list[Page[ChangeRow]]:
    """Answer a page of each customer's changes of level, the latest first."""
    return await pages.of_parents(
        loaders.CHANGES, context, memberships, first=first, after=after, count=loaders.CHANGES_COUNT
    )


async def points(memberships: Sequence[MembershipRow], context: Context) -> list[dict[str, Any]]:
    """Answer each customer's points; without any, zeros."""
    ids = [membership["id"] for membership in memberships]
    none = {"available": 0, "pending": 0, "expires_next_at": None}
    found = await context.load_many(loaders.POINTS, ids)
    return [{"id": key, **(none if row is None else dict(row))} for key, row in zip(ids, found, strict=True)]


async def entries(held: Sequence[Any], context: Context, *, first: int, after: str | None) -> list[Page[EntryRow]]:
    """Answer a page of what moved each customer's points, the latest first."""
    return await pages.of_parents(loaders.ENTRIES, context, held, first=first, after=after, count=loaders.ENTRIES_COUNT)


async def adjust_points(change: Change, *, customer_id: int, points: int, reason: str) -> Result:
    """Give a customer points, or take some. Raises NotFoundError for a customer that there is not."""
    if await change.context.load(customer_loaders.BY_ID, customer_id) is None:
        raise NotFoundError("customer", field="customer_id")
    await services.points.adjust(
        change.session,
        customer_id=customer_id,
        points=points,
        reference=Reference("ACCOUNT", change.viewer.account_id or 0),
        note=reason,
        now=change.now,
        once=False,
    )
    return Result(customer_id=customer_id)
