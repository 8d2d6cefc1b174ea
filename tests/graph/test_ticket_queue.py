"""The list of tickets ..."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from domain.access import VISITOR, MerchantRole, PlatformRole, Viewer
from graph import ids
from tests.factories import catalogue, people, tickets
from tests.factories.tickets import OPENED_AT
from tests.graph.conftest import Api
from tests.graph.tickets import send

AGENT = Viewer(account_id=1, platform=PlatformRole.AGENT)
LIST = """query ($first: Int! = 20, $after: String, $filter: TicketFilter, $sort: TicketSort! = DUE_FIRST) {
    tickets(first: $first, after: $after, filter: $filter, sort: $sort) {
        totalCount pageInfo { endCursor hasNextPage } nodes { id } } }"""


@pytest.fixture
async def ada(connection: asyncpg.Connection) -> Viewer:
    return await people.customer(connection)


async def listed(api: Api, viewer: Viewer = AGENT, /, **variables: Any) -> list[int]:
    api.context.viewer = viewer
    answer = (await api.data(LIST, **variables))["tickets"]
    keys = [ids.decode(node["id"])[1] for node in answer["nodes"]]
    assert answer["totalCount"] == len(keys) or variables.get("first")
    return keys


async def test_is_read_by_the_clients_document(api: Api, ada: Viewer, connection: asyncpg.Connection) -> None:
    later, sooner = OPENED_AT + timedelta(days=2), OPENED_AT + timedelta(days=1)
    one = await tickets.ticket(connection, ada.customer_id, due_at=later, resolution_due_at=later)
    two = await tickets.ticket(connection, ada.customer_id, due_at=sooner, resolution_due_at=sooner, subject="Late")
    await tickets.ticket(connection, ada.customer_id, state="CLOSED", closed_at=later)
    answer = await send(api, "AgentQueue", AGENT, status=["NEW", "ACCEPTED"])
    assert answer["totalCount"] == 2
    assert [(each["id"], each["number"], each["subject"]) for each in answer["nodes"]] == [
        (ids.encode("Ticket", two), f"T-{100_000 + two}", "Late"),
        (ids.encode("Ticket", one), f"T-{100_000 + one}", "It is broken"),
    ]
    assert answer["nodes"][0]["customer"] == {"displayName": "Ada"}
    assert answer["nodes"][0]["sla"] == {"resolutionDueAt": "2026-03-03T10:00:00Z", "breached": True}
    assert api.statements == 3


async def test_goes_on_behind_a_cursor_in_every_order(api: Api, ada: Viewer, connection: asyncpg.Connection) -> None:
    made = [
        await tickets.ticket(
            connection,
            ada.customer_id,
            opened_at=OPENED_AT + timedelta(hours=hours),
            changed_at=OPENED_AT - timedelta(hours=hours),
            due_at=OPENED_AT + timedelta(hours=hours % 2),
        )
        for hours in range(4)
    ]
    orders = {
        "DUE_FIRST": [made[0], made[2], made[1], made[3]],
        "NEWEST": made[::-1],
        "OLDEST": made,
        "CHANGED": made,
    }
    for sort, expected in orders.items():
        found: list[int] = []
        after = None
        api.context.viewer = AGENT
        for _ in range(2):
            page = (await api.data(LIST, first=2, after=after, sort=sort))["tickets"]
            found += [ids.decode(node["id"])[1] for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
        assert found == expected, sort
        assert page["pageInfo"]["hasNextPage"] is False
    assert (await api.refused(LIST, after=after, sort="NEWEST"))[0] == "BAD_USER_INPUT"


async def test_is_narrowed(api: Api, ada: Viewer, connection: asyncpg.Connection) -> None:
    bob = await people.customer(connection)
    account = await people.account(connection)
    past = datetime(2026, 1, 1, tzinfo=UTC)
    plain = await tickets.ticket(connection, ada.customer_id, kind="INQUIRY")
    tagged = await tickets.ticket(connection, bob.customer_id, tags=["vip"], priority="URGENT")
    taken = await tickets.ticket(connection, ada.customer_id, assignee_id=account, state="ACCEPTED")
    noted = await tickets.ticket(connection, ada.customer_id, resolution_breached_at=past)
    late = await tickets.ticket(connection, ada.customer_id, first_response_due_at=past)
    kept = await tickets.ticket(
        connection,
        ada.customer_id,
        state="RESOLVED",
        resolved_at=past,
        resolution_due_at=past,
        first_response_due_at=past,
    )
    everything = [plain, tagged, taken, noted, late, kept]
    cases: list[tuple[dict[str, Any], list[int]]] = [
        ({}, everything),
        ({"status": ["ACCEPTED", "RESOLVED"]}, [taken, kept]),
        ({"status": []}, []),
        ({"kind": ["INQUIRY"]}, [plain]),
        ({"priority": ["URGENT"]}, [tagged]),
        ({"assigned": True}, [taken]),
        ({"assigned": False}, [plain, tagged, noted, late, kept]),
        ({"assigneeId": ids.encode("TicketAgent", account)}, [taken]),
        ({"assigneeId": ids.encode("Ticket", account)}, []),
        ({"customerId": ids.encode("Customer", bob.customer_id or 0)}, [tagged]),
        ({"orderId": ids.encode("Order", 1)}, []),
        ({"tag": " VIP"}, [tagged]),
        ({"breached": True}, [noted, late]),
        ({"breached": False}, [plain, tagged, taken, kept]),
        ({"breached": True, "kind": ["INQUIRY"]}, []),
    ]
    for narrowed, expected in cases:
        assert await listed(api, filter=narrowed, sort="OLDEST") == expected, narrowed
    assert await listed(api, bob, filter={"tag": "vip"}) == []
    assert await listed(api, bob) == [tagged]


async def test_shows_each_what_is_theirs(api: Api, ada: Viewer, connection: asyncpg.Connection) -> None:
    shop, other = await catalogue.merchant(connection), await catalogue.merchant(connection)
    hers = await tickets.ticket(connection, ada.customer_id, merchant_ids=[shop, other])
    someone = await people.customer(connection)
    theirs = await tickets.ticket(connection, someone.customer_id, merchant_ids=[other])
    unrelated = await tickets.ticket(connection, someone.customer_id)
    packer = await people.member(connection, shop, MerchantRole.PACKER)
    assert await listed(api, ada) == [hers]
    assert await listed(api, someone) == [theirs, unrelated]
    assert await listed(api, packer) == [hers]
    assert await listed(api, await people.partner(connection, other)) == [hers, theirs]
    assert await listed(api, await people.partner(connection)) == [hers, theirs, unrelated]
    assert await listed(api, Viewer(account_id=1, platform=PlatformRole.ADMIN)) == [hers, theirs, unrelated]
    for nobody in (VISITOR, await people.customer(connection)):
        assert await listed(api, nobody) == []
