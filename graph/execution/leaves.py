"""Completion of scalars and enumerations."""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLNamedType,
    GraphQLString,
    Undefined,
)
from graphql.pyutils import inspect
from strawberry.types.scalar import identity

from graph.execution.columns import Column
from graph.execution.completion import Completer, Values
from graph.execution.declarations import Reads
from graph.execution.parts import Coerced, Scalar, Shape
from graph.execution.where import Where

if TYPE_CHECKING:
    from graph.execution.plans import Field
    from graph.execution.running import Run

PLAIN: Final[Mapping[GraphQLNamedType, type]] = {
    GraphQLString: str,
    GraphQLID: str,
    GraphQLBoolean: bool,
    GraphQLInt: int,
    GraphQLFloat: float,
}
"""The scalars whose values need no coercion when they are of this type, and in bounds where there are any."""


def _are_ints(values: Sequence[int | None]) -> bool:
    return all(value is None or GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT for value in values)


def _are_finite(values: Sequence[float | None]) -> bool:
    return all(value is None or isfinite(value) for value in values)


FIT: Final[Mapping[GraphQLNamedType, Callable[[Sequence[Any]], bool]]] = {
    GraphQLInt: _are_ints,
    GraphQLFloat: _are_finite,
}


def leaf_of(leaf_type: Any) -> "Leaf":
    """Choose how values of the type are completed."""
    plain = PLAIN.get(leaf_type)
    if plain is None and leaf_type.coerce_output_value is identity:
        plain = str  # a scalar of one's own that Strawberry leaves as it is; a text is JSON already
    return Leaf(leaf_type, plain, FIT.get(leaf_type))


class Leaf(Completer):
    """Scalars and enumerations. Values of exactly the type `plain` need no coercion if `fit` says so of the column."""

    __slots__ = ("_coerce", "_fit", "_plain", "_type", "_untouched")

    def __init__(self, leaf_type: Any, plain: type | None, fit: Callable[[Values], bool] | None = None) -> None:
        self._type = leaf_type
        self._plain = plain
        self._coerce: Callable[[Any], Any] = leaf_type.coerce_output_value
        self._untouched = {type(None), plain} if plain else {type(None)}
        self._fit = fit

    def shape(self, *, nullable: bool) -> Shape | None:
        """Take values that need no coercion, or coerce each."""
        return Coerced(self._coerce, nullable) if self._plain is None else Scalar(self._plain, nullable)

    def reads(self, rows: type | None) -> Reads:
        """Hold no rows."""
        del rows
        return frozenset()

    def complete(self, run: "Run", field: "Field", values: Values, where: Where) -> Column:
        """Coerce each value, if any needs it."""
        if self._untouched.issuperset(map(type, values)) and (self._fit is None or self._fit(values)):
            return list(values)
        return [
            None if value is None else self._coerced(run, field, value, where, index)
            for index, value in enumerate(values)
        ]

    def _coerced(self, run: "Run", field: "Field", value: Any, where: Where, index: int) -> Any:
        try:
            if isinstance(value, Exception):
                raise value  # noqa: TRY301 - a resolver may answer with an error in a value's place
            if value is Undefined:
                return None
            coerced = self._coerce(value)
            if coerced is None or coerced is Undefined:
                raise TypeError(  # noqa: TRY301 - handled like any other error of the field
                    f"Expected `{inspect(self._type)}.coerce_output_value({inspect(value)})`"
                    f" to return non-nullable value, returned: {inspect(coerced)}"
                )
        except Exception as error:  # noqa: BLE001 - any error of a field is an error in the answer
            return run.fail(error, field, where, index)
        return coerced
