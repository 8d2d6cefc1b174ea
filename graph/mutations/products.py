"""Products, variants, prices and stock: what a merchant's staff can do about them."""

import strawberry

from domain.access import Permission
from graph.mutation_fields import mutation
from graph.types.product_mutations import (
    ProductCreateInput,
    ProductInput,
    ProductMediaSetInput,
    ProductPayload,
    ProductPricesBulkSetInput,
    ProductUpdateInput,
    VariantCreateInput,
    VariantPayload,
    VariantPricesSetInput,
    VariantRemoveInput,
    VariantRemovePayload,
    VariantsPayload,
    VariantUpdateInput,
)
from graph.types.stock_mutations import (
    StockAdjustInput,
    StockBulkSetInput,
    StockBulkSetPayload,
    StockPayload,
    StockSetInput,
)
from resolvers import product_changes, stock_changes


@strawberry.type(description="Products, variants, prices and stock.")
class ProductMutations:
    """Products, variants, prices and stock."""

    product_create: ProductPayload = mutation(
        product_changes.create,
        permission=Permission.CATALOGUE_WRITE,
        input=ProductCreateInput,
        description="Make a product; it is a draft until `productPublish`. Errors: NOT_FOUND, BAD_USER_INPUT, CONFLICT "
        "for a closed merchant.",
    )
    product_update: ProductPayload = mutation(
        product_changes.update,
        permission=Permission.CATALOGUE_WRITE,
        input=ProductUpdateInput,
        description="Change a product. Errors: NOT_FOUND, BAD_USER_INPUT, CONFLICT.",
    )
    product_publish: ProductPayload = mutation(
        product_changes.publish,
        permission=Permission.CATALOGUE_WRITE,
        input=ProductInput,
        description="Publish a draft, or an archived product again: it is listed while its merchant is active. "
        "Errors: NOT_FOUND, CONFLICT for one that is published, or without a variant.",
    )
    product_unpublish: ProductPayload = mutation(
        product_changes.unpublish,
        permission=Permission.CATALOGUE_WRITE,
        input=ProductInput,
        description="Make a published or an archived product a draft again. Errors: NOT_FOUND, CONFLICT for a draft.",
    )
    product_archive: ProductPayload = mutation(
        product_changes.archive,
        permission=Permission.CATALOGUE_WRITE,
        input=ProductInput,
        description="Take a product that is not sold any more out of the lists. Errors: NOT_FOUND, CONFLICT for one "
        "that is archived.",
    )
    product_media_set: ProductPayload = mutation(
        product_changes.set_media,
        permission=Permission.CATALOGUE_WRITE,
        input=ProductMediaSetInput,
        description="Give a product other pictures. Errors: NOT_FOUND, BAD_USER_INPUT, CONFLICT.",
    )
    variant_create: VariantPayload = mutation(
        product_changes.add_variant,
        permission=Permission.CATALOGUE_WRITE,
        input=VariantCreateInput,
        description="Add a variant to a product, behind the others. Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
    variant_update: VariantPayload = mutation(
        product_changes.update_variant,
        permission=Permission.CATALOGUE_WRITE,
        input=VariantUpdateInput,
        description="Change a variant. Errors: NOT_FOUND, BAD_USER_INPUT, CONFLICT.",
    )
    variant_remove: VariantRemovePayload = mutation(
        product_changes.remove_variant,
        permission=Permission.CATALOGUE_WRITE,
        input=VariantRemoveInput,
        description="Remove a variant with its prices and stock. Errors: NOT_FOUND, CONFLICT for the last one of a "
        "published product, STOCK_RESERVED while units of it are promised.",
    )
    variant_prices_set: VariantPayload = mutation(
        product_changes.set_prices,
        permission=Permission.CATALOGUE_WRITE,
        input=VariantPricesSetInput,
        description="Set what a variant costs. Errors: NOT_FOUND, BAD_USER_INPUT, CONFLICT.",
    )
    product_prices_bulk_set: VariantsPayload = mutation(
        product_changes.set_many_prices,
        permission=Permission.CATALOGUE_WRITE,
        input=ProductPricesBulkSetInput,
        description="Set prices of many variants: all are done, or none. Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
    stock_set: StockPayload = mutation(
        stock_changes.set_stock,
        permission=Permission.STOCK_WRITE,
        input=StockSetInput,
        description="Set how many units of a variant are on hand, if there are as many as expected. Errors: NOT_FOUND, "
        "BAD_USER_INPUT, STOCK_CHANGED, STOCK_RESERVED, IDEMPOTENCY_CONFLICT.",
    )
    stock_adjust: StockPayload = mutation(
        stock_changes.adjust,
        permission=Permission.STOCK_WRITE,
        input=StockAdjustInput,
        description="Add units to a variant's stock, or take some away. Errors: NOT_FOUND, BAD_USER_INPUT, "
        "STOCK_RESERVED, IDEMPOTENCY_CONFLICT.",
    )
    stock_bulk_set: StockBulkSetPayload = mutation(
        stock_changes.set_many,
        permission=Permission.STOCK_WRITE,
        input=StockBulkSetInput,
        description="Set the stock of many variants: all are done, or none. Errors: NOT_FOUND, BAD_USER_INPUT, "
        "STOCK_CHANGED, STOCK_RESERVED, IDEMPOTENCY_CONFLICT.",
    )
