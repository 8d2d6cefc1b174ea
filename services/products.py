"""Products: made, changed, listed and taken down by a merchant's staff."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from domain import products as rules
from domain import tax
from domain.access import Permission, Viewer
from domain.catalogue_record_variants import VariantRecord
from domain.catalogue_records import TranslationRecord
from domain.errors import InvalidInput
from domain.products import Action, Status
from domain.slugs import slugify
from domain.states import StateError
from models.categories import Category
from models.merchants import Merchant
from models.products import Product, ProductTranslation
from models.variants import VariantPrice
from services import access, outbox, product_attributes, product_locks, variants
from services.access import NotFoundError
from services.product_attributes import GivenAttribute

_NUMBERED: Final = 4
"""How many slugs with a number are tried before one with a random end."""


@dataclass(slots=True)
class Draft:
    """What a new product is made of, checked by the readers of `domain.catalogue_records`."""

    name: str
    description: str = ""
    slug: str | None = None
    external_id: str | None = None
    category_id: int | None = None
    media: list[dict[str, str]] = field(default_factory=list)
    options: list[dict[str, Any]] | None = None
    attributes: list[GivenAttribute] = field(default_factory=list)
    variants: list[VariantRecord] = field(default_factory=list)
    translations: Mapping[str, TranslationRecord] = field(default_factory=dict)
    tax_class: str = tax.STANDARD


async def create(session: AsyncSession, *, viewer: Viewer, merchant_id: int, draft: Draft) -> int:
    """Make a product, a draft for now; gives its id. Raises NotFoundError, InvalidInput, StateError."""
    access.require(viewer, Permission.CATALOGUE_WRITE, merchant_id=merchant_id, noun="merchant", field="merchant_id")
    state = await session.scalar(select(Merchant.state).where(Merchant.id == merchant_id))
    if state is None:
        raise NotFoundError("merchant", field="merchant_id")
    if state == "CLOSED":
        raise StateError("The merchant is CLOSED: nothing about it changes any more.")
    await _check_category(session, draft.category_id)
    options = variants.fitted(draft.options, draft.variants, field="variants")
    product_id = await _insert(
        session,
        slug=draft.slug,
        merchant_id=merchant_id,
        external_id=draft.external_id,
        category_id=draft.category_id,
        name=draft.name,
        description=draft.description,
        media=draft.media,
        options=options,
        attributes=await product_attributes.fitted(session, draft.attributes),
        tax_class=draft.tax_class,
    )
    within = "variants.0." if len(draft.variants) == 1 else "variants."
    await variants.insert_all(
        session, product_id=product_id, merchant_id=merchant_id, records=draft.variants, within=within
    )
    await _replace_translations(session, product_id, draft.translations)
    await outbox.append(session, "PRODUCT_CHANGED", subject=("product", product_id), version=1)
    return product_id


async def change(
    session: AsyncSession,
    *,
    viewer: Viewer,
    product_id: int,
    expected_version: int | None = None,
    now: datetime,
    **given: Any,
) -> None:
    """Change what is given of a product: its columns, attributes, options, translations.

    Attributes and translations are replaced as a whole. The slug stays unless one is given. Raises NotFoundError,
    VersionError, InvalidInput.
    """
    product = await product_locks.locked(session, viewer, product_id=product_id, expected_version=expected_version)
    if "category_id" in given:
        await _check_category(session, given["category_id"])
    if "attributes" in given:
        product.attributes = await product_attributes.fitted(session, given["attributes"])
    if "options" in given or "option_values" in given:
        product.options = await variants.set_options(
            session, product, options=given.get("options"), values=given.get("option_values", {})
        )
    if "translations" in given:
        await session.execute(delete(ProductTranslation).where(ProductTranslation.product_id == product_id))
        await _replace_translations(session, product_id, given["translations"])
    # Last, since a query before would write them: what is not unique is refused by `changed`.
    for name in given.keys() & {"name", "slug", "description", "category_id", "media", "tax_class"}:
        setattr(product, name, given[name])
    await product_locks.changed(session, product, now=now)


async def act(session: AsyncSession, *, viewer: Viewer, product_id: int, action: Action, now: datetime) -> None:
    """Publish, unpublish or archive a product. Raises NotFoundError, StateError."""
    product = await product_locks.locked(session, viewer, product_id=product_id)
    following = rules.after(Status(product.status), action)
    if following is Status.PUBLISHED:
        priced = select(func.count(VariantPrice.variant_id.distinct())).where(VariantPrice.product_id == product_id)
        rules.check_sellable(await session.scalar(priced) or 0)
        product.published_at = product.published_at or now
    product.status = following.value
    await product_locks.changed(session, product, now=now, data={"status": following.value})


async def _check_category(session: AsyncSession, category_id: int | None) -> None:
    """Refuse a category that there is not, and hold the one there is until the end of the transaction."""
    if category_id is None:
        return
    known = await session.scalar(
        select(Category.id).where(Category.id == category_id).with_for_update(read=True, key_share=True)
    )
    if known is None:
        raise NotFoundError("category", field="category_id")


async def _insert(session: AsyncSession, *, slug: str | None, **columns: Any) -> int:
    """Insert a product under the slug that is asked for, or under the first free one made of its name."""
    base = slugify(columns["name"]) or "product"
    numbered = [f"{base}-{number}" for number in range(2, 2 + _NUMBERED)]
    wanted = [slug] if slug is not None else [base, *numbered, f"{base}-{uuid4().hex[:12]}"]
    for each in wanted:
        adding = upsert(Product).values(slug=each, **columns).on_conflict_do_nothing(index_elements=[Product.slug])
        try:
            product_id = (await session.execute(adding.returning(Product.id))).scalar_one_or_none()
        except IntegrityError as error:
            product_locks.refuse_taken(error)
        if product_id is not None:
            return product_id
    raise InvalidInput(f"slug: {wanted[-1]!r} is another product's; choose another", field="slug")


async def _replace_translations(
    session: AsyncSession, product_id: int, translations: Mapping[str, TranslationRecord]
) -> None:
    if translations:
        await session.execute(
            insert(ProductTranslation),
            [
                {"product_id": product_id, "locale": locale, "name": text.name, "description": text.description}
                for locale, text in translations.items()
            ],
        )
