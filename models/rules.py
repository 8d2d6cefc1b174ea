"""Rules (`domain.rules`) as SQL conditions; what a single condition compares is for each vocabulary to say."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, Numeric, and_, func, literal, literal_column, not_, or_

from domain.rules import All, AnyOf, Condition, Not, Operator, Rule

Compare = Callable[[str, Operator, Any], ColumnElement[bool]]
"""Gives a condition for a field, an operator and the value that the field is compared with."""

# Not true() and false(): SQLAlchemy would shorten what holds one of them, and a parameter could go missing.
_TRUE: Final = literal_column("true", Boolean())
_FALSE: Final = literal_column("false", Boolean())


def condition(rule: Rule, compare: Compare) -> ColumnElement[bool]:
    """Translate a checked rule.

    As in `domain.rules.matches`, a missing fact satisfies no condition: NULL counts as false before NOT turns it round.
    """
    match rule:
        case All(parts):
            return and_(_TRUE, *(condition(part, compare) for part in parts))
        case AnyOf(parts):
            return or_(_FALSE, *(condition(part, compare) for part in parts))
        case Not(part):
            return not_(condition(part, compare))
        case Condition(field, operator, value):
            return func.coalesce(compare(field, operator, value), _FALSE)


def ordered(fact: ColumnElement[Any], operator: Operator, value: float) -> ColumnElement[bool]:
    """Compare a number, of any size and precision, whatever the column's."""
    bound = literal(Decimal(str(value)), Numeric)
    match operator:
        case Operator.AT_LEAST:
            return fact >= bound
        case Operator.AT_MOST:
            return fact <= bound
    return fact == bound
