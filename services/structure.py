"""What categories, attributes and collections have in common: slugs, the gate, telling of a change."""

from collections.abc import Mapping
from typing import Any, Final, NoReturn, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from domain import versions
from domain.access import Permission, Viewer
from domain.errors import InvalidInput
from domain.slugs import slugify
from models.attributes import Attribute
from models.categories import Category
from models.collections import Collection
from services import access, outbox
from services.access import NotFoundError

T = TypeVar("T", Attribute, Category, Collection)

_TAKEN: Final[Mapping[str, tuple[str, str]]] = {
    "uq_categories_slug": ("slug", "another category has it; choose another"),
    "uq_collections_slug": ("slug", "another collection has it; choose another"),
    "uq_attributes_key": ("name", "another attribute has it; choose another"),
    "uq_categories_parent_id_name": ("name", "a category of this name stands there already"),
    "ck_categories_no_cycle": ("parentId", "a category cannot stand below itself or what is below it"),
    "fk_categories_parent_id": ("parentId", "the category is gone meanwhile"),
}


async def locked(
    session: AsyncSession,
    viewer: Viewer,
    of: type[T],
    key: int,
    *,
    noun: str,
    field: str | None = None,
    expected_version: int | None = None,
) -> T:
    """Lock a category, an attribute or a collection for platform staff. Raises NotFoundError, VersionError."""
    access.require(viewer, Permission.STRUCTURE_WRITE, noun=noun, field=field or f"{noun}_id")
    found: T | None = await session.scalar(select(of).where(of.id == key).with_for_update())
    if found is None:
        raise NotFoundError(noun, field=field or f"{noun}_id")
    versions.check(noun, expected=expected_version, found=found.version)
    return found


async def add(session: AsyncSession, thing: T, *, noun: str) -> int:
    """Insert a category, an attribute or a collection, and tell of it; gives its id. Raises InvalidInput."""
    session.add(thing)
    await flush(session)
    await _tell(session, thing, noun)
    return thing.id


async def changed(session: AsyncSession, thing: T, *, noun: str) -> None:
    """Write what was changed, and tell of it. Raises InvalidInput."""
    thing.version += 1
    await flush(session)
    await _tell(session, thing, noun)


async def flush(session: AsyncSession) -> None:
    """Write; what must be unique and is not is the input's fault. Raises InvalidInput."""
    try:
        await session.flush()
    except IntegrityError as error:
        _refuse(error)


async def free_slug(session: AsyncSession, of: type[Category] | type[Collection], names: list[str]) -> str:
    """Make a slug that is free now: of the first name, of all of them, or with a number behind it."""
    wanted = [slugify(" ".join(names[:length])) for length in range(1, len(names) + 1)]
    base = next((slug for slug in reversed(wanted) if slug), "category" if of is Category else "collection")
    taken = set(await session.scalars(select(of.slug).where(of.slug.startswith(base) | of.slug.in_(wanted))))
    for slug in [each for each in wanted if each] or [base]:
        if slug not in taken:
            return slug
    number = 2
    while f"{base}-{number}" in taken:
        number += 1
    return f"{base}-{number}"


def _refuse(error: IntegrityError) -> NoReturn:
    cause: Any = error.orig.__cause__ if error.orig else None
    named = _TAKEN.get(getattr(cause, "constraint_name", None) or "")
    if named is None:
        raise error
    place, reason = named
    raise InvalidInput(f"{place}: {reason}", field=place) from None


async def _tell(session: AsyncSession, thing: Attribute | Category | Collection, noun: str) -> None:
    await outbox.append(session, f"{noun.upper()}_CHANGED", subject=(noun, thing.id), version=thing.version)
