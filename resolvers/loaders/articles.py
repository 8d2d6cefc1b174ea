"""Articles of the knowledge base: by id, by title."""

from typing import Final

from sqlalchemy import Boolean, any_, bindparam, func, or_, select

from models.articles import Article
from models.database import Row, Statement
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import One, keys
from services import access


class ArticleRow(Row):
    """An article, for who may see it."""


_ARTICLES = select(
    Article.id, Article.title, Article.body, Article.kinds, Article.published, Article.changed_at, Article.version
)
_VISIBLE: Final = or_(Article.published, bindparam("drafts", type_=Boolean))

BY_ID = One(_ARTICLES.where(Article.id == any_(keys())), key="id", row=ArticleRow, seen_by=access.sees_article)
BY_TITLE = Keyset(_ARTICLES.where(_VISIBLE), order=(Article.title, Article.id), row=ArticleRow, name="articles")
COUNT = Statement(select(func.count()).select_from(Article).where(_VISIBLE))
