"""GraphiQL in headless Chromium, cut off from everything but 127.0.0.1."""

import asyncio
import fcntl
import json
import logging
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest
import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from graph.limits import Limits
from graph.operations import Operations
from server import graphiql
from server.http import GraphQLHTTP
from server.http.connections import ConnectionInfo
from server.websocket import GraphQLWebSocket

BROWSER = Path(__file__).parent
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
EXAMPLES = {example.name: example for example in graphiql.examples()}
WHITE = "rgb(255, 255, 255)"
NIGHT_BLUE = "rgb(33, 42, 59)"

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: install it, or name it in CHROMIUM"),
    pytest.mark.skipif(not (graphiql.DIST / "manifest.json").exists(), reason="needs the bundle: run `make graphiql`"),
]


@dataclass
class Visitor:
    """The toy's context: what the page sent to say who it is."""

    authorization: str

    def fresh(self) -> Self:
        return self

    async def prove(self) -> None:
        """Be who it is for as long as the socket is open."""


Info = strawberry.Info[Visitor, Any]


@strawberry.type
class Money:
    amount: str
    currency: str


@strawberry.type
class PriceRange:
    min: Money


@strawberry.type
class Product:
    id: strawberry.ID
    name: str
    slug: str
    price_range: PriceRange


@strawberry.type
class Category:
    name: str
    slug: str
    product_count: int
    below: strawberry.Private[list["Category"]] = field(default_factory=list)

    @strawberry.field
    def children(self, first: int) -> "CategoryConnection":
        return CategoryConnection(nodes=self.below[:first])


@strawberry.type
class CategoryConnection:
    nodes: list[Category]


@strawberry.type
class Query:
    @strawberry.field(description="The tree of categories.")
    def categories(self, first: int, *, roots: bool) -> CategoryConnection:
        tea = Category(name="Tea", slug="tea", product_count=2)
        return CategoryConnection(
            nodes=[Category(name="Food", slug="food", product_count=3, below=[tea])][: first * roots]
        )


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def product_updated(self, info: Info, product_id: strawberry.ID) -> AsyncGenerator[Product, None]:
        price = PriceRange(min=Money(amount="19.90", currency="USD"))
        yield Product(id=product_id, name=info.context.authorization, slug="assam", price_range=price)
        await asyncio.Event().wait()


def toy_shop(visitors: list[Visitor]) -> Starlette:
    operations = Operations(strawberry.Schema(Query, subscription=Subscription), limits=Limits(), introspection=True)

    async def visitor_of(connection: ConnectionInfo) -> Visitor:
        header = connection.params.get("Authorization") or connection.headers.get("authorization", "")
        visitors.append(Visitor(str(header)))
        return visitors[-1]

    http = GraphQLHTTP(operations, context_factory=visitor_of, graphiql_page=graphiql.page())
    return Starlette(
        routes=[
            Route("/graphql", http),
            WebSocketRoute("/graphql", GraphQLWebSocket(operations, context_factory=visitor_of)),
            graphiql.assets(),
        ],
    )


def browse(url: str, screenshots: Path) -> dict[str, Any]:
    """Visit the GraphiQL of any server and tell what the browser saw; playwright-core is installed at first use."""
    with (BROWSER / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the workers of a parallel run share the packages
        if not (BROWSER / "node_modules" / ".package-lock.json").exists():
            subprocess.run(["npm", "ci", "--silent"], cwd=BROWSER, check=True, timeout=120)  # noqa: S607 - npm is on the PATH
    ran = subprocess.run(  # noqa: S603 - the arguments are the tests' own
        ["node", "graphiql.mjs", url, str(screenshots)],  # noqa: S607 - node is on the PATH
        cwd=BROWSER,
        env=os.environ | {"CHROMIUM": str(CHROMIUM)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    saw: dict[str, Any] = json.loads(ran.stdout)
    return saw


@dataclass(frozen=True)
class Visit:
    origin: str
    saw: dict[str, Any]
    visitors: list[Visitor]
    screenshots: Path


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    visitors: list[Visitor] = []
    screenshots = tmp_path_factory.mktemp("screenshots")
    listener = socket.create_server(("127.0.0.1", 0))
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(
        uvicorn.Config(toy_shop(visitors), log_level=logging.CRITICAL, timeout_graceful_shutdown=1, lifespan="off")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield Visit(origin, browse(f"{origin}/graphql", screenshots), visitors, screenshots)
    finally:
        server.should_exit = True
        thread.join(10)


def test_the_visit_goes_through_to_its_end(visit: Visit) -> None:
    assert visit.saw.get("broken") is None


def test_nothing_fails_and_the_console_stays_empty(visit: Visit) -> None:
    assert visit.saw["failed"] == []
    assert visit.saw["console"] == []


def test_nothing_is_asked_of_another_host(visit: Visit) -> None:
    assert len(visit.saw["requests"]) > 20
    assert [url for url in visit.saw["requests"] if not url.startswith((f"{visit.origin}/", "data:"))] == []


def test_the_examples_are_in_tabs_and_the_first_is_open_with_its_variables(visit: Visit) -> None:
    assert visit.saw["title"] == "Souk · GraphiQL"
    assert visit.saw["tabs"][:6] == ["Product", "Category", "Menu", "Merchant", "Search", "ProductUpdated"]
    assert visit.saw["tabs"] == [name.title().replace("_", "") for name in EXAMPLES]
    assert visit.saw["firstQuery"] == graphiql.examples()[0].query
    assert visit.saw["firstVariables"] == graphiql.examples()[0].variables


def test_an_example_runs_and_its_answer_is_shown(visit: Visit) -> None:
    tea = {"name": "Tea", "slug": "tea", "productCount": 2}
    food = {"name": "Food", "slug": "food", "productCount": 3, "children": {"nodes": [tea]}}
    assert visit.saw["answer"]["data"] == {"categories": {"nodes": [food]}}
    assert "errors" not in visit.saw["answer"]


def test_the_token_is_sent_over_http_once_it_is_entered(visit: Visit) -> None:
    assert [visitor.authorization for visitor in visit.visitors[:2]] == ["", "Bearer a-token-of-the-test"]


def test_a_subscription_goes_over_a_websocket_with_the_token(visit: Visit) -> None:
    frames = visit.saw["sent"]
    assert [frame["type"] for frame in frames] == ["connection_init", "subscribe", "complete"]
    assert frames[0]["payload"] == {"Authorization": "Bearer a-token-of-the-test"}
    assert visit.saw["event"]["data"]["productUpdated"] == {
        "id": "UHJvZHVjdDox",
        "name": "Bearer a-token-of-the-test",
        "slug": "assam",
        "priceRange": {"min": {"amount": "19.90", "currency": "USD"}},
    }


def test_docs_and_explorer_show_the_schema(visit: Visit) -> None:
    assert "query: Query" in visit.saw["docs"]
    assert "subscription: Subscription" in visit.saw["docs"]
    assert "categories" in visit.saw["explorer"]
    assert "productCount" in visit.saw["explorer"]


def test_light_and_dark_differ(visit: Visit) -> None:
    assert visit.saw["light"] == WHITE
    assert visit.saw["dark"] == NIGHT_BLUE
    assert (visit.screenshots / "light.png").read_bytes() != (visit.screenshots / "dark.png").read_bytes()


def test_tabs_theme_and_token_outlive_a_reload(visit: Visit) -> None:
    assert visit.saw["afterReload"] == {
        "tabs": visit.saw["tabs"],
        "query": EXAMPLES["product_updated"].query,
        "background": NIGHT_BLUE,
        "token": "a-token-of-the-test",
    }
