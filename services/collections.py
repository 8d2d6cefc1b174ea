"""Collections of the whole marketplace, as platform staff changes them."""

from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from domain import rules
from domain.access import Permission, Viewer
from domain.products import RULE_VOCABULARY
from models.collections import Collection
from services import access, outbox, structure

NOUN: Final = "collection"


async def create(
    session: AsyncSession, *, viewer: Viewer, name: str, slug: str | None, description: str, rule: Any
) -> int:
    """Add a collection; gives its id. Raises RuleError, InvalidInput."""
    access.require(viewer, Permission.STRUCTURE_WRITE, noun=NOUN)
    rules.parse(rule, RULE_VOCABULARY)
    slug = slug or await structure.free_slug(session, Collection, [name])
    return await structure.add(
        session, Collection(name=name, slug=slug, description=description, rule=rule, version=1), noun=NOUN
    )


async def change(
    session: AsyncSession, *, viewer: Viewer, collection_id: int, expected_version: int | None, **given: Any
) -> None:
    """Change what is given of a collection: name, slug, description, rule.

    Raises NotFoundError, VersionError, RuleError, InvalidInput.
    """
    collection = await structure.locked(
        session, viewer, Collection, collection_id, noun=NOUN, expected_version=expected_version
    )
    if "rule" in given:
        rules.parse(given["rule"], RULE_VOCABULARY)
    for name, value in given.items():
        setattr(collection, name, value)
    await structure.changed(session, collection, noun=NOUN)


async def remove(session: AsyncSession, *, viewer: Viewer, collection_id: int) -> None:
    """Remove a collection; its products stay. Raises NotFoundError."""
    collection = await structure.locked(session, viewer, Collection, collection_id, noun=NOUN)
    await session.execute(delete(Collection).where(Collection.id == collection_id))
    await outbox.append(session, "COLLECTION_REMOVED", subject=(NOUN, collection_id), version=collection.version + 1)
