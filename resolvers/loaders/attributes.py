"""Definitions of attributes: by id, by key, in pages."""

from sqlalchemy import Text, any_, func, select

from models.attributes import Attribute
from models.database import Row, Statement
from resolvers.loaders.keysets import Keyset
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
    Attribute.version,
)

BY_ID = One(select(*_COLUMNS).where(Attribute.id == any_(keys())), key="id", row=AttributeRow, remembered=True)
BY_KEY = One(select(*_COLUMNS).where(Attribute.key == any_(keys(Text))), key="key", row=AttributeRow, remembered=True)
ALL = Keyset(select(*_COLUMNS), order=(Attribute.label, Attribute.id), row=AttributeRow, name="attributes")
COUNT = Statement(select(func.count()).select_from(Attribute))
