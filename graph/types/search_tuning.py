"""The tuning of the search, as platform staff sees it."""

import strawberry

from graph.fields import batch, column, related
from graph.types.products import Product
from resolvers import search_tuning
from resolvers.loaders import products as product_loaders


@strawberry.type(description="What a search for a word finds besides.")
class SearchSynonym:
    """What a search for a word finds besides."""

    term: str = column("The word that is searched for.")
    synonyms: list[str] = column("What is found too. One way only: the other way is an entry of its own.")


@strawberry.type(description="A product that stands at a place of a query's results.")
class SearchPin:
    """A product that stands at a place of a query's results."""

    query: str = column("The query, in lower case.")
    position: int = column("The place; 1 is the first.")
    product: Product | None = related(
        product_loaders.BY_ID, by="product_id", description="The product; null if the viewer does not see it."
    )


@strawberry.type(description="What searches are tuned by; up to 1,000 of each. Seen by administrators.")
class SearchTuning:
    """What searches are tuned by."""

    synonyms: list[SearchSynonym] = batch(search_tuning.synonyms, description="The synonyms, by term.")
    stop_words: list[str] = batch(search_tuning.stop_words, description="The words that searches pass over.")
    pins: list[SearchPin] = batch(search_tuning.pins, description="The pinned products, by query and place.")
