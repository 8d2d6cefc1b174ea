"""The one schema."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from graph.binding import bind
from graph.execution.declarations import read
from graph.queries import Query
from graph.scalars import SCALARS
from graph.subscriptions import Subscription

schema = strawberry.Schema(
    query=Query,
    subscription=Subscription,
    config=StrawberryConfig(default_resolver=read, scalar_map=SCALARS),
)
bind(schema)
