"""A rule ..."""

from typing import Any

import pytest

from domain import rules
from domain.products import RULE_VOCABULARY
from domain.rules import All, AnyOf, Condition, Not, Operator, RuleError

LAMPS = {"field": "category", "is": "equals", "value": "lamps"}
CHEAP = {"field": "price", "is": "at_most", "value": 1000}
FACTS = {
    "category": {"home", "lamps"},
    "merchant": "ada",
    "price": 1000,
    "rating": None,
    "available": False,
    "attributes.colour": "red",
}


def test_is_read_with_all_its_parts() -> None:
    document = {
        "all": [
            LAMPS,
            {"any": [CHEAP, {"field": "attributes.colour", "is": "one_of", "value": ["red", "blue"]}]},
            {"not": {"field": "available", "is": "equals", "value": False}},
        ]
    }
    assert rules.parse(document, RULE_VOCABULARY) == All(
        (
            Condition("category", Operator.EQUALS, "lamps"),
            AnyOf(
                (
                    Condition("price", Operator.AT_MOST, 1000),
                    Condition("attributes.colour", Operator.ONE_OF, ("red", "blue")),
                )
            ),
            Not(Condition("available", Operator.EQUALS, False)),  # noqa: FBT003 - a condition's value
        )
    )


SHAPES = "expected one of {all: [...]}, {any: [...]}, {not: ...}, {field, is, value}; found the keys "


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (None, "rule: expected an object, found NoneType"),
        ([LAMPS], "rule: expected an object, found list"),
        ({}, f"rule: {SHAPES}[]"),
        ({"some": [LAMPS]}, f"rule: {SHAPES}['some']"),
        ({"all": LAMPS}, f"rule: {SHAPES}['all']"),
        ({"all": [], "any": []}, f"rule: {SHAPES}['all', 'any']"),
        ({**LAMPS, "more": 1}, f"rule: {SHAPES}['field', 'is', 'more', 'value']"),
        ({"field": 1, "is": "equals", "value": 1}, f"rule: {SHAPES}['field', 'is', 'value']"),
        ({"all": [LAMPS, 5]}, "rule.all[1]: expected an object, found int"),
        ({"any": [{"not": {"all": [1]}}]}, "rule.any[0].not.all[0]: expected an object, found int"),
        (
            {"field": "colour", "is": "equals", "value": "red"},
            "rule: there is no field 'colour'; there are attributes.*, available, category, merchant, price, rating",
        ),
        (
            {"not": {"field": "price", "is": "one_of", "value": [1]}},
            "rule.not: price (number) cannot be compared with 'one_of'; use ['at_least', 'at_most', 'equals']",
        ),
        (
            {"field": "merchant", "is": "at_least", "value": "a"},
            "rule: merchant (text) cannot be compared with 'at_least'; use ['equals', 'one_of']",
        ),
        ({"field": "merchant", "is": "one_of", "value": []}, "rule: one_of takes a list of at least one value"),
        ({"field": "merchant", "is": "one_of", "value": "ada"}, "rule: one_of takes a list of at least one value"),
        ({"field": "merchant", "is": "one_of", "value": [1]}, "rule: merchant takes a text value, found 1"),
        ({"field": "category", "is": "equals", "value": ["a"]}, "rule: category takes a set value, found ['a']"),
        ({"field": "price", "is": "equals", "value": "10"}, "rule: price takes a number value, found '10'"),
        ({"field": "price", "is": "equals", "value": True}, "rule: price takes a number value, found True"),
        ({"field": "available", "is": "equals", "value": 1}, "rule: available takes a boolean value, found 1"),
    ],
)
def test_is_refused_with_the_place_of_the_mistake(document: Any, said: str) -> None:
    with pytest.raises(RuleError) as caught:
        rules.parse(document, RULE_VOCABULARY)
    assert caught.value.message == said


def nested(levels: int) -> Any:
    return LAMPS if levels == 1 else {"not": nested(levels - 1)}


def test_nests_eight_deep_and_no_deeper() -> None:
    assert rules.parse(nested(8), RULE_VOCABULARY)
    with pytest.raises(RuleError, match=r"^rule(\.not){8}: rules nest at most 8 deep$"):
        rules.parse(nested(9), RULE_VOCABULARY)


def test_has_a_hundred_conditions_and_no_more() -> None:
    assert rules.parse({"all": [LAMPS] * 100}, RULE_VOCABULARY)
    with pytest.raises(RuleError) as caught:
        rules.parse({"all": [{"any": [LAMPS] * 99}, LAMPS, LAMPS]}, RULE_VOCABULARY)
    assert caught.value.message == "rule.all[2]: a rule has at most 100 conditions"


@pytest.mark.parametrize(
    ("document", "holds"),
    [
        (LAMPS, True),
        ({"field": "category", "is": "equals", "value": "chairs"}, False),
        ({"field": "category", "is": "one_of", "value": ["chairs", "home"]}, True),
        ({"field": "category", "is": "one_of", "value": ["chairs"]}, False),
        ({"field": "merchant", "is": "equals", "value": "ada"}, True),
        ({"field": "merchant", "is": "one_of", "value": ["bob", "ada"]}, True),
        ({"field": "merchant", "is": "one_of", "value": ["bob"]}, False),
        ({"field": "price", "is": "at_least", "value": 1000}, True),
        ({"field": "price", "is": "at_least", "value": 1001}, False),
        ({"field": "price", "is": "at_most", "value": 1000}, True),
        ({"field": "price", "is": "at_most", "value": 999.5}, False),
        ({"field": "price", "is": "equals", "value": 1000.0}, True),
        ({"field": "available", "is": "equals", "value": False}, True),
        ({"field": "attributes.colour", "is": "equals", "value": "red"}, True),
        ({"field": "attributes.size", "is": "equals", "value": "L"}, False),
        ({"field": "rating", "is": "at_most", "value": 5}, False),
        ({"not": {"field": "rating", "is": "at_most", "value": 5}}, True),
        ({"all": []}, True),
        ({"any": []}, False),
        ({"all": [LAMPS, CHEAP]}, True),
        ({"all": [LAMPS, {"not": CHEAP}]}, False),
        ({"any": [{"not": LAMPS}, CHEAP]}, True),
        ({"any": [{"not": LAMPS}, {"not": CHEAP}]}, False),
    ],
)
def test_holds_or_not(document: Any, *, holds: bool) -> None:
    assert rules.matches(rules.parse(document, RULE_VOCABULARY), FACTS) is holds


def test_names_its_fields() -> None:
    document = {"any": [{"all": [LAMPS, CHEAP]}, {"not": {"field": "attributes.a", "is": "equals", "value": "1"}}]}
    assert rules.fields(rules.parse(document, RULE_VOCABULARY)) == {"category", "price", "attributes.a"}
    assert rules.fields(rules.parse({"all": []}, RULE_VOCABULARY)) == frozenset()
