"""Articles of the knowledge base: writing, publishing and removing them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from domain import articles as rules
from domain import versions
from domain.tickets import Kind
from models.articles import Article
from services import outbox
from services.access import NotFoundError


async def save(
    session: AsyncSession,
    *,
    article_id: int | None,
    title: str,
    body: str,
    kinds: Sequence[Kind],
    published: bool,
    expected_version: int | None = None,
    now: datetime,
) -> int:
    """Write an article, or change one; gives its id. Raises NotFoundError, VersionError, InvalidInput."""
    article = Article(version=0) if article_id is None else await _locked(session, article_id)
    versions.check("article", expected=expected_version, found=article.version)
    article.title, article.body, article.published = rules.title(title), rules.body(body), published
    article.kinds = sorted({kind.value for kind in kinds})
    article.changed_at = now
    article.version += 1
    session.add(article)
    await session.flush()
    await outbox.append(session, "ARTICLE_CHANGED", subject=("article", article.id), version=article.version)
    return article.id


async def remove(session: AsyncSession, *, article_id: int) -> None:
    """Remove an article. Raises NotFoundError."""
    article = await _locked(session, article_id)
    await session.execute(delete(Article).where(Article.id == article_id))
    await outbox.append(session, "ARTICLE_REMOVED", subject=("article", article_id), version=article.version + 1)


async def _locked(session: AsyncSession, article_id: int) -> Article:
    article = await session.get(Article, article_id, with_for_update=True)
    if article is None:
        raise NotFoundError("article", field="article_id")
    return article
