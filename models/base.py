"""What all tables share: the metadata with its naming convention, and column shorthands."""

from datetime import datetime
from typing import Annotated

from sqlalchemy import BigInteger, DateTime, Identity, MetaData, Text, func
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Id = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
"""A surrogate key, handed out by the database."""
BigInt = Annotated[int, mapped_column(BigInteger)]
"""A 64-bit integer: a foreign key, or money in minor units."""
String = Annotated[str, mapped_column(Text)]
"""Text of any length."""
CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]
"""An instant, UTC, that the database fills in."""
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
"""An instant, UTC."""


class Base(DeclarativeBase):
    """The base of every table class."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


def one_of(column: str, values: tuple[str, ...]) -> str:
    """Write the SQL of a CHECK that holds a text column to the values of an enumeration."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"
