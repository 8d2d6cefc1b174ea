"""A document that is named by its hash ..."""

import hashlib
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx
import pytest

from graph.persisted import KEPT_CHARACTERS, ManifestError, PersistedDocuments, read_manifest
from tests.server.transport.toy import Toy, toy_app

DOCUMENT = "query Greeting { hello }"
HELLO = {"data": {"hello": "hello world"}, "extensions": {"cost": {"requested": 1, "maximum": 20000}}}


def sha256(document: str) -> str:
    return hashlib.sha256(document.encode()).hexdigest()


def named(document: str) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256(document)}}}


@pytest.fixture
async def client(toy: Toy) -> AsyncGenerator[httpx.AsyncClient, None]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(toy_app(toy)), base_url="http://toy") as client:
        yield client


async def test_is_asked_for_when_it_is_not_known_and_then_kept(client: httpx.AsyncClient) -> None:
    unknown = await client.post("/graphql", json=named(DOCUMENT))
    assert unknown.json() == {
        "errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]
    }
    assert (await client.post("/graphql", json={"query": DOCUMENT, **named(DOCUMENT)})).json() == HELLO
    assert (await client.post("/graphql", json=named(DOCUMENT))).json() == HELLO


async def test_may_be_asked_for_by_get(client: httpx.AsyncClient) -> None:
    await client.post("/graphql", json={"query": DOCUMENT, **named(DOCUMENT)})
    answer = await client.get("/graphql", params={"extensions": json.dumps(named(DOCUMENT)["extensions"])})
    assert answer.json() == HELLO


async def test_is_refused_when_the_hash_is_of_another(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": DOCUMENT, **named("{ other }")})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_MISMATCH"
    assert "errors" in (await client.post("/graphql", json=named("{ other }"))).json()


@pytest.mark.parametrize(
    "persisted", [1, {}, {"version": 2, "sha256Hash": "0" * 64}, {"version": 1, "sha256Hash": "no hash"}]
)
async def test_is_refused_when_it_is_named_wrongly(client: httpx.AsyncClient, persisted: object) -> None:
    answer = await client.post("/graphql", json={"extensions": {"persistedQuery": persisted}})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "INVALID_BODY")


def test_is_forgotten_when_the_last_used_ones_fill_the_room() -> None:
    documents = PersistedDocuments()
    large = ["#" * (KEPT_CHARACTERS // 3) + str(number) for number in range(4)]
    for text in large:
        documents.text(text, sha256(text))
    assert [documents.text(None, sha256(text)) for text in large[2:]] == large[2:]
    with pytest.raises(Exception, match="PersistedQueryNotFound"):
        documents.text(None, sha256(large[0]))


@pytest.fixture
async def trusting(toy: Toy) -> AsyncGenerator[httpx.AsyncClient, None]:
    app = toy_app(toy, persisted=PersistedDocuments({sha256(DOCUMENT): DOCUMENT}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://toy") as client:
        yield client


@pytest.mark.parametrize("request_body", [named(DOCUMENT), {"query": DOCUMENT}])
async def test_is_served_when_it_is_trusted(trusting: httpx.AsyncClient, request_body: dict[str, Any]) -> None:
    assert (await trusting.post("/graphql", json=request_body)).json() == HELLO


@pytest.mark.parametrize(
    "request_body",
    [{"query": "{ hello }"}, named("{ hello }"), {"query": "{ hello }", **named("{ hello }")}],
)
async def test_is_refused_when_others_are_trusted(
    trusting: httpx.AsyncClient, toy: Toy, request_body: dict[str, Any]
) -> None:
    answer = await trusting.post("/graphql", json=request_body)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (403, "DOCUMENT_NOT_TRUSTED")
    assert toy.resolved == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[", "cannot be read as JSON"),
        ("[]", "must hold a JSON object"),
        ('{"a": 1}', "must hold a JSON object"),
        (json.dumps({"0" * 64: "{ hello }"}), "is not the SHA-256 of its document"),
    ],
)
def test_is_not_trusted_by_a_manifest_that_is_wrong(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(content)
    with pytest.raises(ManifestError, match=reason):
        read_manifest(path)


def test_is_trusted_by_its_manifest(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({sha256(DOCUMENT): DOCUMENT}))
    assert read_manifest(path) == {sha256(DOCUMENT): DOCUMENT}


async def test_gives_a_public_answer_that_caches_may_keep(client: httpx.AsyncClient) -> None:
    first = await client.get("/graphql", params={"query": DOCUMENT})
    assert first.headers["cache-control"] == "public, max-age=0, must-revalidate"
    assert first.headers["vary"] == "accept, authorization, cart-token"
    again = await client.get("/graphql", params={"query": DOCUMENT}, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    other = await client.get("/graphql", params={"query": DOCUMENT}, headers={"if-none-match": '"another"'})
    assert other.json() == HELLO


@pytest.mark.parametrize("header", ["authorization", "cart-token", "cookie"])
async def test_gives_no_cacheable_answer_to_somebody_in_particular(client: httpx.AsyncClient, header: str) -> None:
    answer = await client.get("/graphql", params={"query": DOCUMENT}, headers={header: "x"})
    assert (answer.json(), answer.headers["cache-control"], "etag" in answer.headers) == (HELLO, "no-store", False)


async def test_gives_no_cacheable_answer_when_something_failed(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphql", params={"query": "{ refused }"})
    assert (answer.headers["cache-control"], "etag" in answer.headers) == ("no-store", False)
