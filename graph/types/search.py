"""Search results: products found with their facets, and everything in one ranking."""

from enum import Enum
from typing import Annotated, Final

import strawberry

from graph.arguments import PriceFilter, RatingFilter
from graph.fields import Argument, batch, column
from graph.pages import PageInfo
from graph.types.categories import Category
from graph.types.merchants import Merchant
from graph.types.products import Product
from resolvers import search, search_facets
from resolvers.search import AttributeSort
from resolvers.search_filters import AttributeCriterion, SearchFilter
from search.requests import Order

SearchResult = Annotated[
    Product | Category | Merchant,
    strawberry.union("SearchResult", description="What a search over everything finds."),
]


@strawberry.enum(description="How products found are sorted. Ties are broken by id.")
class ProductSearchSort(Enum):
    """The orders of products found."""

    RELEVANCE = strawberry.enum_value(
        Order.RELEVANCE, description="The best match first; the newest first when the query is empty."
    )
    NEWEST = strawberry.enum_value(Order.NEWEST, description="The latest published first.")
    PRICE_ASC = strawberry.enum_value(
        Order.PRICE_ASC, description="The least price first; products without a price in the currency last."
    )
    PRICE_DESC = strawberry.enum_value(
        Order.PRICE_DESC, description="By least price, the highest first; products without one in the currency last."
    )
    RATING = strawberry.enum_value(Order.RATING, description="The best rated first, unrated ones last.")
    NAME = strawberry.enum_value(Order.NAME, description="By name in the locale, A to Z.")


@strawberry.input(description="An order by an attribute, which must be sortable.")
class SearchAttributeSort:
    """An order by an attribute."""

    name: str = strawberry.field(description="The attribute's name, as in facets.")
    descending: bool = strawberry.field(default=False, description="The greatest first.")


@strawberry.input(description="An attribute and what is wanted of it: values, bounds, or both.")
class SearchAttributeFilter:
    """An attribute and what is wanted of it."""

    name: str = strawberry.field(description="The attribute's name: `SearchFacet.name`.")
    values: list[str] | None = strawberry.field(
        default=None, description="The value is one of these, in upper or lower case: `SearchFacetValue.value`."
    )
    min: str | None = strawberry.field(
        default=None, description="At least this number, or this day (2026-01-31). Compared to seven digits."
    )
    max: str | None = strawberry.field(default=None, description="At most this number, or this day.")


@strawberry.input(
    description="What a search is narrowed to: all criteria that are given must hold. "
    "A category, merchant or attribute that does not exist is refused: BAD_USER_INPUT; "
    "so are more than 100 merchants, attributes and values together."
)
class ProductSearchFilter:
    """What a search is narrowed to."""

    category: str | None = strawberry.field(
        default=None, description="A category's slug; its descendants are included."
    )
    merchants: list[str] | None = strawberry.field(default=None, description="Slugs: any of these merchants sells it.")
    price: PriceFilter | None = strawberry.field(default=None, description="The least price lies in these bounds.")
    rating: RatingFilter | None = strawberry.field(default=None, description="The average rating lies in these bounds.")
    available: bool | None = strawberry.field(
        default=None, description="true: some variant can be sold now. false: none can."
    )
    attributes: list[SearchAttributeFilter] | None = strawberry.field(
        default=None, description="Every attribute named here is as wanted."
    )


@strawberry.enum(description="What a facet is about.")
class SearchFacetKind(Enum):
    """What a facet is about."""

    CATEGORY = strawberry.enum_value("CATEGORY", description="Categories and all above them; for `filter.category`.")
    MERCHANT = strawberry.enum_value("MERCHANT", description="Merchants; for `filter.merchants`.")
    PRICE = strawberry.enum_value("PRICE", description="The range of the least prices; for `filter.price`.")
    RATING = strawberry.enum_value("RATING", description="So many stars and up; for `filter.rating.min`.")
    AVAILABILITY = strawberry.enum_value("AVAILABILITY", description="Whether it can be sold now; `filter.available`.")
    ATTRIBUTE = strawberry.enum_value("ATTRIBUTE", description="A typed attribute; for `filter.attributes`.")


@strawberry.type(description="A value of a facet.")
class SearchFacetValue:
    """A value of a facet."""

    value: str = column("The value for filters: a slug, a text, a number, `true`, so many stars.")
    label: str = column("The value for people: a category's path of names, a merchant's name.")
    count: int = column("How many products have it, under all criteria but this facet's own.")
    selected: bool = column("Whether the filter names it. Such a value is listed even if no product has it.")


@strawberry.type(description="The least and the greatest value that the products found have.")
class SearchFacetRange:
    """The least and the greatest value."""

    min: str = column("The least: a price in the search's currency, a number, or a day (2026-01-31).")
    max: str = column("The greatest.")


@strawberry.type(
    description="What the products found differ in. A selection in a facet does not narrow the facet itself. Values "
    "that differ only in case are one; at most 50 are listed, 20 of an attribute, the most frequent first, and those "
    "selected."
)
class SearchFacet:
    """What the products found differ in."""

    name: str = column(
        "Its name: category, merchant, price, rating, availability, or an attribute's name "
        "(`attributes.<name>` if the attribute is called like one of those)."
    )
    label: str = column("Its name for people.")
    kind: SearchFacetKind = column("What it is about.")
    unit: str | None = column("The unit of a numeric attribute; null otherwise.")
    values: list[SearchFacetValue] = column("The values; none for prices.")
    range: SearchFacetRange | None = column("The range of prices, numbers and dates; null otherwise.")


@strawberry.type(description="A text of a product in which the query was found.")
class SearchHighlight:
    """A text in which the query was found."""

    field: str = column("Which text: name or description.")
    text: str = column("The text as HTML: matches stand in `<mark>`, all else is escaped. Long texts are cropped.")


@strawberry.type(description="A product in its place among those found.")
class ProductSearchEdge:
    """A product in its place."""

    node: Product = column("The product.")
    cursor: str = column("The place, for `after` of the same search.")
    highlights: list[SearchHighlight] = batch(
        search.highlights, description="The product's texts with the matches marked."
    )


@strawberry.type(
    description="A page of the products found. Errors: SEARCH_UNAVAILABLE while the search engine does not answer."
)
class ProductSearchConnection:
    """A page of the products found."""

    nodes: list[Product] = batch(search.nodes, description="The page, without cursors.")
    edges: list[ProductSearchEdge] = batch(search.edges, description="The page, each with its cursor and highlights.")
    page_info: PageInfo = batch(search.page_infos, description="Where the page stands.")
    total_count: int = batch(
        search.total_counts,
        description="How many products were found, exactly, as of the index: a change is in it within two seconds.",
    )
    facets: list[SearchFacet] = batch(
        search_facets.facets,
        description="Category, merchant, price, rating, availability, and the 24 most frequent attributes "
        "that can be filtered by. Counted only when asked for.",
    )
    suggestion: str | None = batch(
        search.suggestions, description="When nothing was found: a wording that finds something, if there is one."
    )


def _narrowed(given: ProductSearchFilter | None) -> SearchFilter:
    if given is None:
        return SearchFilter()
    return SearchFilter(
        category=given.category,
        merchants=tuple(given.merchants or ()),
        price_min=given.price.min if given.price else None,
        price_max=given.price.max if given.price else None,
        price_currency=given.price.currency if given.price else None,
        rating_min=given.rating.min if given.rating else None,
        available=given.available,
        attributes=tuple(
            AttributeCriterion(each.name, tuple(each.values or ()), each.min, each.max)
            for each in given.attributes or ()
        ),
    )


def _attribute_sort(given: SearchAttributeSort | None) -> AttributeSort | None:
    return None if given is None else AttributeSort(given.name, given.descending)


QUERY: Final = Argument(
    str,
    "What a shopper types: all words must be found, small typing errors are forgiven. At most 500 characters, of which "
    "the engine reads ten words; empty finds everything.",
    ...,
)
FILTER: Final = Argument(ProductSearchFilter | None, "What the search is narrowed to.", convert=_narrowed)
SORT: Final = Argument(
    ProductSearchSort | None,
    "The order; RELEVANCE if null.",
    None,
    convert=lambda sort: Order.RELEVANCE if sort is None else Order(sort.value),
)
SORT_ATTRIBUTE: Final = Argument(
    SearchAttributeSort | None, "An order by an attribute, instead of `sort`.", convert=_attribute_sort
)
