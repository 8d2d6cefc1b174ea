"""The category tree, as platform staff changes it."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from domain import categories as rules
from domain.access import Permission, Viewer
from models import advisory_locks
from models.advisory_locks import Lock
from models.categories import Category, CategoryTranslation
from models.products import Product
from services import access, outbox, structure

NOUN: Final = "category"


async def create(
    session: AsyncSession,
    *,
    viewer: Viewer,
    name: str,
    slug: str | None,
    parent_id: int | None,
    translations: Mapping[str, str],
    **columns: Any,
) -> int:
    """Add a category; gives its id. `columns` are description and position. Raises NotFoundError, InvalidInput."""
    access.require(viewer, Permission.STRUCTURE_WRITE, noun=NOUN)
    names = [name]
    if parent_id is not None:
        names.append((await _parent(session, viewer, parent_id)).name)
    category = Category(
        name=name,
        slug=slug or await structure.free_slug(session, Category, names),
        parent_id=parent_id,
        version=1,
        **columns,
    )
    category_id = await structure.add(session, category, noun=NOUN)
    await _translate(session, category_id, translations)
    return category_id


async def change(
    session: AsyncSession, *, viewer: Viewer, category_id: int, expected_version: int | None, **given: Any
) -> None:
    """Change what is given of a category: name, slug, description, position, translations (all of them by locale).

    Raises NotFoundError, VersionError, InvalidInput.
    """
    category = await structure.locked(
        session, viewer, Category, category_id, noun=NOUN, expected_version=expected_version
    )
    if "translations" in given:
        await session.execute(delete(CategoryTranslation).where(CategoryTranslation.category_id == category_id))
        await _translate(session, category_id, given.pop("translations"))
    for name, value in given.items():
        setattr(category, name, value)
    await structure.changed(session, category, noun=NOUN)


async def move(session: AsyncSession, *, viewer: Viewer, category_id: int, parent_id: int | None) -> None:
    """Put a category with all that is below it below another one, or among the roots; one move after the other.

    Raises NotFoundError, InvalidInput.
    """
    await advisory_locks.take(session, Lock.CATEGORY_TREE)
    category = await structure.locked(session, viewer, Category, category_id, noun=NOUN)
    if parent_id is not None:
        rules.check_move(category_id, parent_path=(await _parent(session, viewer, parent_id)).path)
    category.parent_id = parent_id
    await structure.changed(session, category, noun=NOUN)


async def remove(session: AsyncSession, *, viewer: Viewer, category_id: int) -> None:
    """Remove a category that holds nothing. Raises NotFoundError, CategoryInUseError."""
    category = await structure.locked(session, viewer, Category, category_id, noun=NOUN)
    children = await session.scalar(select(func.count()).where(Category.parent_id == category_id))
    products = await session.scalar(select(func.count()).where(Product.category_id == category_id))
    rules.check_empty(children=children or 0, products=products or 0)
    try:
        await session.execute(delete(Category).where(Category.id == category_id))
    except IntegrityError as error:
        raise rules.CategoryInUseError("The category has just got something to hold: read it again.") from error
    await outbox.append(session, "CATEGORY_REMOVED", subject=(NOUN, category_id), version=category.version + 1)


async def _parent(session: AsyncSession, viewer: Viewer, parent_id: int) -> Category:
    # Held until the end: it is neither moved nor removed meanwhile.
    return await structure.locked(session, viewer, Category, parent_id, noun=NOUN, field="parent_id")


async def _translate(session: AsyncSession, category_id: int, translations: Mapping[str, str]) -> None:
    if not translations:
        return
    await session.execute(
        insert(CategoryTranslation),
        [{"category_id": category_id, "locale": locale, "name": name} for locale, name in translations.items()],
    )
