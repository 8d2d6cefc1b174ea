"""A mutation ..."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from domain.access import MerchantRole, Permission, PlatformRole, Viewer
from domain.errors import InvalidInput, Refusal
from resolvers import mutations
from resolvers.context import Context
from resolvers.loaders import merchants
from resolvers.mutations import Change, Mutation, Result
from services import access, idempotency
from tests.factories import catalogue, people

RENAME = text("UPDATE merchants SET name = :name WHERE id = :id")


@dataclass(frozen=True)
class Ordered:
    """An input that becomes an object of its own."""

    quantity: int
    gift: bool | None = None


async def rename(change: Change, *, merchant_id: int, name: str) -> Result:
    """Rename a merchant, slowly."""
    await change.session.execute(RENAME, {"id": merchant_id, "name": name})
    await change.session.execute(text("SELECT pg_sleep(0.05)"))
    if name == "refused":
        raise InvalidInput("name: not this one", field="name")
    return Result(merchant_id=merchant_id)


async def count(change: Change, *, merchant_id: int, step: int) -> Result:
    """Do something that must not happen twice."""
    version = await change.session.scalar(
        text("UPDATE merchants SET version = version + :step WHERE id = :id RETURNING version"),
        {"id": merchant_id, "step": step},
    )
    return Result(merchant_id=merchant_id, version=version)


def mutation(handler: Any, *, permission: Permission = Permission.SHOP, **more: Any) -> Mutation:
    return Mutation(f"test.{handler.__name__}", permission, handler, **more)


@pytest.fixture
async def merchant(connection: asyncpg.Connection) -> int:
    return await catalogue.merchant(connection, name="Ada")


@pytest.fixture
def somebody(context: Context) -> Context:
    context.viewer = Viewer(account_id=7)
    return context


@pytest.fixture
def version(connection: asyncpg.Connection, merchant: int) -> Callable[[], Any]:
    return lambda: connection.fetchval("SELECT version FROM merchants WHERE id = $1", merchant)


async def test_answers_with_rows_as_they_were_committed(context: Context, merchant: int) -> None:
    before = await context.load(merchants.BY_ID, merchant)
    assert before is not None
    assert before.name == "Ada"
    result = await mutations.run(mutation(rename), context, {"merchant_id": merchant, "name": "Bea"})
    assert (result["merchant_id"], result["nothing"], result["replayed"]) == (merchant, None, False)
    after = await context.load(merchants.BY_ID, merchant)
    assert after is not None
    assert after.name == "Bea"


async def test_that_is_refused_leaves_nothing_behind(
    context: Context, connection: asyncpg.Connection, merchant: int
) -> None:
    with pytest.raises(InvalidInput, match="not this one"):
        await mutations.run(mutation(rename), context, {"merchant_id": merchant, "name": "refused"})
    assert await connection.fetchval("SELECT name FROM merchants WHERE id = $1", merchant) == "Ada"


async def test_that_fails_leaves_nothing_behind(
    context: Context, connection: asyncpg.Connection, merchant: int
) -> None:
    async def fail(change: Change, *, merchant_id: int) -> Result:
        await change.session.execute(RENAME, {"id": merchant_id, "name": "Bea"})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await mutations.run(mutation(fail), context, {"merchant_id": merchant})
    assert await connection.fetchval("SELECT name FROM merchants WHERE id = $1", merchant) == "Ada"


async def test_is_not_begun_without_the_permission(context: Context, merchant: int) -> None:
    begun = []

    async def begin(*_: Any, **__: Any) -> Any:
        begun.append(1)

    forbidden = mutation(begin, permission=Permission.MERCHANTS_REVIEW, before=begin)
    with pytest.raises(access.NotFoundError):
        await mutations.run(forbidden, context, {"merchant_id": merchant})
    assert begun == []
    assert context.statements.value == 0


async def test_counts_its_statements(context: Context, merchant: int) -> None:
    await mutations.run(mutation(rename), context, {"merchant_id": merchant, "name": "Bea"})
    assert context.statements.value == 2


async def test_takes_effect_once_for_a_key(somebody: Context, merchant: int, version: Callable[[], Any]) -> None:
    given = {"merchant_id": merchant, "step": 5, "idempotency_key": "k"}
    first = await mutations.run(mutation(count, idempotent=True), somebody, dict(given))
    again = await mutations.run(mutation(count, idempotent=True), somebody, dict(given))
    assert dict(first) == {"merchant_id": merchant, "version": 6, "replayed": False}
    assert dict(again) == {"merchant_id": merchant, "version": 6, "replayed": True}
    assert await version() == 6


async def test_takes_effect_once_for_twins_at_the_same_time(
    somebody: Context, merchant: int, version: Callable[[], Any]
) -> None:
    async def slowly(change: Change, *, merchant_id: int) -> Result:
        await change.session.execute(text("SELECT pg_sleep(0.2)"))
        return await count(change, merchant_id=merchant_id, step=1)

    given = {"merchant_id": merchant, "idempotency_key": "k"}
    answers = await asyncio.gather(
        *(mutations.run(mutation(slowly, idempotent=True), somebody.fresh(), dict(given)) for _ in range(8))
    )
    assert sorted(answer["replayed"] for answer in answers) == [False] + [True] * 7
    assert [answer["version"] for answer in answers] == [2] * 8
    assert await version() == 2


async def test_takes_effect_when_the_twin_that_it_waited_for_was_refused(
    somebody: Context, merchant: int, version: Callable[[], Any]
) -> None:
    refusals = iter([True, False, False])

    async def refuse_once(change: Change, *, merchant_id: int) -> Result:
        await change.session.execute(text("SELECT pg_sleep(0.1)"))
        if next(refusals):
            raise InvalidInput("not now")
        return await count(change, merchant_id=merchant_id, step=1)

    given = {"merchant_id": merchant, "idempotency_key": "k"}
    answers = await asyncio.gather(
        *(mutations.run(mutation(refuse_once, idempotent=True), somebody.fresh(), dict(given)) for _ in range(3)),
        return_exceptions=True,
    )
    replayed = [answer["replayed"] for answer in answers if not isinstance(answer, BaseException)]
    assert (sorted(replayed), sum(isinstance(answer, Refusal) for answer in answers)) == ([False, True], 1)
    assert await version() == 2


async def test_with_the_key_of_another_request_is_a_conflict(
    somebody: Context, merchant: int, version: Callable[[], Any]
) -> None:
    counting = mutation(count, idempotent=True)
    await mutations.run(counting, somebody, {"merchant_id": merchant, "step": 1, "idempotency_key": "k"})
    with pytest.raises(idempotency.IdempotencyConflictError) as conflict:
        await mutations.run(counting, somebody, {"merchant_id": merchant, "step": 2, "idempotency_key": "k"})
    assert conflict.value.extensions == {"code": "IDEMPOTENCY_CONFLICT", "field": "idempotency_key"}
    with pytest.raises(idempotency.IdempotencyConflictError):
        await mutations.run(
            replace(counting, name="test.other"), somebody, {"merchant_id": merchant, "step": 1, "idempotency_key": "k"}
        )
    assert await version() == 2


@pytest.mark.parametrize(
    "other", [Viewer(account_id=8), Viewer(partner_id=7), Viewer(cart_token="a"), Viewer(cart_token="b")]
)
async def test_knows_nothing_of_the_keys_of_others(
    somebody: Context, merchant: int, version: Callable[[], Any], other: Viewer
) -> None:
    given = {"merchant_id": merchant, "step": 1, "idempotency_key": "k"}
    await mutations.run(mutation(count, idempotent=True), somebody, dict(given))
    somebody.become(other)
    assert (await mutations.run(mutation(count, idempotent=True), somebody, dict(given)))["replayed"] is False
    assert await version() == 3


async def test_knows_a_request_again_whose_input_has_got_another_optional_field(
    somebody: Context, merchant: int, version: Callable[[], Any]
) -> None:
    async def place(change: Change, *, merchant_id: int, lines: Any, note: str | None = None) -> Result:
        del lines, note
        return await count(change, merchant_id=merchant_id, step=1)

    placing = mutation(place, idempotent=True)
    before: dict[str, Any] = {"merchant_id": merchant, "lines": [{"quantity": 1}, None], "idempotency_key": "k"}
    after = {**before, "lines": (Ordered(1), None), "note": None}
    assert (await mutations.run(placing, somebody, dict(before)))["replayed"] is False
    assert (await mutations.run(placing, somebody, dict(after)))["replayed"] is True
    for other in (
        {**after, "note": ""},
        {**after, "lines": [Ordered(1, gift=False), None]},
        {**after, "lines": [{"quantity": 1}]},
        {**after, "lines": [{"quantity": 1}, {}]},
    ):
        with pytest.raises(idempotency.IdempotencyConflictError):
            await mutations.run(placing, somebody, dict(other))
    assert await version() == 2


@pytest.mark.parametrize("key", ["", "x" * 201])
async def test_takes_no_key_that_is_none(somebody: Context, merchant: int, key: str) -> None:
    with pytest.raises(InvalidInput, match="1 to 200 characters"):
        await mutations.run(
            mutation(count, idempotent=True), somebody, {"merchant_id": merchant, "step": 1, "idempotency_key": key}
        )


async def test_takes_no_key_of_nobody(context: Context, merchant: int) -> None:
    with pytest.raises(InvalidInput, match="keys belong to somebody"):
        await mutations.run(
            mutation(count, idempotent=True), context, {"merchant_id": merchant, "step": 1, "idempotency_key": "k"}
        )


async def test_forgets_a_key_after_thirty_days(
    somebody: Context, connection: asyncpg.Connection, merchant: int, version: Callable[[], Any]
) -> None:
    given = {"merchant_id": merchant, "step": 1, "idempotency_key": "k"}
    counting = mutation(count, idempotent=True)
    await mutations.run(counting, somebody, dict(given))
    for days, expected in ((29, True), (31, False), (0, True)):
        await connection.execute("UPDATE idempotency_keys SET created_at = now() - make_interval(days => $1)", days)
        assert (await mutations.run(counting, somebody, dict(given)))["replayed"] is expected
    assert await version() == 3
    async with somebody.database.transaction() as session:
        await idempotency.forget(session, now=datetime.now(UTC) + timedelta(days=29))
        await idempotency.forget(session, now=datetime.now(UTC) + timedelta(days=31))
    assert await connection.fetchval("SELECT count(*) FROM idempotency_keys") == 0


async def test_is_tried_again_when_postgres_ends_it_for_another(
    context: Context, connection: asyncpg.Connection
) -> None:
    first, second = [await catalogue.merchant(connection, name="M") for _ in range(2)]
    attempts = []

    async def both(change: Change, *, order: list[int]) -> Result:
        attempts.append(order)
        for merchant_id in order:
            await change.session.execute(RENAME, {"id": merchant_id, "name": str(order)})
            await change.session.execute(text("SELECT pg_sleep(0.1)"))
        return Result()

    orders = [[first, second], [second, first]]
    await asyncio.gather(*(mutations.run(mutation(both), context.fresh(), {"order": order}) for order in orders))
    assert len(attempts) == 3
    names = {row["name"] for row in await connection.fetch("SELECT name FROM merchants")}
    assert names in ({str(orders[0])}, {str(orders[1])})


async def test_tells_what_follows_it_also_when_that_fails(
    context: Context, connection: asyncpg.Connection, merchant: int
) -> None:
    async def declined(_: Context, result: Result) -> None:
        raise InvalidInput(f"declined for {result['merchant_id']}")

    with pytest.raises(mutations.NotFinished) as unfinished:
        await mutations.run(mutation(rename, after=declined), context, {"merchant_id": merchant, "name": "Bea"})
    assert unfinished.value.result["merchant_id"] == merchant
    assert isinstance(unfinished.value.__cause__, InvalidInput)
    assert await connection.fetchval("SELECT name FROM merchants WHERE id = $1", merchant) == "Bea"


async def test_of_staff_knows_their_rights_as_they_are_now(
    context: Context, connection: asyncpg.Connection, merchant: int
) -> None:
    manage = mutation(rename, permission=Permission.MERCHANT_MANAGE)
    context.viewer = await people.member(connection, merchant, MerchantRole.OWNER)
    await mutations.run(manage, context, {"merchant_id": merchant, "name": "Bea"})
    await connection.execute("DELETE FROM merchant_members")
    with pytest.raises(access.NotFoundError):
        await mutations.run(manage, context, {"merchant_id": merchant, "name": "Cem"})
    assert await connection.fetchval("SELECT name FROM merchants WHERE id = $1", merchant) == "Bea"


async def test_of_staff_is_held_to_their_merchant_by_postgres_itself(
    context: Context, connection: asyncpg.Connection, merchant: int
) -> None:
    """The resolver here forgets to ask the gate."""
    other = await catalogue.merchant(connection, name="Other")
    manage = mutation(rename, permission=Permission.MERCHANT_MANAGE)
    owner = await people.member(connection, merchant, MerchantRole.OWNER)
    admin = await people.staff(connection, PlatformRole.ADMIN)
    context.viewer = owner
    await mutations.run(manage, context, {"merchant_id": other, "name": "Taken"})
    assert await connection.fetchval("SELECT name FROM merchants WHERE id = $1", other) == "Other"
    context.viewer = admin
    await mutations.run(manage, context, {"merchant_id": other, "name": "Corrected"})
    assert await connection.fetchval("SELECT name FROM merchants WHERE id = $1", other) == "Corrected"
    # The restriction ended with its transaction: what follows on the same connections is not held by it.
    await mutations.run(mutation(rename), context, {"merchant_id": other, "name": "Free"})
    assert await connection.fetchval("SELECT name FROM merchants WHERE id = $1", other) == "Free"
