"""Categories: by id, by slug, children in pages, translations, and how many listed products each holds."""

from sqlalchemy import Text, any_, func, select

from models.categories import Category, CategoryTranslation, ProductCategory
from models.database import Row, Statement
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import Many, One, keys


class CategoryRow(Row):
    """A category; `path` is the ids from its root to itself."""


class CountRow(Row):
    """How many rows a key has."""


_COLUMNS = (
    Category.id,
    Category.parent_id,
    Category.slug,
    Category.name,
    Category.description,
    Category.position,
    Category.path,
)

BY_ID = One(select(*_COLUMNS).where(Category.id == any_(keys())), key="id", row=CategoryRow)
BY_SLUG = One(select(*_COLUMNS).where(Category.slug == any_(keys(Text))), key="slug", row=CategoryRow)
TRANSLATIONS = Many(
    select(CategoryTranslation.category_id, CategoryTranslation.locale, CategoryTranslation.name).where(
        CategoryTranslation.category_id == any_(keys())
    ),
    key="category_id",
    row=Row,
)
PRODUCT_COUNT = One(
    select(ProductCategory.category_id, func.count().label("count"))
    .where(ProductCategory.category_id == any_(keys()))
    .group_by(ProductCategory.category_id),
    key="category_id",
    row=CountRow,
)
CHILD_COUNT = One(
    select(Category.parent_id, func.count().label("count"))
    .where(Category.parent_id == any_(keys()))
    .group_by(Category.parent_id),
    key="parent_id",
    row=CountRow,
)

_ORDER = (Category.position, Category.id)

ALL = Keyset(select(*_COLUMNS), order=_ORDER, row=CategoryRow, name="categories")
ALL_COUNT = Statement(select(func.count()).select_from(Category))
ROOTS = Keyset(select(*_COLUMNS).where(Category.parent_id.is_(None)), order=_ORDER, row=CategoryRow, name="roots")
ROOTS_COUNT = Statement(select(func.count()).where(Category.parent_id.is_(None)))
CHILDREN = Keyset(select(*_COLUMNS), order=_ORDER, row=CategoryRow, name="children", parent=Category.parent_id)
