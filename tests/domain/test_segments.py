"""A segment ..."""

import pytest

from domain import rules, segments
from domain.errors import InvalidInput
from domain.rules import Operator
from domain.segments import RULE_VOCABULARY, Reason

GOLD = {"field": "level", "is": "one_of", "value": ["Gold"]}
GERMAN = {"field": "region", "is": "equals", "value": "DE"}
LAMPS = {"field": "category", "is": "equals", "value": "lamps"}
SPENDER = {"field": "spend", "is": "at_least", "value": 10_000}
RULE = rules.parse({"all": [SPENDER, {"any": [GOLD, GERMAN]}, {"not": LAMPS}]}, RULE_VOCABULARY)


def test_says_why_somebody_is_in_it() -> None:
    facts = {"spend": 12_000, "level": None, "region": ["DE"], "category": []}
    assert rules.matches(RULE, facts)
    assert list(segments.explain(RULE, facts)) == [
        Reason("spend", Operator.AT_LEAST, 10_000, 12_000, holds=True, negated=False),
        Reason("level", Operator.ONE_OF, ("Gold",), None, holds=False, negated=False),
        Reason("region", Operator.EQUALS, "DE", ["DE"], holds=True, negated=False),
        Reason("category", Operator.EQUALS, "lamps", [], holds=False, negated=True),
    ]


@pytest.mark.parametrize("text", ["", "Loyal", "a b", "a--b", "-a", "x" * 61, "ä"])
def test_is_called_by_a_code(text: str) -> None:
    assert segments.code("loyal-2026") == "loyal-2026"
    with pytest.raises(InvalidInput, match="code"):
        segments.code(text)


def test_has_a_title() -> None:
    assert segments.title("  Loyal   ones ") == "Loyal ones"
    for text in (" ", "x" * 101):
        with pytest.raises(InvalidInput, match="title"):
            segments.title(text)
