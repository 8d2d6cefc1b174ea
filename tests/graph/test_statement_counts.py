"""Every relation of every type ..."""

from collections.abc import Iterator
from dataclasses import dataclass

import asyncpg
import pytest
from graphql import (
    GraphQLArgument,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_enum_type,
    is_leaf_type,
    is_union_type,
)

from domain.access import MerchantRole, PlatformRole, Viewer
from graph import ids
from graph.schema import schema
from models.database import Database
from tests.factories import bought, cart_terms, catalogue, club, people, promotions, small_shop, tickets, webhooks
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api

CORE = schema._schema  # noqa: SLF001 - Strawberry offers no public way to its graphql-core schema
TABLES = {
    "Article": "SELECT id FROM articles",
    "Cart": "SELECT id FROM carts",
    "CartLine": "SELECT id FROM cart_lines",
    "Attribute": "SELECT id FROM attributes",
    "Category": "SELECT id FROM categories WHERE path[2] IS NOT NULL",
    "Collection": "SELECT id FROM collections",
    "CommissionRule": "SELECT id FROM commission_rules",
    "Coupon": "SELECT id FROM coupons WHERE customer_id IS NOT NULL",
    "CouponOffer": "SELECT id FROM promotions WHERE method = 'CLAIM'",
    "Customer": "SELECT id FROM customers",
    "CustomerAddress": "SELECT id FROM customer_addresses",
    "DeliveryMethod": "SELECT id FROM delivery_methods",
    "Event": "SELECT id FROM events WHERE position IS NOT NULL",
    "Fulfilment": "SELECT id FROM fulfilments",
    "Invoice": "SELECT id FROM invoices",
    "Merchant": "SELECT id FROM merchants WHERE state = 'ACTIVE'",
    "MerchantAccount": "SELECT id FROM merchants",
    "MerchantDocument": "SELECT id FROM merchant_documents",
    "Order": "SELECT id FROM orders",
    "OrderLine": "SELECT id FROM order_lines",
    "OrderPart": "SELECT id FROM order_parts",
    "Partner": "SELECT id FROM partners",
    "Payment": "SELECT id FROM payments",
    "PointsEntry": """SELECT ledger_postings.id FROM ledger_postings
                      JOIN ledger_accounts ON ledger_accounts.id = account_id WHERE owner_type = 'CUSTOMER'""",
    "Product": "SELECT id FROM products WHERE listed",
    "Promotion": "SELECT id FROM promotions",
    "Refund": "SELECT id FROM refunds",
    "Return": "SELECT id FROM returns",
    "Review": """SELECT reviews.id FROM reviews JOIN products ON product_id = products.id
                 WHERE listed AND state = 'PUBLISHED'""",
    "Segment": "SELECT id FROM segments",
    "TaxRegion": "SELECT id FROM tax_regions",
    "Ticket": "SELECT id FROM tickets",
    "TicketAgent": "SELECT id FROM accounts",
    "TicketAttachment": "SELECT id FROM ticket_attachments",
    "TicketMacro": "SELECT id FROM ticket_macros",
    "TicketMessage": "SELECT id FROM ticket_messages",
    "TicketStep": "SELECT id FROM ticket_steps",
    "Webhook": "SELECT id FROM webhooks",
    "WebhookDelivery": "SELECT id FROM webhook_deliveries",
    "Variant": "SELECT variants.id FROM variants JOIN products ON product_id = products.id AND listed",
    "Warehouse": "SELECT id FROM warehouses",
    "WishlistItem": "SELECT id FROM wishlist_items",
}
"""Which objects there are of each type."""
ONE_STATEMENT_A_PARENT = {"Collection.products", "Segment.liveCount"}
"""Fields whose statement differs from parent to parent."""
ONE_MORE_FOR_OTHER_CURRENCIES = {"Product.priceRange", "Variant.price", "Variant.compareAtPrice"}
"""Fields whose values stand on the parents; if any has none in the shop's currency, one statement reads them all."""

STATEMENTS_MAX = {"Cart": 14, "CartLine": 14, "Customer": 16, "Promotion": 4}
"""How many a relation takes at most, of types that show what is made of many rows; 3 of the others."""


@dataclass(frozen=True)
class Relation:
    """A field with arguments, as a selection."""

    name: str
    selection: str


def selection(of: GraphQLObjectType | GraphQLUnionType) -> str:
    """Select what can be counted wrongly: the lists of a connection, the leaves of anything else."""
    if isinstance(of, GraphQLUnionType):
        return "{ __typename }"
    if of.name.endswith("Connection"):
        return "{ totalCount pageInfo { hasNextPage } edges { cursor node { __typename } } nodes { __typename } }"
    if is_union_type(of):
        return "{ __typename }"
    return "{ " + " ".join(name for name, field in of.fields.items() if is_leaf_type(get_named_type(field.type))) + " }"


def given(argument: GraphQLArgument, name: str) -> Iterator[str]:
    """Write values worth trying for an argument."""
    named = get_named_type(argument.type)
    if is_enum_type(named):
        yield from (f"{name}: {value}" for value in named.values)
    else:
        yield {"locale": 'locale: "de"', "currency": 'currency: "EUR"', "first": "first: 2", "after": "after: null"}[
            name
        ]


def relations(type_name: str) -> Iterator[Relation]:
    """Write each field of a type, once as it is and once with each value of each argument."""
    parent = CORE.type_map[type_name]
    assert isinstance(parent, GraphQLObjectType)
    for name, field in parent.fields.items():
        named = get_named_type(field.type)
        below = "" if is_leaf_type(named) else selection(named)
        yield Relation(f"{type_name}.{name}", f"{name} {below}")
        for argument_name, argument in field.args.items():
            for value in given(argument, argument_name):
                yield Relation(f"{type_name}.{name}", f"{name}({value}) {below}")


RELATIONS = [(type_name, relation) for type_name in TABLES for relation in relations(type_name)]


def test_can_be_reached_by_its_parents_id() -> None:
    node = CORE.type_map["Node"]
    assert {possible.name for possible in CORE.get_possible_types(node)} == TABLES.keys()  # type: ignore[arg-type]


async def test_takes_as_many_statements_for_twenty_parents_as_for_one(
    api: Api, shop: SmallShop, database: Database, connection: asyncpg.Connection
) -> None:
    await small_shop.grow(connection, shop, 21)
    await club.levels(connection)
    for number in range(21):
        await catalogue.insert(connection, "collections", slug=f"c-{number}", name="C", rule={"all": []})
        await catalogue.insert(connection, "attributes", key=f"k{number}", label="K", kind="TEXT")
        customer = await people.customer(connection)
        await people.address(connection, customer.customer_id or 0)
        await people.document(connection, shop.ada)
        await cart_terms.method(connection, 100, code=f"m-{number}")
        await cart_terms.region(connection, "US", {"standard": 725}, inclusive=False, region=f"R{number}")
        await catalogue.insert(
            connection, "commission_rules", category_id=await catalogue.category(connection), rate_bp=900
        )
        partner = await people.partner(connection, shop.ada)
        await webhooks.webhook(connection, partner.partner_id or 0)
        await people.member(connection, shop.ada, MerchantRole.PACKER)
        await club.points(connection, customer.customer_id or 0)
        await club.change(connection, customer.customer_id or 0)
        await promotions.claimed_id(connection, customer.customer_id or 0)
        ticket = await tickets.ticket(connection, customer.customer_id, merchant_ids=[shop.ada])
        await tickets.attachment(connection, ticket)
        await tickets.macro(connection)
        await tickets.article(connection)
        await people.segment(connection)
        await bought.taken_care_of(database, connection, shop.ada, customer.customer_id or 0)
        event = {"type": "PRODUCT_CHANGED", "subject_type": "product", "subject_version": 1, "position": number}
        await catalogue.insert(connection, "events", **event, subject_id=shop.lamp + number)
    for _ in range(21):
        cart = await catalogue.insert(connection, "carts", customer_id=customer.customer_id, currency="USD")
        await cart_terms.line(connection, cart["id"], shop.small)
        variant = await catalogue.variant(connection, shop.lamp)
        await cart_terms.wish(connection, customer.customer_id or 0, variant)
    api.context.viewer = Viewer(platform=PlatformRole.ADMIN, customer_id=customer.customer_id)
    keys = {name: [row["id"] for row in await connection.fetch(f"{sql} ORDER BY 1")] for name, sql in TABLES.items()}
    assert all(len(found) >= 20 for found in keys.values())

    async def statements(type_name: str, relation: Relation, parents: int) -> int:
        query = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {type_name} {{ id {relation.selection} }} }} }}"
        found = await api.data(query, ids=[ids.encode(type_name, key) for key in keys[type_name][:parents]])
        assert None not in found["nodes"]
        return api.statements

    differing = {}
    for type_name, relation in RELATIONS:
        one, twenty = await statements(type_name, relation, 1), await statements(type_name, relation, 20)
        assert one <= STATEMENTS_MAX.get(type_name, 3), relation
        if one != twenty:
            differing[relation.name] = (one, twenty)
    assert differing.keys() == ONE_STATEMENT_A_PARENT | ONE_MORE_FOR_OTHER_CURRENCIES
    assert {differing[name] for name in ONE_MORE_FOR_OTHER_CURRENCIES} == {(1, 2)}
    assert differing["Collection.products"][1] <= 1 + 20 * 2


@pytest.mark.parametrize("name", ["attributes", "categories", "collections", "merchants", "products"])
async def test_of_the_root_takes_one_statement_a_page_and_one_to_count(api: Api, shop: SmallShop, name: str) -> None:
    assert shop
    await api.data(f"{{ {name} {{ nodes {{ id }} pageInfo {{ hasNextPage }} }} }}")
    assert api.statements == 1
    await api.data(f"{{ {name} {{ totalCount nodes {{ id }} edges {{ cursor }} }} }}")
    assert api.statements == 2


async def test_is_right_for_two_rows_of_one_parent(api: Api, connection: asyncpg.Connection, shop: SmallShop) -> None:
    assert shop
    await connection.execute(
        """INSERT INTO collections (slug, name, rule) VALUES ('a', 'A', '{"all": []}'), ('b', 'B', '{"all": []}')"""
    )
    answer = await api.data(
        """{ collections { nodes { products(sort: NAME) { nodes {
               slug variants(first: 2) { totalCount pageInfo { hasNextPage } nodes { sku } } } } } } }"""
    )
    last = {"pageInfo": {"hasNextPage": False}}
    products = [
        {"slug": "chair", "variants": {"totalCount": 1, **last, "nodes": [{"sku": "C"}]}},
        {"slug": "lamp", "variants": {"totalCount": 2, **last, "nodes": [{"sku": "L-S"}, {"sku": "L-L"}]}},
    ]
    assert answer["collections"]["nodes"] == [{"products": {"nodes": products}}] * 2
