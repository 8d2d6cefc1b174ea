"""The one schema."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from graph.binding import bind
from graph.execution.declarations import read
from graph.mutations import Mutation
from graph.queries import Query
from graph.scalars import SCALARS
from graph.subscriptions import Subscription
from graph.types.user_errors import USER_ERRORS

schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=USER_ERRORS,
    config=StrawberryConfig(default_resolver=read, scalar_map=SCALARS),
)
bind(schema)
