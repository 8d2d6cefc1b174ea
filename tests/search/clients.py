"""Who asks the graph's search."""

from pathlib import Path
from typing import Any

import pytest

from domain.errors import Refusal
from graph.schema import schema
from models.database import counting
from resolvers.changes import Changes
from resolvers.context import Context

# What the storefronts send.
SEARCH = (Path(__file__).parents[1] / "graph" / "documents" / "search.graphql").read_text(encoding="utf-8")


class Client:
    """Asks the schema; `statements` and `requests` are those of the last operation."""

    def __init__(self, shop: Any) -> None:
        self._shop = shop
        self.statements = 0
        self.search = shop.search
        self.changes = Changes(shop.database)

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        context = Context(
            database=self._shop.database,
            search=self.search,
            changes=self.changes,
            currency="USD",
            locale="en",
            statements=counting(),
            secret_key="a key for tests, which is long enough",
        )
        result = await schema.execute(document, variables, context)
        self.statements = context.statements.value
        if result.errors:
            raise result.errors[0].original_error or result.errors[0]
        assert result.data is not None
        return result.data

    async def refused(self, document: str, **variables: Any) -> tuple[str, str]:
        """Ask what is refused; returns code and message."""
        with pytest.raises(Refusal) as refusal:
            await self.ask(document, **variables)
        return refusal.value.code, refusal.value.message
