"""What the table of permissions says holds for ..."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_required_input_field,
)

from domain.access import VISITOR, MerchantRole, Permission, PlatformRole, Reach, Viewer
from graph import ids, permission_table, permissions
from graph.inputs import _TYPE
from graph.permission_table import ROLES, Role
from graph.permissions import Sees
from graph.schema import schema
from tests.contents import everything
from tests.factories import cart_terms, catalogue, club, orders, people, promotions, tickets, webhooks
from tests.graph.conftest import Api

CORE = schema._schema  # noqa: SLF001 - Strawberry offers no public way to its graphql-core schema
MUTATIONS = permission_table.mutations(schema)
DOCUMENT = Path(__file__).parents[2] / "docs" / "permissions.md"
NO_SUCH = 999_999_999

ROOMS: dict[str, list[str]] = {}
"""The mutations by the module that answers them: the things they are tried on are made once for each module."""
for _name, _declared in MUTATIONS.items():
    ROOMS.setdefault(_declared.name.partition(".")[0], []).append(_name)

VALUES: dict[str, Any] = {
    "email": "new@example.com",
    "taxNumber": "DE123456789",
    "password": people.PASSWORD,
    "newPassword": "another long one",
    "country": "DE",
    "currency": "USD",
    "locale": "de",
    "slug": "a-new-one",
    "mediaType": "application/pdf",
    "name": "Text",
    "url": "https://127.0.0.1/picture.svg",
    "document": "subscription { events { id } }",
    "rule": '{"all": []}',
}
"""What is worth sending for inputs of these names, so that nothing but the rights is wrong."""


EVENT = {"type": "PRODUCT_CHANGED", "subject_type": "product", "subject_version": 1, "position": 1}


@dataclass
class Others:
    """Things of which none belongs to those who ask, by type, and those who ask, by role."""

    keys: dict[str, int]
    viewers: dict[str, Viewer]


@pytest.fixture
async def others(connection: asyncpg.Connection) -> Others:
    merchant = await catalogue.merchant(connection, name="Theirs")
    mine = await catalogue.merchant(connection, name="Mine")
    customer = await people.customer(connection)
    partner = await people.partner(connection, merchant)
    product = await catalogue.product(connection, merchant)
    variant = await catalogue.variant(connection, product, prices={"USD": 100})
    cart = await catalogue.insert(connection, "carts", customer_id=customer.customer_id, currency="USD")
    order = await orders.order(connection, merchant, variant, customer_id=customer.customer_id)
    rule = await catalogue.insert(connection, "commission_rules", merchant_id=merchant, rate_bp=1_000)
    ticket = await tickets.ticket(connection, customer.customer_id, merchant_ids=[merchant])
    keys = {
        **order,
        **await orders.care(connection, order, merchant),
        "CommissionRule": rule["id"],
        "Article": await tickets.article(connection),
        "Cart": cart["id"],
        "CartLine": await cart_terms.line(connection, cart["id"], variant),
        "WishlistItem": await cart_terms.wish(connection, customer.customer_id or 0, variant),
        "Product": product,
        "Variant": variant,
        "Category": await catalogue.category(connection),
        "DeliveryMethod": await cart_terms.method(connection, 100, merchant_id=merchant),
        "TaxRegion": await cart_terms.region(connection, "FR", {"standard": 2_000}, inclusive=True),
        "Warehouse": await catalogue.warehouse(connection, merchant),
        "Attribute": (await catalogue.insert(connection, "attributes", key="k", label="K", kind="TEXT"))["id"],
        "Collection": (await catalogue.insert(connection, "collections", slug="c", name="C", rule={"all": []}))["id"],
        "MerchantAccount": merchant,
        "MerchantDocument": await people.document(connection, merchant),
        "Partner": partner.partner_id or 0,
        "Merchant": merchant,
        "Coupon": await promotions.claimed_id(connection, customer.customer_id or 0),
        "CouponOffer": await promotions.promotion(connection, merchant_id=merchant, method="CLAIM", state="DRAFT"),
        "Promotion": await promotions.promotion(connection, merchant_id=merchant, method="CODE", state="DRAFT"),
        "Customer": customer.customer_id or 0,
        "CustomerAddress": await people.address(connection, customer.customer_id or 0),
        "Event": (await catalogue.insert(connection, "events", **EVENT, subject_id=product, merchant_ids=[merchant]))[
            "id"
        ],
        **await webhooks.webhook(connection, partner.partner_id or 0),
        "Review": await catalogue.review(connection, product, 4),
        "Segment": await people.segment(connection),
        "GiftCard": await club.gift_card(connection),
        "Ticket": ticket,
        "TicketAgent": (await people.staff(connection, PlatformRole.AGENT)).account_id or 0,
        "TicketAttachment": await tickets.attachment(connection, ticket),
        "TicketMacro": await tickets.macro(connection),
        "TicketMessage": await tickets.message(connection, ticket),
        "TicketStep": await connection.fetchval("SELECT id FROM ticket_steps"),
        "PointsEntry": await club.points(connection, customer.customer_id or 0),
    }
    viewers = {"visitor": VISITOR, "customer": await people.customer(connection)}
    for role in MerchantRole:
        viewers[role.name.lower()] = await people.member(connection, mine, role)
    for staff in PlatformRole:
        viewers[staff.name.lower()] = await people.staff(connection, staff)
    viewers["partner"] = await people.partner(connection, mine)
    return Others(keys, viewers)


def written(of: GraphQLInputObjectType, key: Callable[[str], int]) -> dict[str, Any]:
    """Write an input that is as it should be; `key` gives the key of an object by its type's name."""
    return {
        name: value(name, field.type, field.extensions["strawberry-definition"].metadata.get(_TYPE), key)
        for name, field in of.fields.items()
        if is_required_input_field(field) or _TYPE in field.extensions["strawberry-definition"].metadata
    }


def value(name: str, of: Any, target: str | None, key: Callable[[str], int]) -> Any:
    of = get_nullable_type(of)
    if is_list_type(of):
        return [value(name, of.of_type, target, key)]
    if is_input_object_type(of):
        return written(of, key)
    if target is not None:
        return ids.encode(target, key(target))
    if name in VALUES:
        return VALUES[name]
    if is_enum_type(of):
        return next(iter(of.values))
    assert is_leaf_type(of)
    return {"Boolean": False, "Int": 1, "Decimal": "1.00", "DateTime": "2026-01-01T00:00:00Z"}.get(of.name, "text")


def document(name: str) -> str:
    assert CORE.mutation_type is not None
    argument = CORE.mutation_type.fields[name].args["input"].type
    return f"mutation ($input: {argument}) {{ {name}(input: $input) {{ userErrors {{ code message field }} }} }}"


def input_of(name: str) -> GraphQLInputObjectType:
    assert CORE.mutation_type is not None
    of = get_nullable_type(CORE.mutation_type.fields[name].args["input"].type)
    assert isinstance(of, GraphQLInputObjectType)
    return of


def targets(name: str) -> list[str]:
    """Name the fields of a mutation's input that are ids of what it is about, and what not everybody sees.

    What is listed is everybody's to wish for; staff may not change it for all that.
    """
    public = {Sees.EVERYONE}
    if MUTATIONS[name].permission.reach is Reach.OWN_CUSTOMER:
        public.add(Sees.LISTED)
    found = []
    for key, field in input_of(name).fields.items():
        target = field.extensions["strawberry-definition"].metadata.get(_TYPE)
        if target is not None and (target not in permissions.FIELDS or permissions.FIELDS[target].sees not in public):
            found.append(key)
    return found


@pytest.fixture
def ask(api: Api, others: Others) -> Callable[..., Awaitable[Any]]:
    """Send a mutation as a role, about others' things or about such as do not exist."""

    async def send(name: str, role: Role, *, exists: bool) -> Any:
        api.context.viewer = others.viewers[role.name]
        given = written(input_of(name), lambda type_name: others.keys[type_name] if exists else NO_SUCH)
        return (await api.data(document(name), input=given))[name]["userErrors"]

    return send


def test_every_field_and_every_mutation() -> None:
    assert permissions.unruled(schema) == set()
    assert len(MUTATIONS) >= 14


def test_the_document_that_is_checked_in() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == permission_table.table(schema)


@pytest.mark.parametrize("room", ROOMS)
async def test_mutations_that_are_refused_as_if_the_thing_did_not_exist(
    ask: Callable[..., Awaitable[Any]], connection: asyncpg.Connection, room: str
) -> None:
    """Of those who may not at all, and of those who may with what is theirs, about what is another one's."""
    before = await everything(connection)
    for name in ROOMS[room]:
        may = {role.name: permission_table.may(role, MUTATIONS[name].permission) for role in ROLES}
        refused = {"—", "own"} if targets(name) else {"—"}
        for role in (role for role in ROLES if may[role.name] in refused):
            answers = [await ask(name, role, exists=exists) for exists in (True, False)]
            assert answers[0] == answers[1], (name, role.name)
            assert [error["code"] for error in answers[0]] == ["NOT_FOUND"], (name, role.name)
            if may[role.name] == "—":
                told = f"This takes the permission {MUTATIONS[name].permission.name}; "
                assert answers[0][0]["message"].startswith(told), (name, role.name)
        assert await everything(connection) == before, name
        assert ("—" in may.values()) is (MUTATIONS[name].permission.reach is not Reach.EVERYONE), name


async def test_an_object_of_another_ones(api: Api, others: Others) -> None:
    for name, rule in permissions.FIELDS.items():
        of = CORE.type_map[name]
        if not isinstance(of, GraphQLObjectType) or rule.sees is Sees.EVERYONE or "Node" not in map(str, of.interfaces):
            continue
        fields = " ".join(each for each in sorted(rule.names) if is_leaf_type(get_nullable_type(of.fields[each].type)))
        query = f"query ($id: ID!) {{ node(id: $id) {{ ... on {name} {{ {fields} }} }} }}"
        for role in ROLES:
            api.context.viewer = others.viewers[role.name]
            node = (await api.data(query, id=ids.encode(name, others.keys[name])))["node"]
            assert (node is not None) is (permission_table.sees(role, rule.sees) == "all"), (name, role.name)


async def test_an_object_of_ones_own(api: Api, others: Others, connection: asyncpg.Connection) -> None:
    customer = others.viewers["customer"]
    api.context.viewer = customer
    address = await people.address(connection, customer.customer_id or 0)
    cart = await catalogue.insert(connection, "carts", customer_id=customer.customer_id, currency="USD")
    line = await cart_terms.line(connection, cart["id"], others.keys["Variant"])
    wish = await cart_terms.wish(connection, customer.customer_id or 0, others.keys["Variant"])
    own = {"Customer": customer.customer_id, "CustomerAddress": address, "Cart": cart["id"], "CartLine": line}
    own["WishlistItem"] = wish
    own["Ticket"] = await tickets.ticket(connection, customer.customer_id)
    order = await orders.order(
        connection, others.keys["Merchant"], others.keys["Variant"], customer_id=customer.customer_id
    )
    own |= order | await orders.care(connection, order, others.keys["Merchant"])
    for name, key in own.items():
        answer = await api.data("query ($id: ID!) { node(id: $id) { id } }", id=ids.encode(name, key or 0))
        assert answer["node"] is not None, name
    answer = await api.data("{ viewer { account { email } } }")
    assert answer["viewer"]["account"] is not None


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_viewer_of_each_role(role: Role) -> None:
    listed = {each for each in Permission if permission_table.may(role, each) != "—"}
    assert listed == role.viewer.permissions
    away = replace(role.viewer)
    for permission in listed:
        if permission_table.may(role, permission) == "own" and permission.reach is Reach.MERCHANT:
            assert not away.may(permission, merchant_id=permission_table.OTHER_MERCHANT)
            assert away.may(permission, merchant_id=permission_table.OWN_MERCHANT)
