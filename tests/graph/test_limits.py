"""The limits of a document ..."""

import time
from typing import Any

import pytest
from graphql import get_introspection_query, parse

from graph.errors import ClientError, LimitExceeded
from graph.limits import Limits, check_document, check_variables


def check(source: str, **limits: Any) -> None:
    check_document(parse(source), Limits(**limits))


def exceeded(source: str, **limits: Any) -> tuple[str, float, float]:
    with pytest.raises(LimitExceeded) as caught:
        check(source, **limits)
    extensions = caught.value.extensions
    return extensions["code"], extensions["measured"], extensions["maximum"]


def test_count_depth_through_fragments_and_not_for_them() -> None:
    document = "{ a { ... on T { ...f } } } fragment f on T { b { ... { c } } }"
    check(document, max_depth=3)
    assert exceeded(document, max_depth=2) == ("DOCUMENT_TOO_DEEP", 3, 2)


def test_count_aliases_each_time_a_fragment_is_spread() -> None:
    document = "{ x: a ...f ...f b { ...f } } fragment f on T { y: c z: d e }"
    check(document, max_aliases=7)
    assert exceeded(document, max_aliases=6) == ("TOO_MANY_ALIASES", 7, 6)


def test_count_fields_each_time_a_fragment_is_spread() -> None:
    document = "{ a ...f ...f } fragment f on T { ...g ...g b } fragment g on T { c d }"
    check(document, max_fields=11)
    assert exceeded(document, max_fields=10) == ("TOO_MANY_FIELDS", 11, 10)


def test_hold_for_each_operation_by_itself() -> None:
    check("query A { a b } query B { a b }", max_fields=2)
    assert exceeded("query A { a } query B { a b c }", max_fields=2) == ("TOO_MANY_FIELDS", 3, 2)


def test_hold_for_a_fragment_that_no_operation_spreads() -> None:
    assert exceeded("{ a } fragment f on T { a { b } }", max_depth=1) == ("DOCUMENT_TOO_DEEP", 2, 1)


def test_name_the_operation_and_the_way_out() -> None:
    with pytest.raises(LimitExceeded) as caught:
        check("query Page { a { b } }", max_depth=1)
    assert caught.value.message == (
        'Operation "Page" nests fields 2 levels deep; 1 are allowed.'
        " Ask for the deeper objects by a query of their own, by id."
    )


@pytest.mark.parametrize("levels", [28, 400])
def test_measure_each_fragment_once_however_often_it_is_spread(levels: int) -> None:
    fragments = " ".join(f"fragment f{n} on T {{ ...f{n + 1} ...f{n + 1} }}" for n in range(levels))
    document = parse("{ ...f0 } " + fragments + f" fragment f{levels} on T {{ a }}")
    started = time.process_time()
    with pytest.raises(LimitExceeded) as caught:
        check_document(document, Limits(max_fields=1_000))
    assert time.process_time() - started < 0.1
    assert caught.value.extensions["measured"] == 1024  # the first fragment, from below, that is too large


@pytest.mark.parametrize(
    "fragments",
    [
        "fragment f on T { ...f }",
        "fragment f on T { a { ...g } } fragment g on T { ...h } fragment h on T { b ...f }",
        "fragment f on T { ...g } fragment g on T { ...h ...i } fragment h on T { a } fragment i on T { ...g }",
    ],
)
def test_refuse_a_cycle_of_fragments(fragments: str) -> None:
    with pytest.raises(ClientError) as caught:
        check("{ ...f } " + fragments)
    assert caught.value.code == "FRAGMENT_CYCLE"


def test_allow_a_fragment_to_be_spread_by_two_others() -> None:
    check("{ ...f ...g } fragment f on T { ...h } fragment g on T { ...h } fragment h on T { a }", max_fields=2)


def test_leave_an_unknown_fragment_to_validation() -> None:
    check("{ ...nowhere }")


def test_bound_the_pairs_that_validation_compares() -> None:
    document = "{ a a a b b ...f } fragment f on T { c: a c: b }"
    check(document, max_field_pairs=3 + 1 + 1)
    assert exceeded(document, max_field_pairs=4) == ("TOO_MANY_REPETITIONS", 5, 4)


@pytest.mark.parametrize(
    "document",
    [
        "{ a(x: [1, 2, 3]) }",
        "{ a @include(if: true) b(x: {y: 1}) { c(z: null) } }",
        "query($v: I = {a: [1, 2]}) { b }",
        "{ a ...f } fragment f on T { b(x: [[1], 2]) }",
    ],
)
def test_count_the_values_of_literals(document: str) -> None:
    check(document, max_input_values=4)
    assert exceeded(document, max_input_values=3) == ("TOO_MANY_INPUT_VALUES", 4, 3)


def test_count_the_depth_of_literals_and_variables_alike() -> None:
    assert exceeded("{ a(x: [{y: [1]}]) }", max_input_depth=3) == ("INPUT_TOO_DEEP", 4, 3)
    check_variables({"x": [{"y": [1]}]}, Limits(max_input_depth=4))
    with pytest.raises(LimitExceeded) as caught:
        check_variables({"x": [{"y": [1]}]}, Limits(max_input_depth=3))
    assert caught.value.extensions == {"code": "INPUT_TOO_DEEP", "measured": 4, "maximum": 3}


def test_count_the_values_of_variables_with_their_containers() -> None:
    check_variables({"a": 1, "b": [2, {"c": 3}]}, Limits(max_input_values=5))
    with pytest.raises(LimitExceeded) as caught:
        check_variables({"a": 1, "b": [2, {"c": 3}]}, Limits(max_input_values=4))
    assert caught.value.extensions == {"code": "TOO_MANY_INPUT_VALUES", "measured": 5, "maximum": 4}


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 400])
def test_refuse_a_number_that_no_type_can_hold(number: str) -> None:
    with pytest.raises(ClientError) as caught:
        check(f"{{ a(x: {number}) }}")
    assert caught.value.code == "BAD_USER_INPUT"


@pytest.mark.parametrize("variables", [{"a": "x\0"}, {"a": ["\0"]}, {"a": {"b": "\0"}}])
def test_refuse_a_character_that_postgres_cannot_store(variables: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as caught:
        check_variables(variables, Limits())
    assert caught.value.code == "BAD_USER_INPUT"


def test_let_the_introspection_query_of_the_tools_pass() -> None:
    query = get_introspection_query(
        descriptions=True, specified_by_url=True, directive_is_repeatable=True, schema_description=True
    )
    check(query)
