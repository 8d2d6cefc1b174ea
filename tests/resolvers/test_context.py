"""An operation's context ..."""

import asyncio
import dataclasses
import gc
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import asyncpg

from domain.access import VISITOR, MerchantRole, PartnerKind, PlatformRole, Scope, Viewer
from resolvers.context import Context
from resolvers.loaders import customers, merchants, orders
from tests.factories import catalogue


@dataclass(eq=False)
class Parent:
    number: int


async def test_asks_a_batch_resolver_once_for_all_parents_and_each_parent_once(context: Context) -> None:
    asked: list[list[int]] = []

    async def doubled(parents: Sequence[Parent], _: Context, *, plus: int = 0) -> list[int]:
        asked.append([parent.number for parent in parents])
        return [2 * parent.number + plus for parent in parents]

    one, two = Parent(1), Parent(2)
    answers = await asyncio.gather(*(context.batch(doubled, parent) for parent in (one, two, one)))
    assert (answers, asked) == ([2, 4, 2], [[1, 2]])
    assert await context.batch(doubled, two) == 4
    assert await context.batch(doubled, two, plus=1) == 5
    assert asked == [[1, 2], [2]]


async def test_never_answers_a_new_parent_with_what_a_dead_one_was_answered(context: Context) -> None:
    async def number(parents: Sequence[Parent], _: Context) -> list[int]:
        return [parent.number for parent in parents]

    answers = [await context.batch(number, Parent(each)) for each in range(50)]  # each may get its forerunner's id()
    assert answers == list(range(50))


async def test_answers_who_still_waits_when_another_has_given_up(
    context: Context, connection: asyncpg.Connection
) -> None:
    merchant = await catalogue.merchant(connection, name="Ada")

    async def number(parents: Sequence[Parent], _: Context) -> list[int]:
        return [parent.number for parent in parents]

    parent = Parent(7)
    ways: list[Callable[[], Awaitable[Any]]] = [
        lambda: context.batch(number, parent),
        lambda: context.load(merchants.BY_ID, merchant),
        lambda: context.load_many(merchants.BY_ID, [merchant]),
    ]
    for ask in ways:
        given_up, waiting = asyncio.ensure_future(ask()), asyncio.ensure_future(ask())
        given_up.cancel()
        assert await waiting


async def name(context: Context, merchant: int) -> str | None:
    row = await context.load(merchants.BY_ID, merchant)
    return row and row.name


async def names(context: Context, *wanted: int) -> list[str | None]:
    return [row and row.name for row in await context.load_many(merchants.BY_ID, wanted)]


async def test_looks_a_key_up_once_until_it_is_fresh(context: Context, connection: asyncpg.Connection) -> None:
    merchant = await catalogue.merchant(connection, name="Ada")
    for _ in range(2):
        assert await names(context, merchant, -1) == ["Ada", None]
        assert await name(context, merchant) == "Ada"
        await connection.execute("UPDATE merchants SET name = 'Bob'")
    assert context.statements.value == 2  # one for each way of asking
    fresh = context.fresh()
    assert await name(fresh, merchant) == "Bob"
    assert await names(fresh, merchant) == ["Bob"]
    assert (context.statements.value, fresh.statements.value) == (2, 2)


def test_tells_viewers_apart_who_may_see_different_things(context: Context) -> None:
    others = {
        "account_id": 1,
        "session_id": 1,
        "customer_id": 1,
        "merchants": {1: MerchantRole.OWNER},
        "platform": PlatformRole.ADMIN,
        "partner_id": 1,
        "partner_kind": PartnerKind.DELIVERY,
        "partner_merchant_id": 1,
        "scopes": frozenset({Scope.EVENTS_READ}),
        "key_prefix": "souk_1",
        "cart_token": "token",
    }
    assert others.keys() | {"expires_at"} == {each.name for each in dataclasses.fields(Viewer)}
    seen = {replace(context, viewer=Viewer(**{name: value})).alike() for name, value in others.items()}
    assert len(seen | {context.alike()}) == len(others) + 1
    assert replace(context, viewer=Viewer(expires_at=datetime(2026, 1, 1, tzinfo=UTC))).alike() == context.alike()


async def test_is_gone_with_its_operation_and_not_left_to_the_garbage_collector(context: Context) -> None:
    async def doubled(keys: Sequence[int], within: Context) -> list[int]:
        assert within.viewer == VISITOR
        return [2 * key for key in keys]

    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        passing = context.fresh()
        assert await passing.load(customers.BY_ID, 1) is None
        assert await passing.load_many(orders.LINES, [1, 2]) == [[], []]
        assert await passing.work_out(doubled, [1, 2]) == [2, 4]
        await asyncio.sleep(0)
        del passing
        gc.collect()
        left = [each for each in gc.garbage if isinstance(each, Context)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    assert left == []
