"""Customers: how a viewer's own customer and addresses are answered and changed."""

from collections.abc import Sequence
from typing import Any, Final

import orjson

import services.customer_data
import services.customers
from domain import customers as rules
from domain import locales
from domain.access import VISITOR, Viewer
from domain.customers import Address
from models.database import Row
from resolvers import pages
from resolvers.context import Context
from resolvers.loaders import customers as loaders
from resolvers.loaders.customers import AddressRow, CustomerRow, KnownCustomer
from resolvers.loaders.lookups import Reads
from resolvers.mutations import Change, Result
from resolvers.pages import Page
from services import access

PREFERENCES: Final = frozenset({"locale", "currency"})
"""What a customer may have no wish about."""
KNOWN: Final = frozenset({"id", "customer_id"})
"""What is known of who is signed in. Customers are never deleted: their rows are bound to their orders."""


async def of_viewers(
    viewers: Sequence[Viewer], context: Context, *, reads: Reads = None
) -> Sequence[Row | KnownCustomer | None]:
    """Answer the customer that somebody who is signed in is; nothing is read if no more than its id is asked for."""
    if reads is not None and reads <= KNOWN:
        known = [viewer.customer_id for viewer in viewers]
        return [None if key is None else KnownCustomer(id=key, customer_id=key) for key in known]
    keys = [viewer.customer_id for viewer in viewers if viewer.customer_id is not None]
    if not keys:
        return [None] * len(viewers)
    found = iter(await context.load_many(loaders.BY_ID, keys))
    return [None if viewer.customer_id is None else next(found) for viewer in viewers]


async def listing(
    root: Sequence[None], context: Context, *, email: str | None, segment: str | None, first: int, after: str | None
) -> list[Page[CustomerRow]]:
    """Answer a page of the customers, the latest first, to platform staff; to others there are none."""
    page = await pages.of_list(
        loaders.LISTED,
        context,
        first=first,
        after=after,
        count=lambda: loaders.COUNT_LISTED,
        visible=access.sees_customers(context.viewer),
        email=None if email is None else email.strip().lower(),
        segment=segment,
    )
    return [page for _ in root]


async def addresses(
    customers: Sequence[CustomerRow], context: Context, *, first: int, after: str | None
) -> list[Page[AddressRow]]:
    """Answer a page of each customer's addresses."""
    return await pages.of_parents(
        loaders.ADDRESSES, context, customers, first=first, after=after, count=loaders.ADDRESS_COUNTS
    )


async def change(change: Change, **given: Any) -> Result:
    """Change the viewer's profile; what is not given stays, and so does what cannot be null."""
    given = {name: value for name, value in given.items() if value is not None or name in PREFERENCES}
    if "display_name" in given:
        given["display_name"] = rules.display_name(given["display_name"])
    if given.get("locale") is not None:
        given["locale"] = locales.normalise(given["locale"])
    if "interests" in given:
        given["interests"] = rules.interests(given["interests"])
    await services.customers.change(change.session, viewer=change.viewer, now=change.now, **given)
    return Result(customer_id=change.viewer.customer_id)


async def add_address(change: Change, *, address: Address, preferred: bool) -> Result:
    """Add an address to the viewer's book."""
    address_id = await services.customers.add_address(
        change.session, viewer=change.viewer, address=address, preferred=preferred
    )
    return Result(address_id=address_id)


async def change_address(
    change: Change, *, address_id: int, address: Address | None = None, preferred: bool | None = None
) -> Result:
    """Change an address of the viewer's book."""
    await services.customers.change_address(
        change.session, viewer=change.viewer, address_id=address_id, address=address, preferred=preferred
    )
    return Result(address_id=address_id)


async def remove_address(change: Change, *, address_id: int) -> Result:
    """Take an address out of the viewer's book."""
    await services.customers.remove_address(change.session, viewer=change.viewer, address_id=address_id)
    return Result(removed_id=address_id)


async def export_data(change: Change, *, password: str) -> Result:
    """Hand out what is known of the viewer, as JSON."""
    del password
    data = await services.customer_data.export(change.session, viewer=change.viewer)
    return Result(document=orjson.dumps(data, option=orjson.OPT_INDENT_2).decode())


async def erase(change: Change, *, password: str) -> Result:
    """Forget the viewer."""
    del password
    await services.customer_data.erase(change.session, viewer=change.viewer, now=change.now)
    return Result(erased=True)


async def erased(context: Context, _: Result) -> None:
    """Go on as nobody."""
    context.become(VISITOR)
