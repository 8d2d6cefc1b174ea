"""Constants of statements stand in the SQL ..."""

from typing import Any

import pytest
from sqlalchemy import ARRAY, BigInteger, Text, any_, bindparam, literal, select

from models.database import Database, Row, Statement


@pytest.mark.parametrize("value", ["PAID", "order_part", ":name", "5", "", 0, -7, 2**31 - 1, ["a", "b-c"], [1, 2]])
async def test_if_they_are_plain_and_mean_the_same(database: Database, value: Any) -> None:
    kind = ARRAY(Text if value == ["a", "b-c"] else BigInteger) if isinstance(value, list) else None
    statement = Statement(select(literal(value, kind).label("value")))
    assert not statement.arguments({})
    (row,) = await database.fetch(statement, Row)
    assert row["value"] == value


@pytest.mark.parametrize(
    "value",
    ["'; DROP TABLE orders; --", "\\", "50%", "$1", "é", "\n", "a" * 61, 2**31, -(2**31), ["a", "it's"], '"'],
)
async def test_and_stay_parameters_if_they_are_not(database: Database, value: Any) -> None:
    kind = ARRAY(Text) if isinstance(value, list) else BigInteger() if isinstance(value, int) else Text()
    statement = Statement(select(literal(value, kind).label("value")))
    assert statement.arguments({}) == [value]
    (row,) = await database.fetch(statement, Row)
    assert row["value"] == value


async def test_but_for_named_parameters(database: Database) -> None:
    statement = Statement(select((literal("x") == any_(bindparam("words", ["x"], ARRAY(Text)))).label("found")))
    assert statement.arguments({"words": ["y"]}) == [["y"]]
    (row,) = await database.fetch(statement, Row, words=["y"])
    assert row["found"] is False
