"""Categories: how their fields and lists are answered."""

from collections.abc import Mapping, Sequence

from models.database import Row
from resolvers import pages, translations
from resolvers.context import Answered, Context
from resolvers.loaders import categories as loaders
from resolvers.loaders.categories import CategoryRow
from resolvers.pages import Page


async def names(categories: Sequence[Row], context: Context, *, locale: str | None = None) -> list[str]:
    """Answer the categories' names in a locale."""
    own = [category["name"] for category in categories]
    return await translations.texts(
        categories, context, lookup=loaders.TRANSLATIONS, column="name", untranslated=own, locale=locale
    )


def ancestors(categories: Sequence[Row], context: Context) -> Answered[list[CategoryRow]]:
    """Answer each category's ancestors, the root first, the category itself left out."""
    wanted = list({ancestor for category in categories for ancestor in category["path"][:-1]})
    known = context.at_hand(loaders.BY_ID, wanted)
    if known is None:
        return _ancestors(categories, context, wanted)
    return _above(categories, dict(zip(wanted, known, strict=True)))


async def _ancestors(categories: Sequence[Row], context: Context, wanted: Sequence[int]) -> list[list[CategoryRow]]:
    return _above(categories, dict(zip(wanted, await context.load_many(loaders.BY_ID, wanted), strict=True)))


def _above(categories: Sequence[Row], found: Mapping[int, CategoryRow | None]) -> list[list[CategoryRow]]:
    return [
        [row for ancestor in category["path"][:-1] if (row := found[ancestor]) is not None] for category in categories
    ]


async def product_counts(categories: Sequence[Row], context: Context) -> list[int]:
    """Answer how many listed products each category and all below it hold."""
    found = await context.load_many(loaders.PRODUCT_COUNT, [category["id"] for category in categories])
    return [row["count"] if row else 0 for row in found]


async def children(
    categories: Sequence[Row], context: Context, *, first: int, after: str | None
) -> list[Page[CategoryRow]]:
    """Answer a page of each category's children."""
    return await pages.of_parents(
        loaders.CHILDREN, context, categories, first=first, after=after, count=loaders.CHILD_COUNT
    )


async def descendants(
    categories: Sequence[Row], context: Context, *, first: int, after: str | None
) -> list[Page[CategoryRow]]:
    """Answer a page of what stands below each category, at any depth."""
    return await pages.of_parents(
        loaders.DESCENDANTS, context, categories, first=first, after=after, count=loaders.DESCENDANT_COUNT
    )


async def listing(
    root: Sequence[None], context: Context, *, roots: bool, first: int, after: str | None
) -> list[Page[CategoryRow]]:
    """Answer a page of all categories, or of the roots only."""
    keyset, count = (loaders.ROOTS, loaders.ROOTS_COUNT) if roots else (loaders.ALL, loaders.ALL_COUNT)
    page = await pages.of_list(keyset, context, first=first, after=after, count=lambda: count)
    return [page for _ in root]
