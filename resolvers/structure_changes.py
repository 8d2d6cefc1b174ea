"""How categories, attributes, collections and the tuning of the search are changed by platform staff."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

import services.attributes
import services.categories
import services.collections
import services.search_tuning
from domain import catalogue_record_fields as fields
from domain import catalogue_records as records
from domain import locales
from domain.errors import InvalidInput
from resolvers.mutations import Change, Result


async def create_category(change: Change, *, name: str, parent_id: int | None = None, **given: Any) -> Result:
    """Add a category."""
    texts = _texts({"name": name, **given})
    category_id = await services.categories.create(
        change.session,
        viewer=change.viewer,
        parent_id=parent_id,
        slug=texts.pop("slug", None),
        **texts,
    )
    return Result(category_id=category_id)


async def update_category(
    change: Change, *, category_id: int, expected_version: int | None = None, **given: Any
) -> Result:
    """Change what is given of a category; null is as if it was not given."""
    await services.categories.change(
        change.session,
        viewer=change.viewer,
        category_id=category_id,
        expected_version=expected_version,
        **_texts(given),
    )
    return Result(category_id=category_id)


async def move_category(change: Change, *, category_id: int, parent_id: int | None = None) -> Result:
    """Put a category elsewhere in the tree."""
    await services.categories.move(change.session, viewer=change.viewer, category_id=category_id, parent_id=parent_id)
    return Result(category_id=category_id)


async def remove_category(change: Change, *, category_id: int) -> Result:
    """Remove a category that is empty."""
    await services.categories.remove(change.session, viewer=change.viewer, category_id=category_id)
    return Result(removed_id=category_id)


async def create_attribute(change: Change, *, name: str, **given: Any) -> Result:
    """Define an attribute."""
    attribute_id = await services.attributes.create(change.session, viewer=change.viewer, key=name, **given)
    return Result(attribute_id=attribute_id)


async def update_attribute(
    change: Change, *, attribute_id: int, expected_version: int | None = None, **given: Any
) -> Result:
    """Change what is given of an attribute's definition; null is as if it was not given."""
    given = {name: value for name, value in given.items() if value is not None}
    await services.attributes.change(
        change.session,
        viewer=change.viewer,
        attribute_id=attribute_id,
        expected_version=expected_version,
        **given,
    )
    return Result(attribute_id=attribute_id)


async def create_collection(
    change: Change, *, name: str, description: str, rule: str, slug: str | None = None
) -> Result:
    """Add a collection."""
    texts = _texts({"name": name, "description": description, "slug": slug})
    collection_id = await services.collections.create(
        change.session,
        viewer=change.viewer,
        name=texts["name"],
        slug=texts.get("slug"),
        description=texts["description"],
        rule=_rule(rule),
    )
    return Result(collection_id=collection_id)


async def update_collection(
    change: Change, *, collection_id: int, rule: str | None = None, expected_version: int | None = None, **given: Any
) -> Result:
    """Change what is given of a collection; null is as if it was not given."""
    texts = _texts(given) | ({} if rule is None else {"rule": _rule(rule)})
    await services.collections.change(
        change.session,
        viewer=change.viewer,
        collection_id=collection_id,
        expected_version=expected_version,
        **texts,
    )
    return Result(collection_id=collection_id)


async def remove_collection(change: Change, *, collection_id: int) -> Result:
    """Remove a collection."""
    await services.collections.remove(change.session, viewer=change.viewer, collection_id=collection_id)
    return Result(removed_id=collection_id)


async def set_synonyms(change: Change, *, term: str, synonyms: Sequence[str]) -> Result:
    """Set the synonyms of a word."""
    await services.search_tuning.set_synonyms(change.session, term=term, synonyms=synonyms)
    return Result(search_tuning={})


async def set_stop_words(change: Change, *, words: Sequence[str]) -> Result:
    """Set all stop words."""
    await services.search_tuning.set_stop_words(change.session, words=words)
    return Result(search_tuning={})


async def set_pins(change: Change, *, query: str, product_ids: Sequence[int]) -> Result:
    """Pin products to a query."""
    await services.search_tuning.set_pins(change.session, query=query, product_ids=product_ids)
    return Result(search_tuning={})


def _texts(given: Mapping[str, Any]) -> dict[str, Any]:
    """Check the texts among what is given; what is null is as if it was not given."""
    texts = {name: value for name, value in given.items() if value is not None}
    with fields.inputs_of():
        if "name" in texts:
            texts["name"] = fields.text_of(texts["name"], "name", fields.CODE_LENGTH_MAX)
        if "description" in texts:
            texts["description"] = records.read_description(texts["description"])
        if "slug" in texts:
            texts["slug"] = records.read_slug(texts["slug"])
            if texts["slug"] is None:
                fields.refuse("slug", "", "must not be empty; leave it out")
    if "translations" in texts:
        texts["translations"] = _translations(texts["translations"])
    return texts


def _translations(given: Sequence[Mapping[str, str]]) -> dict[str, str]:
    read: dict[str, str] = {}
    for index, each in enumerate(given):
        place = f"translations.{index}"
        try:
            locale = locales.normalise(each["locale"])
        except InvalidInput as error:
            raise InvalidInput(error.message, field=f"{place}.locale") from None
        if locale in read:
            raise InvalidInput(f"{place}.locale: {locale!r} stands twice", field=f"{place}.locale")
        with fields.inputs_of():
            read[locale] = fields.text_of(each["name"], f"translations[{index}].name", fields.CODE_LENGTH_MAX)
    return read


def _rule(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"rule: it is no JSON: {error}", field="rule") from None
