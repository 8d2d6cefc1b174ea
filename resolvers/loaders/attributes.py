"""Definitions of attributes, by key."""

from sqlalchemy import Text, any_, select

from models.attributes import Attribute
from models.database import Row
from resolvers.loaders.lookups import One, keys


class AttributeRow(Row):
    """An attribute's definition."""


_COLUMNS = (
    Attribute.id,
    Attribute.key,
    Attribute.label,
    Attribute.kind,
    Attribute.unit,
    Attribute.allowed_values,
    Attribute.filterable,
    Attribute.searchable,
    Attribute.sortable,
)

BY_KEY = One(select(*_COLUMNS).where(Attribute.key == any_(keys(Text))), key="key", row=AttributeRow)
