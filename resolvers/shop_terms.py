"""The terms of the shop: how deliveries, taxes, levels, rates of points and store credit are answered and changed."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import services.club_terms
import services.delivery_methods
import services.store_credit
import services.tax_regions
from domain import percents
from domain.deliveries import Method
from domain.errors import InvalidInput
from domain.ledger import Reference
from domain.membership import Level
from domain.merchants import reason as checked_reason
from domain.money import Money, Rounding
from domain.tax import TaxRounding
from domain.tax_regions import Region
from models.database import Row
from resolvers import pages, sums
from resolvers.context import Context
from resolvers.loaders import customers as customer_loaders
from resolvers.loaders import shop_terms as loaders
from resolvers.loaders.customers import CustomerRow
from resolvers.loaders.shop_terms import DeliveryMethodRow, TaxRegionRow
from resolvers.mutations import Change, Result
from resolvers.pages import Page
from services.access import NotFoundError
from services.points import Rates


async def methods(
    root: Sequence[None], context: Context, *, merchant_id: int | None, first: int, after: str | None
) -> list[Page[DeliveryMethodRow]]:
    """Answer a page of a merchant's own methods, or of the platform's if none is named."""
    owner = loaders.PLATFORM if merchant_id is None else merchant_id or -1
    page = await pages.of_list(
        loaders.METHODS, context, first=first, after=after, count=lambda: loaders.METHODS_COUNT, owner=owner
    )
    return [page for _ in root]


async def regions(root: Sequence[None], context: Context, *, first: int, after: str | None) -> list[Page[TaxRegionRow]]:
    """Answer a page of where which taxes are raised."""
    page = await pages.of_list(loaders.REGIONS, context, first=first, after=after, count=lambda: loaders.REGIONS_COUNT)
    return [page for _ in root]


def rates_of_region(region: Row) -> list[dict[str, Any]]:
    """Give a region's rates by tax class."""
    classes, rates = region["classes"] or (), region["rates_bp"] or ()
    return [{"tax_class": name, "rate_bp": rate} for name, rate in zip(classes, rates, strict=True)]


async def ladder(root: Sequence[Any], context: Context) -> list[dict[str, Any]]:
    """Answer the shop's levels, the lowest first, and how often they were changed."""
    version, levels = await asyncio.gather(
        context.database.fetch(loaders.LADDER, Row), context.database.fetch(loaders.LEVELS, Row)
    )
    found = {"version": version[0]["version"] if version else 0, "levels": levels}
    return [found for _ in root]


async def programme(root: Sequence[Any], context: Context) -> list[dict[str, Any] | None]:
    """Answer the platform's programme of points, with its rates; None if there is none."""
    found, rates = await asyncio.gather(
        context.database.fetch(loaders.PROGRAMME, Row), context.load(loaders.RATES, loaders.PLATFORM)
    )
    answer = {**dict(found[0]), "rates": rates} if found else None
    return [answer for _ in root]


async def ladder_after(results: Sequence[Result], context: Context) -> list[dict[str, Any] | None]:
    """Answer the levels after they were changed; None where they were not."""
    return [
        found if result["done"] else None for result, found in zip(results, await ladder(results, context), strict=True)
    ]


async def programme_after(results: Sequence[Result], context: Context) -> list[dict[str, Any] | None]:
    """Answer the programme after it was changed; None where it was not."""
    return [
        found if result["done"] else None
        for result, found in zip(results, await programme(results, context), strict=True)
    ]


async def credit(customers: Sequence[CustomerRow], context: Context) -> list[list[Money]]:
    """Answer the store credit of each customer, by currency."""
    found = await context.load_many(loaders.CREDIT, [customer["id"] for customer in customers])
    return [[Money(row["amount"], row["currency"]) for row in rows] for rows in found]


async def create_method(
    change: Change,
    *,
    price: str,
    currency: str,
    merchant_id: int | None = None,
    free_from: str | None = None,
    countries: Sequence[str] | None = None,
    **given: str,
) -> Result:
    """Offer a way of sending."""
    method = Method(
        merchant_id,
        given["code"],
        given["label"],
        currency,
        sums.minor(price, currency, field="price"),
        free_from=None if free_from is None else sums.minor(free_from, currency, field="free_from"),
        countries=None if countries is None else frozenset(countries),
        tax_class=given["tax_class"],
    )
    return Result(method_id=await services.delivery_methods.create(change.session, viewer=change.viewer, method=method))


async def update_method(change: Change, *, method_id: int, expected_version: int | None = None, **given: Any) -> Result:
    """Change what is given of a way of sending; it may be free from nothing on, and go everywhere: null."""
    nullable = {"free_from", "countries"}
    given = {name: value for name, value in given.items() if value is not None or name in nullable}
    sent = {name: given[name] for name in ("price", "free_from") if given.get(name) is not None}
    if sent:
        currency = await services.delivery_methods.currency(change.session, method_id=method_id)
        given |= {name: sums.minor(text, currency, field=name) for name, text in sent.items()}
    if given.get("countries") is not None:
        given["countries"] = frozenset(given["countries"])
    await services.delivery_methods.change(
        change.session, viewer=change.viewer, method_id=method_id, expected_version=expected_version, **given
    )
    return Result(method_id=method_id)


async def remove_method(change: Change, *, method_id: int, expected_version: int | None = None) -> Result:
    """Offer a way of sending no more."""
    await services.delivery_methods.remove(
        change.session, viewer=change.viewer, method_id=method_id, expected_version=expected_version
    )
    return Result(removed_id=method_id)


async def create_region(
    change: Change,
    *,
    country: str,
    name: str,
    rates: Sequence[Mapping[str, Any]],
    region: str | None = None,
    **given: Any,
) -> Result:
    """Raise taxes somewhere."""
    made = Region(
        country,
        region,
        name,
        inclusive=given["inclusive"],
        per=TaxRounding(given["per"]),
        rounding=Rounding(given["rounding"]),
        rates=_rates(rates),
        is_default=given["is_default"],
    )
    return Result(region_id=await services.tax_regions.create(change.session, viewer=change.viewer, region=made))


async def update_region(change: Change, *, region_id: int, expected_version: int | None = None, **given: Any) -> Result:
    """Change what is given of a region's taxes; null is as if it was not given."""
    given = {name: value for name, value in given.items() if value is not None}
    read = {"per": TaxRounding, "rounding": Rounding, "rates": _rates}
    given = {name: read[name](value) if name in read else value for name, value in given.items()}
    await services.tax_regions.change(
        change.session, viewer=change.viewer, region_id=region_id, expected_version=expected_version, **given
    )
    return Result(region_id=region_id)


async def remove_region(change: Change, *, region_id: int, expected_version: int | None = None) -> Result:
    """Raise no taxes there any more."""
    await services.tax_regions.remove(
        change.session, viewer=change.viewer, region_id=region_id, expected_version=expected_version
    )
    return Result(removed_id=region_id)


async def set_levels(
    change: Change, *, currency: str, levels: Sequence[Mapping[str, Any]], expected_version: int | None = None
) -> Result:
    """Make these the shop's levels."""
    wanted = [_level(level, currency, f"levels.{index}.") for index, level in enumerate(levels)]
    await services.club_terms.set_levels(
        change.session, viewer=change.viewer, levels=wanted, expected_version=expected_version, now=change.now
    )
    return Result(done=True)


async def set_programme(
    change: Change,
    *,
    name: str,
    currency: str,
    return_grace_days: int,
    expires_after_days: int | None = None,
    expected_version: int | None = None,
) -> Result:
    """Make the platform's programme of points, or change it."""
    await services.club_terms.set_programme(
        change.session,
        viewer=change.viewer,
        name=name,
        currency=currency,
        expires_after_days=expires_after_days,
        return_grace_days=return_grace_days,
        expected_version=expected_version,
    )
    return Result(done=True)


async def set_rates(
    change: Change,
    *,
    earned: str,
    worth: str,
    merchant_id: int | None = None,
    expected_version: int | None = None,
) -> Result:
    """Set what points are earned for and worth, everywhere or at a merchant's."""
    rates = Rates(
        percents.basis_points(earned, field="earned", most=10_000), percents.factor(worth, field="worth", most=10_000)
    )
    await services.club_terms.set_rates(
        change.session,
        viewer=change.viewer,
        merchant_id=merchant_id,
        rates=rates,
        expected_version=expected_version,
    )
    return Result(done=True)


async def issue_credit(change: Change, *, customer_id: int, amount: str, currency: str, reason: str) -> Result:
    """Give a customer store credit at the platform's expense."""
    if await change.context.load(customer_loaders.BY_ID, customer_id) is None:
        raise NotFoundError("customer", field="customer_id")
    credit = sums.minor(amount, currency, field="amount")
    if not 0 < credit <= services.store_credit.AMOUNT_MAX:
        raise InvalidInput(
            f"amount: credit given by hand is 1 to {services.store_credit.AMOUNT_MAX} minor units", field="amount"
        )
    await services.store_credit.give(
        change.session,
        customer_id=customer_id,
        amount=credit,
        currency=currency,
        reference=Reference("ACCOUNT", change.viewer.account_id or 0),
        now=change.now,
        note=checked_reason(reason),
    )
    return Result(customer_id=customer_id)


def _rates(given: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    rates: dict[str, int] = {}
    for index, each in enumerate(given):
        if each["tax_class"] in rates:
            raise InvalidInput(
                f"rates.{index}.taxClass: {each['tax_class'][:60]!r} stands twice", field=f"rates.{index}.tax_class"
            )
        rates[each["tax_class"]] = percents.basis_points(each["percent"], field=f"rates.{index}.percent", most=1_000)
    return rates


def _level(given: Mapping[str, Any], currency: str, field: str) -> Level:
    free_from = given.get("free_shipping_from")
    return Level(
        0,
        given["name"].strip(),
        currency,
        sums.minor(given["threshold"], currency, field=f"{field}threshold"),
        discount_bp=percents.basis_points(given["discount_percent"], field=f"{field}discount_percent"),
        free_shipping_from=None
        if free_from is None
        else sums.minor(free_from, currency, field=f"{field}free_shipping_from"),
        points_multiplier_bp=percents.factor(given["points_multiplier"], field=f"{field}points_multiplier"),
    )
