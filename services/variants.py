"""Variants of products: added, changed, removed, and the options that tell them apart."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from domain import catalogue_record_variants as records
from domain import products as rules
from domain.access import Viewer
from domain.catalogue_record_fields import RecordError
from domain.catalogue_record_variants import VariantRecord
from domain.errors import InvalidInput
from domain.inventory import MovementKind, StockReservedError
from models.inventory import StockLevel
from models.products import Product
from models.variants import Variant, VariantPrice
from services import product_locks, stock_movements
from services.access import NotFoundError
from services.stock_movements import Why


async def add(session: AsyncSession, *, viewer: Viewer, product_id: int, record: VariantRecord, now: datetime) -> int:
    """Add a variant behind the others; gives its id. A value that is new is added to its option.

    Raises NotFoundError, InvalidInput.
    """
    product = await product_locks.locked(session, viewer, product_id=product_id)
    existing = await _of_product(session, product_id)
    if len(existing) >= records.VARIANTS_MAX:
        raise InvalidInput(f"variant: a product has at most {records.VARIANTS_MAX} variants", field="variant")
    product.options = fitted(
        _extended(product.options, record), [*map(_recorded, existing), record], field="variant.optionValues"
    )
    position = max((each.position for each in existing), default=-1) + 1
    (variant_id,) = await insert_all(
        session,
        product_id=product_id,
        merchant_id=product.merchant_id,
        records=[record],
        position=position,
        within="variant.",
    )
    await product_locks.changed(session, product, now=now)
    return variant_id


async def change(
    session: AsyncSession,
    *,
    viewer: Viewer,
    variant_id: int,
    document: Mapping[str, Any],
    expected_version: int | None,
    now: datetime,
) -> None:
    """Change what `document` holds of a variant, in the shape of an import record, and `position`.

    The version is the product's. Raises NotFoundError, VersionError, InvalidInput, RecordError.
    """
    product, siblings = await _locked(session, viewer, variant_id, expected_version=expected_version)
    variant = next(each for each in siblings if each.id == variant_id)
    given = dict(document)
    variant.position = given.pop("position", variant.position)
    before = _recorded(variant)
    record = records.read_variant(
        {
            "sku": before.sku,
            "name": before.name,
            "optionValues": before.option_values,
            "weightGrams": before.weight_grams,
            "barcode": before.barcode,
            **given,
        },
        "variant",
        "",
        priced=False,
    )
    if record.option_values != before.option_values:
        others = [record if each is variant else _recorded(each) for each in siblings]
        product.options = fitted(_extended(product.options, record), others, field="variant.optionValues")
        variant.option_values = _stored(record)
    variant.sku, variant.name, variant.weight_grams = record.sku, record.name, record.weight_grams
    variant.barcode = record.barcode
    try:
        await session.flush()
    except IntegrityError as error:
        product_locks.refuse_taken(error, within="variant.")
    await product_locks.changed(session, product, now=now)


async def remove(session: AsyncSession, *, viewer: Viewer, variant_id: int, now: datetime) -> int:
    """Remove a variant with its prices and stock; gives its product's id.

    Raises NotFoundError, StockReservedError while units are promised to orders, StateError for the last one of
    a listed product.
    """
    # Stock is locked before products everywhere, so that nobody waits in a circle.
    levels = await session.execute(
        select(StockLevel.on_hand, StockLevel.reserved)
        .where(StockLevel.variant_id == variant_id)
        .order_by(StockLevel.warehouse_id)
        .with_for_update()
    )
    units = levels.all()
    product, siblings = await _locked(session, viewer, variant_id)
    if reserved := sum(level.reserved for level in units):
        raise StockReservedError(on_hand=sum(level.on_hand for level in units), reserved=reserved, field="variant_id")
    if product.status == rules.Status.PUBLISHED.value:
        rules.check_sellable(len(siblings) - 1)
    await stock_movements.because(session, Why(MovementKind.REMOVAL, viewer=viewer))
    await session.execute(delete(Variant).where(Variant.id == variant_id))
    await product_locks.changed(session, product, now=now)
    return product.id


async def set_options(
    session: AsyncSession,
    product: Product,
    *,
    options: list[dict[str, Any]] | None,
    values: Mapping[int, Mapping[str, str]],
) -> list[dict[str, Any]]:
    """Give a product other options, and the variants that `values` names other values; gives the options.

    Without options they stay. Raises NotFoundError, InvalidInput.
    """
    existing = await _of_product(session, product.id)
    if missing := values.keys() - {each.id for each in existing}:
        place = list(values).index(missing.pop())
        raise NotFoundError("variant of this product", field=f"option_values.{place}.variant_id")
    recorded = [_recorded(each) for each in existing]
    for each, record in zip(existing, recorded, strict=True):
        record.option_values = dict(values.get(each.id, record.option_values))
    kept = fitted(product.options if options is None else options, recorded, field="options")
    for each, record in zip(existing, recorded, strict=True):
        each.option_values = _stored(record)
    return kept


def fitted(options: list[dict[str, Any]] | None, variants: list[VariantRecord], *, field: str) -> list[dict[str, Any]]:
    """Give the options that the variants fit. Raises InvalidInput about `field`."""
    try:
        return records.read_options(options, variants)
    except RecordError as error:
        raise InvalidInput(f"{field}: {error.field} {error.reason}", field=field) from None


async def insert_all(
    session: AsyncSession,
    *,
    product_id: int,
    merchant_id: int,
    records: Sequence[VariantRecord],
    within: str,
    position: int = 0,
) -> list[int]:
    """Insert variants with their prices, the first one at `position`; gives their ids.

    Raises InvalidInput for an SKU in the input's part `within`: under row-level security Postgres does not say which.
    """
    if not records:
        return []
    rows = [
        {
            "product_id": product_id,
            "merchant_id": merchant_id,
            "sku": record.sku,
            "name": record.name,
            "option_values": _stored(record),
            "weight_grams": record.weight_grams,
            "barcode": record.barcode,
            "position": place,
        }
        for place, record in enumerate(records, position)
    ]
    try:
        made = await session.scalars(insert(Variant).returning(Variant.id, sort_by_parameter_order=True), rows)
        ids = list(made)
    except IntegrityError as error:
        product_locks.refuse_taken(error, within=within)
    await session.execute(
        insert(VariantPrice),
        [
            {"variant_id": variant_id, "product_id": product_id, **price._asdict()}
            for variant_id, record in zip(ids, records, strict=True)
            for price in record.prices
        ],
    )
    return ids


async def _locked(
    session: AsyncSession, viewer: Viewer, variant_id: int, *, expected_version: int | None = None
) -> tuple[Product, list[Variant]]:
    """Lock a variant's product, which the viewer may change; gives it with all its variants.

    Raises NotFoundError, VersionError.
    """
    product_id = await session.scalar(select(Variant.product_id).where(Variant.id == variant_id))
    if product_id is None:
        raise NotFoundError("variant", field="variant_id")
    product = await product_locks.locked(
        session, viewer, product_id=product_id, expected_version=expected_version, field="variant_id", noun="variant"
    )
    siblings = await _of_product(session, product_id)
    if variant_id not in {each.id for each in siblings}:  # removed while we waited for the product
        raise NotFoundError("variant", field="variant_id")
    return product, siblings


async def _of_product(session: AsyncSession, product_id: int) -> list[Variant]:
    found = await session.scalars(
        select(Variant).where(Variant.product_id == product_id).order_by(Variant.position, Variant.id)
    )
    return list(found)


def _recorded(variant: Variant) -> VariantRecord:
    """Write a variant as an import record has it, without prices and stock."""
    return VariantRecord(
        sku=variant.sku,
        name=variant.name,
        option_values={each["name"]: each["value"] for each in variant.option_values},
        prices=[],
        weight_grams=variant.weight_grams,
        barcode=variant.barcode,
        stock={},
    )


def _stored(record: VariantRecord) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in record.option_values.items()]


def _extended(options: list[dict[str, Any]], record: VariantRecord) -> list[dict[str, Any]]:
    """Add a variant's values to the options that do not have them yet."""
    extended = []
    for each in options:
        chosen = record.option_values.get(each["name"])
        new = [] if chosen is None or chosen in each["values"] else [chosen]
        extended.append({"name": each["name"], "values": [*each["values"], *new]})
    return extended
