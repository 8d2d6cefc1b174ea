"""Rows of other tables as documents in a column of one's own: read along, where each would be a statement more."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column
from sqlalchemy.dialects.postgresql import aggregate_order_by


def document(columns: Mapping[str, Any]) -> ColumnElement[Any]:
    """Write columns as a document, by the names that it gives them. Instants would come back as texts."""
    named: list[Any] = []
    for name, value in columns.items():
        named += literal_column(f"'{name}'"), value
    return func.jsonb_build_object(*named)


def documents(each: ColumnElement[Any], *, order: Any) -> ColumnElement[Any]:
    """Gather a document of each row, in their order; an empty list if there are none."""
    return func.coalesce(func.jsonb_agg(aggregate_order_by(each, order)), literal_column("'[]'::jsonb"))
