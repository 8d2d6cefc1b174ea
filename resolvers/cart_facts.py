"""What a cart's price depends on, gathered for many carts by a fixed number of statements."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from domain.cart_prices import CartLine, Known
from domain.deliveries import Method
from domain.money import BASIS_POINTS, Rounding
from domain.pricing_facts import Customer, Level, Points, Rate
from domain.promotions import Promotion
from domain.tax import TaxRounding
from domain.tax_regions import Region
from models.database import Row
from resolvers import cart_collections, promotions
from resolvers.context import Context
from resolvers.loaders import cart_terms
from resolvers.loaders import carts as loaders
from resolvers.loaders.cart_terms import DEFAULT_REGION, PLATFORM
from resolvers.loaders.carts import CartLineRow, CartRow

_NONE: frozenset[int] = frozenset()


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


class _Terms(NamedTuple):
    """By merchant (and `PLATFORM`): methods and rates of points, which guests have no use for; by country: regions."""

    methods: dict[int, list[Method]]
    rates: dict[int, Row | None]
    regions: dict[str, list[Region]]


async def gather(cart_ids: Sequence[int], context: Context) -> list[Gathered | None]:
    """Gather what is needed for carts that the viewer sees; None for the others."""
    carts = [cart for cart in await context.load_many(loaders.BY_ID, cart_ids) if cart is not None]
    ids = [cart["id"] for cart in carts]
    lines, shoppers, offered = await asyncio.gather(
        context.load_many(loaders.LINES, ids),
        _shoppers(carts, context),
        promotions.for_carts([(cart["customer_id"], cart["codes"]) for cart in carts], context),
    )
    terms = await _terms(carts, lines, context)
    product_ids = list({row["product_id"]: None for rows in lines for row in rows if row["listed"]})
    in_collections = await cart_collections.of_products(
        product_ids, (promotion for each in offered for promotion in each), context
    )
    now = datetime.now(UTC)
    found = {}
    for at, cart in enumerate(carts):
        active = [row for row in lines[at] if not row["saved"]]
        known = _Assembly(cart, active, terms, shoppers[at], in_collections).known(
            now=now,
            promotions=offered[at],
        )
        found[cart["id"]] = Gathered(cart, active, [row for row in lines[at] if row["saved"]], known)
    return [found.get(cart_id) for cart_id in cart_ids]


async def _shoppers(carts: Sequence[CartRow], context: Context) -> list[_Shopper]:
    ids = [cart["customer_id"] for cart in carts if cart["customer_id"] is not None]
    if not ids:
        return [_Shopper() for _ in carts]
    rows = await context.load_many(cart_terms.SHOPPERS, ids)
    found = {
        row["id"]: _Shopper(
            Customer(
                signed_in=True,
                level=_level(row),
                segments=frozenset(row["segments"]),
                first_order=not row["bought"],
            ),
            row["currency"],
            row["available"],
        )
        for row in rows
        if row is not None
    }
    return [found.get(cart["customer_id"], _Shopper()) for cart in carts]


def _level(standing: Row) -> Level | None:
    if standing["level_id"] is None:
        return None
    return Level(
        name=standing["level_name"],
        rank=standing["threshold"],
        basis_points=standing["discount_bp"],
        free_shipping_from=standing["free_shipping_from"],
        points_multiplier=standing["points_multiplier_bp"],
    )


async def _terms(carts: Sequence[CartRow], lines: Sequence[Sequence[Row]], context: Context) -> _Terms:
    merchant_ids = sorted({row["merchant_id"] for rows in lines for row in rows if row["merchant_id"] is not None})
    owners = [PLATFORM, *merchant_ids]
    countries = list(dict.fromkeys(_country(cart) or DEFAULT_REGION for cart in carts))
    methods, rates, regions = await asyncio.gather(
        context.load_many(cart_terms.METHODS, owners),
        context.load_many(cart_terms.RATES, owners if any(cart["customer_id"] for cart in carts) else []),
        context.load_many(cart_terms.REGIONS, countries),
    )
    return _Terms(
        methods={owner: [_method(row) for row in rows] for owner, rows in zip(owners, methods, strict=True)},
        rates=dict(zip(owners, rates, strict=True)) if rates else dict.fromkeys(owners),
        regions={code: [_region(row) for row in rows] for code, rows in zip(countries, regions, strict=True)},
    )


def _country(cart: CartRow) -> str | None:
    return None if cart["address"] is None else str(cart["address"]["country"])


def _method(row: Row) -> Method:
    countries = row["countries"]
    return Method(
        merchant_id=row["owner_id"] or None,
        code=row["code"],
        label=row["label"],
        currency=row["currency"],
        price=row["price"],
        free_from=row["free_from"],
        countries=None if countries is None else frozenset(countries),
        tax_class=row["tax_class"],
    )


def _region(row: Row) -> Region:
    rates = zip(row["classes"], row["rates"], strict=True)
    return Region(
        country=row["country"],
        region=row["region"],
        name=row["name"],
        inclusive=row["inclusive"],
        per=TaxRounding(row["per"]),
        rounding=Rounding(row["rounding"]),
        rates={tax_class: rate for tax_class, rate in rates if tax_class is not None},
        is_default=row["is_default"],
    )


class _Assembly:
    """Puts together what is known of one cart."""

    def __init__(
        self,
        cart: CartRow,
        lines: Sequence[CartLineRow],
        terms: _Terms,
        shopper: _Shopper,
        in_collections: Mapping[int, frozenset[int]],
    ) -> None:
        self._cart, self._rows, self._terms, self._shopper = cart, lines, terms, shopper
        self._in_collections = in_collections
        self._merchant_ids = sorted({row["merchant_id"] for row in lines if row["merchant_id"] is not None})

    def known(self, *, now: datetime, promotions: Sequence[Promotion]) -> Known:
        cart, address = self._cart, self._cart["address"] or {}
        country = _country(cart)
        methods = [each for owner in (PLATFORM, *self._merchant_ids) for each in self._terms.methods[owner]]
        return Known(
            currency=cart["currency"],
            now=now,
            lines=[_line(row, self._in_collections.get(row["product_id"], _NONE)) for row in self._rows],
            country=country,
            region=address.get("region"),
            method=cart["delivery_method"],
            methods_of={int(key): code for key, code in (cart["methods_of"] or {}).items()},
            methods=methods,
            regions=self._terms.regions[country or DEFAULT_REGION],
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
        return Points(
            available=self._shopper.available,
            asked=self._cart["points_asked"],
            burn=self._burn(PLATFORM),
            earn=self._earn(PLATFORM),
            burns={each: self._burn(each) for each in self._merchant_ids if self._terms.rates[each]},
            earns={each: self._earn(each) for each in self._merchant_ids if self._terms.rates[each]},
        )

    def _burn(self, owner: int) -> Rate | None:
        row = self._rate(owner)
        return Rate(BASIS_POINTS, row["burn_bp"]) if row is not None and row["burn_bp"] else None

    def _earn(self, owner: int) -> Rate | None:
        row = self._rate(owner)
        return Rate(row["earn_bp"], BASIS_POINTS) if row is not None and row["earn_bp"] else None

    def _rate(self, owner: int) -> Row | None:
        """Give a rate of points if it is about the cart's currency: points have no worth in another."""
        row = self._terms.rates[owner]
        return row if row is not None and row["currency"] == self._cart["currency"] else None


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
