"""Prices of variants, one variant's or many at once: all of them, or none and why for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ARRAY, BigInteger, Text, any_, bindparam, delete, literal, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain import versions
from domain.access import Permission, Viewer
from domain.catalogue_record_variants import PriceRecord
from domain.errors import InvalidInput, Refusal, Refusals
from models.products import Product
from models.variants import Variant, VariantPrice
from services import access, product_bumps
from services.access import NotFoundError

# Only rows that differ are written: the price ranges of the others need no look.
_WRITE: Final = text(
    """
    INSERT INTO variant_prices (variant_id, product_id, currency, amount, compare_at)
    SELECT variants.id, variants.product_id, given.currency, given.amount, given.compare_at
    FROM unnest(:ids, :currencies, :amounts, :formers) AS given (id, currency, amount, compare_at)
        JOIN variants ON variants.id = given.id
    ORDER BY variants.id, given.currency
    ON CONFLICT (variant_id, currency) DO UPDATE SET amount = excluded.amount, compare_at = excluded.compare_at
    WHERE (variant_prices.amount, variant_prices.compare_at) IS DISTINCT FROM (excluded.amount, excluded.compare_at)
    RETURNING product_id
    """
).bindparams(
    bindparam("ids", type_=ARRAY(BigInteger)),
    bindparam("currencies", type_=ARRAY(Text)),
    bindparam("amounts", type_=ARRAY(BigInteger)),
    bindparam("formers", type_=ARRAY(BigInteger)),
)


@dataclass(frozen=True, slots=True)
class PriceChange:
    """What a variant shall cost in one currency; `field` is the way to it in the input."""

    variant_id: int
    price: PriceRecord
    field: str


async def replace_all(
    session: AsyncSession,
    *,
    viewer: Viewer,
    variant_id: int,
    prices: Sequence[PriceRecord],
    expected_version: int | None,
    now: datetime,
) -> None:
    """Give a variant these prices and no others; the version is its product's. Raises NotFoundError, VersionError."""
    await _lock_products(session, [variant_id])
    merchants = await _merchants(session, [variant_id])
    _require(viewer, merchants.get(variant_id), field="variant_id")
    if expected_version is not None:
        of_variant = select(Product.version).join(Variant, Variant.product_id == Product.id)
        found = (await session.execute(of_variant.where(Variant.id == variant_id))).scalar_one()
        versions.check("product", expected=expected_version, found=found)
    removed = await session.execute(
        delete(VariantPrice)
        .where(VariantPrice.variant_id == variant_id, VariantPrice.currency.not_in([each.currency for each in prices]))
        .returning(VariantPrice.product_id)
    )
    gone = set(removed.scalars())
    written = await _write(session, [PriceChange(variant_id, each, "") for each in prices])
    await product_bumps.bump(session, gone | written, now=now)


async def set_many(session: AsyncSession, *, viewer: Viewer, changes: Sequence[PriceChange], now: datetime) -> None:
    """Set prices of many variants; what is not named stays. Raises Refusals, with each row that is wrong."""
    if not changes:
        raise InvalidInput("rows: name at least one", field="rows")
    ids = [each.variant_id for each in changes]
    await _lock_products(session, ids)
    merchants = await _merchants(session, ids)
    refused: list[Refusal] = []
    seen: set[tuple[int, str]] = set()
    for each in changes:
        try:
            _require(viewer, merchants.get(each.variant_id), field=f"{each.field}.variant_id")
        except NotFoundError as error:
            refused.append(error)
            continue
        key = (each.variant_id, each.price.currency)
        if key in seen:
            refused.append(
                InvalidInput(f"{each.field}: this variant's price in {key[1]} stands twice", field=each.field)
            )
        seen.add(key)
    if refused:
        raise Refusals(refused)
    await product_bumps.bump(session, await _write(session, changes), now=now)


async def _lock_products(session: AsyncSession, variant_ids: Sequence[int]) -> None:
    """Lock the variants' products in the order of their ids, so that two writers of many do not wait in a circle."""
    await session.execute(
        select(Product.id)
        .where(
            Product.id.in_(
                select(Variant.product_id).where(Variant.id == any_(literal(list(variant_ids), ARRAY(BigInteger))))
            )
        )
        .order_by(Product.id)
        .with_for_update(key_share=True, of=Product)
    )


async def _merchants(session: AsyncSession, variant_ids: Sequence[int]) -> dict[int, int]:
    """Whose each variant is, as it is now that the products are locked."""
    rows = await session.execute(
        select(Variant.id, Variant.merchant_id).where(Variant.id == any_(literal(list(variant_ids), ARRAY(BigInteger))))
    )
    return {row.id: row.merchant_id for row in rows}


def _require(viewer: Viewer, merchant_id: int | None, *, field: str) -> None:
    if merchant_id is None:
        raise NotFoundError("variant", field=field)
    access.require(viewer, Permission.CATALOGUE_WRITE, merchant_id=merchant_id, noun="variant", field=field)


async def _write(session: AsyncSession, changes: Sequence[PriceChange]) -> set[int]:
    """Write prices; gives the ids of the products of those that differ."""
    written = await session.execute(
        _WRITE,
        {
            "ids": [each.variant_id for each in changes],
            "currencies": [each.price.currency for each in changes],
            "amounts": [each.price.amount for each in changes],
            "formers": [each.price.compare_at for each in changes],
        },
    )
    return set(written.scalars())
