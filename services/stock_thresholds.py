"""From how many units on a variant is low: what the merchant's staff says of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, BigInteger, any_, delete, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Permission, Viewer
from domain.errors import InvalidInput, Refusal, Refusals
from domain.inventory import UNITS_MAX
from models.inventory import StockThreshold
from models.variants import Variant
from services.access import NotFoundError


@dataclass(frozen=True, slots=True)
class Wanted:
    """The threshold that a variant shall have; None for none."""

    variant_id: int
    threshold: int | None


async def set_all(session: AsyncSession, *, viewer: Viewer, rows: Sequence[Wanted]) -> None:
    """Set thresholds, all of them or none; the watch looks at them within seconds.

    Raises Refusals made of NotFoundError and InvalidInput, one for each row that is wrong.
    """
    if not rows:
        raise InvalidInput("rows: name at least one", field="rows")
    found = await session.execute(
        select(Variant.id, Variant.merchant_id)
        .where(Variant.id == any_(literal([row.variant_id for row in rows], ARRAY(BigInteger))))
        .with_for_update(read=True, key_share=True)
    )
    merchants = {row.id: row.merchant_id for row in found}
    refused: list[Refusal] = []
    seen: set[int] = set()
    for index, row in enumerate(rows):
        merchant_id = merchants.get(row.variant_id)
        if merchant_id is None or not viewer.may(Permission.STOCK_WRITE, merchant_id=merchant_id):
            refused.append(NotFoundError("variant", field=f"rows.{index}.variant_id"))
        elif row.variant_id in seen:
            place = f"rows.{index}.variantId"
            refused.append(InvalidInput(f"{place}: this variant stands twice", field=f"rows.{index}.variant_id"))
        elif row.threshold is not None and not 1 <= row.threshold <= UNITS_MAX:
            place = f"rows.{index}.threshold"
            refused.append(InvalidInput(f"{place}: {row.threshold} is not between 1 and {UNITS_MAX}", field=place))
        seen.add(row.variant_id)
    if refused:
        raise Refusals(refused)
    if gone := [row.variant_id for row in rows if row.threshold is None]:
        await session.execute(delete(StockThreshold).where(StockThreshold.variant_id.in_(gone)))
    values = [
        {"variant_id": row.variant_id, "merchant_id": merchants[row.variant_id], "threshold": row.threshold}
        for row in sorted(rows, key=lambda each: each.variant_id)
        if row.threshold is not None
    ]
    if values:
        made = upsert(StockThreshold).values(values)
        await session.execute(
            made.on_conflict_do_update(
                index_elements=[StockThreshold.variant_id], set_={"threshold": made.excluded.threshold}
            )
        )
