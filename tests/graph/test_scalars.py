"""A scalar ..."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLScalarType, parse_value

from graph.schema import schema


def scalar(name: str) -> GraphQLScalarType:
    found = schema._schema.type_map[name]  # noqa: SLF001 - Strawberry offers no public way to its graphql-core schema
    assert isinstance(found, GraphQLScalarType)
    return found


@pytest.mark.parametrize(
    ("given", "read"), [("19.90", "19.90"), ("-0.5", "-0.5"), ("0", "0"), (5, "5"), (-7, "-7"), ("1" * 15, "1" * 15)]
)
def test_decimal_is_read_exactly(given: Any, read: str) -> None:
    assert scalar("Decimal").parse_value(given) == read


@pytest.mark.parametrize(
    "given", [19.9, True, None, [], {}, "", "1e3", ".5", "5.", "1,5", "NaN", " 1", "٣", "1" * 16, 10**15]
)
def test_decimal_refuses_what_is_not_exact(given: Any) -> None:
    with pytest.raises(GraphQLError) as caught:
        scalar("Decimal").parse_value(given)
    assert caught.value.message == f'Decimal takes a text such as "19.90", not {str(given)[:40]!r}.'


@pytest.mark.parametrize(("literal", "read"), [('"19.90"', "19.90"), ("19.90", "19.90"), ("20", "20")])
def test_decimal_takes_a_number_of_a_document_digit_by_digit(literal: str, read: str) -> None:
    assert scalar("Decimal").parse_literal(parse_value(literal)) == read


@pytest.mark.parametrize("literal", ["true", "null", "[1]", "{a: 1}", "RED", "1e3"])
def test_decimal_refuses_other_literals(literal: str) -> None:
    with pytest.raises(GraphQLError, match=r'^Decimal takes a text such as "19\.90"'):
        scalar("Decimal").parse_literal(parse_value(literal))


def test_currency_code_is_three_capital_letters() -> None:
    assert scalar("CurrencyCode").parse_value("JPY") == "JPY"
    for given, said in (
        ("jpy", "'jpy' is no ISO 4217 currency code; write three capital letters, such as USD"),
        (5, "CurrencyCode takes a text such as USD."),
    ):
        with pytest.raises(GraphQLError) as caught:
            scalar("CurrencyCode").parse_value(given)
        assert caught.value.message == said


@pytest.mark.parametrize(
    ("instant", "written"),
    [
        (datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31T12:00:00Z"),
        (datetime(2026, 1, 31, 12, 0, 0, 5, tzinfo=UTC), "2026-01-31T12:00:00.000005Z"),
        (datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=2))), "2026-01-31T10:00:00Z"),
    ],
)
def test_date_time_is_written_in_utc(instant: datetime, written: str) -> None:
    assert scalar("DateTime").serialize(instant) == written
    assert scalar("DateTime").parse_value(written) == instant


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("2026-01-31T12:00:00", "DateTime needs its time zone, such as a trailing Z."),
        ("soon", "DateTime takes an ISO 8601 text such as 2026-01-31T12:00:00Z, not 'soon'."),
        (5, "DateTime takes an ISO 8601 text such as 2026-01-31T12:00:00Z, not '5'."),
    ],
)
def test_date_time_refuses_what_is_none(given: Any, said: str) -> None:
    with pytest.raises(GraphQLError) as caught:
        scalar("DateTime").parse_value(given)
    assert caught.value.message == said
