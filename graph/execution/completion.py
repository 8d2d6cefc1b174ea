"""Completion: columns of resolved values become columns of answers, as "Value Completion" in the specification says.

A place whose value is null because of an error holds `NULLED` until a nullable place above turns it into null.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from graphql import GraphQLAbstractType, GraphQLObjectType, Undefined
from graphql.pyutils import inspect

from graph.execution.where import ChosenPlace, ItemPlace, Where

if TYPE_CHECKING:
    from graph.execution.plans import Field, Selection
    from graph.execution.running import Run


class _Nulled:
    """The mark of a value that an error has made null; the error is recorded."""

    __slots__ = ()


NULLED: Final = _Nulled()
Values = Sequence[Any]


class Completer(ABC):
    """How the values of a type are completed. `later` says that it takes awaiting: then `complete_later` is used."""

    __slots__ = ("later",)
    later: bool

    @abstractmethod
    def complete(self, run: "Run", field: "Field", values: Values, where: Where) -> list[Any]:
        """Complete a column."""

    async def complete_later(self, run: "Run", field: "Field", values: Values, where: Where) -> list[Any]:
        """Complete a column whose objects have fields that take awaiting."""
        return self.complete(run, field, values, where)


class Place(Completer):
    """A type with its nullability: the places of values of the inner type."""

    __slots__ = ("inner", "nullable")

    def __init__(self, inner: Completer, *, nullable: bool) -> None:
        self.inner = inner
        self.nullable = nullable
        self.later = inner.later

    def complete(self, run: "Run", field: "Field", values: Values, where: Where) -> list[Any]:
        """Complete the inner type, then settle what is null."""
        return self._settled(run, field, self.inner.complete(run, field, values, where), where)

    async def complete_later(self, run: "Run", field: "Field", values: Values, where: Where) -> list[Any]:
        """Complete the inner type, then settle what is null."""
        return self._settled(run, field, await self.inner.complete_later(run, field, values, where), where)

    def _settled(self, run: "Run", field: "Field", completed: list[Any], where: Where) -> list[Any]:
        if self.nullable:
            if run.errors:
                return [None if value is NULLED else value for value in completed]
            return completed
        if None in completed:
            for index, value in enumerate(completed):
                if value is None:
                    missing = TypeError(f"Cannot return null for non-nullable field {field.coordinate}.")
                    completed[index] = run.fail(missing, field, where, index)
        return completed


class Leaf(Completer):
    """Scalars and enumerations. Values of exactly the type `plain` need no coercion."""

    __slots__ = ("_coerce", "_plain", "_type")

    def __init__(self, leaf_type: Any, plain: type | None) -> None:
        self.later = False
        self._type = leaf_type
        self._coerce: Callable[[Any], Any] = leaf_type.coerce_output_value
        self._plain = plain

    def complete(self, run: "Run", field: "Field", values: Values, where: Where) -> list[Any]:
        """Coerce each value that needs it."""
        plain = self._plain
        return [
            value if value is None or type(value) is plain else self._coerced(run, field, value, where, index)
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


class Items(Completer):
    """Lists: the items of all lists are completed as one column."""

    __slots__ = ("_place",)

    def __init__(self, place: Place) -> None:
        self._place = place
        self.later = place.later

    def complete(self, run: "Run", field: "Field", values: Values, where: Where) -> list[Any]:
        """Complete all items, then deal them out."""
        lists, items = self._flattened(run, field, values, where)
        inside = ItemPlace(
            where, [len(each) if isinstance(each, list) else 0 for each in lists], nullable=self._place.nullable
        )
        return self._dealt(run, lists, self._place.complete(run, field, items, inside))

    async def complete_later(self, run: "Run", field: "Field", values: Values, where: Where) -> list[Any]:
        """Complete all items, then deal them out."""
        lists, items = self._flattened(run, field, values, where)
        inside = ItemPlace(
            where, [len(each) if isinstance(each, list) else 0 for each in lists], nullable=self._place.nullable
        )
        return self._dealt(run, lists, await self._place.complete_later(run, field, items, inside))

    def _flattened(self, run: "Run", field: "Field", values: Values, where: Where) -> tuple[list[Any], list[Any]]:
        lists: list[Any] = []
        items: list[Any] = []
        for index, value in enumerate(values):
            each = value
            if type(value) is not list and value is not None:
                each = self._as_list(run, field, value, where, index)
            lists.append(each)
            if type(each) is list:
                items += each
        return lists, items

    def _as_list(self, run: "Run", field: "Field", value: Any, where: Where, index: int) -> Any:
        try:
            if isinstance(value, Exception):
                raise value  # noqa: TRY301 - a resolver may answer with an error in a value's place
            if value is Undefined:
                return None
            if isinstance(value, (str, bytes, dict)) or not hasattr(value, "__iter__"):
                raise TypeError(  # noqa: TRY301 - handled like any other error of the field
                    f"Expected Iterable, but did not find one for field '{field.coordinate}'."
                )
            return list(value)
        except Exception as error:  # noqa: BLE001 - any error of a field is an error in the answer
            return run.fail(error, field, where, index)

    def _dealt(self, run: "Run", lists: list[Any], completed: list[Any]) -> list[Any]:
        dealt: list[Any] = []
        start = 0
        for each in lists:
            if type(each) is not list:
                dealt.append(each)
                continue
            own = completed[start : start + len(each)]
            start += len(each)
            dealt.append(NULLED if run.errors and any(item is NULLED for item in own) else own)
        return dealt


class Objects(Completer):
    """Objects of one type: what their fields select is run over all of them."""

    __slots__ = ("_selection", "_type")

    def __init__(self, object_type: GraphQLObjectType, selection: "Selection") -> None:
        self._type = object_type
        self._selection = selection
        self.later = selection.later

    def complete(self, run: "Run", field: "Field", values: Values, where: Where) -> list[Any]:
        """Run the selection over those that are there."""
        chosen, sources, completed = self._chosen(run, field, values, where)
        place = where if len(sources) == len(completed) else ChosenPlace(where, chosen)
        return _placed(completed, chosen, self._selection.run(run, sources, place))

    async def complete_later(self, run: "Run", field: "Field", values: Values, where: Where) -> list[Any]:
        """Run the selection over those that are there."""
        chosen, sources, completed = self._chosen(run, field, values, where)
        if not sources:
            return completed
        place = where if len(sources) == len(completed) else ChosenPlace(where, chosen)
        return _placed(completed, chosen, await self._selection.run_later(run, sources, place))

    def _chosen(
        self, run: "Run", field: "Field", values: Values, where: Where
    ) -> tuple[Sequence[int], Values, list[Any]]:
        # Whether a value is of the type is asked once for each Python class of values, not for each value.
        classes = {type(value) for value in values}
        strange = {each for each in classes if not _is_of(run, field, self._type, each, values)}
        if not strange:
            return range(len(values)), values, [None] * len(values)
        chosen: list[int] = []
        completed: list[Any] = [None] * len(values)
        for index, value in enumerate(values):
            if type(value) not in strange:
                chosen.append(index)
            elif value is not None and value is not Undefined:
                error = value if isinstance(value, Exception) else run.wrong_type(self._type, value, field)
                completed[index] = run.fail(error, field, where, index)
        return chosen, [values[index] for index in chosen], completed


def _is_of(run: "Run", field: "Field", object_type: GraphQLObjectType, each: type, values: Values) -> bool:
    if each is type(None) or each is type(Undefined) or issubclass(each, Exception):
        return False
    if object_type.is_type_of is None:
        return True
    example = next(value for value in values if type(value) is each)
    return bool(object_type.is_type_of(example, run.info(field, None)))


def _placed(completed: list[Any], chosen: Sequence[int], rows: list[Any]) -> list[Any]:
    if len(rows) == len(completed):
        return rows
    for index, row in zip(chosen, rows, strict=True):
        completed[index] = row
    return completed


class Abstract(Completer):
    """Interfaces and unions: the values of each type are completed together."""

    __slots__ = ("_of", "_type")

    def __init__(self, abstract_type: GraphQLAbstractType, of: Callable[[GraphQLObjectType], Objects]) -> None:
        self._type = abstract_type
        self._of = of
        self.later = True

    def complete(self, run: "Run", field: "Field", values: Values, where: Where) -> list[Any]:
        """Never used: which selections run is known only later, so it always takes awaiting."""
        raise NotImplementedError

    async def complete_later(self, run: "Run", field: "Field", values: Values, where: Where) -> list[Any]:
        """Sort the values by their types and complete each type's."""
        completed: list[Any] = [None] * len(values)
        by_type: dict[GraphQLObjectType, list[int]] = {}
        for index, value in enumerate(values):
            if value is None or value is Undefined:
                continue
            try:
                if isinstance(value, Exception):
                    raise value  # noqa: TRY301 - a resolver may answer with an error in a value's place
                by_type.setdefault(run.runtime_type(self._type, value, field), []).append(index)
            except Exception as error:  # noqa: BLE001 - any error of a field is an error in the answer
                completed[index] = run.fail(error, field, where, index)
        for object_type, chosen in by_type.items():
            sources = [values[index] for index in chosen]
            rows = await self._of(object_type).complete_later(run, field, sources, ChosenPlace(where, chosen))
            for index, row in zip(chosen, rows, strict=True):
                completed[index] = row
        return completed
