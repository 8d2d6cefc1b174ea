"""Typed attributes of products."""

from enum import Enum

import strawberry

from graph.fields import column


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
