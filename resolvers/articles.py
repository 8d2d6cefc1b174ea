"""Articles of the knowledge base: how they are listed, found, suggested and written."""

import asyncio
from collections.abc import Sequence
from typing import Final

import services.articles
from domain.tickets import Kind
from models.database import Row
from resolvers import pages, search
from resolvers.context import Context
from resolvers.loaders import articles as loaders
from resolvers.loaders.articles import ArticleRow
from resolvers.loaders.tickets import TicketRow
from resolvers.mutations import Change, Result
from resolvers.pages import Page
from search.errors import SearchUnavailableError
from services import access

SUGGESTED_MAX: Final = 3


async def listing(root: Sequence[None], context: Context, *, first: int, after: str | None) -> list[Page[ArticleRow]]:
    """Answer a page of the articles by title; drafts as well to the desk."""
    page = await pages.of_list(
        loaders.BY_TITLE,
        context,
        first=first,
        after=after,
        count=lambda: loaders.COUNT,
        drafts=access.sees_ticket_desk(context.viewer),
    )
    return [page for _ in root]


async def found(root: Sequence[None], context: Context, *, query: str, kind: str | None, first: int) -> list[list[Row]]:
    """Answer the published articles that a text finds."""
    ids = await context.search.articles(search.trimmed(query), kind=kind, limit=pages.page_size(first))
    rows = await _rows(context, ids)
    return [rows for _ in root]


async def suggested(tickets: Sequence[TicketRow], context: Context) -> list[list[Row]]:
    """Answer articles that may help with each ticket; none while the search does not answer."""

    async def of_one(ticket: TicketRow) -> list[Row]:
        try:
            ids = await context.search.articles(
                ticket["subject"], kind=ticket["kind"], limit=SUGGESTED_MAX, loosely=True
            )
        except SearchUnavailableError:
            return []
        return await _rows(context, ids)

    return list(await asyncio.gather(*map(of_one, tickets)))


async def _rows(context: Context, ids: Sequence[int]) -> list[Row]:
    return [row for row in await context.load_many(loaders.BY_ID, ids) if row is not None]


async def save(
    change: Change,
    *,
    title: str,
    body: str,
    kinds: list[str],
    published: bool,
    article_id: int | None = None,
    expected_version: int | None = None,
) -> Result:
    """Write an article."""
    saved = await services.articles.save(
        change.session,
        article_id=article_id,
        title=title,
        body=body,
        kinds=[Kind(each) for each in kinds],
        published=published,
        expected_version=expected_version,
        now=change.now,
    )
    return Result(article_id=saved)


async def remove(change: Change, *, article_id: int) -> Result:
    """Remove an article."""
    await services.articles.remove(change.session, article_id=article_id)
    return Result(removed_id=article_id)
