"""Carts: how they are found, made and changed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import services.cart_lines
import services.cart_merge
import services.carts
import services.wishlists
from domain.customers import Address
from resolvers import pages
from resolvers.context import Context
from resolvers.loaders import carts as loaders
from resolvers.loaders.carts import CartRow, WishlistItemRow
from resolvers.loaders.customers import CustomerRow
from resolvers.mutations import Change, Result
from resolvers.pages import Page
from services import coupon_guesses
from services.cart_lines import Wanted
from services.carts import HeldCart


async def one(root: Sequence[None], context: Context, *, id: int | None) -> list[CartRow | None]:  # noqa: A002 - the field's argument
    """Answer a cart by its key; None for one that is not the viewer's, as for none."""
    found = None if id is None else await context.load(loaders.BY_ID, id)
    return [found for _ in root]


async def of_customers(customers: Sequence[CustomerRow], context: Context) -> list[CartRow | None]:
    """Answer the cart of each customer that was changed last."""
    return list(await context.load_many(loaders.LATEST, [customer["id"] for customer in customers]))


async def wishes(
    customers: Sequence[CustomerRow], context: Context, *, first: int, after: str | None
) -> list[Page[WishlistItemRow]]:
    """Answer a page of each customer's wish list, the latest wish first."""
    return await pages.of_parents(
        loaders.WISHES, context, customers, first=first, after=after, count=loaders.WISH_COUNTS
    )


def _wanted(lines: Sequence[dict[str, Any]]) -> list[Wanted]:
    return [Wanted(line["variant_id"], line["quantity"]) for line in lines]


async def _held(change: Change, cart_id: int, expected_version: int | None) -> HeldCart:
    return await services.carts.hold(
        change.session, viewer=change.viewer, cart_id=cart_id, expected_version=expected_version
    )


async def create(change: Change, *, lines: Sequence[dict[str, Any]], currency: str | None = None) -> Result:
    """Make a cart with its first lines."""
    cart_id, token = await services.cart_lines.create(
        change.session,
        viewer=change.viewer,
        currency=currency,
        default=change.context.currency,
        wanted=_wanted(lines),
        now=change.now,
    )
    return Result(cart_id=cart_id, token=token)


async def created(context: Context, result: Result) -> None:
    """Go on as who holds the new cart's token."""
    context.become(replace(context.viewer, cart_token=result["token"]))


async def add_lines(
    change: Change, *, cart_id: int, lines: Sequence[dict[str, Any]], expected_version: int | None = None
) -> Result:
    """Put pieces into a cart."""
    cart = await _held(change, cart_id, expected_version)
    await services.cart_lines.add(change.session, cart, wanted=_wanted(lines), now=change.now)
    return Result(cart_id=cart_id)


async def update_lines(
    change: Change, *, cart_id: int, lines: Sequence[dict[str, Any]], expected_version: int | None = None
) -> Result:
    """Set how many pieces lines have."""
    cart = await _held(change, cart_id, expected_version)
    quantities = [(line["line_id"], line["quantity"]) for line in lines]
    await services.cart_lines.update_lines(change.session, cart, quantities=quantities, now=change.now)
    return Result(cart_id=cart_id)


async def save_lines(
    change: Change, *, cart_id: int, line_ids: Sequence[int], expected_version: int | None = None
) -> Result:
    """Save lines for later."""
    cart = await _held(change, cart_id, expected_version)
    await services.cart_lines.save(change.session, cart, line_ids=line_ids, saved=True, now=change.now)
    return Result(cart_id=cart_id)


async def restore_lines(
    change: Change, *, cart_id: int, line_ids: Sequence[int], expected_version: int | None = None
) -> Result:
    """Put saved lines back into the cart."""
    cart = await _held(change, cart_id, expected_version)
    await services.cart_lines.save(change.session, cart, line_ids=line_ids, saved=False, now=change.now)
    return Result(cart_id=cart_id)


async def set_coupons(
    change: Change, *, cart_id: int, codes: Sequence[str], expected_version: int | None = None
) -> Result:
    """Set a cart's coupons."""
    cart = await _held(change, cart_id, expected_version)
    new = await services.carts.set_coupons(change.session, cart, codes=codes, now=change.now)
    customer = change.viewer.customer_id
    await coupon_guesses.count(
        change.session,
        guesser=f"coupons from {change.context.client}" if customer is None else f"coupons of customer {customer}",
        customer_id=cart.customer_id,
        codes=new,
        now=change.now,
    )
    return Result(cart_id=cart_id)


async def set_points(change: Change, *, cart_id: int, points: int, expected_version: int | None = None) -> Result:
    """Set how many points shall be used."""
    cart = await _held(change, cart_id, expected_version)
    await services.carts.set_points(change.session, cart, points=points, now=change.now)
    return Result(cart_id=cart_id)


async def set_delivery(
    change: Change,
    *,
    cart_id: int,
    email: str,
    address: Address,
    method: str,
    merchants: Sequence[dict[str, Any]] = (),
    expected_version: int | None = None,
) -> Result:
    """Set where a cart is sent, and how."""
    cart = await _held(change, cart_id, expected_version)
    await services.carts.set_delivery(
        change.session,
        cart,
        email=email,
        address=address,
        method=method,
        methods_of={each["merchant_id"]: each["method"] for each in merchants},
        now=change.now,
    )
    return Result(cart_id=cart_id)


async def merge(change: Change, *, cart_id: int) -> Result:
    """Put a guest's cart into the customer's."""
    report = await services.cart_merge.merge(change.session, viewer=change.viewer, cart_id=cart_id, now=change.now)
    lines = [{**each._asdict(), "outcome": each.outcome.value} for each in report.lines]
    return Result(cart_id=report.cart_id, lines=lines, codes_left_out=list(report.codes_left_out))


async def wish(change: Change, *, variant_id: int) -> Result:
    """Put a variant on the viewer's wish list."""
    item_id = await services.wishlists.add(change.session, viewer=change.viewer, variant_id=variant_id, now=change.now)
    return Result(item_id=item_id)


async def unwish(change: Change, *, item_id: int) -> Result:
    """Take a wish off the viewer's list."""
    await services.wishlists.remove(change.session, viewer=change.viewer, item_id=item_id)
    return Result(removed_id=item_id)


async def move_wish(change: Change, *, item_id: int, cart_id: int, quantity: int) -> Result:
    """Put a wish into a cart."""
    cart = await _held(change, cart_id, None)
    await services.wishlists.move(
        change.session, cart, viewer=change.viewer, item_id=item_id, quantity=quantity, now=change.now
    )
    return Result(cart_id=cart_id)
