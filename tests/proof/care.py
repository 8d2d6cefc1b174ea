"""The trial after the purchase: cancels, refunds, parcels and returns at random, many of one order at the same time.

Some parcels are taken back, some returns withdrawn.
"""

import random
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from domain.access import PlatformRole, Viewer
from graph import ids
from tests.proof import checks, shop, trials
from tests.proof.client import Answer, Client
from tests.proof.trials import Scene, Trial

_CANCEL: Final = """
mutation OrderCancel($orderId: ID!, $key: String!) {
  orderCancel(input: { orderId: $orderId, reason: "changed my mind", idempotencyKey: $key }) {
    order { id status } userErrors { code message field }
  }
}
"""
_REFUND: Final = """
mutation OrderRefund($orderId: ID!, $lines: [RefundLineInput!]!, $restock: Boolean!, $key: String!) {
  orderRefund(input: { orderId: $orderId, lines: $lines, reason: DAMAGED, restock: $restock, idempotencyKey: $key }) {
    refund { id amount { amount } } order { id } userErrors { code message field }
  }
}
"""
_SEND: Final = """
mutation Send($orderId: ID!, $merchantId: ID!, $key: String!) {
  fulfilmentCreate(input: { orderId: $orderId, merchantId: $merchantId, carrier: "Post", idempotencyKey: $key }) {
    fulfilment { id } order { id } userErrors { code message field }
  }
}
"""
_CONFIRM: Final = """
mutation Confirm($id: ID!, $key: String!) {
  deliveryConfirm(input: { fulfilmentId: $id, idempotencyKey: $key }) {
    order { id } userErrors { code message field }
  }
}
"""
_TAKE_BACK: Final = """
mutation TakeBack($id: ID!, $key: String!) {
  fulfilmentCancel(input: { fulfilmentId: $id, idempotencyKey: $key }) {
    order { id } userErrors { code message field }
  }
}
"""
_REQUEST: Final = """
mutation Request($orderId: ID!, $lines: [PiecesInput!]!, $key: String!) {
  returnRequest(input: { orderId: $orderId, lines: $lines, reason: UNWANTED, idempotencyKey: $key }) {
    orderReturn { id } order { id } userErrors { code message field }
  }
}
"""
_APPROVE: Final = """
mutation Approve($id: ID!) {
  returnApprove(input: { returnId: $id }) { orderReturn { id } userErrors { code message field } }
}
"""
_RECEIVE: Final = """
mutation Receive($id: ID!, $key: String!) {
  returnReceive(input: { returnId: $id, restock: true, idempotencyKey: $key }) {
    orderReturn { id } userErrors { code message field }
  }
}
"""
_WITHDRAW: Final = """
mutation Withdraw($id: ID!) {
  returnCancel(input: { returnId: $id }) { orderReturn { id } userErrors { code message field } }
}
"""
_ADMIN: Final = """
WITH account AS (
    INSERT INTO accounts (email, email_verified_at) VALUES ('proof-admin@example.com', now()) RETURNING id
)
INSERT INTO platform_members (account_id, role) SELECT id, 'ADMIN' FROM account RETURNING account_id
"""
_BOUGHT: Final = """
SELECT orders.id, orders.customer_id, array_agg(order_lines.id ORDER BY order_lines.id) AS lines,
    array_agg(DISTINCT order_lines.merchant_id) AS merchants
FROM orders JOIN order_lines ON order_id = orders.id WHERE orders.id > $1 AND paid_at IS NOT NULL GROUP BY orders.id
"""
_EXPECTED: Final = frozenset(
    {
        *("done", "INVALID_STATE", "REFUND_EXCEEDS", "NOTHING_TO_SEND", "CANCEL_REFUSED", "RETURN_REFUSED"),
        "nothing to do yet",
    }
)
"""How an action may end, as others were faster."""
_ACTIONS_EACH: Final = 8


@dataclass(frozen=True, slots=True)
class _Bought:
    """A paid order, with the keys of its lines and merchants."""

    key: int
    customer: Viewer
    lines: list[int]
    merchants: list[int]

    @property
    def id(self) -> str:
        return ids.encode("Order", self.key)


async def trial(scene: Scene, *, orders: int, at_once: int) -> Trial:
    """Do eight random things to each of some orders, in any order and at once; then all must add up."""
    trial = Trial(
        f"{orders:,} orders with {_ACTIONS_EACH} random cancels, refunds, parcels and returns each, in parallel"
    )
    draw = random.Random(4)  # noqa: S311 - reproducible on purpose
    client = scene.client(at_once)
    async with scene.database() as connection:
        admin = Viewer(account_id=await connection.fetchval(_ADMIN), platform=PlatformRole.ADMIN)
        bought = await _buy(scene, client, connection, orders=orders, draw=draw, at_once=at_once)
        # Those of one order stand close to each other, so that they meet.
        actions = [(each, number) for each in bought for number in range(_ACTIONS_EACH)]
        actions.sort(key=lambda action: action[0].key + draw.randint(0, 2 * at_once // _ACTIONS_EACH))
        care = _Care(scene, client, admin)
        began = time.perf_counter()
        outcomes = Counter(
            await trials.each(actions, lambda action: care.act(*action), at_once=at_once),
        )
        took_s = time.perf_counter() - began
        await trials.settle(connection)
        trial.broken = {
            "actions with an answer that nobody expects": sum(
                count for (_, outcome), count in outcomes.items() if outcome not in _EXPECTED
            ),
            "answers 5xx": client.answers_5xx,
            **await checks.broken(connection),
        }
        refunded = await connection.fetchval("SELECT count(*) FROM refunds")
        deadlocks = await checks.deadlocks(connection)
    await client.close()
    done = Counter({name: count for (name, outcome), count in outcomes.items() if outcome == "done"})
    trial.figures = {
        "done": ", ".join(f"{name} {count:,}" for name, count in sorted(done.items())),
        "refused": f"{sum(outcomes.values()) - sum(done.values()):,}",
        "refunds": f"{refunded:,}",
        "deadlocks, broken and tried again": f"{deadlocks:,}",
        "actions a second": f"{sum(outcomes.values()) / took_s:,.0f}",
    }
    return trial


async def _buy(
    scene: Scene, client: Client, connection: asyncpg.Connection, *, orders: int, draw: random.Random, at_once: int
) -> list[_Bought]:
    before = await connection.fetchval("SELECT coalesce(max(id), 0) FROM orders")
    wanted = []
    while len(wanted) < orders:
        one = shop.several(scene.shop, draw)
        if one.customer is not None:
            wanted.append(one)
    baskets = await shop.fill(connection, wanted, seed=4)
    await trials.each(
        baskets,
        lambda basket: trials.checkout(client, basket, token="ok", key="care"),
        at_once=at_once,
    )
    customers = {each.customer_id: each for each in scene.shop.customers}
    return [
        _Bought(row["id"], customers[row["customer_id"]], row["lines"], row["merchants"])
        for row in await connection.fetch(_BOUGHT, before)
    ]


class _Care:
    """The actions; each gives its name and how it ended."""

    def __init__(self, scene: Scene, client: Client, admin: Viewer) -> None:
        self._scene, self._client, self._admin = scene, client, admin

    async def act(self, order: _Bought, number: int) -> tuple[str, str]:
        """Do the action that an order's number draws."""
        draw = random.Random(f"{order.key} {number}")  # noqa: S311 - reproducible on purpose
        key = f"care-{order.key}-{number}"
        kind = draw.choice(
            [
                *("cancel", "refund", "refund", "send", "send", "send", "take back", "deliver"),
                *("return", "return", "withdraw"),
            ]
        )
        action = {
            "cancel": self._cancel,
            "refund": self._refund,
            "send": self._send,
            "take back": self._take_back,
            "deliver": self._deliver,
            "return": self._return,
            "withdraw": self._withdraw,
        }[kind]
        answer = await action(order, draw, key)
        if answer is None:
            return kind, "nothing to do yet"
        return kind, answer.codes[0] if answer.codes else "done"

    async def _cancel(self, order: _Bought, draw: random.Random, key: str) -> Answer | None:
        if draw.random() < 0.7:
            return None
        return await self._client.mutate(_CANCEL, {"orderId": order.id, "key": key}, who=order.customer)

    async def _refund(self, order: _Bought, draw: random.Random, key: str) -> Answer | None:
        lines = [
            {"lineId": ids.encode("OrderLine", line), **self._part(draw)}
            for line in draw.sample(order.lines, draw.randint(1, len(order.lines)))
        ]
        variables = {"orderId": order.id, "lines": lines, "restock": draw.random() < 0.5, "key": key}
        return await self._client.mutate(_REFUND, variables, who=self._admin)

    @staticmethod
    def _part(draw: random.Random) -> dict[str, Any]:
        if draw.random() < 0.6:
            return {"quantity": 1}
        return {"amount": {"amount": f"{draw.randint(1, 700) / 100:.2f}", "currency": shop.CURRENCY}}

    async def _send(self, order: _Bought, draw: random.Random, key: str) -> Answer | None:
        merchant_id = ids.encode("Merchant", draw.choice(order.merchants))
        variables = {"orderId": order.id, "merchantId": merchant_id, "key": key}
        return await self._client.mutate(_SEND, variables, who=self._admin)

    async def _deliver(self, order: _Bought, draw: random.Random, key: str) -> Answer | None:
        found = await self._keys("SELECT id FROM fulfilments WHERE order_id = $1", order.key)
        if not found:
            return None
        variables = {"id": ids.encode("Fulfilment", draw.choice(found)), "key": key}
        return await self._client.mutate(_CONFIRM, variables, who=order.customer)

    async def _take_back(self, order: _Bought, draw: random.Random, key: str) -> Answer | None:
        found = await self._keys("SELECT id FROM fulfilments WHERE order_id = $1", order.key)
        if not found:
            return None
        variables = {"id": ids.encode("Fulfilment", draw.choice(found)), "key": key}
        return await self._client.mutate(_TAKE_BACK, variables, who=self._admin)

    async def _return(self, order: _Bought, draw: random.Random, key: str) -> Answer | None:
        asked = await self._ask(order, draw, key)
        if asked.codes or draw.random() < 0.2:
            return asked
        variables = {"id": asked.payload["orderReturn"]["id"]}
        approved = await self._client.mutate(_APPROVE, variables, who=self._admin)
        if approved.codes or draw.random() < 0.2:
            return approved
        return await self._client.mutate(_RECEIVE, variables | {"key": key}, who=self._admin)

    async def _withdraw(self, order: _Bought, draw: random.Random, key: str) -> Answer | None:
        """Withdraw a return, one that somebody deals with at this moment if there is one, else one of our own."""
        found = await self._keys("SELECT id FROM returns WHERE order_id = $1 AND cancelled_at IS NULL", order.key)
        if found:
            variables = {"id": ids.encode("Return", draw.choice(found))}
            return await self._client.mutate(_WITHDRAW, variables, who=order.customer)
        asked = await self._ask(order, draw, key)
        if asked.codes:
            return asked
        variables = {"id": asked.payload["orderReturn"]["id"]}
        return await self._client.mutate(_WITHDRAW, variables, who=order.customer)

    async def _ask(self, order: _Bought, draw: random.Random, key: str) -> Answer:
        lines = [{"lineId": ids.encode("OrderLine", draw.choice(order.lines)), "quantity": 1}]
        variables = {"orderId": order.id, "lines": lines, "key": key}
        return await self._client.mutate(_REQUEST, variables, who=order.customer)

    async def _keys(self, statement: str, key: int) -> list[int]:
        async with self._scene.database() as connection:
            return [row["id"] for row in await connection.fetch(statement, key)]
