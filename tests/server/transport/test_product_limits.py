"""The product refuses a request that asks for too much before it opens its database ..."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from server.app import create_app
from server.config import Settings


@pytest.fixture
async def client() -> AsyncGenerator[httpx.AsyncClient, None]:
    """The product without its start: nothing is connected, so whatever reads would fail with a 500."""
    app = create_app(
        Settings.from_env(
            {
                "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
                "MEILI_URL": "http://127.0.0.1:1",
                "SOUK_SECRET_KEY": "a key for tests, which is long enough",
            }
        )
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://souk") as client:
        yield client


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{ products(first: 101) { nodes { id } } }", {}, "PAGE_TOO_LARGE"),
        ("query($n: Int!) { products(first: $n) { nodes { id } } }", {"n": 101}, "PAGE_TOO_LARGE"),
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["x"] * 101}, "PAGE_TOO_LARGE"),
        (
            "{ products(first: 100) { nodes { variants(first: 100) { nodes { id sku name } } } } }",
            {},
            "QUERY_TOO_COSTLY",
        ),
        ("{ categories { nodes " + "{ children { nodes " * 8 + "{ id }" + " } }" * 8 + " } }", {}, "DOCUMENT_TOO_DEEP"),
        ("{" + "".join(f' a{n}: product(slug: "x") {{ id }}' for n in range(51)) + " }", {}, "TOO_MANY_ALIASES"),
        ("{" + " products { totalCount }" * 501 + " }", {}, "TOO_MANY_FIELDS"),
    ],
)
async def test_with_a_4xx_and_its_code(
    client: httpx.AsyncClient, query: str, variables: dict[str, Any], code: str
) -> None:
    response = await client.post("/graphql", json={"query": query, "variables": variables})
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, code)


async def test_and_only_then_reads(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "{ products { totalCount } }"})
    assert (response.status_code, response.json()["errors"][0]["message"]) == (500, "Internal error")
