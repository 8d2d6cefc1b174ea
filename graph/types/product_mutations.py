"""Inputs and payloads of what is done about products, variants and prices."""

import strawberry

from graph import ids
from graph.fields import batch, computed, related
from graph.inputs import id_of
from graph.mutation_fields import Payload
from graph.scalars import CurrencyCode, DecimalText
from graph.types.products import Product
from graph.types.variants import Variant
from graph.versions import expected_version
from resolvers import variants
from resolvers.loaders import products as loaders
from resolvers.loaders import variants as variant_loaders


@strawberry.input(description="A picture.")
class MediaInput:
    """A picture."""

    url: str = strawberry.field(description="Its address: http://, https://, or a path that begins with a slash.")
    alt: str = strawberry.field(default="", description="What it shows, for those who cannot see it.")


@strawberry.input(description="A way in which variants differ.")
class ProductOptionInput:
    """A way in which variants differ."""

    name: str = strawberry.field(description="The option's name: Size.")
    values: list[str] = strawberry.field(description="Its values, in order: S, M, L.")


@strawberry.input(description="The value that a variant has for an option.")
class OptionValueInput:
    """The value that a variant has for an option."""

    name: str = strawberry.field(description="The option's name: Size.")
    value: str = strawberry.field(description="The value: M.")


@strawberry.input(description="Which values a variant has from now on.")
class VariantOptionValuesInput:
    """Which values a variant has from now on."""

    variant_id: strawberry.ID = id_of("Variant", "Which variant of the product.")
    values: list[OptionValueInput] = strawberry.field(description="One for every option of the product.")


@strawberry.input(description="The value of an attribute.")
class ProductAttributeInput:
    """The value of an attribute."""

    name: str = strawberry.field(description="The attribute's name for programs: `screen_size`.")
    value: str = strawberry.field(description="The value as text, of the attribute's kind: `6.1`, `true`, `Red`.")
    unit: str | None = strawberry.field(
        default=None, description="The unit of a number; must be the attribute's. Without it that is meant."
    )


@strawberry.input(description="The texts in another locale.")
class ProductTranslationInput:
    """The texts in another locale."""

    locale: str = strawberry.field(description="A language tag such as de or pt-BR.")
    name: str = strawberry.field(description="The name.")
    description: str = strawberry.field(default="", description="The description; an empty one falls back.")


@strawberry.input(description="A price in one currency.")
class PriceInput:
    """A price in one currency."""

    amount: DecimalText = strawberry.field(description='What one unit costs: "19.90".')
    currency: CurrencyCode = strawberry.field(description="The currency.")
    compare_at: DecimalText | None = strawberry.field(
        default=None, description="The former, higher price, to be struck out."
    )


@strawberry.input(description="A new variant.")
class VariantInput:
    """A new variant."""

    sku: str = strawberry.field(description="The stock-keeping unit, unique within the merchant.")
    name: str = strawberry.field(default="", description="What tells it from its siblings.")
    option_values: list[OptionValueInput] = strawberry.field(
        default_factory=list, description="One for every option of the product."
    )
    prices: list[PriceInput] = strawberry.field(description="At least one, and one for each currency.")
    weight_grams: int | None = strawberry.field(default=None, description="The weight of one unit in grams.")
    barcode: str | None = strawberry.field(default=None, description="The GTIN or another barcode.")


@strawberry.input(description="What to change of a variant; what is left out stays.")
class VariantChangeInput:
    """What to change of a variant."""

    sku: str | None = strawberry.field(default=strawberry.UNSET, description="The stock-keeping unit.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="What tells it from its siblings.")
    option_values: list[OptionValueInput] | None = strawberry.field(
        default=strawberry.UNSET, description="One for every option of the product."
    )
    weight_grams: int | None = strawberry.field(
        default=strawberry.UNSET, description="The weight of one unit in grams; null takes it away."
    )
    barcode: str | None = strawberry.field(
        default=strawberry.UNSET, description="The GTIN or another barcode; null takes it away."
    )
    position: int | None = strawberry.field(
        default=strawberry.UNSET, description="Its place among its siblings: smaller ones stand first."
    )


@strawberry.input(description="A new product.")
class ProductCreateInput:
    """A new product."""

    merchant_id: strawberry.ID = id_of("Merchant", "Whose.")
    name: str = strawberry.field(description="The name, up to 500 characters.")
    description: str = strawberry.field(
        default="", description="What it is, up to 100,000 characters; HTML becomes plain text."
    )
    slug: str | None = strawberry.field(
        default=strawberry.UNSET, description="The name in addresses; without it one is made of the name."
    )
    external_id: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its id in a system of yours, by which an import finds it again."
    )
    category_id: strawberry.ID | None = id_of("Category", "Where it stands.", default=strawberry.UNSET)
    media: list[MediaInput] = strawberry.field(default_factory=list, description="Its pictures, the main one first.")
    options: list[ProductOptionInput] | None = strawberry.field(
        default=strawberry.UNSET, description="How its variants differ; without it, gathered from the variants."
    )
    attributes: list[ProductAttributeInput] = strawberry.field(
        default_factory=list, description="Its attributes; the field `attributes` lists what there can be."
    )
    variants: list[VariantInput] = strawberry.field(default_factory=list, description="What is sold of it.")
    tax_class: str | None = strawberry.field(
        default=strawberry.UNSET, description="Which rate of a region's taxes holds for it; standard without it."
    )
    translations: list[ProductTranslationInput] = strawberry.field(
        default_factory=list, description="Its texts in other locales."
    )


@strawberry.input(description="What to change of a product; what is left out stays.")
class ProductUpdateInput:
    """What to change of a product."""

    product_id: strawberry.ID = id_of("Product", "Which one.")
    expected_version: int | None = expected_version()
    name: str | None = strawberry.field(default=strawberry.UNSET, description="The name. The slug stays.")
    slug: str | None = strawberry.field(
        default=strawberry.UNSET, description="Another name in addresses; the old one leads nowhere then."
    )
    description: str | None = strawberry.field(default=strawberry.UNSET, description="What it is.")
    category_id: strawberry.ID | None = id_of(
        "Category", "Where it stands; null for nowhere.", default=strawberry.UNSET
    )
    options: list[ProductOptionInput] | None = strawberry.field(
        default=strawberry.UNSET, description="How its variants differ; replaces all options."
    )
    tax_class: str | None = strawberry.field(
        default=strawberry.UNSET, description="Which rate of a region's taxes holds for it, from now on."
    )
    option_values: list[VariantOptionValuesInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Other values of variants, for options that change."
    )
    attributes: list[ProductAttributeInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Its attributes; replaces all."
    )
    translations: list[ProductTranslationInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Its texts in other locales; replaces all."
    )


@strawberry.input(description="A product.")
class ProductInput:
    """A product."""

    product_id: strawberry.ID = id_of("Product", "Which one.")


@strawberry.input(description="A product's pictures.")
class ProductMediaSetInput:
    """A product's pictures."""

    product_id: strawberry.ID = id_of("Product", "Which one.")
    expected_version: int | None = expected_version()
    media: list[MediaInput] = strawberry.field(description="All its pictures from now on, the main one first.")


@strawberry.type(description="The product after the change.")
class ProductPayload(Payload):
    """The product after the change."""

    product: Product | None = related(
        loaders.BY_ID, by="product_id", description="The product; null if it was refused."
    )


@strawberry.input(description="A new variant of a product.")
class VariantCreateInput:
    """A new variant of a product."""

    product_id: strawberry.ID = id_of("Product", "Whose.")
    variant: VariantInput = strawberry.field(
        description="The variant. A value that its option does not have yet is added to it."
    )


@strawberry.input(description="A variant, and what to change of it.")
class VariantUpdateInput:
    """A variant, and what to change of it."""

    variant_id: strawberry.ID = id_of("Variant", "Which one.")
    expected_version: int | None = expected_version(of=" of its product")
    variant: VariantChangeInput = strawberry.field(description="What to change.")


@strawberry.input(description="A variant to remove.")
class VariantRemoveInput:
    """A variant to remove."""

    variant_id: strawberry.ID = id_of("Variant", "Which one.")


@strawberry.type(description="The variant after the change.")
class VariantPayload(Payload):
    """The variant after the change."""

    variant: Variant | None = related(
        variant_loaders.BY_ID, by="variant_id", description="The variant; null if it was refused."
    )


@strawberry.type(description="What was removed, and of what.")
class VariantRemovePayload(ProductPayload):
    """What was removed, and of what."""

    removed_id: strawberry.ID | None = computed(
        lambda result: result["removed_id"] and ids.encode("Variant", result["removed_id"]),
        description="The id that the variant had; null if it was refused.",
    )


@strawberry.input(description="All prices of a variant.")
class VariantPricesSetInput:
    """All prices of a variant."""

    variant_id: strawberry.ID = id_of("Variant", "Which one.")
    expected_version: int | None = expected_version(of=" of its product")
    prices: list[PriceInput] = strawberry.field(
        description="At least one, and one for each currency; prices in other currencies are taken away."
    )


@strawberry.input(description="A variant's price in one currency; those in other currencies stay.")
class VariantPriceInput(PriceInput):
    """A variant's price in one currency."""

    variant_id: strawberry.ID = id_of("Variant", "Which one.")


@strawberry.input(description="Prices of many variants.")
class ProductPricesBulkSetInput:
    """Prices of many variants."""

    rows: list[VariantPriceInput] = strawberry.field(
        description="1 to 500. If one is wrong none is done, and `userErrors` names each that is: rows, its index."
    )


@strawberry.type(description="The variants after the change.")
class VariantsPayload(Payload):
    """The variants after the change."""

    variants: list[Variant] = batch(
        variants.of_results, description="The variants, in the order of their first rows; empty if it was refused."
    )
