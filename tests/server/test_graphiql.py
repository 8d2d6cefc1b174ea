"""The page of GraphiQL and the files behind it."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from graphql import OperationDefinitionNode, parse
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from server import graphiql

SCRIPT = b"console.log('souk')"
MANIFEST = {
    "script": "main-AAAA1111.js",
    "modules": ["main-AAAA1111.js", "chunk-BBBB2222.js"],
    "style": "style-CCCC3333.css",
    "icon": "favicon-DDDD4444.svg",
}


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A bundle as build.mjs writes it, small enough to read."""
    bundle = tmp_path / "dist"
    bundle.mkdir()
    (tmp_path / "secret.js").write_text("not for strangers")
    (bundle / "manifest.json").write_text(json.dumps(MANIFEST))
    (bundle / "main-AAAA1111.js").write_bytes(SCRIPT)
    (bundle / "main-AAAA1111.js.br").write_bytes(b"in brotli")
    (bundle / "main-AAAA1111.js.gz").write_bytes(b"in gzip")
    (bundle / "font-EEEE5555.woff2").write_bytes(b"a font")
    return bundle


def client_of(dist: Path) -> httpx.AsyncClient:
    page, rest = graphiql.page(dist), Starlette(routes=[graphiql.assets(dist)])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (page if scope["path"] == "/graphql" else rest)(scope, receive, send)

    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://souk", headers={"Accept-Encoding": "identity"}
    )


@pytest.fixture
async def client(dist: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(dist) as client:
        yield client


async def test_page_names_the_bundles_files_relative_to_itself(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphql")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert re.findall(r'(?:href|src)="([^"]*)"', answer.text) == [
        "graphiql/favicon-DDDD4444.svg",
        "graphiql/style-CCCC3333.css",
        "graphiql/main-AAAA1111.js",
        "graphiql/chunk-BBBB2222.js",
        "graphiql/main-AAAA1111.js",
    ]


async def test_page_forbids_the_browser_every_other_host(client: httpx.AsyncClient) -> None:
    headers = (await client.get("/graphql")).headers
    policy = dict(directive.split(" ", 1) for directive in headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "worker-src": "'self'",
        "connect-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


async def test_page_carries_the_examples_as_json(client: httpx.AsyncClient) -> None:
    [block] = re.findall(
        r'<script type="application/json" id="examples">(.*?)</script>', (await client.get("/graphql")).text
    )
    assert json.loads(block) == [
        {"query": example.query, "variables": example.variables} for example in graphiql.examples()
    ]


async def test_page_keeps_markup_in_an_example_from_ending_the_block(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = graphiql.Example("bad", "# </script><script>alert(1)</script>", "{}")
    monkeypatch.setattr(graphiql, "examples", lambda: (example,))
    text = (await client.get("/graphql")).text
    assert text.count("<script") == 2
    [block] = re.findall(r'id="examples">(.*?)</script>', text)
    assert json.loads(block)[0]["query"] == example.query


async def test_page_is_not_sent_again_to_who_has_it(client: httpx.AsyncClient) -> None:
    first = await client.get("/graphql")
    assert first.headers["cache-control"] == "no-cache"
    again = await client.get("/graphql", headers={"If-None-Match": f"W/{first.headers['etag']}"})
    assert (again.status_code, again.content) == (304, b"")
    assert (await client.get("/graphql", headers={"If-None-Match": '"another"'})).status_code == 200


async def test_page_follows_a_new_bundle_without_a_restart(client: httpx.AsyncClient, dist: Path) -> None:
    before = await client.get("/graphql")
    (dist / "manifest.json").write_text(json.dumps(MANIFEST | {"script": "main-FFFF6666.js"}))
    after = await client.get("/graphql", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert 'src="graphiql/main-FFFF6666.js"' in after.text


async def test_page_without_a_bundle_says_how_to_make_it(tmp_path: Path) -> None:
    async with client_of(tmp_path / "dist") as client:
        answer = await client.get("/graphql")
    assert answer.status_code == 503
    assert answer.headers["cache-control"] == "no-store"
    assert "<code>make graphiql</code>" in answer.text


@pytest.mark.parametrize(
    ("accepted", "coding", "content"),
    [
        ("gzip, deflate, br", "br", b"in brotli"),
        ("gzip, br;q=0", "gzip", b"in gzip"),
        ("GZIP;q=0.5, br; q=0.0", "gzip", b"in gzip"),
        ("identity", None, SCRIPT),
        ("", None, SCRIPT),
    ],
)
async def test_assets_come_in_the_smallest_coding_accepted(
    client: httpx.AsyncClient, accepted: str, coding: str | None, content: bytes
) -> None:
    async with client.stream("GET", "/graphiql/main-AAAA1111.js", headers={"Accept-Encoding": accepted}) as answer:
        assert b"".join([chunk async for chunk in answer.aiter_raw()]) == content
        assert answer.headers.get("content-encoding") == coding
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["vary"] == "Accept-Encoding"


async def test_assets_without_a_packed_copy_come_as_they_are(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphiql/font-EEEE5555.woff2", headers={"Accept-Encoding": "br, gzip"})
    assert (answer.content, answer.headers["content-type"]) == (b"a font", "font/woff2")
    assert "content-encoding" not in answer.headers


async def test_assets_may_be_kept_for_ever(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphiql/main-AAAA1111.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    etag = answer.headers["etag"]
    again = await client.get("/graphiql/main-AAAA1111.js", headers={"If-None-Match": f'"x", {etag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    packed = await client.head("/graphiql/main-AAAA1111.js", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["etag"] != etag


@pytest.mark.parametrize(
    "path",
    [
        "/graphiql/manifest.json",
        "/graphiql/gone-AAAA1111.js",
        "/graphiql/..%2fsecret.js",
        "/graphiql/%2e%2e%2fsecret.js",
        "/graphiql/a%00.js",
        "/graphiql/..",
        "/graphiql/",
    ],
)
async def test_assets_are_nothing_but_the_bundles_files(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert "strangers" not in answer.text


async def test_assets_are_read_only(client: httpx.AsyncClient, dist: Path) -> None:
    assert (await client.put("/graphiql/main-AAAA1111.js", content=b"mine")).status_code == 405
    assert (await client.delete("/graphiql/main-AAAA1111.js")).status_code == 405
    assert (dist / "main-AAAA1111.js").read_bytes() == SCRIPT


def test_examples_are_the_tabs_in_order() -> None:
    names = [example.name for example in graphiql.examples()]
    assert names == [
        "product",
        "category",
        "menu",
        "merchant",
        "search",
        "product_updated",
        "cart",
        "purchase",
        "sign_in",
    ]


@pytest.mark.parametrize("example", graphiql.examples(), ids=lambda example: example.name)
def test_examples_hold_one_named_operation_and_set_its_variables(example: graphiql.Example) -> None:
    [operation] = parse(example.query).definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None
    assert operation.name.value == example.name.title().replace("_", "")  # what the tab is called
    declared = {variable.variable.name.value: variable for variable in operation.variable_definitions or ()}
    given = set(json.loads(example.variables))
    assert given <= declared.keys()
    # Those with a default too: GraphiQL's editor marks what is missing all the same.
    required = {name for name, variable in declared.items() if variable.type.kind == "non_null_type"}
    assert required <= given
