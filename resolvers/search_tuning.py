"""The tuning of the search: how it is answered to who may change it."""

from collections.abc import Sequence
from typing import Any

from models.database import Row
from resolvers.context import Context
from resolvers.loaders import search_tuning as loaders
from services import access


async def of_root(roots: Sequence[Any], context: Context) -> list[dict[str, Any] | None]:
    """Answer that there is a tuning, to who sees it; its parts are read when they are asked for."""
    return [{} if access.sees_tuning(context.viewer) else None for _ in roots]


async def synonyms(tunings: Sequence[Any], context: Context) -> list[list[Row]]:
    """Answer the synonyms by term."""
    rows: list[Row] = await context.database.fetch(loaders.SYNONYMS)
    return [rows for _ in tunings]


async def stop_words(tunings: Sequence[Any], context: Context) -> list[list[str]]:
    """Answer the stop words in the order of the alphabet."""
    rows: list[Row] = await context.database.fetch(loaders.STOP_WORDS)
    return [[row["word"] for row in rows] for _ in tunings]


async def pins(tunings: Sequence[Any], context: Context) -> list[list[Row]]:
    """Answer the pins by query and place."""
    rows: list[Row] = await context.database.fetch(loaders.PINS)
    return [rows for _ in tunings]
