"""The desk that handles tickets ..."""

from datetime import datetime, timedelta
from typing import Any

import asyncpg

from domain.access import MerchantRole, Viewer
from domain.events import EventType
from graph import ids
from tests.factories import catalogue, people, tickets
from tests.graph.conftest import Api
from tests.graph.ticket_desk import OPENED, ada, admin, agent, refusals
from tests.graph.tickets import do, opened

__all__ = ["ada", "admin", "agent"]  # fixtures


SAVE = """mutation ($input: TicketMacroSaveInput!) { ticketMacroSave(input: $input) {
    macro { id title body action tags } userErrors { code field } } }"""


async def test_says_what_is_often_said(api: Api, ada: Viewer, agent: Viewer, admin: Viewer) -> None:
    api.context.viewer = admin
    given = {"title": " All  good", "body": "It is on its way.", "action": "RESOLVE", "tags": ["Shipping"]}
    saved = (await api.data(SAVE, input=given))["ticketMacroSave"]
    assert saved["macro"] == {**given, "id": saved["macro"]["id"], "title": "All good", "tags": ["shipping"]}
    taken = (await api.data(SAVE, input=given))["ticketMacroSave"]
    assert taken == {"macro": None, "userErrors": [{"code": "CONFLICT", "field": ["title"]}]}
    changed = {**given, "macroId": saved["macro"]["id"], "body": "It comes."}
    assert (await api.data(SAVE, input=changed))["ticketMacroSave"]["macro"]["body"] == "It comes."
    ticket = await opened(api, ada)
    apply = {"ticketId": ticket, "macroId": saved["macro"]["id"]}
    early = await do(api, "ticketMacroApply", agent, **apply)
    assert refusals(early) == [("CONFLICT", None)]
    await do(api, "ticketAccept", agent, ticketId=ticket)
    done = await do(api, "ticketMacroApply", agent, "status messages { nodes { body } } handling { tags }", **apply)
    assert done["ticket"] == {
        "status": "RESOLVED",
        "messages": {"nodes": [{"body": "It does not shine."}, {"body": "It comes."}]},
        "handling": {"tags": ["shipping"]},
    }
    api.context.viewer = admin
    remove = """mutation ($id: ID!) { ticketMacroRemove(input: { macroId: $id }) { removedId userErrors { code } } }"""
    for expected in (
        {"removedId": apply["macroId"], "userErrors": []},
        {"removedId": None, "userErrors": [{"code": "NOT_FOUND"}]},
    ):
        assert (await api.data(remove, id=apply["macroId"]))["ticketMacroRemove"] == expected


DESK = """{ ticketDesk { hours { zone week { start end } holidays } macros { title }
    targets { kind priority firstResponseMinutes nextResponseMinutes resolutionMinutes }
    agents { agent { displayName } skills capacity open } } }"""
NINE_TO_FIVE = {"start": "09:00", "end": "17:00"}


async def test_works_by_default(api: Api, agent: Viewer) -> None:
    api.context.viewer = agent
    desk = (await api.data(DESK))["ticketDesk"]
    assert desk["hours"] == {"zone": "UTC", "week": [[NINE_TO_FIVE]] * 5 + [[], []], "holidays": []}
    assert len(desk["targets"]) == 20
    assert {
        "kind": "COMPLAINT",
        "priority": "HIGH",
        "firstResponseMinutes": 60,
        "nextResponseMinutes": 120,
        "resolutionMinutes": 480,
    } in desk["targets"]
    assert (desk["macros"], desk["agents"]) == ([], [])


async def test_works_as_it_is_said(api: Api, admin: Viewer) -> None:
    api.context.viewer = admin
    split = [{"start": "08:30", "end": "12:00"}, {"start": "13:00", "end": "24:00"}]
    hours = {"zone": "Europe/Berlin", "week": [split] * 5 + [[], []], "holidays": ["2026-12-25", "2026-01-01"]}
    selection = "{ desk { hours { zone week { start end } holidays } } userErrors { code field } }"
    query = f"mutation ($input: SupportHoursSetInput!) {{ supportHoursSet(input: $input) {selection} }}"
    expected = {**hours, "holidays": ["2026-01-01", "2026-12-25"]}
    for _ in range(2):
        assert (await api.data(query, input=hours))["supportHoursSet"]["desk"] == {"hours": expected}
    for wrong, field in (
        ({"zone": "Europe/Atlantis"}, ["zone"]),
        ({"week": [split] * 6}, ["week"]),
        ({"week": [[{"start": "9", "end": "17:00"}], *[split] * 6]}, ["week", "0", "0", "start"]),
        ({"week": [*[split] * 6, split[::-1]]}, ["week", "6"]),
        ({"holidays": ["25.12.2026"]}, ["holidays", "0"]),
    ):
        refused = (await api.data(query, input=hours | wrong))["supportHoursSet"]
        assert refused == {"desk": None, "userErrors": [{"code": "BAD_USER_INPUT", "field": field}]}
    api.context.viewer = admin
    assert (await api.data(DESK))["ticketDesk"]["hours"] == expected


async def test_promises_and_hires_as_it_is_said(api: Api, admin: Viewer, connection: asyncpg.Connection) -> None:
    api.context.viewer = admin
    given = {"kind": "RETURN", "priority": "LOW", "firstResponseMinutes": 5, "nextResponseMinutes": 6}
    query = """mutation ($input: TicketTargetsSetInput!) { ticketTargetsSet(input: $input) {
        desk { targets { kind priority firstResponseMinutes nextResponseMinutes resolutionMinutes } }
        userErrors { code field } } }"""
    done = (await api.data(query, input={**given, "resolutionMinutes": 7}))["ticketTargetsSet"]
    assert {**given, "resolutionMinutes": 7} in done["desk"]["targets"]
    refused = (await api.data(query, input={**given, "resolutionMinutes": 0}))["ticketTargetsSet"]
    assert refused["userErrors"] == [{"code": "BAD_USER_INPUT", "field": ["resolutionMinutes"]}]
    email = await connection.fetchval("SELECT email FROM accounts WHERE id = $1", admin.account_id)
    hire = """mutation ($input: TicketAgentSetInput!) { ticketAgentSet(input: $input) {
        desk { agents { agent { displayName } skills capacity open } } userErrors { code field } } }"""
    skilled = {"email": email, "skills": ["RETURN", "INQUIRY", "RETURN"], "capacity": 3}
    hired = (await api.data(hire, input=skilled))["ticketAgentSet"]["desk"]["agents"]
    assert hired == [{"agent": {"displayName": "Support"}, "skills": ["INQUIRY", "RETURN"], "capacity": 3, "open": 0}]
    customer = await people.account(connection, email="not@staff.example")
    assert customer
    for wrong, expected in (
        ({"email": "not@staff.example"}, {"code": "NOT_FOUND", "field": ["email"]}),
        ({"capacity": 1001}, {"code": "BAD_USER_INPUT", "field": ["capacity"]}),
    ):
        assert (await api.data(hire, input=skilled | wrong))["ticketAgentSet"]["userErrors"] == [expected]
    assert await connection.fetchval("SELECT count(*) FROM ticket_agents") == 1


REPORT = """query ($since: DateTime!, $until: DateTime!) { ticketReport(since: $since, until: $until) {
    total { ...Figures } byKind { kind ...Figures } byAgent { agent { displayName } ...Figures } } }
fragment Figures on TicketFigures { opened responded resolved firstResponseSeconds resolutionSeconds
    breached breachRate rated satisfaction }"""


async def test_tells_how_it_has_done(api: Api, ada: Viewer, agent: Viewer, connection: asyncpg.Connection) -> None:
    def after(minutes: int) -> datetime:
        return OPENED + timedelta(minutes=minutes)

    mine = {"assignee_id": agent.account_id}
    answered = {"state": "RESOLVED", "resolved_at": after(60), "first_responded_at": after(10)}
    await tickets.ticket(connection, ada.customer_id, **mine, **answered, score=5, rated_at=after(70))
    late = {"resolution_breached_at": after(50), "score": 2, "rated_at": after(70)}
    await tickets.ticket(connection, ada.customer_id, **{**answered, **mine, **late, "resolved_at": after(120)})
    await tickets.ticket(connection, ada.customer_id, kind="RETURN", first_responded_at=after(31))
    await tickets.ticket(connection, ada.customer_id, opened_at=after(-60 * 24 * 40))
    api.context.viewer = agent
    during = {"since": "2026-03-01T00:00:00Z", "until": "2026-04-01T00:00:00Z"}
    handled = {
        "opened": 2,
        "responded": 2,
        "resolved": 2,
        "firstResponseSeconds": 600,
        "resolutionSeconds": 5_400,
        "breached": 1,
        "breachRate": "0.5000",
        "rated": 2,
        "satisfaction": "3.50",
    }
    other = {
        "opened": 1,
        "responded": 1,
        "resolved": 0,
        "firstResponseSeconds": 1_860,
        "resolutionSeconds": None,
        "breached": 0,
        "breachRate": "0.0000",
        "rated": 0,
        "satisfaction": None,
    }
    total = {**handled, "opened": 3, "responded": 3, "breachRate": "0.3333"}
    assert (await api.data(REPORT, **during))["ticketReport"] == {
        "total": total,
        "byKind": [{"kind": "COMPLAINT", **handled}, {"kind": "RETURN", **other}],
        "byAgent": [{"agent": None, **other}, {"agent": {"displayName": "Support"}, **handled}],
    }
    nothing = {"since": "2027-03-01T00:00:00Z", "until": "2027-04-01T00:00:00Z"}
    empty = (await api.data(REPORT, **nothing))["ticketReport"]
    assert (empty["byKind"], empty["byAgent"], empty["total"]["opened"], empty["total"]["breachRate"]) == (
        [],
        [],
        0,
        None,
    )
    assert (await api.refused(REPORT, since=during["until"], until=during["since"]))[0] == "BAD_USER_INPUT"


async def test_is_nobodys_but_its_staffs(api: Api, ada: Viewer, connection: asyncpg.Connection) -> None:
    merchant = await catalogue.merchant(connection)
    owner = await people.member(connection, merchant, MerchantRole.OWNER)
    during = {"since": "2026-03-01T00:00:00Z", "until": "2026-04-01T00:00:00Z"}
    for viewer in (ada, owner, await people.partner(connection)):
        api.context.viewer = viewer
        assert await api.data(DESK) == {"ticketDesk": None}
        assert await api.data(REPORT, **during) == {"ticketReport": None}


async def test_tells_of_each_step_in_the_event_log_to_the_merchants_partners(
    api: Api, ada: Viewer, agent: Viewer, connection: asyncpg.Connection
) -> None:
    merchant, other = await catalogue.merchant(connection), await catalogue.merchant(connection)
    ticket = ids.encode("Ticket", await tickets.ticket(connection, ada.customer_id, merchant_ids=[merchant]))
    await do(api, "ticketReply", agent, ticketId=ticket, body="Psst", internal=True)
    await do(api, "ticketReply", agent, ticketId=ticket, body="Hello")
    query = "{ events(first: 10) { nodes { type subjectId subjectVersion subject { __typename } } } }"

    async def seen(viewer: Viewer) -> list[tuple[str, Any]]:
        api.context.viewer = viewer
        found = (await api.data(query))["events"]["nodes"]
        assert {each["subjectId"] for each in found} <= {ticket}
        return [(each["type"], each["subject"]) for each in found]

    told = [("TICKET_REPLIED", {"__typename": "Ticket"})]
    assert await seen(await people.partner(connection, merchant)) == told
    assert await seen(await people.partner(connection, other)) == []
    assert EventType.TICKET_REPLIED.subject == "ticket"


ARTICLE = """mutation ($input: ArticleSaveInput!) { articleSave(input: $input) {
    article { id title body kinds published } userErrors { code field } } }"""


async def test_writes_what_is_often_asked(api: Api, ada: Viewer, admin: Viewer, connection: asyncpg.Connection) -> None:
    api.context.viewer = admin
    draft = {"title": " Returns ", "body": "Send it back.\n", "kinds": ["RETURN", "INQUIRY"], "published": False}
    saved = (await api.data(ARTICLE, input=draft))["articleSave"]["article"]
    written = {**draft, "title": "Returns", "body": "Send it back.", "kinds": ["INQUIRY", "RETURN"]}
    assert saved == {**written, "id": saved["id"]}
    listed = "{ articles { totalCount nodes { title } } }"
    for viewer, expected in ((admin, [{"title": "Returns"}]), (ada, [])):
        api.context.viewer = viewer
        assert await api.data(listed) == {"articles": {"totalCount": len(expected), "nodes": expected}}
        one = await api.data("query ($id: ID!) { node(id: $id) { id } }", id=saved["id"])
        assert (one["node"] is not None) is bool(expected)
    api.context.viewer = admin
    given = {**written, "articleId": saved["id"], "published": True}
    assert (await api.data(ARTICLE, input=given))["articleSave"]["article"]["published"] is True
    for wrong, field in (({"title": " "}, "title"), ({"body": "x" * 50_001}, "body")):
        refused = (await api.data(ARTICLE, input=given | wrong))["articleSave"]
        assert refused == {"article": None, "userErrors": [{"code": "BAD_USER_INPUT", "field": [field]}]}
    api.context.viewer = ada
    assert (await api.data(listed))["articles"]["nodes"] == [{"title": "Returns"}]
    api.context.viewer = admin
    remove = "mutation ($id: ID!) { articleRemove(input: { articleId: $id }) { removedId userErrors { code } } }"
    for expected in (
        {"removedId": saved["id"], "userErrors": []},
        {"removedId": None, "userErrors": [{"code": "NOT_FOUND"}]},
    ):
        assert (await api.data(remove, id=saved["id"]))["articleRemove"] == expected
    events = await connection.fetch("SELECT type, subject_version AS version FROM events ORDER BY id")
    assert [tuple(event) for event in events] == [
        ("ARTICLE_CHANGED", 1),
        ("ARTICLE_CHANGED", 2),
        ("ARTICLE_REMOVED", 3),
    ]
