"""Promotions: which there are for a cart."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from domain import coupons as rules
from domain.promotions import Promotion
from models.database import Row
from resolvers.context import Context
from resolvers.loaders import cart_terms
from resolvers.loaders import promotions as loaders
from resolvers.loaders.promotions import PromotionRow
from resolvers.together import beside
from services import promotion_facts
from services.promotion_facts import Shopper

_GUEST: Final = Shopper(None)


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
    customer_ids = list(dict.fromkeys(customer_id for customer_id, _ in carts if customer_id is not None))
    wallets, (known, offered) = await beside(
        context.load_many(loaders.IN_WALLETS, customer_ids if with_wallets else []),
        beside(
            context.load_many(cart_terms.SHOPPERS, customer_ids),
            context.database.fetch(loaders.OFFERED, PromotionRow, now=datetime.now(UTC), keys=wanted),
        ),
    )
    shoppers = {row["id"]: _shopper(row) for row in known if row is not None}
    claimed = dict(zip(customer_ids, wallets, strict=True)) if with_wallets else {}
    automatic: list[PromotionRow] = []
    by_code: dict[str, list[PromotionRow]] = {code: [] for code in wanted}
    for row in offered:
        (automatic if row["coupon_id"] is None else by_code[row["coupon_code"]]).append(row)
    return [
        promotion_facts.offers(
            _GUEST if customer_id is None else shoppers[customer_id],
            automatic=automatic,
            named=[row for code in of_cart for row in by_code[code]],
            claimed=() if customer_id is None else claimed.get(customer_id, ()),
        )
        for (customer_id, _), of_cart in zip(carts, codes, strict=True)
    ]


def _shopper(row: Row) -> Shopper:
    return Shopper(row["id"], frozenset(row["segments"]), dict(zip(row["counted"], row["left"], strict=True)))
