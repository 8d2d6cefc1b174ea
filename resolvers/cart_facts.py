"""What a cart's price depends on, gathered for many carts by a fixed number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeGuard

from domain.cart_prices import CartLine, Known
from domain.deliveries import Method
from domain.money import BASIS_POINTS, Rounding
from domain.pricing_facts import Customer, Level, Points, Rate
from domain.promotions import Promotion
from domain.tax import TaxRounding
from domain.tax_regions import Region
from resolvers import cart_collections, promotions
from resolvers.context import Context
from resolvers.loaders import cart_terms, variants
from resolvers.loaders import carts as loaders
from resolvers.loaders.carts import CartLineRow, CartRow
from resolvers.loaders.variants import VariantDocument
from resolvers.together import beside

_NONE: frozenset[int] = frozenset()

Document = Mapping[str, Any]
"""What a statement tells of another table's row along with its own."""


class Gathered(NamedTuple):
    """A cart with its rows, those saved for later apart, and what its price depends on."""

    cart: CartRow
    lines: list[CartLineRow]
    saved: list[CartLineRow]
    known: Known


class _Shopper(NamedTuple):
    customer: Customer = Customer()
    level_currency: str | None = None
    available: int = 0


async def gather(cart_ids: Sequence[int], context: Context) -> list[Gathered | None]:
    """Gather what is needed for carts that the viewer sees; None for the others."""
    carts = [cart for cart in await context.load_many(loaders.BY_ID, cart_ids) if cart is not None]
    ids = [cart["id"] for cart in carts]
    context.prime(
        cart_terms.SHOPPERS, {cart["customer_id"]: cart["shopper"] for cart in carts if cart["shopper"] is not None}
    )
    lines, offered = await beside(
        context.load_many(loaders.LINES, ids),
        promotions.for_carts([(cart["customer_id"], cart["codes"]) for cart in carts], context),
    )
    _prime_variants(lines, context)
    product_ids = list({row["product_id"]: None for rows in lines for row in rows if row["listed"]})
    in_collections = await cart_collections.of_products(
        product_ids, (promotion for each in offered for promotion in each), context
    )
    now = datetime.now(UTC)
    found = {}
    for at, cart in enumerate(carts):
        active = [row for row in lines[at] if not row["saved"]]
        known = _Assembly(cart, active, in_collections).known(now=now, promotions=offered[at])
        found[cart["id"]] = Gathered(cart, active, [row for row in lines[at] if row["saved"]], known)
    return [found.get(cart_id) for cart_id in cart_ids]


def _prime_variants(lines: Sequence[Sequence[CartLineRow]], context: Context) -> None:
    """Hand on the variants that were read along with the lines, as far as the viewer sees them."""
    read: dict[int, Any] = {
        row["variant_id"]: VariantDocument(row["variant"]) for rows in lines for row in rows if row["variant"]
    }
    seen = variants.BY_ID.visible(list(read.values()), context.viewer)
    context.prime(variants.BY_ID, dict(zip(read, seen, strict=True)))


def _shopper(found: Document | None) -> _Shopper:
    if found is None:
        return _Shopper()
    return _Shopper(
        Customer(
            signed_in=True,
            level=_level(found),
            segments=frozenset(found["segments"]),
            first_order=not found["bought"],
        ),
        found["currency"],
        found["available"],
    )


def _level(standing: Document) -> Level | None:
    if standing["level_id"] is None:
        return None
    return Level(
        name=standing["level_name"],
        rank=standing["threshold"],
        basis_points=standing["discount_bp"],
        free_shipping_from=standing["free_shipping_from"],
        points_multiplier=standing["points_multiplier_bp"],
    )


def _country(cart: CartRow) -> str | None:
    return None if cart["address"] is None else str(cart["address"]["country"])


def _method(found: Document) -> Method:
    countries = found["countries"]
    return Method(**{**found, "countries": None if countries is None else frozenset(countries)})


def _region(found: Document) -> Region:
    return Region(
        **{
            **found,
            "per": TaxRounding(found["per"]),
            "rounding": Rounding(found["rounding"]),
            "rates": found["rates"] or {},
        }
    )


class _Assembly:
    """Puts together what is known of one cart."""

    def __init__(
        self,
        cart: CartRow,
        lines: Sequence[CartLineRow],
        in_collections: Mapping[int, frozenset[int]],
    ) -> None:
        self._cart, self._rows, self._in_collections = cart, lines, in_collections
        self._shopper = _shopper(cart["shopper"])
        # Of each merchant one line, which knows its merchant's terms.
        self._merchants = {row["merchant_id"]: row for row in lines if row["merchant_id"] is not None}
        self._merchant_ids = sorted(self._merchants)

    def known(self, *, now: datetime, promotions: Sequence[Promotion]) -> Known:
        cart, address = self._cart, self._cart["address"] or {}
        country = _country(cart)
        own = [each for merchant_id in self._merchant_ids for each in self._merchants[merchant_id]["methods"]]
        return Known(
            currency=cart["currency"],
            now=now,
            lines=[_line(row, self._in_collections.get(row["product_id"], _NONE)) for row in self._rows],
            country=country,
            region=address.get("region"),
            method=cart["delivery_method"],
            methods_of={int(key): code for key, code in (cart["methods_of"] or {}).items()},
            methods=[_method(each) for each in (*(cart["methods"]), *own)],
            regions=[_region(each) for each in cart["regions"]],
            customer=self._customer(),
            points=self._points(),
            codes=cart["codes"],
            promotions=promotions,
        )

    def _customer(self) -> Customer:
        """Leave out the level's free delivery where its sum is in another currency."""
        customer = self._shopper.customer
        if customer.level is None or self._shopper.level_currency == self._cart["currency"]:
            return customer
        return replace(customer, level=replace(customer.level, free_shipping_from=None))

    def _points(self) -> Points:
        everywhere = self._cart["rates"]
        own = {each: row["rates"] for each, row in self._merchants.items() if row["rates"] is not None}
        return Points(
            available=self._shopper.available,
            asked=self._cart["points_asked"],
            burn=self._burn(everywhere),
            earn=self._earn(everywhere),
            burns={merchant_id: self._burn(rates) for merchant_id, rates in own.items()},
            earns={merchant_id: self._earn(rates) for merchant_id, rates in own.items()},
        )

    def _burn(self, rates: Document | None) -> Rate | None:
        return Rate(BASIS_POINTS, rates["burn_bp"]) if self._hold(rates) and rates["burn_bp"] else None

    def _earn(self, rates: Document | None) -> Rate | None:
        return Rate(rates["earn_bp"], BASIS_POINTS) if self._hold(rates) and rates["earn_bp"] else None

    def _hold(self, rates: Document | None) -> TypeGuard[Document]:
        """Say whether there are rates, about the cart's currency: points have no worth in another."""
        return rates is not None and rates["currency"] == self._cart["currency"]


def _line(row: CartLineRow, collection_ids: frozenset[int]) -> CartLine:
    return CartLine(
        id=row["id"],
        variant_id=row["variant_id"],
        product_id=row["product_id"],
        merchant_id=row["merchant_id"],
        name=row["name"],
        quantity=row["quantity"],
        seen_price=row["seen_price"],
        unit_price=row["price_amount"],
        listed=row["listed"],
        sellable=row["sellable"],
        category_ids=frozenset(row["category_path"] or ()),
        collection_ids=collection_ids,
        tax_class=row["tax_class"] or "standard",
    )
