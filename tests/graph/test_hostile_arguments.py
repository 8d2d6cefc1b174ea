"""Whatever stands in an argument, the schema ..."""

import json
import random
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from graph import ids
from graph.errors import ClientError, InvalidRequest
from graph.schema import schema
from models.database import Database
from search import rebuilding
from search.client import Meilisearch
from search.indexes import Indexes
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api

CORE: Any = schema._schema  # noqa: SLF001 - Strawberry offers no public way to its graphql-core schema
DOCUMENTS = 300
NAMES = ["lamp", "ada", "home", "desk-lamps", "office", "height", "colour", "bargains", "bright"]
TEXTS = [
    *[
        "",
        " ",
        "\0",
        "a\0b",
        "x" * 501,
        "x" * 100_000,
        "😀" * 400,
        "\u202eevil\u202c",
        "\u2028",
        "\ue000\ue001",
        "\x01",
    ],
    *["' OR 1=1 --", '" OR id > 0 OR "', '") OR (', "a\\", '\\"', '$."a" == 1', "%", "*", "=", "a=b", "a.b", "-", '"'],
    *["NaN", "inf", "1e400", "-1e308", "1_000", "٣", "-0", "9" * 400, "true", "null", "2026-13-45", "9999-12-31"],
    *["attributes.", "attributes.height", "category", "price", "rating", "<script>alert(1)</script>"],
]
NUMBERS = [0, 1, -1, 100, 101, 2**31 - 1, 2**31, -(2**31), 2**63 - 1, 2**63, -(2**63), 10**30, 1.5, -0.0, 1e308, "1"]
DECIMALS = ["0", "-1", "19.90", "999999999999999", "-999999999999999", "0.000000001", "NaN", "1e5", "", 5, 1.5, True]
CURRENCIES = ["USD", "EUR", "JPY", "KWD", "CLF", "XAU", "usd", "", "\0", "USD:asc"]
LOCALES = ["de", "pt-BR", "zh-Hant-TW", "de_DE", "xx", "", "*", "de:desc", "x" * 1000, "\0"]
LISTS = ["newest", "price_asc", "price_desc", "rating", "name"]
TYPES = ["Product", "Category", "Merchant", "Collection", "Review", "Variant", "Query", "Money", ""]


def encoded(document: Any) -> str:
    return urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


class Asker:
    """Makes documents: every value is a hostile one with the chance `hostility`, or else one that finds something."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - the same documents every time
        self._declared: list[str] = []
        self._variables: dict[str, Any] = {}
        self._hostility = 0.0

    def document(self) -> tuple[str, dict[str, Any]]:
        self._declared, self._variables = [], {}
        self._hostility = self._chance.choice([0, 0.05, 0.3])
        selection = self._selection(CORE.query_type, 1)
        declared = f"({', '.join(self._declared)})" if self._declared else ""
        return f"query{declared} {selection}", self._variables

    def _selection(self, of: Any, depth: int) -> str:
        if isinstance(of, GraphQLUnionType | GraphQLInterfaceType):
            types = CORE.get_possible_types(of)
            return f"{{ {' '.join(f'... on {each.name} {self._selection(each, depth)}' for each in types)} }}"
        assert isinstance(of, GraphQLObjectType)
        names = [name for name, field in of.fields.items() if depth < 8 or is_leaf_type(get_named_type(field.type))]
        chosen = self._chance.sample(names, min(len(names), self._chance.randint(1, 4 if depth < 5 else 2)))
        return f"{{ __typename {' '.join(self._field(of, name, depth) for name in chosen)} }}"

    def _field(self, of: GraphQLObjectType, name: str, depth: int) -> str:
        field = of.fields[name]
        given = [
            f"{key}: {self._variable(key, argument)}"
            for key, argument in field.args.items()
            if is_required_argument(argument) or self._chance.random() < 0.5
        ]
        returned = get_named_type(field.type)
        inner = "" if is_leaf_type(returned) else self._selection(returned, depth + 1)
        alias = f"f{self._chance.randrange(10**9)}: " if given else ""
        return f"{alias}{name}{'(' + ', '.join(given) + ')' if given else ''} {inner}"

    def _variable(self, key: str, argument: GraphQLArgument) -> str:
        name = f"v{len(self._declared)}"
        self._declared.append(f"${name}: {argument.type}")
        self._variables[name] = self._value(argument.type, key)
        return f"${name}"

    def _value(self, of: GraphQLInputType, key: str) -> Any:
        hostile = self._chance.random() < self._hostility
        if isinstance(of, GraphQLNonNull):
            return self._value(of.of_type, key)
        if self._chance.random() < self._hostility / 4:
            return None
        if isinstance(of, GraphQLList):
            length = self._chance.choice([0, 2, 101, 1000] if hostile else [1, 2])
            return [self._value(of.of_type, key) for _ in range(length)]
        if isinstance(of, GraphQLInputObjectType):
            fields = of.fields.items()
            wanted = [each for each in fields if is_required_input_field(each[1]) or self._chance.random() < 0.4]
            return {name: self._value(field.type, name) for name, field in wanted}
        if isinstance(of, GraphQLEnumType):
            return self._chance.choice(["NO_SUCH", 5] if hostile else list(of.values))
        return self._scalar(of.name, key, hostile=hostile)

    def _scalar(self, type_name: str, key: str, *, hostile: bool) -> Any:  # noqa: PLR0911 - one for each scalar
        match type_name:
            case "Int":
                return self._chance.choice(NUMBERS if hostile else [0, 1, 2])
            case "Float":
                return self._chance.choice(NUMBERS if hostile else [0, 2.5, 4.1, 5])
            case "Boolean":
                return self._chance.choice(["true", 1] if hostile else [True, False])
            case "Decimal":
                return self._chance.choice(DECIMALS if hostile else DECIMALS[:3])
            case "CurrencyCode":
                return self._chance.choice(CURRENCIES if hostile else CURRENCIES[:3])
            case "ID":
                return self._id(hostile=hostile)
        if key == "after":
            return self._cursor() if hostile else None
        if key == "locale":
            return self._chance.choice(LOCALES if hostile else LOCALES[:3])
        return self._chance.choice(TEXTS if hostile else NAMES)

    def _id(self, *, hostile: bool) -> Any:
        type_name = self._chance.choice(TYPES)
        if not hostile:
            return ids.encode(type_name, self._chance.randrange(30))
        forged = urlsafe_b64encode(f"{type_name}:{self._chance.choice(NUMBERS)}".encode()).rstrip(b"=").decode()
        return self._chance.choice([forged, "", "=", "ä", 5, "x" * 10_000])

    def _cursor(self) -> str:
        names = [f"products.{each}" for each in LISTS] + ["categories", "merchants", "reviews", "variants", "media"]
        values = [self._chance.choice([*NUMBERS, *TEXTS[:8], True, None, []]) for _ in range(self._chance.randrange(4))]
        well_formed = encoded([self._chance.choice(names), *values])
        return self._chance.choice([well_formed, well_formed, "", "AAAA", "ä", encoded(None), encoded([[[]]])])


@pytest.fixture
async def everything(
    connection: Any, shop: SmallShop, database: Database, engine: Meilisearch, indexes: Indexes
) -> SmallShop:
    """Fill the shop with what it lacks, so that every type has an object, and index it."""
    rule = {"all": [{"field": "price", "is": "at_most", "value": 5000}]}
    await connection.execute("INSERT INTO collections (slug, name, rule) VALUES ('bargains', 'Bargains', $1)", rule)
    await rebuilding.rebuild(database, engine, indexes, locale="en")
    return shop


# graphql-core, the reference that answers are compared with, leaves what it need not await any more.
@pytest.mark.filterwarnings("ignore:coroutine 'Executor:RuntimeWarning")
async def test_answers_or_refuses_but_never_fails(api: Api, everything: SmallShop) -> None:
    assert everything
    asker = Asker(seed=1)
    answered = refused = 0
    for _ in range(DOCUMENTS):
        document, variables = asker.document()
        try:
            errors = (await api.answer(document, **variables)).get("errors", [])
        except (ClientError, InvalidRequest):
            refused += 1
            continue
        codes = {error["extensions"]["code"] for error in errors}
        hidden = {"NOT_FOUND"} if re.search(r"\bevents\b", document) else set()  # the log is not a guest's to read
        assert codes <= {"BAD_USER_INPUT"} | hidden, (codes, document, variables)
        answered += not codes
    assert min(answered, refused) > DOCUMENTS // 10


VALUES = [f"v{number}" for number in range(100)]


@pytest.mark.parametrize(
    ("criteria", "count"),
    [
        ([{"name": "height", "values": VALUES}], 101),
        ([{"name": "height", "values": [each]} for each in VALUES[:51]], 102),
    ],
)
@pytest.mark.parametrize(
    ("field", "document"),
    [
        ("filter.attributes", "query($filter: ProductFilter) { products(filter: $filter) { totalCount } }"),
        (
            "filter",
            'query($filter: ProductSearchFilter) { productSearch(query: "", filter: $filter) { facets { name } } }',
        ),
    ],
)
async def test_refuses_more_choices_than_it_could_look_up(
    api: Api, everything: SmallShop, field: str, document: str, criteria: Any, count: int
) -> None:
    assert everything
    assert await api.refused(document, filter={"attributes": criteria}) == (
        "BAD_USER_INPUT",
        f"{field}: {count} merchants, attributes and values are too many; name at most 100",
    )
    assert api.context.statements.value == 0


async def test_refuses_a_cursor_before_the_first_product_found(api: Api, everything: SmallShop) -> None:
    assert everything
    document = (
        'query($after: String) { productSearch(query: "", after: $after) { edges { cursor } pageInfo { endCursor } } }'
    )
    cursor = (await api.data(document))["productSearch"]["pageInfo"]["endCursor"]
    name, _ = json.loads(urlsafe_b64decode(cursor + "=="))
    code, message = await api.refused(document, after=encoded([name, -1]))
    assert (code, "is no cursor of this list and order" in message) == ("BAD_USER_INPUT", True)
