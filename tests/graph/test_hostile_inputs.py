"""Whatever stands in the input of a mutation, it ..."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from graphql import GraphQLInputObjectType, GraphQLInputType, is_required_input_field

from domain.access import MerchantRole, PlatformRole, Viewer
from graph import ids
from graph.errors import ClientError, InvalidRequest
from graph.inputs import _TYPE
from services import access
from tests.factories import cart_terms, catalogue, club, people, promotions, tickets
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api
from tests.graph.test_hostile_arguments import CORE, Asker

MUTATIONS = list(CORE.mutation_type.fields)
DOCUMENTS = 1_000
FITTING = {
    "rule": ['{"all": []}', '{"field": "price", "is": "at_most", "value": 5000}', '{"any": [', "[]", "null"],
    "slug": ["a-new-one", "lamp", "chair"],
    "url": ["/1.svg", "https://example.com/a.png"],
    "locale": ["de", "pt-BR"],
    "kind": ["TEXT"],
    "name": ["height", "Size", "Lamp", "colour"],
    "value": ["S", "L", "40.5", "true", "2026-01-01"],
    "warehouse": ["main"],
    "code": ["SPRING", "SUMMER"],
    "codes": ["SPRING", "AUTUMN"],
    "country": ["DE", "US"],
    "email": ["new@example.com", "newer@example.com"],
    "mediaType": ["application/pdf"],
    "method": ["standard"],
    "newPassword": ["another long one"],
    "password": ["a long password", people.PASSWORD],
}
INSTANTS = ["2026-01-01T00:00:00Z", "2036-01-01T00:00:00+02:00"]
FAR_INSTANTS = ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59.999999Z", "2026-01-01"]


class Changer(Asker):
    """Makes mutations whose values fit more often than not."""

    def __init__(self, seed: int, keys: dict[str, list[str]]) -> None:
        super().__init__(seed)
        self._keys = keys

    def change(self) -> tuple[str, str, dict[str, Any]]:
        name = self._chance.choice(MUTATIONS)
        self._hostility = self._chance.choice([0, 0.05, 0.3])
        of: GraphQLInputType = CORE.mutation_type.fields[name].args["input"].type
        document = f"mutation ($input: {of}) {{ answer: {name}(input: $input) {{ userErrors {{ code message }} }} }}"
        return name, document, {"input": self._value(of, "input")}

    def _value(self, of: GraphQLInputType, key: str) -> Any:
        if not isinstance(of, GraphQLInputObjectType):
            return super()._value(of, key)
        wanted = {
            name: field
            for name, field in of.fields.items()
            if is_required_input_field(field) or self._chance.random() < 0.4
        }
        if of.name == "PromotionBenefitInput" and self._chance.random() > self._hostility:
            wanted = dict(self._chance.sample(list(of.fields.items()), 1))
        return {
            name: self._value(field.type, field.extensions["strawberry-definition"].metadata.get(_TYPE, name))
            for name, field in wanted.items()
        }

    def _scalar(self, type_name: str, key: str, *, hostile: bool) -> Any:
        if not hostile and key in self._keys:
            return self._chance.choice(self._keys[key])
        if not hostile and key == "idempotencyKey":
            return str(self._chance.randrange(10**9))
        if not hostile and key in FITTING and type_name == "String":
            return self._chance.choice(FITTING[key])
        if type_name == "DateTime":
            return self._chance.choice(FAR_INSTANTS if hostile else INSTANTS)
        return super()._scalar(type_name, key, hostile=hostile)


@dataclass
class Everything:
    """Somebody who may do everything, with the ids of what it may be done to, by the inputs' names."""

    viewer: Viewer
    keys: dict[str, list[str]]


@pytest.fixture
async def everything(connection: asyncpg.Connection, shop: SmallShop) -> Everything:
    owner = await people.member(connection, shop.ada, MerchantRole.OWNER)
    await connection.execute("INSERT INTO platform_members (account_id, role) VALUES ($1, 'ADMIN')", owner.account_id)
    customer = await catalogue.insert(connection, "customers", account_id=owner.account_id, display_name="Ada")
    other = await people.customer(connection)
    cart = await catalogue.insert(connection, "carts", customer_id=customer["id"], currency="USD")
    guests = await catalogue.insert(connection, "carts", token_hash=access.cart_token_hash("held"), currency="USD")
    await cart_terms.rates(connection)
    await club.points(connection, customer["id"])
    collection = await catalogue.insert(connection, "collections", slug="c", name="C", rule={"all": []})
    keys = {
        "Article": [await tickets.article(connection)],
        "Attribute": [await connection.fetchval("SELECT id FROM attributes")],
        "Cart": [cart["id"], guests["id"]],
        "CartLine": [await cart_terms.line(connection, cart["id"], shop.small)],
        "Category": [shop.lamps, shop.home, shop.office],
        "Collection": [collection["id"]],
        "CouponOffer": [await promotions.promotion(connection, method="CLAIM")],
        "Customer": [customer["id"], other.customer_id],
        "CustomerAddress": [await people.address(connection, customer["id"]) for _ in range(3)],
        "DeliveryMethod": [await cart_terms.method(connection, 490, code="hostile")],
        "GiftCard": [await club.gift_card(connection)],
        "Merchant": [shop.ada, shop.bob],
        "MerchantAccount": [shop.ada],
        "MerchantDocument": [await people.document(connection, shop.ada)],
        "Partner": [(await people.partner(connection, shop.ada)).partner_id],
        "Product": [shop.lamp, shop.draft, shop.chair],
        "Promotion": [
            *[await promotions.promotion(connection, method="CODE", state="DRAFT") for _ in range(3)],
            await promotions.promotion(connection, method="CODE", merchant_id=shop.ada),
        ],
        "Ticket": [await tickets.ticket(connection, customer["id"], merchant_ids=[shop.ada]) for _ in range(3)],
        "TicketMacro": [await tickets.macro(connection)],
        "Variant": [shop.small, shop.large, shop.seat],
        "Warehouse": [await catalogue.warehouse(connection, shop.ada)],
        "WishlistItem": [await cart_terms.wish(connection, customer["id"], shop.small)],
    }
    encoded = {name: [ids.encode(name, key) for key in of] for name, of in keys.items()}
    return Everything(
        Viewer(
            account_id=owner.account_id,
            customer_id=customer["id"],
            merchants=owner.merchants,
            platform=PlatformRole.ADMIN,
            cart_token="held",
        ),
        encoded,
    )


async def _open_again(connection: asyncpg.Connection, viewer: Viewer) -> None:
    """Give back what has ended meanwhile, so that there is still something to be done."""
    await connection.execute("UPDATE accounts SET state = 'ACTIVE'")
    await connection.execute("UPDATE merchants SET state = 'ACTIVE'")
    await connection.execute("UPDATE promotions SET state = 'DRAFT' WHERE title = 'Promotion 2'")
    await connection.execute(
        "INSERT INTO platform_members (account_id, role) VALUES ($1, 'ADMIN')"
        " ON CONFLICT (account_id) DO UPDATE SET role = 'ADMIN'",
        viewer.account_id,
    )


async def test_is_done_or_refused_but_never_fails(
    api: Api, everything: Everything, connection: asyncpg.Connection
) -> None:
    changer = Changer(4, everything.keys)
    seen = Counter[str]()
    done = set()
    for number in range(DOCUMENTS):
        if number % 20 == 0:
            await _open_again(connection, everything.viewer)
        api.context.viewer = everything.viewer
        name, document, variables = changer.change()
        try:
            answer = await api.answer(document, **variables)
        except (ClientError, InvalidRequest):
            seen["malformed"] += 1
            continue
        assert {error["extensions"]["code"] for error in answer.get("errors", [])} <= {"BAD_USER_INPUT"}, (
            answer,
            document,
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
