"""Whatever stands in the input of a mutation of the catalogue, it ..."""

from collections import Counter
from typing import Any

import asyncpg
import pytest
from graphql import GraphQLInputType

from domain.access import MerchantRole, PlatformRole, Viewer
from graph import ids
from graph.errors import ClientError, InvalidRequest
from graph.mutations.products import ProductMutations
from graph.mutations.structure import StructureMutations
from tests.factories import catalogue, people
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api
from tests.graph.test_hostile_arguments import CORE, Asker

MUTATIONS = [
    name
    for name, field in CORE.mutation_type.fields.items()
    if hasattr(field.extensions["strawberry-definition"], "python_name")
    and field.extensions["strawberry-definition"].python_name
    in {
        each.python_name
        for of in (ProductMutations, StructureMutations)
        for each in of.__strawberry_definition__.fields
    }
]
DOCUMENTS = 400
FITTING = {
    "rule": ['{"all": []}', '{"field": "price", "is": "at_most", "value": 5000}', '{"any": [', "[]", "null"],
    "slug": ["a-new-one", "lamp", "chair"],
    "url": ["/1.svg", "https://example.com/a.png"],
    "locale": ["de", "pt-BR"],
    "kind": ["TEXT"],
    "name": ["height", "Size", "Lamp", "colour"],
    "value": ["S", "L", "40.5", "true", "2026-01-01"],
    "warehouse": ["main"],
}


class Changer(Asker):
    """Makes mutations whose values fit more often than not."""

    def __init__(self, seed: int, shop: SmallShop, *, attribute: int, collection: int) -> None:
        super().__init__(seed)
        self._keys = {
            "attributeId": [("Attribute", attribute)],
            "collectionId": [("Collection", collection)],
            "merchantId": [("Merchant", shop.ada), ("Merchant", shop.bob)],
            "productId": [("Product", shop.lamp), ("Product", shop.draft), ("Product", shop.chair)],
            "productIds": [("Product", shop.lamp), ("Product", shop.draft)],
            "variantId": [("Variant", shop.small), ("Variant", shop.large), ("Variant", shop.seat)],
            "categoryId": [("Category", shop.lamps), ("Category", shop.home)],
            "parentId": [("Category", shop.lamps), ("Category", shop.office)],
        }

    def change(self) -> tuple[str, str, dict[str, Any]]:
        name = self._chance.choice(MUTATIONS)
        self._hostility = self._chance.choice([0, 0.05, 0.3])
        of: GraphQLInputType = CORE.mutation_type.fields[name].args["input"].type
        document = f"mutation ($input: {of}) {{ answer: {name}(input: $input) {{ userErrors {{ code message }} }} }}"
        return name, document, {"input": self._value(of, "input")}

    def _scalar(self, type_name: str, key: str, *, hostile: bool) -> Any:
        if not hostile and key in self._keys:
            return ids.encode(*self._chance.choice(self._keys[key]))
        if not hostile and key == "idempotencyKey":
            return str(self._chance.randrange(10**9))
        if not hostile and key in FITTING:
            return self._chance.choice(FITTING[key])
        return super()._scalar(type_name, key, hostile=hostile)


@pytest.fixture
async def viewer(connection: asyncpg.Connection, shop: SmallShop) -> Viewer:
    """Somebody who may change everything."""
    owner = await people.member(connection, shop.ada, MerchantRole.OWNER)
    await connection.execute("INSERT INTO platform_members (account_id, role) VALUES ($1, 'ADMIN')", owner.account_id)
    return Viewer(account_id=owner.account_id, merchants=owner.merchants, platform=PlatformRole.ADMIN)


async def test_is_done_or_refused_but_never_fails(
    api: Api, viewer: Viewer, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    assert len(MUTATIONS) == 26
    api.context.viewer = viewer
    changer = Changer(
        1,
        shop,
        attribute=await connection.fetchval("SELECT id FROM attributes"),
        collection=(await catalogue.insert(connection, "collections", slug="c", name="C", rule={"all": []}))["id"],
    )
    seen = Counter[str]()
    done = set()
    for _ in range(DOCUMENTS):
        name, document, variables = changer.change()
        try:
            answer = await api.answer(document, **variables)
        except (ClientError, InvalidRequest):
            seen["malformed"] += 1
            continue
        assert {error["extensions"]["code"] for error in answer.get("errors", [])} <= {"BAD_USER_INPUT"}, (
            answer,
            variables,
        )
        if "errors" in answer:
            seen["malformed"] += 1
            continue
        errors = answer["data"]["answer"]["userErrors"]
        seen.update(error["code"] for error in errors)
        if not errors:
            seen["done"] += 1
            done.add(name)
    assert seen["done"] > DOCUMENTS // 10
    assert seen["BAD_USER_INPUT"] > DOCUMENTS // 10
    assert len(done) > len(MUTATIONS) // 2
