"""Promotions: which there are for a cart."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from domain import coupons as rules
from domain.promotions import Promotion
from resolvers.context import Context
from resolvers.loaders import cart_terms
from resolvers.loaders import promotions as loaders
from resolvers.loaders.promotions import CouponRow, PromotionRow
from services import promotion_facts
from services.promotion_facts import Shopper


async def for_carts(
    carts: Sequence[tuple[int | None, Sequence[str]]], context: Context, *, with_wallets: bool = False
) -> list[list[Promotion]]:
    """Give the promotions of each cart, which is (customer id, None for a guest; the codes in it).

    These are the automatic ones that run now, and those that its codes stand for. A code that there is not, or not for
    this customer, is passed over: none of the promotions has it. With `with_wallets`, also what else the customer has
    claimed and can use, for advice on it. Each promotion stands there once. Two statements at most, three with
    wallets, however many carts there are.
    """
    codes = [[rules.normalise(code) for code in codes] for _, codes in carts]
    wanted = list(dict.fromkeys(code for each in codes for code in each))
    shoppers, offered, claimed = await asyncio.gather(
        _shoppers([customer_id for customer_id, _ in carts], context),
        context.database.fetch(loaders.OFFERED, PromotionRow, now=datetime.now(UTC), keys=wanted),
        _claimed([customer_id for customer_id, _ in carts], context, wanted=with_wallets),
    )
    automatic: list[PromotionRow] = []
    by_code: dict[str, list[PromotionRow]] = {code: [] for code in wanted}
    for row in offered:
        (automatic if row["coupon_id"] is None else by_code[row["coupon_code"]]).append(row)
    return [
        promotion_facts.offers(
            shopper,
            automatic=automatic,
            named=[row for code in of_cart for row in by_code[code]],
            claimed=claimed.get(shopper.customer_id, ()),
        )
        for shopper, of_cart in zip(shoppers, codes, strict=True)
    ]


async def _shoppers(customer_ids: Sequence[int | None], context: Context) -> list[Shopper]:
    known = list(dict.fromkeys(each for each in customer_ids if each is not None))
    if not known:
        return [Shopper(None) for _ in customer_ids]
    rows = await context.load_many(cart_terms.SHOPPERS, known)
    found = {
        row["id"]: Shopper(row["id"], frozenset(row["segments"]), dict(zip(row["counted"], row["left"], strict=True)))
        for row in rows
        if row is not None
    }
    return [Shopper(None) if each is None else found[each] for each in customer_ids]


async def _claimed(
    customer_ids: Sequence[int | None], context: Context, *, wanted: bool
) -> dict[int | None, list[CouponRow]]:
    known = list(dict.fromkeys(each for each in customer_ids if each is not None)) if wanted else []
    if not known:
        return {}
    found = await context.load_many(loaders.IN_WALLETS, known)
    return dict(zip(known, found, strict=True))
