"""Typed attributes of products."""

from enum import Enum

import strawberry

from graph import ids
from graph.execution.declarations import OfClass
from graph.fields import column
from graph.types.node import Node
from graph.versions import version
from resolvers.loaders.attributes import AttributeRow


@strawberry.enum(description="What values an attribute has.")
class AttributeKind(Enum):
    """What values an attribute has."""

    TEXT = strawberry.enum_value("TEXT", description="Free text.")
    NUMBER = strawberry.enum_value("NUMBER", description="A number, in the attribute's unit.")
    BOOLEAN = strawberry.enum_value("BOOLEAN", description="true or false.")
    DATE = strawberry.enum_value("DATE", description="A day: 2026-01-31.")
    ENUMERATION = strawberry.enum_value("ENUMERATION", description="One or more of the attribute's stated values.")


@strawberry.type(description="One attribute of a product.")
class ProductAttribute:
    """One attribute of a product; its source is a `resolvers.products.AttributeValue`."""

    name: str = column("Its name for programs, as filters and facets use it: `screen_size`.", name="key")
    label: str = column("Its name for people: Screen size.")
    value: str = column("The value as text, without the unit: `6.1`, `true`, `Red, Blue`.", name="text")
    kind: AttributeKind = column("What values it has.")
    unit: str | None = column("The unit of a number: in, kg; null if it has none.")


@strawberry.type(description="What an attribute of products means.")
class Attribute(Node):
    """What an attribute of products means."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Attribute"))
    name: str = column("Its name for programs: `screen_size`.", name="key")
    label: str = column("Its name for people: Screen size.")
    kind: AttributeKind = column("What values it has.")
    unit: str | None = column("The unit of a number: in, kg; null if it has none.")
    allowed_values: list[str] = column("The values of an enumeration; empty for other kinds.")
    filterable: bool = column("Whether searches can be narrowed by it.")
    searchable: bool = column("Whether searches look into its values.")
    sortable: bool = column("Whether searches can be sorted by it.")
    version: int = version()

    is_type_of = OfClass(AttributeRow)
