"""The documents a schema has accepted ..."""

import pytest
from graphql import build_schema

from graph import documents
from graph.documents import Documents
from graph.errors import ClientError, InvalidRequest
from graph.limits import Limits

SCHEMA = build_schema("type Query { a: Int b: Int }")


@pytest.fixture
def kept() -> Documents:
    return Documents(SCHEMA, Limits(), introspection=True)


def test_are_the_same_the_next_time(kept: Documents) -> None:
    assert kept.get("{ a }") is kept.get("{ a }")


def test_are_not_kept_when_refused(kept: Documents) -> None:
    for _ in range(2):
        with pytest.raises(InvalidRequest):
            kept.get("{ c }")
        with pytest.raises(ClientError):
            kept.get("")


def test_give_way_to_later_ones_the_longest_unused_first(kept: Documents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "CACHED_DOCUMENTS", 2)
    first, second = kept.get("{ a }"), kept.get("{ b }")
    kept.get("{ a }")
    kept.get("{ a b }")
    assert kept.get("{ a }") is first
    assert kept.get("{ b }") is not second


@pytest.mark.parametrize("filler", [" a", " " * 400])
def test_are_bounded_by_the_memory_they_take(kept: Documents, monkeypatch: pytest.MonkeyPatch, filler: str) -> None:
    monkeypatch.setattr(documents, "CACHED_TOKENS", 100)
    small, large = kept.get("{ a }"), kept.get("{ b " + filler * 90 + "}")
    assert kept.get("{ a }") is small
    kept.get("{ a b " + filler * 90 + "}")
    assert kept.get("{ a }") is small
    assert kept.get("{ b " + filler * 90 + "}") is not large


def test_report_at_most_twenty_errors(kept: Documents) -> None:
    with pytest.raises(InvalidRequest) as caught:
        kept.get("{" + "".join(f" x{n}" for n in range(100)) + "}")
    assert len(caught.value.errors) == 21
    assert caught.value.errors[20]["message"].startswith("Too many validation errors")


def test_give_their_only_operation_without_a_name_and_any_by_its_name(kept: Documents) -> None:
    assert kept.get("query A { a }").plan(None).name == "A"
    both = kept.get("query A { a } query B { b }")
    assert (both.plan("B").name, both.plan("B").kind) == ("B", "query")
