"""What somebody may not see leaves no trace in any answer: the same documents are answered the same ..."""

import hashlib
from typing import Any, Final

import asyncpg
import pytest
from graphql import GraphQLObjectType

from domain.access import VISITOR, MerchantRole, Viewer
from graph import ids
from graph.errors import ClientError, InvalidRequest
from models.tables import metadata
from services import access
from tests.factories import cart_terms, catalogue, club, people, promotions
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api
from tests.graph.test_hostile_arguments import CORE, Asker

DOCUMENTS: Final = 60
"""How many for each role."""


class Searcher(Asker):
    """Asks for everything there is, by the ids of what is hidden more often than not."""

    def __init__(self, seed: int, hidden: list[str]) -> None:
        super().__init__(seed)
        self._hidden = hidden

    def _field(self, of: GraphQLObjectType, name: str, depth: int) -> str:
        # The index is a matter of its own, and there is none here.
        return "" if of is CORE.query_type and "earch" in name else super()._field(of, name, depth)

    def _id(self, *, hostile: bool) -> Any:
        return super()._id(hostile=hostile) if hostile else self._chance.choice(self._hidden)


async def hide(connection: asyncpg.Connection, shop: SmallShop) -> list[str]:
    """Insert what is nobody's business but its owners'; gives the ids of all of it."""
    await people.member(connection, shop.bob, MerchantRole.OWNER)
    customer = await people.customer(connection, email="secret@example.com", display_name="Secret")
    customer_id = customer.customer_id or 0
    draft = await catalogue.product(connection, shop.bob, category_id=shop.lamps, name="Secret", status="DRAFT")
    variant = await catalogue.variant(connection, draft, sku="SECRET", prices={"USD": 1, "EUR": 2})
    await catalogue.stock(connection, variant, await catalogue.warehouse(connection, shop.bob), 7, 0)
    applied = await catalogue.merchant(connection, name="Secret", slug="secret", state="APPLIED")
    cart = await catalogue.insert(
        connection,
        "carts",
        customer_id=customer_id,
        currency="USD",
        token_hash=hashlib.sha256(b"secret").digest(),
        email="secret@example.com",
    )
    await club.points(connection, customer_id)
    claim = await promotions.promotion(
        connection, merchant_id=shop.bob, method="CLAIM", segments=["secret"], title="Secret"
    )
    code = await promotions.promotion(connection, merchant_id=shop.bob, method="CODE", title="Secret")
    await promotions.code(connection, code, "SECRET")
    hidden = {
        "Cart": cart["id"],
        "CartLine": await cart_terms.line(connection, cart["id"], variant),
        "Coupon": await connection.fetchval(
            "SELECT id FROM coupons WHERE code = $1", await promotions.claimed(connection, claim, customer_id)
        ),
        "CouponOffer": claim,
        "Customer": customer_id,
        "CustomerAddress": await people.address(connection, customer_id),
        "GiftCard": await club.gift_card(connection),
        "Merchant": applied,
        "MerchantAccount": applied,
        "MerchantDocument": await people.document(connection, applied),
        "Partner": (await people.partner(connection, shop.bob)).partner_id or 0,
        "Product": draft,
        "Promotion": code,
        "Variant": variant,
        "WishlistItem": await cart_terms.wish(connection, customer_id, variant),
    }
    return [ids.encode(name, key) for name, key in hidden.items()]


async def take_away(connection: asyncpg.Connection, since: int) -> None:
    """Delete the rows that a transaction since then has written, triggers and the order of tables aside."""
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        for table in metadata.sorted_tables:
            await connection.execute(f"DELETE FROM {table.name} WHERE xmin::text::bigint >= $1", since)  # noqa: S608 - ours


@pytest.fixture
async def askers(connection: asyncpg.Connection, shop: SmallShop) -> dict[str, Viewer]:
    """Somebody of each kind, none of whom what is hidden belongs to."""
    await cart_terms.rates(connection)  # of which everybody may know
    customer = await people.customer(connection)
    await catalogue.insert(connection, "carts", customer_id=customer.customer_id, currency="USD")
    guests = await catalogue.insert(connection, "carts", token_hash=access.cart_token_hash("mine"), currency="USD")
    await cart_terms.line(connection, guests["id"], shop.small)
    owner = await people.member(connection, shop.ada, MerchantRole.OWNER)
    return {
        "visitor": VISITOR,
        "guest": Viewer(cart_token="mine"),
        "customer": customer,
        "owner": owner,
        "packer": await people.member(connection, shop.ada, MerchantRole.PACKER),
        "partner": await people.partner(connection, shop.ada),
    }


async def answers(api: Api, viewer: Viewer, hidden: list[str]) -> list[Any]:
    searcher = Searcher(1, hidden)
    found = []
    for _ in range(DOCUMENTS):
        api.context.viewer = viewer
        document, variables = searcher.document()
        try:
            answer = await api.answer(document, **variables)
            answer["errors"] = sorted(error["message"] for error in answer.get("errors", []))
        except (ClientError, InvalidRequest) as refused:
            answer = {"refused": str(refused)}
        found.append((document, variables, answer))
    return found


# graphql-core, the reference that answers are compared with, leaves what it need not await any more.
@pytest.mark.filterwarnings("ignore:coroutine 'Executor:RuntimeWarning")
async def test_as_if_it_did_not_exist(
    api: Api, shop: SmallShop, askers: dict[str, Viewer], connection: asyncpg.Connection
) -> None:
    since = await connection.fetchval("SELECT pg_current_xact_id()::text::bigint")
    hidden = await hide(connection, shop)
    with_it = {role: await answers(api, viewer, hidden) for role, viewer in askers.items()}
    await take_away(connection, since)
    assert await connection.fetchval("SELECT count(*) FROM products") == 5
    without = {role: await answers(api, viewer, hidden) for role, viewer in askers.items()}
    answered = [each for found in without.values() for each in found if not each[2].get("errors", True)]
    assert len(answered) > DOCUMENTS * len(askers) // 2
    for role in askers:
        for one, other in zip(with_it[role], without[role], strict=True):
            assert one == other, role
