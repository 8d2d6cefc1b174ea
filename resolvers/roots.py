"""Fields of the root: its only parent is nothing, and their arguments say what is wanted."""

from collections.abc import Sequence
from typing import Any

from models.database import Row
from resolvers.context import Batch, Context
from resolvers.loaders.lookups import One


def found(lookup: One[Any], *, by: str) -> Batch[Any, ..., Row | None]:
    """Answer the row that a lookup finds under the argument `by`."""

    async def resolve(roots: Sequence[Any], context: Context, **given: Any) -> list[Row | None]:
        (row,) = await context.load_many(lookup, [given[by]])
        return [row for _ in roots]

    return resolve
