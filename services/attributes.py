"""Definitions of attributes, as platform staff changes them."""

from typing import Any, Final

from sqlalchemy import ARRAY, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain import attributes as rules
from domain.access import Permission, Viewer
from models.attributes import Attribute
from services import access, structure

NOUN: Final = "attribute"

# The condition on the whole document is answered by the index on it.
_USED: Final = text(
    """
    SELECT value FROM unnest(:values) AS gone (value)
    WHERE EXISTS (
        SELECT FROM products
        WHERE attributes @> jsonb_build_object(CAST(:key AS text), value)
           OR attributes @> jsonb_build_object(CAST(:key AS text), jsonb_build_array(value))
    )
    """
).bindparams(bindparam("values", type_=ARRAY(Text)))


async def create(session: AsyncSession, *, viewer: Viewer, **columns: Any) -> int:
    """Define an attribute; gives its id. `columns` are those of the table. Raises InvalidInput."""
    access.require(viewer, Permission.STRUCTURE_WRITE, noun=NOUN)
    kind = columns["kind"]
    return await structure.add(
        session,
        Attribute(
            **{
                **columns,
                "key": rules.key(columns["key"]),
                "label": rules.label(columns["label"]),
                "unit": rules.unit(columns["unit"], kind=kind),
                "allowed_values": rules.allowed_values(columns["allowed_values"], kind=kind),
                "version": 1,
            }
        ),
        noun=NOUN,
    )


async def change(
    session: AsyncSession, *, viewer: Viewer, attribute_id: int, expected_version: int | None, **given: Any
) -> None:
    """Change what is given of a definition: label, allowed_values, filterable, searchable, sortable.

    Raises NotFoundError, VersionError, InvalidInput, AttributeInUseError for a value that is taken away and products
    have.
    """
    attribute = await structure.locked(
        session, viewer, Attribute, attribute_id, noun=NOUN, expected_version=expected_version
    )
    if "label" in given:
        given["label"] = rules.label(given["label"])
    if "allowed_values" in given:
        given["allowed_values"] = rules.allowed_values(given["allowed_values"], kind=attribute.kind)
        gone = sorted({*attribute.allowed_values} - {*given["allowed_values"]})
        rules.check_unused(list(await session.scalars(_USED, {"values": gone, "key": attribute.key})) if gone else [])
    for name, value in given.items():
        setattr(attribute, name, value)
    await structure.changed(session, attribute, noun=NOUN)
