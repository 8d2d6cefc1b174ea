"""The one schema."""

from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from graph.binding import bind
from graph.queries import Query
from graph.scalars import SCALARS
from graph.subscriptions import Subscription


def _read(source: Any, name: str) -> Any:
    """Read a plain field: a key of a document, or an attribute of anything else."""
    return source[name] if isinstance(source, dict) else getattr(source, name)


schema = strawberry.Schema(
    query=Query,
    subscription=Subscription,
    config=StrawberryConfig(default_resolver=_read, scalar_map=SCALARS),
)
bind(schema)
