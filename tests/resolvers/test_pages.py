"""A page of each parent's list ..."""

import asyncpg

from resolvers import reviews
from resolvers.context import Context
from resolvers.loaders import products
from tests.factories import catalogue


async def test_is_not_read_where_the_parents_tell_that_there_is_nothing(
    context: Context, connection: asyncpg.Connection
) -> None:
    merchant = await catalogue.merchant(connection)
    praised, new = [await catalogue.product(connection, merchant, slug=slug) for slug in ("praised", "new")]
    await catalogue.review(connection, praised, 5)
    rows = await products.BY_ID.load(context.database, [praised, new])
    some, none = [row for row in rows if row is not None]
    before = context.statements.value
    pages = await reviews.of_products([none, none], context, first=3, after=None)
    assert [(list(page.nodes), page.has_next_page, page.count) for page in pages] == [([], False, 0)] * 2
    assert context.statements.value == before
    pages = await reviews.of_products([some, none], context, first=3, after=None)
    assert [([review.rating for review in page.nodes], page.count) for page in pages] == [([5], 1), ([], 0)]
    assert context.statements.value == before + 1
