"""Categories: by id, by slug, children and descendants in pages, translations, how many listed products each holds."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, and_, any_, func, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import aliased

from models.categories import Category, CategoryTranslation, ProductCategory
from models.database import Row, Statement
from resolvers.loaders.keysets import Keyset, unnested_keys
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
    Category.version,
)

BY_ID = One(select(*_COLUMNS).where(Category.id == any_(keys())), key="id", row=CategoryRow, remembered=True)
BY_SLUG = One(select(*_COLUMNS).where(Category.slug == any_(keys(Text))), key="slug", row=CategoryRow, remembered=True)
_leaf = aliased(Category)
PATH_BY_SLUG = Many(
    select(_leaf.slug.label("leaf_slug"), *_COLUMNS)
    .select_from(_leaf)
    .join(Category, Category.id == any_(_leaf.path))
    .where(_leaf.slug == any_(keys(Text)))
    .order_by(func.cardinality(Category.path)),
    key="leaf_slug",
    row=CategoryRow,
    remembered=True,
)
"""A category and all that it stands below, the root first."""
TRANSLATIONS = Many(
    select(CategoryTranslation.category_id, CategoryTranslation.locale, CategoryTranslation.name).where(
        CategoryTranslation.category_id == any_(keys())
    ),
    key="category_id",
    row=Row,
    remembered=True,
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


def _is_below(ancestor_id: ColumnElement[Any]) -> ColumnElement[bool]:
    on_its_path = Category.path.bool_op("@>")(array([ancestor_id], type_=BigInteger))  # the index on paths answers it
    return and_(on_its_path, Category.id != ancestor_id)


_ancestors = unnested_keys()

DESCENDANTS = Keyset(select(*_COLUMNS), order=_ORDER, row=CategoryRow, name="descendants", parent=_is_below)
DESCENDANT_COUNT = One(
    select(_ancestors.c.id.label("ancestor_id"), func.count().label("count"))
    .select_from(_ancestors)
    .join(Category, _is_below(_ancestors.c.id))
    .group_by(_ancestors.c.id),
    key="ancestor_id",
    row=CountRow,
)
