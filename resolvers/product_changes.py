"""How products, variants and prices are changed: inputs become what the readers of import records check."""

from collections.abc import Mapping, Sequence
from typing import Any

import services.products
import services.variant_prices
import services.variants
from domain import catalogue_record_fields as fields
from domain import catalogue_record_variants as variant_records
from domain import catalogue_records as records
from domain import tax
from domain.catalogue_record_variants import VariantRecord
from domain.catalogue_records import TranslationRecord
from domain.errors import InvalidInput, Refusal, Refusals
from domain.products import Action
from resolvers.mutations import Change, Result
from services.product_attributes import GivenAttribute
from services.products import Draft
from services.variant_prices import PriceChange

Given = Mapping[str, Any]
"""A nested input."""


async def create(
    change: Change,
    *,
    merchant_id: int,
    name: str,
    description: str,
    variants: Sequence[Given],
    slug: str | None = None,
    external_id: str | None = None,
    **more: Any,
) -> Result:
    """Make a product, a draft for now."""
    with fields.inputs_of():
        draft = Draft(
            name=records.read_name(name),
            description=records.read_description(description),
            slug=records.read_slug(slug),
            external_id=None if external_id is None else fields.code(external_id, "externalId"),
            category_id=more.get("category_id"),
            media=records.read_media(more["media"]),
            options=_options(more.get("options")),
            attributes=_attributes(more["attributes"]),
            variants=[_variant(each, f"variants[{at}]", change) for at, each in enumerate(variants)],
            translations=_translations(more["translations"]),
            tax_class=tax.check_class(more.get("tax_class") or tax.STANDARD, field="tax_class"),
        )
        fields.distinct("variants", "sku", (each.sku for each in draft.variants))
    product_id = await services.products.create(
        change.session, viewer=change.viewer, merchant_id=merchant_id, draft=draft
    )
    return Result(product_id=product_id)


async def update(change: Change, *, product_id: int, **given: Any) -> Result:
    """Change what is given of a product; null is as if it was not given, but for the category."""
    given = {name: value for name, value in given.items() if value is not None or name == "category_id"}
    with fields.inputs_of():
        if "name" in given:
            given["name"] = records.read_name(given["name"])
        if "description" in given:
            given["description"] = records.read_description(given["description"])
        if "slug" in given:
            given["slug"] = records.read_slug(given["slug"])
            if given["slug"] is None:
                fields.refuse("slug", "", "must not be empty; leave it out to keep it")
    if "tax_class" in given:
        tax.check_class(given["tax_class"], field="tax_class")
    if "attributes" in given:
        given["attributes"] = _attributes(given["attributes"])
    if "translations" in given:
        given["translations"] = _translations(given["translations"])
    if "options" in given:
        given["options"] = _options(given["options"])
    if "option_values" in given:
        given["option_values"] = {
            each["variant_id"]: _option_values(each["values"], f"option_values.{at}.values")
            for at, each in enumerate(given["option_values"])
        }
    await services.products.change(change.session, viewer=change.viewer, product_id=product_id, now=change.now, **given)
    return Result(product_id=product_id)


async def set_media(
    change: Change, *, product_id: int, media: Sequence[Given], expected_version: int | None = None
) -> Result:
    """Give a product other pictures."""
    with fields.inputs_of():
        read = records.read_media(list(map(dict, media)))
    await services.products.change(
        change.session,
        viewer=change.viewer,
        product_id=product_id,
        expected_version=expected_version,
        now=change.now,
        media=read,
    )
    return Result(product_id=product_id)


async def publish(change: Change, *, product_id: int) -> Result:
    """Publish a product."""
    return await _act(change, product_id, Action.PUBLISH)


async def unpublish(change: Change, *, product_id: int) -> Result:
    """Make a product a draft again."""
    return await _act(change, product_id, Action.UNPUBLISH)


async def archive(change: Change, *, product_id: int) -> Result:
    """Archive a product."""
    return await _act(change, product_id, Action.ARCHIVE)


async def _act(change: Change, product_id: int, action: Action) -> Result:
    await services.products.act(
        change.session, viewer=change.viewer, product_id=product_id, action=action, now=change.now
    )
    return Result(product_id=product_id)


async def add_variant(change: Change, *, product_id: int, variant: Given) -> Result:
    """Add a variant to a product."""
    with fields.inputs_of():
        record = _variant(variant, "variant", change)
    variant_id = await services.variants.add(
        change.session, viewer=change.viewer, product_id=product_id, record=record, now=change.now
    )
    return Result(variant_id=variant_id)


async def update_variant(
    change: Change, *, variant_id: int, variant: Given, expected_version: int | None = None
) -> Result:
    """Change what is given of a variant; null takes weight and barcode away, and leaves all else."""
    given = {name: value for name, value in variant.items() if value is not None or name in _CAN_BE_NULL}
    document = _document(given)
    with fields.inputs_of():
        await services.variants.change(
            change.session,
            viewer=change.viewer,
            variant_id=variant_id,
            document=document,
            expected_version=expected_version,
            now=change.now,
        )
    return Result(variant_id=variant_id)


async def remove_variant(change: Change, *, variant_id: int) -> Result:
    """Remove a variant."""
    product_id = await services.variants.remove(
        change.session, viewer=change.viewer, variant_id=variant_id, now=change.now
    )
    return Result(product_id=product_id, removed_id=variant_id)


async def set_prices(
    change: Change, *, variant_id: int, prices: Sequence[Given], expected_version: int | None = None
) -> Result:
    """Give a variant these prices and no others."""
    with fields.inputs_of():
        read = variant_records.read_prices(list(map(_price, prices)), "prices", change.context.currency)
    await services.variant_prices.replace_all(
        change.session,
        viewer=change.viewer,
        variant_id=variant_id,
        prices=read,
        expected_version=expected_version,
        now=change.now,
    )
    return Result(variant_id=variant_id)


async def set_many_prices(change: Change, *, rows: Sequence[Given]) -> Result:
    """Set prices of many variants, all or none."""
    changes: list[PriceChange] = []
    refused: list[Refusal] = []
    for index, row in enumerate(rows):
        try:
            with fields.inputs_of():
                price = variant_records.read_price(
                    _price({name: value for name, value in row.items() if name != "variant_id"}),
                    f"rows[{index}]",
                    change.context.currency,
                )
        except InvalidInput as error:
            refused.append(error)
        else:
            changes.append(PriceChange(row["variant_id"], price, f"rows.{index}"))
    if refused:
        raise Refusals(refused)
    await services.variant_prices.set_many(change.session, viewer=change.viewer, changes=changes, now=change.now)
    return Result(variant_ids=list(dict.fromkeys(each.variant_id for each in changes)))


_CAN_BE_NULL = frozenset({"weight_grams", "barcode"})
_KEYS = {"option_values": "optionValues", "weight_grams": "weightGrams", "compare_at": "compareAt"}


def _document(given: Given) -> dict[str, Any]:
    """Write a variant's input in the shape of an import record."""
    document = {_KEYS.get(name, name): value for name, value in given.items()}
    if "optionValues" in document:
        document["optionValues"] = _option_values(document["optionValues"], "variant.option_values")
    if "prices" in document:
        document["prices"] = list(map(_price, document["prices"]))
    return document


def _price(given: Given) -> dict[str, Any]:
    return {_KEYS.get(name, name): value for name, value in given.items()}


def _variant(given: Given, field: str, change: Change) -> VariantRecord:
    return variant_records.read_variant(_document(given), field, change.context.currency)


def _option_values(given: Sequence[Given], field: str) -> dict[str, str]:
    values = {each["name"]: each["value"] for each in given}
    if len(values) < len(given):
        raise InvalidInput(f"{field}: an option is named twice", field=field)
    return values


def _options(given: Sequence[Given] | None) -> list[dict[str, Any]] | None:
    return None if given is None else [dict(each) for each in given]


def _attributes(given: Sequence[Given]) -> list[GivenAttribute]:
    return [GivenAttribute(**each) for each in given]


def _translations(given: Sequence[Given]) -> Mapping[str, TranslationRecord]:
    """Read translations one by one, so that what is wrong is named by its place in the input."""
    read: dict[str, TranslationRecord] = {}
    for index, each in enumerate(given):
        place = f"translations.{index}"
        try:
            found = records.read_translations(
                {each["locale"]: {"name": each["name"], "description": each["description"]}}
            )
        except fields.RecordError as error:
            raise InvalidInput(f"{place}: {error.reason}", field=place) from None
        if read.keys() & (found or {}).keys():
            raise InvalidInput(f"{place}: the locale stands twice", field=place)
        read |= found or {}
    return read
