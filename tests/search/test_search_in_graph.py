"""The graph's search ..."""

from typing import Any

import pytest

from search.client import Meilisearch
from search.indexes import Indexes
from search.querying import SearchEngine
from tests.search.clients import SEARCH, Client


async def test_answers_hits_and_labelled_facets(shop: Any, client: Client) -> None:
    await shop.attribute("width", "NUMBER", unit="cm")
    await shop.attribute("dimmable", "BOOLEAN")
    await shop.attribute("since", "DATE")
    await shop.attribute("rating", "TEXT")
    await shop.category("lamps", "garden")
    await shop.product(
        "Garden lamp",
        category="lamps",
        prices={"USD": 1990, "EUR": 1890},
        ratings=[4],
        attributes={"width": 20.5, "dimmable": True, "since": "2026-01-31", "rating": "A+"},
    )
    await shop.product("Chair", merchant="zenith")
    await shop.index()
    data = await client.ask(
        SEARCH, query="lamp", filter={"merchants": ["acme"], "attributes": [{"name": "dimmable", "values": ["true"]}]}
    )
    (node,) = data["productSearch"]["nodes"]
    assert {name: node[name] for name in ("name", "slug", "priceRange", "merchant")} == {
        "name": "Garden lamp",
        "slug": "product-1",
        "priceRange": {"min": {"amount": "19.90", "currency": "USD"}},
        "merchant": {"name": "Acme"},
    }

    def value(value: str, label: str, *, selected: bool = False) -> dict[str, Any]:
        return {"value": value, "label": label, "count": 1, "selected": selected}

    stars = [value(str(star), f"{star} stars and up") for star in (4, 3, 2, 1)]
    lamps = [value("garden", "Garden"), value("lamps", "Garden > Lamps")]
    assert data["productSearch"]["totalCount"] == 1
    assert data["productSearch"]["pageInfo"]["hasNextPage"] is False
    assert data["productSearch"]["facets"] == [
        {"name": "category", "label": "Category", "values": lamps, "range": None},
        {"name": "merchant", "label": "Merchant", "values": [value("acme", "Acme", selected=True)], "range": None},
        {"name": "price", "label": "Price", "values": [], "range": {"min": "19.90", "max": "19.90"}},
        {"name": "rating", "label": "Rating", "values": stars, "range": None},
        {"name": "availability", "label": "Availability", "values": [value("true", "In stock")], "range": None},
        {"name": "dimmable", "label": "Dimmable", "values": [value("true", "Yes", selected=True)], "range": None},
        {"name": "attributes.rating", "label": "Rating", "values": [value("A+", "A+")], "range": None},
        {
            "name": "since",
            "label": "Since",
            "values": [value("2026-01-31", "2026-01-31")],
            "range": {"min": "2026-01-31", "max": "2026-01-31"},
        },
        {
            "name": "width",
            "label": "Width",
            "values": [value("20.5", "20.5")],
            "range": {"min": "20.5", "max": "20.5"},
        },
    ]


async def test_takes_every_filter_of_the_input(shop: Any, client: Client) -> None:
    await shop.attribute("width", "NUMBER")
    await shop.attribute("rating", "TEXT")
    await shop.category("lamps", "garden")
    await shop.product(
        "Lamp", category="lamps", prices={"EUR": 1990}, ratings=[4], attributes={"width": 20, "rating": "A+"}
    )
    await shop.index()
    passing = {
        "category": "garden",
        "merchants": ["acme"],
        "price": {"min": "19.90", "max": "19.90", "currency": "EUR"},
        "rating": {"min": 4},
        "available": True,
        "attributes": [
            {"name": "width", "values": ["20.0"], "min": "20", "max": "20.0"},
            {"name": "attributes.rating", "values": ["a+"]},
        ],
    }
    failing = {
        "price": {"min": "19.91", "currency": "EUR"},
        "rating": {"min": 4.1},
        "available": False,
        "attributes": [{"name": "width", "values": ["21"]}],
    }
    document = 'query($f: ProductSearchFilter) { productSearch(query: "", filter: $f) { totalCount } }'
    assert await client.ask(document, f=passing) == {"productSearch": {"totalCount": 1}}
    for name, criterion in failing.items():
        assert await client.ask(document, f=passing | {name: criterion}) == {"productSearch": {"totalCount": 0}}, name


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"category": "nope"}, "filter.category: there is no category 'nope'"),
        ({"merchants": ["acme", "nope"]}, "filter.merchants: there is no merchant 'nope'"),
        ({"attributes": [{"name": "nope"}]}, "filter.attributes: there is no attribute 'nope'"),
        (
            {"attributes": [{"name": "colour"}]},
            "filter.attributes.colour: name at least one of values, min and max",
        ),
        (
            {"attributes": [{"name": "colour", "min": "1"}]},
            "filter.attributes.colour: min and max are for numbers and dates; name values instead",
        ),
        (
            {"attributes": [{"name": "width", "max": "wide"}]},
            "filter.attributes.width.max: 'wide' is not a number such as 6.1",
        ),
        (
            {"attributes": [{"name": "secret", "values": ["x"]}]},
            "filter.attributes.secret: searches cannot be narrowed by this attribute",
        ),
        (
            {"attributes": [{"name": "colour", "values": ["a"]}, {"name": "colour", "values": ["b"]}]},
            "filter.attributes: an attribute is named twice; give all its values at once",
        ),
        ({"rating": {"min": 6}}, "filter.rating.min: 6.0 is not between 0 and 5 stars"),
        ({"price": {"min": "1.999", "currency": "USD"}}, "'1.999' is finer than USD allows: 2 decimal digits"),
    ],
)
async def test_refuses_a_filter_that_cannot_be(shop: Any, client: Client, wanted: Any, message: str) -> None:
    await shop.attribute("colour", "TEXT")
    await shop.attribute("width", "NUMBER")
    await shop.attribute("secret", "TEXT", filterable=False)
    await shop.merchant("acme")
    assert await client.refused(SEARCH, query="", filter=wanted) == ("BAD_USER_INPUT", message)


async def test_pages_by_cursors_of_the_same_search_only(shop: Any, client: Client) -> None:
    for number in range(5):
        await shop.product(f"Chair {number}")
    await shop.index()
    document = """query($after: String, $query: String = "chair", $sort: ProductSearchSort = NAME) {
        productSearch(query: $query, sort: $sort, first: 2, after: $after) {
            edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    names, after, flags = [], None, []
    while True:
        page = (await client.ask(document, after=after))["productSearch"]
        names += [edge["node"]["name"] for edge in page["edges"]]
        flags.append((page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]))
        assert page["edges"][-1]["cursor"] == page["pageInfo"]["endCursor"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert names == [f"Chair {number}" for number in range(5)]
    assert flags == [(False, True), (True, True), (True, False)]
    for other in ({"query": "sofa"}, {"sort": "NEWEST"}):
        code, message = await client.refused(document, after=after, **other)
        assert code == "BAD_USER_INPUT"
        assert "is no cursor of this list and order" in message


async def test_leaves_out_a_product_that_was_taken_down_before_the_index_knew(shop: Any, client: Client) -> None:
    await shop.product("Chair one")
    gone = await shop.product("Chair two")
    await shop.index()
    await shop.run("UPDATE products SET status = 'ARCHIVED' WHERE id = $1", gone)
    data = await client.ask('{ productSearch(query: "chair") { nodes { name } } }')
    assert data == {"productSearch": {"nodes": [{"name": "Chair one"}]}}


async def test_escapes_highlights_for_html(shop: Any, client: Client) -> None:
    await shop.product("Lamp <b>& co</b>", description="No match here.")
    await shop.index()
    data = await client.ask('{ productSearch(query: "lamp") { edges { highlights { field text } } } }')
    assert data["productSearch"]["edges"][0]["highlights"] == [
        {"field": "name", "text": "<mark>Lamp</mark> &lt;b&gt;&amp; co&lt;/b&gt;"},
        {"field": "description", "text": "No match here."},
    ]


async def test_suggests_only_when_nothing_was_found(shop: Any, client: Client) -> None:
    await shop.product("Samsung Galaxy")
    await shop.index()
    document = "query($q: String!) { productSearch(query: $q) { totalCount suggestion } }"
    assert await client.ask(document, q="smasnug glaaxy") == {
        "productSearch": {"totalCount": 0, "suggestion": "samsung galaxy"}
    }
    assert await client.ask(document, q="samsnug") == {"productSearch": {"totalCount": 1, "suggestion": None}}


async def test_puts_pins_first_for_their_query_and_only_by_relevance(shop: Any, client: Client) -> None:
    await shop.product("Chair", prices={"USD": 1})
    sofa = await shop.product("Sofa", prices={"USD": 2})
    await shop.run("INSERT INTO search_pins (query, product_id, position) VALUES ('chair', $1, 1)", sofa)
    await shop.index()
    document = """query($q: String!, $sort: ProductSearchSort) {
        productSearch(query: $q, sort: $sort) { totalCount nodes { name } } }"""

    async def names(query: str, sort: str | None = None) -> list[str]:
        found = (await client.ask(document, q=query, sort=sort))["productSearch"]
        assert found["totalCount"] == len(found["nodes"])
        return [node["name"] for node in found["nodes"]]

    assert await names(" CHAIR ") == ["Sofa", "Chair"]
    assert await names("chairs") == ["Chair"]
    assert await names("chair", "PRICE_ASC") == ["Chair"]


async def test_sorts_by_a_sortable_attribute_and_refuses_another(shop: Any, client: Client) -> None:
    await shop.attribute("width", "NUMBER", sortable=True)
    await shop.attribute("colour", "TEXT")
    for width in (3, 10, 2):
        await shop.product(f"Chair {width}", attributes={"width": width})
    await shop.index()
    document = """query($by: SearchAttributeSort) {
        productSearch(query: "", sortAttribute: $by) { nodes { name } } }"""
    data = await client.ask(document, by={"name": "width", "descending": True})
    assert [node["name"] for node in data["productSearch"]["nodes"]] == ["Chair 10", "Chair 3", "Chair 2"]
    assert await client.refused(document, by={"name": "colour"}) == (
        "BAD_USER_INPUT",
        "sortAttribute: the attribute 'colour' is not sortable",
    )


async def test_searches_inside_a_facet(shop: Any, client: Client) -> None:
    await shop.attribute("colour", "TEXT")
    await shop.category("lamps", "garden", de="Lampen")
    for colour in ("Light blue", "blue", "red"):
        await shop.product("A", attributes={"colour": colour}, category="lamps")
    await shop.index()
    document = """query($facet: String!, $text: String!, $filter: ProductSearchFilter, $locale: String) {
        productSearchFacetValues(facet: $facet, facetQuery: $text, query: "", filter: $filter, locale: $locale) {
            value label count selected } }"""
    data = await client.ask(
        document, facet="colour", text="bl", filter={"attributes": [{"name": "colour", "values": ["Blue"]}]}
    )
    assert data["productSearchFacetValues"] == [
        {"value": "Light blue", "label": "Light blue", "count": 1, "selected": False},
        {"value": "blue", "label": "blue", "count": 1, "selected": True},
    ]
    data = await client.ask(document, facet="category", text="lampe", locale="de")
    assert data["productSearchFacetValues"] == [
        {"value": "lamps", "label": "Garden > Lampen", "count": 3, "selected": False}
    ]
    for facet in ("price", "nope"):
        code, message = await client.refused(document, facet=facet, text="")
        assert (code, message) == (
            "BAD_USER_INPUT",
            f"facet: there is no facet {facet!r} whose values could be searched",
        )


async def test_over_everything_answers_each_type(shop: Any, client: Client) -> None:
    await shop.category("zenith-lamps")
    await shop.product("Zenith one", merchant="zenith")
    await shop.index()
    data = await client.ask(
        """{ search(query: "zenith") { __typename
            ... on Product { name } ... on Merchant { slug } ... on Category { slug } } }"""
    )
    assert sorted(data["search"], key=lambda found: str(found["__typename"])) == [
        {"__typename": "Category", "slug": "zenith-lamps"},
        {"__typename": "Merchant", "slug": "zenith"},
        {"__typename": "Product", "name": "Zenith one"},
    ]


async def test_takes_as_many_statements_and_engine_requests_for_one_product_as_for_twenty(
    shop: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.category("lamps", "garden")
    await shop.attribute("width", "NUMBER")
    for number in range(20):
        await shop.product(
            "Lamp", category="lamps", prices={"USD": number}, attributes={"width": number}, merchant=f"m{number % 3}"
        )
    await shop.index()
    requests = 0
    real = Meilisearch.request

    async def request(self: Meilisearch, *given: Any, **named: Any) -> Any:
        nonlocal requests
        requests += 1
        return await real(self, *given, **named)

    monkeypatch.setattr(Meilisearch, "request", request)
    taken = []
    for first in (1, 20, 1):
        requests = 0
        data = await client.ask(SEARCH, query="lamp", first=first)
        assert len(data["productSearch"]["nodes"]) == first
        taken.append((client.statements, requests))
    assert taken == [(6, 2), (6, 1), (6, 1)]  # what is numeric of lamps is known after the first
    requests = 0
    await client.ask('{ productSearch(query: "lamp") { totalCount nodes { name } pageInfo { hasNextPage } } }')
    assert (client.statements, requests) == (2, 1)


async def test_says_search_unavailable_while_everything_else_goes_on(shop: Any, client: Client) -> None:
    await shop.product("Chair")
    nowhere = Meilisearch("http://127.0.0.1:9")
    client.search = SearchEngine(nowhere, Indexes.named(), locale="en")
    unavailable = ("SEARCH_UNAVAILABLE", "Search does not answer just now; ask again in a few seconds.")
    assert await client.refused('{ productSearch(query: "x") { totalCount } }') == unavailable
    assert await client.refused('{ search(query: "x") { __typename } }') == unavailable
    data = await client.ask("{ products { nodes { name } } }")
    assert data == {"products": {"nodes": [{"name": "Chair"}]}}
    nowhere.close()


async def test_refuses_a_text_that_is_too_long(client: Client) -> None:
    assert await client.refused(SEARCH, query="x" * 501) == (
        "BAD_USER_INPUT",
        "query: 501 characters are too many; search with at most 500",
    )
