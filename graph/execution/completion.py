"""Completion: columns of resolved values become columns of answers, as "Value Completion" in the specification says.

A place whose value is null because of an error holds `NULLED` until a nullable place above turns it into null.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from inspect import isawaitable
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

from graphql import GraphQLAbstractType, GraphQLError, GraphQLObjectType, Undefined
from graphql.pyutils import is_iterable

from graph.execution.assembly import MAX_CLASSES, Makers
from graph.execution.columns import Column, Coming, all_of, then
from graph.execution.declarations import OfClass, Reads
from graph.execution.parts import NULLS, Listed, Nested, Shape
from graph.execution.waiting import may_wait
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
    """How the values of a type are completed."""

    __slots__ = ()

    @abstractmethod
    def complete(self, run: "Run", field: "Field", values: Values, where: Where) -> Coming:
        """Complete a column. What goes wrong with a value is recorded in `run` and leaves `NULLED` in its place."""

    def shape(self, *, nullable: bool) -> Shape | None:
        """Say of what shape the values are, if they can be made together with the object that they are a field of."""
        del nullable
        return None

    def reads(self, rows: type | None) -> Reads:
        """Say which columns are read of the values, or of those in them that are of the class `rows`."""
        del rows
        return None


class Place:
    """A type with its nullability: the places of values of the inner type."""

    __slots__ = ("inner", "nullable")

    def __init__(self, inner: Completer, *, nullable: bool) -> None:
        self.inner = inner
        self.nullable = nullable

    @property
    def shape(self) -> Shape | None:
        """Of what shape the values are, if they can be made together with the object that they are a field of."""
        return self.inner.shape(nullable=self.nullable)

    def complete(self, run: "Run", field: "Field", values: Values, where: Where) -> Coming:
        """Complete the inner type, then settle what is null."""
        completed = self.inner.complete(run, field, values, where)
        if isinstance(completed, list):
            return self._settled(run, field, completed, where)
        return then(completed, lambda column: self._settled(run, field, column, where))

    def _settled(self, run: "Run", field: "Field", completed: Column, where: Where) -> Column:
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


class Items(Completer):
    """Lists: the items of all lists are completed as one column."""

    __slots__ = ("_place",)

    def __init__(self, place: Place) -> None:
        self._place = place

    def shape(self, *, nullable: bool) -> Shape | None:
        """Make lists of what can be made."""
        inner = self._place.shape
        return None if inner is None else Listed(inner, nullable)

    def reads(self, rows: type | None) -> Reads:
        """Say what is read of the items."""
        return self._place.inner.reads(rows)

    def complete(self, run: "Run", field: "Field", values: Values, where: Where) -> Coming:
        """Complete all items, then deal them out."""
        lists = [
            value if type(value) is list or value is None else self._as_list(run, field, value, where, index)
            for index, value in enumerate(values)
        ]
        items: Column = []
        for each in lists:
            if type(each) is list:
                items += each
        lengths = [len(each) if type(each) is list else 0 for each in lists]
        inside = ItemPlace(where, lengths, nullable=self._place.nullable)
        completed = self._place.complete(run, field, items, inside)
        return then(completed, lambda column: _dealt(run, lists, column))

    def _as_list(self, run: "Run", field: "Field", value: Any, where: Where, index: int) -> Any:
        try:
            if isinstance(value, Exception):
                raise value  # noqa: TRY301 - a resolver may answer with an error in a value's place
            if value is Undefined:
                return None
            if not is_iterable(value):
                raise GraphQLError(  # noqa: TRY301 - handled like any other error of the field
                    f"Expected Iterable, but did not find one for field '{field.coordinate}'."
                )
            return list(value)
        except Exception as error:  # noqa: BLE001 - any error of a field is an error in the answer
            return run.fail(error, field, where, index)


def _dealt(run: "Run", lists: Column, completed: Column) -> Column:
    dealt: Column = []
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
    """Objects of one type: what their fields select is run over all of them.

    The selection is compiled when there is a first object: a document may select much that no answer ever holds.
    """

    __slots__ = ("_compile", "_fitting", "_selection", "_type")

    def __init__(self, object_type: GraphQLObjectType, compile_selection: Callable[[], "Selection"]) -> None:
        self._type = object_type
        self._compile = compile_selection
        self._selection: Selection | None = None
        self._fitting: set[type] = set()
        """Classes whose objects are of the type."""

    def shape(self, *, nullable: bool) -> Shape | None:
        """Make objects whose fields can all be made together with them."""
        is_type_of = self._type.is_type_of
        if is_type_of is not None and not isinstance(is_type_of, OfClass):
            return None
        try:
            selection = self._compiled()
        except GraphQLError:  # it is said where the objects are
            return None
        layout = selection.layout
        if None in layout.parts:
            return None
        return Nested(Makers(selection.keys, layout.parts, self._fits), layout.weight, nullable)

    def reads(self, rows: type | None) -> Reads:
        """Say what the selection reads, or what is read of what its fields hold."""
        try:
            selection = self._compiled()
        except GraphQLError:  # it is said where the objects are
            return None
        is_type_of = self._type.is_type_of
        if rows is None or (isinstance(is_type_of, OfClass) and issubclass(rows, is_type_of.accepts)):
            return selection.reads
        return union(field.place.inner.reads(rows) for field in selection.fields)

    def _fits(self, source_class: type) -> bool:
        if source_class in NULLS or issubclass(source_class, Exception) or may_wait(source_class):
            return False
        is_type_of = self._type.is_type_of
        return not isinstance(is_type_of, OfClass) or issubclass(source_class, is_type_of.accepts)

    def selected(self) -> frozenset[str]:
        """Name the fields that are selected; raises GraphQLError as the compiling does."""
        return self._compiled().names

    def _compiled(self) -> "Selection":
        if self._selection is None:
            self._selection = self._compile()
        return self._selection

    def complete(self, run: "Run", field: "Field", values: Values, where: Where) -> Coming:
        """Run the selection over those that are there."""
        if self._all_are_there(values):
            chosen: Sequence[int] = range(len(values))
            completed: Column = []
        else:
            completed = [None] * len(values)
            chosen = self._chosen(run, field, values, where, completed)
            if not chosen:
                return completed
        try:
            selection = self._compiled()
        except GraphQLError as error:  # @skip or @include looks at a variable that is null
            failed = [run.fail(error, field, where, index) for index in chosen]
            return failed if len(chosen) == len(values) else _placed(completed, chosen, failed)
        if len(chosen) == len(values):
            return selection.run(run, values, where)
        rows = selection.run(run, [values[index] for index in chosen], ChosenPlace(where, chosen))
        return then(rows, lambda column: _placed(completed, chosen, column))

    def _all_are_there(self, values: Values) -> bool:
        """Say whether there are values, and all are objects of the type, as far as their classes alone can tell."""
        classes = set(map(type, values))
        if not classes:
            return False
        if classes <= self._fitting:
            return True
        is_type_of = self._type.is_type_of
        if not (is_type_of is None or isinstance(is_type_of, OfClass)):
            return False
        for each in classes:
            if each in NULLS or issubclass(each, Exception):
                return False
            if is_type_of is not None and not issubclass(each, is_type_of.accepts):
                return False
        if len(self._fitting) < MAX_CLASSES:
            self._fitting |= classes
        return True

    def _chosen(self, run: "Run", field: "Field", values: Values, where: Where, completed: Column) -> Sequence[int]:
        """Choose those that are objects of the type; for others, the error's mark is put into `completed`."""
        is_type_of = self._type.is_type_of
        classes = set(map(type, values))
        if (
            is_type_of is not None
            and classes.isdisjoint(NULLS)
            and not any(issubclass(each, Exception) for each in classes)
        ):
            try:
                if all(map(is_type_of, values, repeat(run.info(field, where.path(0))))):
                    return range(len(values))
            except Exception:  # noqa: BLE001, S110 - found out below, value by value
                pass
        chosen: list[int] = []
        for index, value in enumerate(values):
            if value is None or value is Undefined:
                continue
            try:
                if isinstance(value, Exception):
                    raise value  # noqa: TRY301 - a resolver may answer with an error in a value's place
                if is_type_of is not None and not is_type_of(value, run.info(field, where.path(index))):
                    raise run.wrong_type(self._type, value, field)  # noqa: TRY301 - like any other error of the field
                chosen.append(index)
            except Exception as error:  # noqa: BLE001 - any error of a field is an error in the answer
                completed[index] = run.fail(error, field, where, index)
        return chosen


def union(every: Iterable[Reads]) -> Reads:
    """Unite what is read; of that nobody knows anything if they do not of a part."""
    columns: set[str] = set()
    for reads in every:
        if reads is None:
            return None
        columns |= reads
    return frozenset(columns)


def _placed(completed: Column, chosen: Sequence[int], rows: Column) -> Column:
    for index, row in zip(chosen, rows, strict=True):
        completed[index] = row
    return completed


class Abstract(Completer):
    """Interfaces and unions: the values of each type are completed together, the types side by side."""

    __slots__ = ("_of", "_type")

    def __init__(self, abstract_type: GraphQLAbstractType, of: Callable[[GraphQLObjectType], Objects]) -> None:
        self._type = abstract_type
        self._of = of

    async def complete(self, run: "Run", field: "Field", values: Values, where: Where) -> Column:
        """Sort the values by their types and complete each type's."""
        completed: Column = [None] * len(values)
        by_type: dict[GraphQLObjectType, list[int]] = {}
        for index, value in enumerate(values):
            if value is None or value is Undefined:
                continue
            try:
                if isinstance(value, Exception):
                    raise value  # noqa: TRY301 - a resolver may answer with an error in a value's place
                by_type.setdefault(await self._type_of(run, field, value, where, index), []).append(index)
            except Exception as error:  # noqa: BLE001 - any error of a field is an error in the answer
                completed[index] = run.fail(error, field, where, index)
        waiting: list[tuple[list[int], Any]] = []
        for object_type, chosen in by_type.items():
            rows = self._of(object_type).complete(
                run, field, [values[index] for index in chosen], ChosenPlace(where, chosen)
            )
            if isinstance(rows, list):
                _placed(completed, chosen, rows)
            else:
                waiting.append((chosen, rows))
        columns = await all_of([rows for _, rows in waiting])
        for (chosen, _), column in zip(waiting, columns, strict=True):
            _placed(completed, chosen, column)
        return completed

    async def _type_of(self, run: "Run", field: "Field", value: Any, where: Where, index: int) -> GraphQLObjectType:
        info = run.info(field, where.path(index))
        named = (self._type.resolve_type or run.core.type_resolver)(value, info, self._type)
        if isawaitable(named):
            named = await named
        return run.core.ensure_valid_runtime_type(named, self._type, field.details, info, value)
