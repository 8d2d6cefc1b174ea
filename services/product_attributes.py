"""Attribute values of products, held to the attributes' definitions as an import holds them."""

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain import catalogue_record_fields as fields
from domain import catalogue_records
from domain.errors import InvalidInput
from models.attributes import Attribute
from services.catalogue_import_vocabulary import AttributeDefinition, fit

_NUMBER: Final = re.compile(r"-?\d{1,16}(\.\d{1,15})?", re.ASCII)
_BOOLEANS: Final = {"true": True, "false": False}


class GivenAttribute(NamedTuple):
    """An attribute's value as text, as clients write every value."""

    name: str
    value: str
    unit: str | None = None


async def fitted(session: AsyncSession, given: Sequence[GivenAttribute]) -> dict[str, Any]:
    """Give the values as they are stored on the product. Raises InvalidInput that names the first that does not fit."""
    if not given:
        return {}
    if len(given) > catalogue_records.ATTRIBUTES_MAX:
        raise InvalidInput(
            f"attributes: {len(given)} are too many; at most {catalogue_records.ATTRIBUTES_MAX}", field="attributes"
        )
    definitions = await _definitions(session, [each.name for each in given])
    stored: dict[str, Any] = {}
    for index, each in enumerate(given):
        definition = definitions.get(each.name)
        if definition is None:
            raise InvalidInput(
                f"attributes.{index}.name: there is no attribute {each.name[:60]!r}; the field `attributes` lists them",
                field=f"attributes.{index}.name",
            )
        if each.name in stored:
            raise InvalidInput(f"attributes.{index}.name: {each.name!r} stands twice", field=f"attributes.{index}.name")
        field = f"attributes[{index}]"
        with fields.inputs_of():
            record = catalogue_records.read_attribute(_typed(each, definition.kind), field)
            try:
                stored[each.name] = fit(definition, record)
            except fields.RecordError as error:
                raise fields.RecordError(f"{field}.value", error.value, error.reason) from error
    return stored


async def _definitions(session: AsyncSession, keys: Sequence[str]) -> dict[str, AttributeDefinition]:
    rows = await session.execute(
        select(
            Attribute.key,
            Attribute.label,
            Attribute.kind,
            Attribute.unit,
            Attribute.allowed_values,
            Attribute.filterable,
            Attribute.searchable,
            Attribute.sortable,
        ).where(Attribute.key.in_(keys))
    )
    return {
        row.key: AttributeDefinition(**{**row._mapping, "allowed_values": tuple(row.allowed_values)})  # noqa: SLF001 - public, in spite of its name
        for row in rows
    }


def _typed(given: GivenAttribute, kind: str) -> Any:
    """Write a value as a record has it: numbers as numbers, where the attribute's are."""
    value: Any = given.value.strip()
    if kind == "NUMBER" and _NUMBER.fullmatch(value):
        value = float(value) if "." in value else int(value)
    elif kind == "BOOLEAN":
        value = _BOOLEANS.get(value, value)
    return value if given.unit is None else {"value": value, "unit": given.unit}
