"""Inputs and payloads of what platform staff does about categories, attributes, collections and the search."""

from typing import Any

import strawberry

from graph import ids
from graph.fields import column, computed, related
from graph.inputs import id_of
from graph.mutation_fields import Payload
from graph.types.attributes import Attribute, AttributeKind
from graph.types.categories import Category
from graph.types.collections import Collection
from graph.types.search_tuning import SearchTuning
from graph.versions import expected_version
from resolvers.loaders import attributes as attribute_loaders
from resolvers.loaders import categories as category_loaders
from resolvers.loaders import collections as collection_loaders


def _removed(type_name: str) -> Any:
    return computed(
        lambda result: result["removed_id"] and ids.encode(type_name, result["removed_id"]),
        description="The id that it had; null if it was refused.",
    )


@strawberry.input(description="A category's name in another locale.")
class CategoryTranslationInput:
    """A category's name in another locale."""

    locale: str = strawberry.field(description="A language tag such as de or pt-BR.")
    name: str = strawberry.field(description="The name.")


@strawberry.input(description="A new category.")
class CategoryCreateInput:
    """A new category."""

    name: str = strawberry.field(description="The name, 1 to 200 characters, unique among its siblings.")
    parent_id: strawberry.ID | None = id_of(
        "Category", "What it stands below; a root without it.", default=strawberry.UNSET
    )
    slug: str | None = strawberry.field(
        default=strawberry.UNSET, description="The name in addresses; without it one is made of the name."
    )
    description: str = strawberry.field(default="", description="What stands here, plain text.")
    position: int = strawberry.field(default=0, description="Its place among its siblings: smaller ones stand first.")
    translations: list[CategoryTranslationInput] = strawberry.field(
        default_factory=list, description="Its name in other locales."
    )


@strawberry.input(description="What to change of a category; what is left out stays.")
class CategoryUpdateInput:
    """What to change of a category."""

    category_id: strawberry.ID = id_of("Category", "Which one.")
    expected_version: int | None = expected_version()
    name: str | None = strawberry.field(default=strawberry.UNSET, description="The name. The slug stays.")
    slug: str | None = strawberry.field(
        default=strawberry.UNSET, description="Another name in addresses; the old one leads nowhere then."
    )
    description: str | None = strawberry.field(default=strawberry.UNSET, description="What stands here.")
    position: int | None = strawberry.field(default=strawberry.UNSET, description="Its place among its siblings.")
    translations: list[CategoryTranslationInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Its name in other locales; replaces all."
    )


@strawberry.input(description="Where a category shall stand.")
class CategoryMoveInput:
    """Where a category shall stand."""

    category_id: strawberry.ID = id_of("Category", "Which one, with all that is below it.")
    parent_id: strawberry.ID | None = id_of("Category", "Below which one; null makes it a root.", default=None)


@strawberry.input(description="A category.")
class CategoryInput:
    """A category."""

    category_id: strawberry.ID = id_of("Category", "Which one.")


@strawberry.type(description="The category after the change.")
class CategoryPayload(Payload):
    """The category after the change."""

    category: Category | None = related(
        category_loaders.BY_ID, by="category_id", description="The category; null if it was refused."
    )


@strawberry.type(description="The category that was removed.")
class CategoryRemovePayload(Payload):
    """The category that was removed."""

    removed_id: strawberry.ID | None = _removed("Category")


@strawberry.input(description="A new attribute. Its name, kind and unit never change.")
class AttributeCreateInput:
    """A new attribute."""

    name: str = strawberry.field(description="Its name for programs: `screen_size`.")
    label: str = strawberry.field(description="Its name for people: Screen size.")
    kind: AttributeKind = strawberry.field(description="What values it has.")
    unit: str | None = strawberry.field(default=None, description="The unit of a NUMBER: in, kg.")
    allowed_values: list[str] = strawberry.field(
        default_factory=list, description="The values of an ENUMERATION, up to 500; none for other kinds."
    )
    filterable: bool = strawberry.field(default=False, description="Whether searches can be narrowed by it.")
    searchable: bool = strawberry.field(default=False, description="Whether searches look into its values.")
    sortable: bool = strawberry.field(default=False, description="Whether searches can be sorted by it.")


@strawberry.input(description="What to change of an attribute; what is left out stays.")
class AttributeUpdateInput:
    """What to change of an attribute."""

    attribute_id: strawberry.ID = id_of("Attribute", "Which one.")
    expected_version: int | None = expected_version()
    label: str | None = strawberry.field(default=strawberry.UNSET, description="Its name for people.")
    allowed_values: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="All values of an ENUMERATION; those that products have must stay."
    )
    filterable: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether searches can be narrowed by it."
    )
    searchable: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether searches look into its values."
    )
    sortable: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether searches can be sorted by it."
    )


@strawberry.type(description="The attribute after the change.")
class AttributePayload(Payload):
    """The attribute after the change."""

    attribute: Attribute | None = related(
        attribute_loaders.BY_ID, by="attribute_id", description="The attribute; null if it was refused."
    )


_RULE = (
    'A JSON text: {"field": "category", "is": "one_of", "value": ["lamps"]}, and all, any and not of such. Fields: '
    "category, merchant, price (minor units of the shop's currency), rating, available, attributes.<name>. "
    "Operators: equals, one_of, at_least, at_most."
)


@strawberry.input(description="A new collection of the whole marketplace.")
class CollectionCreateInput:
    """A new collection."""

    name: str = strawberry.field(description="The name, 1 to 200 characters.")
    slug: str | None = strawberry.field(
        default=strawberry.UNSET, description="The name in addresses; without it one is made of the name."
    )
    description: str = strawberry.field(default="", description="What it gathers, plain text.")
    rule: str = strawberry.field(description=_RULE)


@strawberry.input(description="What to change of a collection; what is left out stays.")
class CollectionUpdateInput:
    """What to change of a collection."""

    collection_id: strawberry.ID = id_of("Collection", "Which one.")
    expected_version: int | None = expected_version()
    name: str | None = strawberry.field(default=strawberry.UNSET, description="The name. The slug stays.")
    slug: str | None = strawberry.field(
        default=strawberry.UNSET, description="Another name in addresses; the old one leads nowhere then."
    )
    description: str | None = strawberry.field(default=strawberry.UNSET, description="What it gathers.")
    rule: str | None = strawberry.field(default=strawberry.UNSET, description="The rule, as in `collectionCreate`.")


@strawberry.input(description="A collection.")
class CollectionInput:
    """A collection."""

    collection_id: strawberry.ID = id_of("Collection", "Which one.")


@strawberry.type(description="The collection after the change.")
class CollectionPayload(Payload):
    """The collection after the change."""

    collection: Collection | None = related(
        collection_loaders.BY_ID, by="collection_id", description="The collection; null if it was refused."
    )


@strawberry.type(description="The collection that was removed.")
class CollectionRemovePayload(Payload):
    """The collection that was removed."""

    removed_id: strawberry.ID | None = _removed("Collection")


@strawberry.input(description="What a search for a word shall find besides.")
class SearchSynonymsSetInput:
    """What a search for a word shall find besides."""

    term: str = strawberry.field(description="The word that is searched for.")
    synonyms: list[str] = strawberry.field(description="What shall be found too; none takes the entry away.")


@strawberry.input(description="Words that searches shall pass over.")
class SearchStopWordsSetInput:
    """Words that searches shall pass over."""

    words: list[str] = strawberry.field(description="All of them, up to 500; replaces those that there are.")


@strawberry.input(description="What shall stand first for a query.")
class SearchPinsSetInput:
    """What shall stand first for a query."""

    query: str = strawberry.field(description="Exactly this query, whatever its case.")
    product_ids: list[strawberry.ID] = id_of("Product", "Up to 100 products in their order; none unpins.")


@strawberry.type(description="The tuning after the change.")
class SearchTuningPayload(Payload):
    """The tuning after the change."""

    search_tuning: SearchTuning | None = column("The tuning; null if it was refused.")
