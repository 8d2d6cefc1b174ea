"""Platform staff ..."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from domain.access import VISITOR, MerchantRole, PlatformRole, Viewer
from graph import ids
from tests.factories import catalogue, people
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api, at_once

ERRORS = "userErrors { code message field }"
ANSWERS = {
    "category": 'category { id name slug description german: name(locale: "de") parent { slug } }',
    "attribute": "attribute { id name label kind unit allowedValues filterable searchable sortable }",
    "collection": "collection { id name slug description rule products(sort: NAME) { nodes { slug } } }",
    "search": """searchTuning { synonyms { term synonyms } stopWords
        pins { query position product { slug status } } }""",
}
INPUTS = {
    "categoryRemove": "CategoryInput",
    "collectionRemove": "CollectionInput",
}
TABLES = (
    *("categories", "category_translations", "attributes", "collections", "search_synonyms", "search_stop_words"),
    *("search_pins", "product_categories", "events"),
)


@pytest.fixture
async def admin(connection: asyncpg.Connection, shop: SmallShop, api: Api) -> Viewer:
    """Somebody who may change the structure, and asks from now on."""
    assert shop
    api.context.viewer = await people.staff(connection, PlatformRole.ADMIN)
    return api.context.viewer


@pytest.fixture
def ask(api: Api, admin: Viewer) -> Callable[..., Any]:
    assert admin

    async def send(mutation: str, /, **given: Any) -> Any:
        noun = next(each for each in ANSWERS if mutation.startswith(each))
        of = INPUTS.get(mutation, f"{mutation[0].upper()}{mutation[1:]}Input")
        wanted = "removedId" if mutation.endswith("Remove") else ANSWERS[noun]
        document = f"mutation ($input: {of}!) {{ {mutation}(input: $input) {{ {wanted} {ERRORS} }} }}"
        return (await api.data(document, input=given))[mutation]

    return send


async def contents(connection: asyncpg.Connection) -> list[Any]:
    return [
        await connection.fetch(f"SELECT * FROM {table} ORDER BY {table}::text")  # noqa: S608 - ours
        for table in TABLES
    ]


async def events(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
    rows = await connection.fetch("SELECT type, subject_type, subject_id, subject_version FROM events ORDER BY id")
    return [tuple(row) for row in rows]


def fault(answer: Any) -> tuple[str, list[str] | None]:
    (error,) = answer["userErrors"]
    return error["code"], error["field"]


async def test_grows_the_tree(ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection) -> None:
    lamps = ids.encode("Category", shop.lamps)
    answer = await ask(
        "categoryCreate",
        name="Floor lamps",
        parentId=lamps,
        description="<b>Tall</b>",
        translations=[{"locale": "DE", "name": "Stehlampen"}],
    )
    assert answer["category"] | {"id": ""} == {
        "id": "",
        "name": "Floor lamps",
        "slug": "floor-lamps",
        "description": "Tall",
        "german": "Stehlampen",
        "parent": {"slug": "lamps"},
    }
    key = ids.decode(answer["category"]["id"])[1]
    assert await events(connection) == [("CATEGORY_CHANGED", "category", key, 1)]
    slugs = [
        (await ask("categoryCreate", name="Lamps", parentId=parent))["category"]["slug"]
        for parent in (ids.encode("Category", shop.office), lamps, None)
    ]
    assert slugs == ["lamps-office", "lamps-lamps", "lamps-2"]
    before = await contents(connection)
    for given, field in (
        ({"name": "Office"}, ["name"]),
        ({"name": " "}, ["name"]),
        ({"name": "x", "slug": "office"}, ["slug"]),
        ({"name": "x", "slug": "No slug"}, ["slug"]),
        ({"name": "x", "translations": [{"locale": "german", "name": "y"}]}, ["translations", "0", "locale"]),
    ):
        assert fault(await ask("categoryCreate", **given)) == ("BAD_USER_INPUT", field), given
    missing = await ask("categoryCreate", name="x", parentId=ids.encode("Category", 999_999))
    assert fault(missing) == ("NOT_FOUND", ["parentId"])
    assert await contents(connection) == before


async def test_renames_a_category_and_keeps_its_slug(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    lamps = ids.encode("Category", shop.lamps)
    renamed = (await ask("categoryUpdate", categoryId=lamps, name="Lights", position=3))["category"]
    assert (renamed["name"], renamed["slug"], renamed["german"]) == ("Lights", "lamps", "Lights")
    german = [{"locale": "de", "name": "Lampen"}]
    assert (await ask("categoryUpdate", categoryId=lamps, translations=german))["category"]["german"] == "Lampen"
    assert (await ask("categoryUpdate", categoryId=lamps, translations=[]))["category"]["german"] == "Lights"
    assert [event[3] for event in await events(connection)] == [2, 3, 4]


async def test_see_what_they_changed_at_once_whatever_is_remembered(
    ask: Callable[..., Any], api: Api, shop: SmallShop
) -> None:
    query = f'{{ node(id: "{ids.encode("Category", shop.desk_lamps)}") {{ ... on Category {{ parent {{ name }} }} }} }}'
    for name in ("Lights", "Lamps"):
        api.context.changes.remembered.prove(asyncio.get_running_loop().time())  # but no notice will be heard
        before = await api.data(query)
        assert await api.data(query) == before
        changed = await ask("categoryUpdate", categoryId=ids.encode("Category", shop.lamps), name=name)
        assert changed["category"]["name"] == name
        assert (await api.data(query))["node"]["parent"]["name"] == name


async def test_moves_a_category_with_all_below_it_but_never_below_itself(
    ask: Callable[..., Any], api: Api, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    home, lamps, desk_lamps, office = (
        ids.encode("Category", key) for key in (shop.home, shop.lamps, shop.desk_lamps, shop.office)
    )
    before = await contents(connection)
    for child, parent in ((lamps, lamps), (home, desk_lamps), (home, lamps)):
        answer = await ask("categoryMove", categoryId=child, parentId=parent)
        assert fault(answer) == ("BAD_USER_INPUT", ["parentId"])
    assert await contents(connection) == before
    moved = await ask("categoryMove", categoryId=lamps, parentId=office)
    assert moved["category"]["parent"] == {"slug": "office"}
    counts = await api.data(
        '{ office: category(slug: "office") { productCount } home: category(slug: "home") { productCount } }'
    )
    assert counts == {"office": {"productCount": 2}, "home": {"productCount": 0}}
    root = await ask("categoryMove", categoryId=lamps, parentId=None)
    assert root["category"]["parent"] is None


async def test_makes_no_cycle_by_moves_at_once(ask: Callable[..., Any], connection: asyncpg.Connection) -> None:
    chain = [await catalogue.category(connection) for _ in range(6)]
    pairs = [(one, other) for one in chain for other in chain if one != other]
    answers = await at_once(
        *(
            ask("categoryMove", categoryId=ids.encode("Category", one), parentId=ids.encode("Category", other))
            for one, other in pairs
        )
    )
    assert {error["code"] for each in answers for error in each["userErrors"]} <= {"BAD_USER_INPUT"}
    rows = await connection.fetch("SELECT id, parent_id, path FROM categories WHERE id = ANY ($1)", chain)
    paths = {row["id"]: row["path"] for row in rows}
    for row in rows:
        above = [] if row["parent_id"] is None else paths[row["parent_id"]]
        assert row["path"] == [*above, row["id"]]


async def test_removes_a_category_only_when_it_is_empty(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    empty = await catalogue.category(connection, shop.desk_lamps)
    await catalogue.product(connection, shop.ada, category_id=shop.home, slug="hidden", status="DRAFT")
    before = await contents(connection)
    for key in (shop.home, shop.lamps, shop.desk_lamps, shop.office):
        assert fault(await ask("categoryRemove", categoryId=ids.encode("Category", key))) == ("CONFLICT", None)
    assert await contents(connection) == before
    global_id = ids.encode("Category", empty)
    assert await ask("categoryRemove", categoryId=global_id) == {"removedId": global_id, "userErrors": []}
    assert fault(await ask("categoryRemove", categoryId=global_id)) == ("NOT_FOUND", ["categoryId"])
    assert await events(connection) == [("CATEGORY_REMOVED", "category", empty, 2)]


async def test_defines_attributes(ask: Callable[..., Any], api: Api, connection: asyncpg.Connection) -> None:
    made = await ask(
        "attributeCreate",
        name="finish",
        label=" Finish ",
        kind="ENUMERATION",
        allowedValues=["Matt", "Gloss"],
        filterable=True,
    )
    finish = {
        "name": "finish",
        "label": "Finish",
        "kind": "ENUMERATION",
        "unit": None,
        "allowedValues": ["Matt", "Gloss"],
        "filterable": True,
        "searchable": False,
        "sortable": False,
    }
    assert made["attribute"] | {"id": ""} == finish | {"id": ""}
    listed = await api.data("{ attributes { totalCount nodes { name } } }")
    assert listed["attributes"] == {"totalCount": 2, "nodes": [{"name": "finish"}, {"name": "height"}]}
    before = await contents(connection)
    good = {"name": "x", "label": "X", "kind": "TEXT"}
    for given, field in (
        ({"name": "Screen size"}, ["name"]),
        ({"name": "height"}, ["name"]),
        ({"label": " "}, ["label"]),
        ({"unit": "cm"}, ["unit"]),
        ({"allowedValues": ["a"]}, ["allowedValues"]),
        ({"kind": "ENUMERATION"}, ["allowedValues"]),
        ({"kind": "ENUMERATION", "allowedValues": ["a", "a "]}, ["allowedValues"]),
        ({"kind": "ENUMERATION", "allowedValues": ["a", " "]}, ["allowedValues", "1"]),
    ):
        assert fault(await ask("attributeCreate", **{**good, **given})) == ("BAD_USER_INPUT", field), given
    assert await contents(connection) == before


async def test_changes_the_uses_and_values_of_an_attribute(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    made = await ask(
        "attributeCreate", name="finish", label="Finish", kind="ENUMERATION", allowedValues=["Matt", "Gloss", "Raw"]
    )
    finish = made["attribute"]["id"]
    changed = await ask("attributeUpdate", attributeId=finish, searchable=True, sortable=True, label="Surface")
    assert changed["attribute"] == {**made["attribute"], "searchable": True, "sortable": True, "label": "Surface"}
    for product, value in ((shop.lamp, "Matt"), (shop.draft, ["Raw", "Gloss"])):
        await connection.execute(
            "UPDATE products SET attributes = jsonb_build_object('finish', $2::jsonb) WHERE id = $1", product, value
        )
    before = await contents(connection)
    for values in (["Gloss", "Raw"], ["Matt", "Gloss"]):
        answer = await ask("attributeUpdate", attributeId=finish, allowedValues=values)
        assert fault(answer) == ("CONFLICT", ["allowedValues"])
    assert await contents(connection) == before
    await connection.execute("UPDATE products SET attributes = '{}' WHERE id = $1", shop.draft)
    kept = await ask("attributeUpdate", attributeId=finish, allowedValues=["New", "Matt"])
    assert kept["attribute"]["allowedValues"] == ["New", "Matt"]


async def test_gathers_collections_by_a_rule(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    assert shop
    rule = '{"field": "category", "is": "one_of", "value": ["lamps"]}'
    made = await ask("collectionCreate", name="All lamps", rule=rule)
    collection = made["collection"]
    assert collection["slug"] == "all-lamps"
    assert collection["products"]["nodes"] == [{"slug": "lamp"}]
    assert json.loads(collection["rule"]) == json.loads(rule)
    changed = await ask("collectionUpdate", collectionId=collection["id"], rule='{"all": []}', name="All")
    assert changed["collection"]["slug"] == "all-lamps"
    assert changed["collection"]["products"]["nodes"] == [{"slug": "chair"}, {"slug": "lamp"}]
    before = await contents(connection)
    for text in ("", "{", "[]", '{"field": "colour", "is": "equals", "value": "red"}', "[" * 5_000, '{"any": [1]}'):
        assert fault(await ask("collectionCreate", name="x", rule=text))[0] == "BAD_USER_INPUT", text[:20]
        assert fault(await ask("collectionUpdate", collectionId=collection["id"], rule=text))[0] == "BAD_USER_INPUT"
    assert fault(await ask("collectionCreate", name="x", slug="all-lamps", rule=rule))[1] == ["slug"]
    assert await contents(connection) == before
    removed = await ask("collectionRemove", collectionId=collection["id"])
    assert removed == {"removedId": collection["id"], "userErrors": []}
    key = ids.decode(collection["id"])[1]
    assert await events(connection) == [
        ("COLLECTION_CHANGED", "collection", key, 1),
        ("COLLECTION_CHANGED", "collection", key, 2),
        ("COLLECTION_REMOVED", "collection", key, 3),
    ]


async def test_tunes_the_search_and_nobody_else_sees_how(
    ask: Callable[..., Any], api: Api, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    await ask("searchSynonymsSet", term="Couch", synonyms=["Sofa"])
    await ask("searchStopWordsSet", words=["the", "A"])
    pins = [ids.encode("Product", key) for key in (shop.chair, shop.draft)]
    tuned = (await ask("searchPinsSet", query="Lamp", productIds=pins))["searchTuning"]
    assert tuned == {
        "synonyms": [{"term": "couch", "synonyms": ["sofa"]}],
        "stopWords": ["a", "the"],
        "pins": [
            {"query": "lamp", "position": 1, "product": {"slug": "chair", "status": "PUBLISHED"}},
            {"query": "lamp", "position": 2, "product": {"slug": "draft", "status": "DRAFT"}},
        ],
    }
    query = "{ searchTuning { stopWords } }"
    assert await api.data(query) == {"searchTuning": {"stopWords": ["a", "the"]}}
    before = await contents(connection)
    for mutation, given, field in (
        ("searchSynonymsSet", {"term": " ", "synonyms": []}, ["term"]),
        ("searchSynonymsSet", {"term": "x", "synonyms": ["y", ""]}, ["synonyms", "1"]),
        ("searchStopWordsSet", {"words": ["x" * 101]}, ["words", "0"]),
        ("searchPinsSet", {"query": "lamp", "productIds": pins[:1] * 2}, ["productIds"]),
    ):
        assert fault(await ask(mutation, **given)) == ("BAD_USER_INPUT", field)
    assert await contents(connection) == before
    for viewer in (
        VISITOR,
        await people.customer(connection),
        await people.member(connection, shop.ada, MerchantRole.OWNER),
        await people.staff(connection, PlatformRole.AGENT),
    ):
        api.context.viewer = viewer
        assert await api.data(query) == {"searchTuning": None}
