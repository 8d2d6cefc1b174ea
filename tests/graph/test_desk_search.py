"""A search over tickets and the knowledge base ..."""

from typing import Any

import asyncpg
import pytest

from domain.access import VISITOR, MerchantRole, PlatformRole, Viewer
from graph import ids
from models.database import Database
from search import rebuilding
from search.client import Meilisearch
from search.indexes import Indexes
from search.indexing import Indexer
from search.querying import SearchEngine
from services import outbox
from tests.factories import catalogue, people, tickets
from tests.graph.conftest import Api

AGENT = Viewer(account_id=1, platform=PlatformRole.AGENT)
TICKETS = """query ($query: String!, $status: [TicketStatus!]) {
    ticketSearch(query: $query, status: $status) { id } }"""
ARTICLES = "query ($query: String!, $kind: TicketKind) { articleSearch(query: $query, kind: $kind) { title } }"


@pytest.fixture
def indexer(database: Database, engine: Meilisearch, indexes: Indexes) -> Indexer:
    return Indexer(database, engine, indexes, locale="en")


async def caught_up(indexer: Indexer) -> None:
    while await indexer.step():
        pass


async def happened(database: Database, event_type: str, subject: tuple[str, int]) -> None:
    async with database.transaction() as session:
        await outbox.append(session, event_type, subject=subject, version=2)


async def found(api: Api, viewer: Viewer, query: str, **variables: Any) -> list[int]:
    api.context.viewer = viewer
    return [ids.decode(each["id"])[1] for each in (await api.data(TICKETS, query=query, **variables))["ticketSearch"]]


async def test_finds_tickets_that_the_viewer_may_see(
    api: Api, connection: asyncpg.Connection, indexer: Indexer
) -> None:
    ada = await people.customer(connection, display_name="Adalbert")
    bob = await people.customer(connection)
    merchant = await catalogue.merchant(connection)
    packer = await people.member(connection, merchant, MerchantRole.PACKER)
    partner = await people.partner(connection)
    hers = await tickets.ticket(connection, ada.customer_id, subject="Broken kettle", tags=["escalated"])
    await tickets.message(connection, hers, body="It leaks everywhere.")
    await tickets.message(connection, hers, party="AGENT", body="Suspicious serial number.", internal=True)
    about = await tickets.ticket(connection, bob.customer_id, subject="Kettle colour", merchant_ids=[merchant])
    done = await tickets.ticket(
        connection, bob.customer_id, subject="Old kettle", state="CLOSED", closed_at=tickets.OPENED_AT
    )
    await caught_up(indexer)
    everything = {hers, about, done}
    assert set(await found(api, AGENT, "kettle")) == everything
    assert set(await found(api, AGENT, "ketle", status=["NEW"])) == {hers, about}
    assert set(await found(api, partner, "kettle")) == everything
    assert set(await found(api, ada, "kettle")) == {hers}
    assert set(await found(api, bob, "kettle")) == {about, done}
    assert await found(api, packer, "kettle") == [about]
    assert await found(api, ada, "leaks everywhere") == [hers]
    assert await found(api, AGENT, f"T-{100_000 + about}") == [about]
    assert await found(api, ada, "leaks -everywhere") == [hers]
    for query in ("suspicious", "escalated", "Adalbert"):
        assert await found(api, AGENT, query) == [hers], query
        for viewer in (ada, partner):
            assert await found(api, viewer, query) == [], query
    for nobody in (VISITOR, await people.customer(connection)):
        assert await found(api, nobody, "kettle") == []
    assert await found(api, Viewer(platform=PlatformRole.AGENT, customer_id=ada.customer_id), "leaks") == []


async def test_finds_nothing_where_there_never_was_a_ticket(api: Api, indexer: Indexer) -> None:
    await caught_up(indexer)
    for viewer in (AGENT, VISITOR):
        assert await found(api, viewer, "kettle") == []


async def test_follows_what_happens_to_tickets(
    api: Api, connection: asyncpg.Connection, database: Database, indexer: Indexer
) -> None:
    ada = await people.customer(connection)
    ticket = await tickets.ticket(connection, ada.customer_id)
    await caught_up(indexer)
    assert await found(api, AGENT, "teapot") == []
    await tickets.message(connection, ticket, body="The teapot.")
    await happened(database, "TICKET_REPLIED", ("ticket", ticket))
    await caught_up(indexer)
    assert await found(api, AGENT, "teapot") == [ticket]
    await connection.execute("UPDATE customers SET display_name = 'Zacharias'")
    await happened(database, "CUSTOMER_CHANGED", ("customer", ada.customer_id or 0))
    await caught_up(indexer)
    assert await found(api, AGENT, "zacharias") == [ticket]


async def test_finds_and_suggests_published_articles(
    api: Api, connection: asyncpg.Connection, database: Database, indexer: Indexer
) -> None:
    async def articles(query: str, **variables: Any) -> list[str]:
        return [each["title"] for each in (await api.data(ARTICLES, query=query, **variables))["articleSearch"]]

    api.context.viewer = VISITOR
    await tickets.article(connection, title="Descaling a kettle", body="Vinegar.", kinds=["INQUIRY"])
    await tickets.article(connection, title="Kettle guarantee", kinds=["COMPLAINT"])
    await tickets.article(connection, title="About parcels")
    draft = await tickets.article(connection, title="Kettle secrets", published=False)
    await caught_up(indexer)
    assert sorted(await articles("kettle")) == ["Descaling a kettle", "Kettle guarantee"]
    assert await articles("kettle", kind="COMPLAINT") == ["Kettle guarantee"]
    assert await articles("vinegar") == ["Descaling a kettle"]
    await connection.execute("UPDATE articles SET published = true WHERE id = $1", draft)
    await happened(database, "ARTICLE_CHANGED", ("article", draft))
    await caught_up(indexer)
    assert await articles("secrets") == ["Kettle secrets"]
    await connection.execute("DELETE FROM articles WHERE id = $1", draft)
    await happened(database, "ARTICLE_REMOVED", ("article", draft))
    await caught_up(indexer)
    assert await articles("secrets") == []
    ada = await people.customer(connection)
    ticket = await tickets.ticket(connection, ada.customer_id, subject="My kettle does not boil any more")
    api.context.viewer = ada
    query = "query ($id: ID!) { node(id: $id) { ... on Ticket { suggestedArticles { title } } } }"
    suggested = (await api.data(query, id=ids.encode("Ticket", ticket)))["node"]["suggestedArticles"]
    assert suggested[0] == {"title": "Kettle guarantee"}


async def test_is_not_there_for_a_while(api: Api, connection: asyncpg.Connection) -> None:
    nowhere = Meilisearch("http://127.0.0.1:9")
    ada = await people.customer(connection)
    ticket = await tickets.ticket(connection, ada.customer_id)
    api.context.search = SearchEngine(nowhere, Indexes.named(), locale="en")
    api.context.viewer = ada
    query = "query ($id: ID!) { node(id: $id) { ... on Ticket { suggestedArticles { title } subject } } }"
    answer = await api.data(query, id=ids.encode("Ticket", ticket))
    assert answer == {"node": {"suggestedArticles": [], "subject": "It is broken"}}
    assert (await api.refused(TICKETS, query="lamp"))[0] == "SEARCH_UNAVAILABLE"
    assert (await api.refused(ARTICLES, query="lamp"))[0] == "SEARCH_UNAVAILABLE"
    nowhere.close()


async def test_is_rebuilt_with_all_else(
    api: Api, connection: asyncpg.Connection, database: Database, engine: Meilisearch, indexes: Indexes
) -> None:
    ada = await people.customer(connection)
    made = [await tickets.ticket(connection, ada.customer_id, subject=f"Lamp {number}") for number in range(3)]
    await rebuilding.rebuild(database, engine, indexes, locale="en")
    assert sorted(await found(api, ada, "lamp")) == made
