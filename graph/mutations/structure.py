"""Categories, attributes, collections and the search: what platform staff can do about them."""

import strawberry

from domain.access import Permission
from graph.mutation_fields import mutation
from graph.types.structure_mutations import (
    AttributeCreateInput,
    AttributePayload,
    AttributeUpdateInput,
    CategoryCreateInput,
    CategoryInput,
    CategoryMoveInput,
    CategoryPayload,
    CategoryRemovePayload,
    CategoryUpdateInput,
    CollectionCreateInput,
    CollectionInput,
    CollectionPayload,
    CollectionRemovePayload,
    CollectionUpdateInput,
    SearchPinsSetInput,
    SearchStopWordsSetInput,
    SearchSynonymsSetInput,
    SearchTuningPayload,
)
from resolvers import structure_changes


@strawberry.type(description="Categories, attributes, collections and the search.")
class StructureMutations:
    """Categories, attributes, collections and the search."""

    category_create: CategoryPayload = mutation(
        structure_changes.create_category,
        permission=Permission.STRUCTURE_WRITE,
        input=CategoryCreateInput,
        description="Add a category to the tree. Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
    category_update: CategoryPayload = mutation(
        structure_changes.update_category,
        permission=Permission.STRUCTURE_WRITE,
        input=CategoryUpdateInput,
        description="Change a category. Errors: NOT_FOUND, BAD_USER_INPUT, CONFLICT.",
    )
    category_move: CategoryPayload = mutation(
        structure_changes.move_category,
        permission=Permission.STRUCTURE_WRITE,
        input=CategoryMoveInput,
        description="Put a category, with all that is below it, elsewhere in the tree. Errors: NOT_FOUND, "
        "BAD_USER_INPUT for a place below itself.",
    )
    category_remove: CategoryRemovePayload = mutation(
        structure_changes.remove_category,
        permission=Permission.STRUCTURE_WRITE,
        input=CategoryInput,
        description="Remove a category. Errors: NOT_FOUND, CONFLICT for one that holds categories or products.",
    )
    attribute_create: AttributePayload = mutation(
        structure_changes.create_attribute,
        permission=Permission.STRUCTURE_WRITE,
        input=AttributeCreateInput,
        description="Define an attribute that products can have. Errors: BAD_USER_INPUT.",
    )
    attribute_update: AttributePayload = mutation(
        structure_changes.update_attribute,
        permission=Permission.STRUCTURE_WRITE,
        input=AttributeUpdateInput,
        description="Change an attribute's label, uses and allowed values; the index follows. Errors: NOT_FOUND, "
        "BAD_USER_INPUT, CONFLICT for a value that is taken away and products have.",
    )
    collection_create: CollectionPayload = mutation(
        structure_changes.create_collection,
        permission=Permission.STRUCTURE_WRITE,
        input=CollectionCreateInput,
        description="Add a collection of all products that match a rule. Errors: BAD_USER_INPUT.",
    )
    collection_update: CollectionPayload = mutation(
        structure_changes.update_collection,
        permission=Permission.STRUCTURE_WRITE,
        input=CollectionUpdateInput,
        description="Change a collection. Errors: NOT_FOUND, BAD_USER_INPUT, CONFLICT.",
    )
    collection_remove: CollectionRemovePayload = mutation(
        structure_changes.remove_collection,
        permission=Permission.STRUCTURE_WRITE,
        input=CollectionInput,
        description="Remove a collection; its products stay. Errors: NOT_FOUND.",
    )
    search_synonyms_set: SearchTuningPayload = mutation(
        structure_changes.set_synonyms,
        permission=Permission.STRUCTURE_WRITE,
        input=SearchSynonymsSetInput,
        description="Say what a search for a word finds besides; the index follows. Errors: BAD_USER_INPUT.",
    )
    search_stop_words_set: SearchTuningPayload = mutation(
        structure_changes.set_stop_words,
        permission=Permission.STRUCTURE_WRITE,
        input=SearchStopWordsSetInput,
        description="Say which words searches pass over; the index follows. Errors: BAD_USER_INPUT.",
    )
    search_pins_set: SearchTuningPayload = mutation(
        structure_changes.set_pins,
        permission=Permission.STRUCTURE_WRITE,
        input=SearchPinsSetInput,
        description="Put products first for a query, at once. Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
