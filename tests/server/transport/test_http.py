"""GraphQL over HTTP ..."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from starlette.responses import HTMLResponse
from structlog.testing import CapturingLogger

from graph.limits import Limits
from tests.server.transport.toy import Toy, toy_app

GRAPHQL = "application/graphql-response+json"
TYPENAME = {"query": "{ __typename }"}


@pytest.fixture
async def client(toy: Toy) -> AsyncGenerator[httpx.AsyncClient, None]:
    transport = httpx.ASGITransport(toy_app(toy, page=HTMLResponse("<p>GraphiQL</p>")))
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as client:
        yield client


async def ask(client: httpx.AsyncClient, query: str, *, accept: str = GRAPHQL, **parameters: Any) -> httpx.Response:
    return await client.post("/graphql", json={"query": query, **parameters}, headers={"accept": accept})


def code_of(response: httpx.Response) -> str:
    return str(response.json()["errors"][0]["extensions"]["code"])


async def test_answers_a_query_with_its_cost(client: httpx.AsyncClient) -> None:
    response = await ask(client, "query H($n: String!) { hello(name: $n) }", variables={"n": "Ada"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == {
        "data": {"hello": "hello Ada"},
        "extensions": {"cost": {"requested": 1, "maximum": 20000}},
    }


async def test_reports_every_operation_to_its_observer(client: httpx.AsyncClient, toy: Toy) -> None:
    await ask(client, "query Named { hello refused }")
    outcome = toy.outcomes[0]
    assert (outcome.transport, outcome.operation, outcome.kind, outcome.cost, outcome.codes, outcome.context) == (
        "http",
        "Named",
        "query",
        2,
        ("NOT_FOUND",),
        toy.contexts[0],
    )


async def test_reports_what_was_left_to_graphql_core(client: httpx.AsyncClient, toy: Toy) -> None:
    await ask(client, "{ hello }")
    await ask(client, "{ __schema { queryType { name } } hello }")
    assert [outcome.left_to_core for outcome in toy.outcomes] == [False, True]


async def test_reports_what_it_refused(client: httpx.AsyncClient, toy: Toy) -> None:
    await ask(client, "{ nothing }")
    await ask(client, "{ items(first: 101) { nodes { number } } }")
    assert [(outcome.operation, outcome.kind, outcome.codes) for outcome in toy.outcomes] == [
        (None, "unknown", ("GRAPHQL_VALIDATION_FAILED",)),
        (None, "unknown", ("PAGE_TOO_LARGE",)),
    ]


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/*", "application/json"),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, application/json;q=0.9", GRAPHQL),
        (f"application/json;q=0.5, {GRAPHQL}", GRAPHQL),
        (f"application/json, {GRAPHQL}", "application/json"),
        (f"{GRAPHQL};q=0, application/json;q=0.1", "application/json"),
        (f"text/html, {GRAPHQL}", GRAPHQL),
    ],
)
async def test_answers_in_the_form_the_client_prefers(
    client: httpx.AsyncClient, accept: str, content_type: str
) -> None:
    response = await ask(client, "{ __typename }", accept=accept)
    assert (response.status_code, response.headers["content-type"]) == (200, f"{content_type}; charset=utf-8")


async def test_refuses_a_client_that_takes_none_of_its_forms(client: httpx.AsyncClient) -> None:
    response = await ask(client, "{ __typename }", accept="image/png")
    assert (response.status_code, code_of(response)) == (406, "NOT_ACCEPTABLE")


async def test_shows_browsers_the_page_and_others_json(client: httpx.AsyncClient) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    page = await client.get("/graphql", headers={"accept": browser})
    assert page.text == "<p>GraphiQL</p>"
    assert (await client.get("/graphql", params=TYPENAME)).json()["data"] == {"__typename": "Query"}


async def test_runs_queries_by_get_and_no_mutations(client: httpx.AsyncClient, toy: Toy) -> None:
    answer = await client.get(
        "/graphql", params={"query": "query($n: String) { hello(name: $n) }", "variables": '{"n":"x"}'}
    )
    assert answer.json()["data"] == {"hello": "hello x"}
    refused = await client.get("/graphql", params={"query": "mutation { touch }"})
    assert (refused.status_code, refused.headers["allow"], code_of(refused)) == (
        405,
        "GET, POST, OPTIONS",
        "METHOD_NOT_ALLOWED",
    )
    assert toy.resolved == ["hello"]


async def test_names_its_methods(client: httpx.AsyncClient) -> None:
    options = await client.options("/graphql")
    assert (options.status_code, options.headers["allow"]) == (204, "GET, POST, OPTIONS")
    refused = await client.put("/graphql", json=TYPENAME)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, POST, OPTIONS")


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "",
        None,
    ],
)
async def test_refuses_what_another_sites_form_could_send(
    client: httpx.AsyncClient, toy: Toy, content_type: str | None
) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    response = await client.post("/graphql", content=b'{"query": "mutation { touch }"}', headers=headers)
    assert (response.status_code, code_of(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert toy.resolved == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: Int!) { item { number } echo(numbers: [$n]) }", "BAD_USER_INPUT"),
    ],
)
async def test_gives_request_errors_status_400_or_for_older_clients_200(
    client: httpx.AsyncClient, query: str, code: str
) -> None:
    modern, older = await ask(client, query), await ask(client, query, accept="application/json")
    assert (modern.status_code, code_of(modern)) == (400, code)
    assert (older.status_code, code_of(older)) == (200, code)
    assert "data" not in modern.json()


async def test_masks_what_it_did_not_foresee(client: httpx.AsyncClient) -> None:
    response = await ask(client, "{ broken unfit hello }")
    assert response.status_code == 200
    broken, unfit = response.json()["errors"]
    assert (broken["message"], broken["path"], broken["extensions"]["code"]) == (
        "Internal error",
        ["broken"],
        "INTERNAL",
    )
    assert len(broken["extensions"]["id"]) == 16
    assert (unfit["message"], unfit["extensions"]["code"]) == ("Internal error", "INTERNAL")
    assert response.json()["data"] == {"broken": None, "unfit": None, "hello": "hello world"}
    assert "vault" not in response.text


async def test_logs_a_masked_error_once_under_the_id_the_client_sees(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = CapturingLogger()
    monkeypatch.setattr("graph.errors.log", log)
    response = await ask(client, "query Q { broken }")
    (call,) = log.calls
    assert (call.method_name, call.args) == ("error", ("internal_error",))
    assert call.kwargs["error_id"] == response.json()["errors"][0]["extensions"]["id"]
    assert (call.kwargs["operation"], call.kwargs["path"]) == ("Q", ["broken"])
    assert str(call.kwargs["exc_info"]) == "SELECT secret FROM vault"


async def test_passes_client_errors_with_code_and_details(client: httpx.AsyncClient) -> None:
    response = await ask(client, "{ refused }")
    assert response.json()["errors"] == [
        {
            "message": "There is no such thing.",
            "locations": [{"line": 1, "column": 3}],
            "path": ["refused"],
            "extensions": {"code": "NOT_FOUND", "thing": "x"},
        }
    ]


async def test_refuses_a_client_its_context_refuses(client: httpx.AsyncClient, toy: Toy) -> None:
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers={"authorization": "wrong"})
    assert (response.status_code, code_of(response)) == (401, "UNAUTHENTICATED")
    assert toy.resolved == []


async def test_stops_an_operation_that_takes_too_long(client: httpx.AsyncClient, toy: Toy) -> None:
    query, mutation = await asyncio.gather(
        ask(client, "{ slow(seconds: 5) }"),
        ask(client, "mutation { slowTouch(seconds: 5) }", accept="application/json"),
    )
    assert (query.status_code, code_of(query)) == (422, "REQUEST_TIMEOUT")
    assert (mutation.status_code, code_of(mutation)) == (422, "REQUEST_TIMEOUT")
    assert "may or may not have taken effect" in mutation.json()["errors"][0]["message"]
    assert [outcome.codes for outcome in toy.outcomes] == [("REQUEST_TIMEOUT",)] * 2


async def test_picks_the_operation_by_name(client: httpx.AsyncClient, toy: Toy) -> None:
    both = "query A { hello } mutation B { touch }"
    assert (await ask(client, both, operationName="B")).json()["data"] == {"touch": "touched"}
    nameless, unknown = await ask(client, both, accept="*/*"), await ask(client, both, operationName="C")
    assert (nameless.status_code, code_of(nameless)) == (400, "OPERATION_NAME_REQUIRED")
    assert (unknown.status_code, code_of(unknown)) == (400, "UNKNOWN_OPERATION")
    assert toy.resolved == ["touch"]


async def test_asks_for_a_stream_when_sent_a_subscription(client: httpx.AsyncClient, toy: Toy) -> None:
    response = await ask(client, "subscription { count(to: 1) }")
    assert (response.status_code, code_of(response)) == (406, "NOT_ACCEPTABLE")
    assert toy.produced == 0


async def test_hides_the_schema_and_its_names_when_introspection_is_off(toy: Toy) -> None:
    transport = httpx.ASGITransport(toy_app(toy, introspection=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as client:
        for query in ("{ __schema { types { name } } }", '{ __type(name: "Query") { name } }'):
            assert code_of(await ask(client, query)) == "GRAPHQL_VALIDATION_FAILED"
        assert (await ask(client, "{ __typename }")).json()["data"] == {"__typename": "Query"}
        for query in (
            "{ helo }",
            "{ hello(nam: 1) }",
            "query($n: Strin) { hello(name: $n) }",
            "{ item { ... on Itm { number } } }",
        ):
            assert "Did you mean" not in (await ask(client, query)).text


async def test_suggests_names_while_introspection_is_on(client: httpx.AsyncClient) -> None:
    assert "Did you mean 'hello'?" in (await ask(client, "{ helo }")).text


async def test_refuses_headers_that_are_too_long(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json=TYPENAME, headers={"x-long": "x" * 40_000})
    assert (response.status_code, code_of(response)) == (431, "HEADERS_TOO_LARGE")


async def test_counts_pages_before_it_resolves_anything(client: httpx.AsyncClient, toy: Toy) -> None:
    query = "query($n: Int) { items(first: $n) { nodes { number child { number } } } }"
    answer = await ask(client, query, variables={"n": 3})
    assert answer.json()["extensions"]["cost"]["requested"] == 1 + 3 * (1 + 1 + 1 + 1)
    refused = await ask(client, query, variables={"n": 101}, accept="application/json")
    assert (refused.status_code, code_of(refused)) == (400, "PAGE_TOO_LARGE")
    assert toy.resolved == ["items"]


async def test_refuses_what_costs_too_much_before_it_resolves_anything(toy: Toy) -> None:
    transport = httpx.ASGITransport(toy_app(toy, limits=Limits(max_cost=200)))
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as client:
        response = await ask(client, "{ items(first: 100) { nodes { number } } }")
        assert response.status_code == 400
        assert response.json()["errors"][0]["extensions"] == {
            "code": "QUERY_TOO_COSTLY",
            "measured": 201,
            "maximum": 200,
        }
        assert (await ask(client, "{ items(first: 99) { nodes { number } } }")).status_code == 200
    assert toy.resolved == ["items"]
