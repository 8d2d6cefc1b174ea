"""The category tree ..."""

import asyncpg
import pytest

from tests.factories import catalogue
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api

BELOW = """
query Below($first: Int! = 20, $after: String) {
  category(slug: "home") {
    descendants(first: $first, after: $after) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes { slug ancestors { slug } }
    }
  }
}
"""


@pytest.fixture(autouse=True)
async def grown(connection: asyncpg.Connection, shop: SmallShop) -> None:
    """Home > lamps > desk-lamps is there; rugs stand beside the lamps, and come before them in the menu."""
    await catalogue.category(connection, shop.home, slug="rugs", name="Rugs", position=-1)


async def test_tells_all_that_stands_below_a_category_at_any_depth(api: Api) -> None:
    below = (await api.data(BELOW))["category"]["descendants"]
    assert (below["totalCount"], below["pageInfo"]["hasNextPage"]) == (3, False)
    assert {node["slug"]: [above["slug"] for above in node["ancestors"]] for node in below["nodes"]} == {
        "rugs": ["home"],
        "lamps": ["home"],
        "desk-lamps": ["home", "lamps"],
    }
    assert [node["slug"] for node in below["nodes"]] == ["rugs", "lamps", "desk-lamps"]


async def test_tells_it_page_by_page(api: Api) -> None:
    seen, after, more = [], None, True
    while more:
        page = (await api.data(BELOW, first=2, after=after))["category"]["descendants"]
        seen.append([node["slug"] for node in page["nodes"]])
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen == [["rugs", "lamps"], ["desk-lamps"]]


async def test_tells_it_for_many_categories_by_one_statement(api: Api) -> None:
    answer = await api.data("{ categories { nodes { slug descendants { nodes { slug } } } } }")
    assert {
        node["slug"]: [below["slug"] for below in node["descendants"]["nodes"]]
        for node in answer["categories"]["nodes"]
    } == {
        "home": ["rugs", "lamps", "desk-lamps"],
        "lamps": ["desk-lamps"],
        "desk-lamps": [],
        "office": [],
        "rugs": [],
    }
    assert api.statements == 2
