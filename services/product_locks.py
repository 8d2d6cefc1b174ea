"""Products under lock: held while they or their variants are changed, then written and told of."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NoReturn

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from domain import versions
from domain.access import Permission, Viewer
from domain.errors import InvalidInput
from models.products import Product
from services import access, outbox
from services.access import NotFoundError

_TAKEN: Final[Mapping[str, tuple[str, str]]] = {
    "uq_products_slug": ("slug", "another product has it; choose another"),
    "uq_products_merchant_id_external_id": ("externalId", "another product of the merchant has it"),
    "uq_variants_merchant_id_sku": ("sku", "another variant of the merchant has it; choose another"),
}


async def locked(
    session: AsyncSession,
    viewer: Viewer,
    *,
    product_id: int,
    expected_version: int | None = None,
    field: str = "product_id",
    noun: str = "product",
) -> Product:
    """Lock a product that the viewer may change. Raises NotFoundError, VersionError."""
    product = await session.scalar(
        select(Product).where(Product.id == product_id).with_for_update(key_share=True, of=Product)
    )
    if product is None:
        raise NotFoundError(noun, field=field)
    access.require(viewer, Permission.CATALOGUE_WRITE, merchant_id=product.merchant_id, noun=noun, field=field)
    versions.check("product", expected=expected_version, found=product.version)
    return product


async def changed(
    session: AsyncSession, product: Product, *, now: datetime, data: Mapping[str, Any] | None = None
) -> None:
    """Write a product that was changed, and tell of it. Raises InvalidInput for what another product has already."""
    product.version += 1
    product.updated_at = now
    try:
        await session.flush()
    except IntegrityError as error:
        refuse_taken(error)
    await outbox.append(session, "PRODUCT_CHANGED", subject=("product", product.id), version=product.version, data=data)


def refuse_taken(error: IntegrityError, *, within: str = "") -> NoReturn:
    """Raise InvalidInput for what must be unique and is not, in the input's part `within`; any other error as it is."""
    cause = error.orig.__cause__ if error.orig else None
    named = _TAKEN.get(getattr(cause, "constraint_name", None) or "")
    if named is None:
        raise error
    place, reason = named
    raise InvalidInput(f"{within}{place}: {reason}", field=f"{within}{place}") from None
