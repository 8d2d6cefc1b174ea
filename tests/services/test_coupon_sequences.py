"""Coupons in any sequence are counted ..."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from domain.coupons import CouponRefusedError, CustomerLimitError, Use, UsedUpError
from domain.errors import InvalidInput, Refusal
from domain.ledger import Reference
from models.database import Database
from models.promotions import Promotion
from services import coupons, ledger_audit, promotion_funds
from services.coupons import ReservationGoneError
from tests.factories import people, promotions

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
STEPS = 150
ORDERS = 12
HELD = ("RESERVED", "REDEEMED")


@dataclass(frozen=True)
class Terms:
    """What a promotion of the model counts."""

    total: int | None = None
    of_customer: int | None = None
    budget: int | None = None
    code: str | None = None
    of_code: int | None = None


TERMS = (
    Terms(),
    Terms(total=2),
    Terms(of_customer=2),
    Terms(budget=600),
    Terms(code="SHARED"),
    Terms(code="FEW", of_code=2),
    Terms(total=4, of_customer=1, budget=800, code="ALL", of_code=3),
)


@dataclass
class Reserved:
    """A reservation of the model."""

    order: int
    promotion: int
    customer: int | None
    amount: int
    until: datetime
    state: str = "RESERVED"


@dataclass
class Model:
    """Counts by looking at all there is, each time anew."""

    terms: dict[int, Terms]
    paused: set[int] = field(default_factory=set)
    rows: list[Reserved] = field(default_factory=list)
    events: list[tuple[str, int, int, int]] = field(default_factory=list)

    def held(self, order: int) -> list[Reserved]:
        rows = [row for row in self.rows if row.order == order and row.state in HELD]
        return sorted(rows, key=lambda row: row.promotion)

    def counted(self, promotion: int, state: str, customer: int | None = None) -> int:
        return sum(
            row.promotion == promotion and row.state == state and customer in {None, row.customer} for row in self.rows
        )

    def used(self, promotion: int, customer: int | None = None) -> int:
        return sum(self.counted(promotion, state, customer) for state in HELD)

    def spent(self, promotion: int, states: tuple[str, ...] = HELD) -> int:
        rows = [row for row in self.rows if row.promotion == promotion and row.state in states]
        return sum(row.amount for row in rows) if self.terms[promotion].budget is not None else 0

    def move(self, row: Reserved, state: str) -> None:
        row.state = state
        self.events.append((f"COUPON_{state}", 3 if state == "RETURNED" else 2, row.order, row.promotion))

    def reserve(self, order: int, uses: list[Use], customer: int | None, until: datetime) -> int:
        held = self.held(order)
        if any(row.state == "REDEEMED" or row.customer != customer for row in held):
            raise ReservationGoneError
        for use in uses:
            limited = self.terms[use.promotion_id].of_customer is not None
            if use.promotion_id in self.paused or (limited and customer is None):
                raise CouponRefusedError
        wanted = {(use.promotion_id, use.amount) for use in uses}
        for row in held:
            if (row.promotion, row.amount) not in wanted:
                self.move(row, "RELEASED")
        for use in uses:
            same = [row for row in self.held(order) if row.promotion == use.promotion_id]
            if same:
                same[0].until = until
                continue
            self._check(use, customer)
            self.rows.append(Reserved(order, use.promotion_id, customer, use.amount, until))
            self.events.append(("COUPON_RESERVED", 1, order, use.promotion_id))
        return len(uses)

    def _check(self, use: Use, customer: int | None) -> None:
        terms, used = self.terms[use.promotion_id], self.used(use.promotion_id)
        if any(limit is not None and used >= limit for limit in (terms.total, terms.of_code)):
            raise UsedUpError(f"Promotion {use.promotion_id}")
        if terms.budget is not None and self.spent(use.promotion_id) + use.amount > terms.budget:
            raise UsedUpError(f"Promotion {use.promotion_id}")
        if terms.of_customer is not None and self.used(use.promotion_id, customer) >= terms.of_customer:
            raise CustomerLimitError(f"Promotion {use.promotion_id}")

    def redeem(self, order: int) -> int:
        held = self.held(order)
        if not held:
            raise ReservationGoneError
        for row in held:
            if row.state == "RESERVED":
                self.move(row, "REDEEMED")
        return len(held)

    def release(self, order: int, overdue_at: datetime | None) -> int:
        rows = [row for row in self.held(order) if row.state == "RESERVED"]
        rows = [row for row in rows if overdue_at is None or row.until <= overdue_at]
        for row in rows:
            self.move(row, "RELEASED")
        return len(rows)

    def give_back(self, order: int) -> int:
        held = self.held(order)
        if any(row.state == "RESERVED" for row in held):
            raise InvalidInput("reserved")
        for row in held:
            self.move(row, "RETURNED")
        count = len(held) or sum(row.order == order and row.state == "RETURNED" for row in self.rows)
        if not count:
            raise InvalidInput("none")
        return count

    def copy(self) -> "Model":
        rows = [Reserved(**vars(row)) for row in self.rows]
        return Model(self.terms, set(self.paused), rows, list(self.events))


async def opened(database: Database, connection: asyncpg.Connection) -> dict[int, Terms]:
    """Make the promotions, with their codes and their budgets set aside; their titles follow their ids."""
    made = {}
    for terms in TERMS:
        made[
            await promotions.promotion(
                connection,
                total_limit=terms.total,
                customer_limit=terms.of_customer,
                budget=terms.budget,
                currencies=["USD"],
                method="AUTOMATIC" if terms.code is None else "CODE",
            )
        ] = terms
    for promotion_id, terms in made.items():
        if terms.code is not None:
            await promotions.code(connection, promotion_id, terms.code, use_limit=terms.of_code)
        async with database.transaction() as session:
            await promotion_funds.set_aside(session, await session.get_one(Promotion, promotion_id), now=NOW)
    return made


@dataclass
class Step:
    """One thing that is done, drawn at random."""

    what: str
    order: int
    uses: list[Use]
    customer: int | None
    now: datetime
    until: datetime

    async def do(self, database: Database) -> Any:
        about = Reference("ORDER", self.order)
        async with database.transaction() as session:
            match self.what:
                case "reserve":
                    return await coupons.reserve(
                        session,
                        uses=self.uses,
                        customer_id=self.customer,
                        currency="USD",
                        reference=about,
                        until=self.until,
                        now=self.now,
                    )
                case "redeem":
                    return await coupons.redeem(session, reference=about, now=self.now)
                case "give back":
                    return await coupons.give_back(session, redeemed=about, now=self.now)
                case _:
                    overdue = self.what == "release what is overdue"
                    return await coupons.release(session, reference=about, now=self.now, overdue=overdue)

    def tell(self, model: Model) -> int:
        match self.what:
            case "reserve":
                return model.reserve(self.order, self.uses, self.customer, self.until)
            case "redeem":
                return model.redeem(self.order)
            case "give back":
                return model.give_back(self.order)
            case _:
                return model.release(self.order, self.now if self.what == "release what is overdue" else None)


def drawn(draw: random.Random, terms: dict[int, Terms], customers: list[int], *, at: int) -> Step:
    now = NOW + timedelta(minutes=at)
    chosen = draw.sample(sorted(terms), draw.randint(0, 4))
    amounts = [draw.choice((100, 250)) for _ in chosen]
    order = draw.randrange(ORDERS)
    return Step(
        what=draw.choice(["reserve"] * 5 + ["redeem"] * 2 + ["release", "release what is overdue", "give back"]),
        order=order,
        uses=[Use(each, terms[each].code, amount, amount) for each, amount in zip(chosen, amounts, strict=True)],
        # Mostly whose the order is; at times somebody else's.
        customer=draw.choice(customers) if draw.random() < 0.1 else [None, *customers][order % (len(customers) + 1)],
        now=now,
        until=now + timedelta(minutes=draw.choice((5, 30))),
    )


async def outcome(step: Any, *arguments: Any) -> Any:
    """Give what a step answers, or of which kind it is refused."""
    try:
        answered = step(*arguments)
        return await answered if asyncio.iscoroutine(answered) else answered
    except (Refusal, InvalidInput) as refusal:
        return type(refusal)


async def holds(connection: asyncpg.Connection, model: Model) -> None:
    """Compare all that is counted with what the model counts."""
    rows = await connection.fetch("SELECT promotion_id, reserved, redeemed, spent FROM promotion_counters")
    assert {row["promotion_id"]: tuple(row)[1:] for row in rows} == {
        each: (model.counted(each, "RESERVED"), model.counted(each, "REDEEMED"), model.spent(each))
        for each, terms in model.terms.items()
        if terms.total is not None or terms.budget is not None
    }
    rows = await connection.fetch("SELECT promotion_id, reserved, redeemed FROM coupons")
    assert {row["promotion_id"]: tuple(row)[1:] for row in rows} == {
        each: ((0, 0) if terms.of_code is None else (model.counted(each, "RESERVED"), model.counted(each, "REDEEMED")))
        for each, terms in model.terms.items()
        if terms.code is not None
    }
    for row in await connection.fetch("SELECT * FROM promotion_customers"):
        of = row["promotion_id"], row["customer_id"]
        counted = tuple(model.counted(of[0], state, of[1]) for state in HELD)
        assert (row["reserved"], row["redeemed"]) == counted


EVENTS = """
    SELECT type, subject_version, (data -> 'reference' ->> 'id')::int, (data ->> 'promotion_id')::int
    FROM events ORDER BY id
"""


async def remembers(connection: asyncpg.Connection, model: Model) -> None:
    """Compare the reservations and all that was told of them with the model's."""
    rows = await connection.fetch(
        "SELECT reference_id, promotion_id, amount, state FROM coupon_reservations ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [(row.order, row.promotion, row.amount, row.state) for row in model.rows]
    assert [tuple(row) for row in await connection.fetch(EVENTS)] == model.events


@pytest.mark.parametrize("seed", range(4))
async def test_as_a_simple_model_counts_them(database: Database, connection: asyncpg.Connection, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - reproducible on purpose
    model = Model(await opened(database, connection))
    customers = [(await people.customer(connection)).customer_id or 0 for _ in range(2)]
    met = set()
    for at in range(STEPS):
        if draw.random() < 0.1:
            toggled = draw.choice(sorted(model.paused or model.terms))
            model.paused ^= {toggled}
            state = "PAUSED" if toggled in model.paused else "ACTIVE"
            await connection.execute("UPDATE promotions SET state = $2 WHERE id = $1", toggled, state)
        step, after = drawn(draw, model.terms, customers, at=at), model.copy()
        expected = await outcome(step.tell, after)
        assert await outcome(step.do, database) == expected, f"step {at}: {step}"
        if isinstance(expected, int):
            model = after
        met.add((step.what, expected if isinstance(expected, type) else "done"))
        await holds(connection, model)
        await remembers(connection, model)
    refusals = (UsedUpError, CustomerLimitError, ReservationGoneError, CouponRefusedError)
    assert {("reserve", each) for each in ("done", *refusals)} <= met
    funds = "SELECT owner_id, balance FROM ledger_accounts WHERE kind = 'COUPON_FUND'"
    assert dict(tuple(row) for row in await connection.fetch(funds)) == {
        each: terms.budget - model.spent(each, ("REDEEMED",))
        for each, terms in model.terms.items()
        if terms.budget is not None
    }
    assert (await ledger_audit.audit(connection, now=NOW)).findings == ()


async def test_by_what_there_is_however_many_work_at_once(database: Database, connection: asyncpg.Connection) -> None:
    draw = random.Random(7)  # noqa: S311 - reproducible on purpose
    terms = await opened(database, connection)
    customers = [(await people.customer(connection)).customer_id or 0 for _ in range(2)]
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    before = await connection.fetchval(deadlocks)
    steps = [drawn(draw, terms, customers, at=at) for at in range(400)]
    ended = Counter(type(each) for each in await asyncio.gather(*(outcome(step.do, database) for step in steps)))
    assert set(ended) == {int, type}
    model = Model(terms)
    for row in await connection.fetch("SELECT * FROM coupon_reservations"):
        of = (row["reference_id"], row["promotion_id"], row["customer_id"], row["amount"], row["expires_at"])
        model.rows.append(Reserved(*of, state=row["state"]))
    await holds(connection, model)
    states = Counter(row.state for row in model.rows)
    assert Counter(row["type"] for row in await connection.fetch(EVENTS)) == {
        "COUPON_RESERVED": len(model.rows),
        "COUPON_REDEEMED": states["REDEEMED"] + states["RETURNED"],
        "COUPON_RELEASED": states["RELEASED"],
        "COUPON_RETURNED": states["RETURNED"],
    }
    assert await connection.fetchval(deadlocks) == before
    assert (await ledger_audit.audit(connection, now=NOW)).findings == ()
