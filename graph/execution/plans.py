"""Plans: what is done level by level to answer an operation."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from graphql import GraphQLField, GraphQLObjectType
from graphql.execution.collect_fields import FieldDetails

from graph.execution.arguments import Arguments
from graph.execution.assembly import Makers, objects
from graph.execution.columns import Column, Coming, all_here
from graph.execution.completion import NULLED, Objects, Place, union
from graph.execution.declarations import Reads
from graph.execution.parts import Part
from graph.execution.ways import Way
from graph.execution.where import ChosenPlace, FieldPlace, Where

VALUES_A_TURN: Final = 8_000
"""How many values are made before the event loop turns: 1 to 3 ms."""
CAREFUL_VALUES_A_TURN: Final = 400
"""How many, when something is out of the ordinary: 10 ms if each is an error."""
_NOT_ASKED: Final = object()
_NOTHING: Final = (Exception, type(None))
"""What has nothing below it that could be loaded: to complete it in parts costs no statement."""

if TYPE_CHECKING:
    from graph.execution.running import Run


class Field:
    """One field of a selection: how it is answered, with what, and how its values are completed."""

    __slots__ = (
        *(
            "_reads_of_rows",
            "_shares",
            "arguments",
            "coordinate",
            "definition",
            "details",
            "key",
            "nodes",
            "parent_type",
            "part",
            "place",
            "plain",
        ),
        "way",
    )

    def __init__(
        self,
        key: str,
        details: list[FieldDetails],
        parent_type: GraphQLObjectType,
        definition: GraphQLField,
        place: Place,
        *,
        way: Way,
        arguments: Arguments,
    ) -> None:
        self.key = key
        self.details = details
        self.nodes = [each.node for each in details]
        self.parent_type = parent_type
        self.definition = definition
        self.coordinate = f"{parent_type.name}.{self.nodes[0].name.value}"
        self.place = place
        self.way = way
        self.arguments = arguments
        self._reads_of_rows: Any = _NOT_ASKED
        self._shares = way.shares and isinstance(place.inner, Objects)
        source, plain = way.source(arguments), way.plainly(arguments)
        shape = None if source is None and plain is None else place.shape
        self.part = None if source is None or shape is None else Part(source, shape)
        self.plain = None if plain is None or shape is None else (plain[0], Part(plain[1], shape))
        """What the field is where something holds for all sources, if it is no part anyway."""

    @property
    def reads_of_rows(self) -> Reads:
        """Which columns are read of the rows that the field is answered with; asked for where there are some."""
        if self._reads_of_rows is _NOT_ASKED:
            self._reads_of_rows = self.place.inner.reads(self.way.rows)
        reads: Reads = self._reads_of_rows
        return reads

    def selected(self) -> frozenset[str]:
        """Name the fields that are selected of the field's values, which are objects of one type.

        Raises GraphQLError if @skip or @include looks at a variable that is null.
        """
        inner = self.place.inner
        assert isinstance(inner, Objects)  # noqa: S101 - as is declared
        return inner.selected()

    def column(self, run: "Run", sources: Sequence[Any], where: Where) -> Coming:
        """Answer the field for all sources."""
        place = FieldPlace(where, self.key, self.parent_type.name, nullable=self.place.nullable)
        try:
            values = self.way.values(run, self, sources, self.arguments(run.variables), place)
        except Exception as error:  # noqa: BLE001 - any error of a field is an error in the answer
            values = [error] * len(sources)
        if isinstance(values, list):
            return self._completed(run, self._checked(values, sources), place)
        return self._column_later(run, sources, values, place)

    def _checked(self, values: Sequence[Any], sources: Sequence[Any]) -> Sequence[Any]:
        if len(values) == len(sources):
            return values
        error = f"{self.coordinate} was answered with {len(values)} values for {len(sources)} objects"
        return [RuntimeError(error)] * len(sources)

    async def _column_later(self, run: "Run", sources: Sequence[Any], coming: Any, place: FieldPlace) -> Column:
        try:
            values = self._checked(await coming, sources)
        except Exception as error:  # noqa: BLE001 - any error of a field is an error in the answer
            values = [error] * len(sources)
        completed = self._completed(run, values, place)
        return completed if isinstance(completed, list) else await completed

    def _completed(self, run: "Run", values: Sequence[Any], place: FieldPlace) -> Coming:
        """Complete the values; those that stand in many places once each: the places share the answer."""
        if self._shares and len(values) > 1:
            first = dict(zip(map(id, reversed(values)), range(len(values) - 1, -1, -1), strict=True))
            if 2 * len(first) <= len(values):
                chosen = list(first.values())
                apart = run.apart()
                once = ChosenPlace(place, chosen)
                coming = self._each(apart, [values[index] for index in chosen], once)
                return self._shared(run, apart, values, list(first), coming, place)
        return self._each(run, values, place)

    def _each(self, run: "Run", values: Sequence[Any], where: Where) -> Coming:
        """Complete the values; if nothing came but very many errors, the loop turns in between."""
        if len(values) > CAREFUL_VALUES_A_TURN and all(issubclass(of, _NOTHING) for of in set(map(type, values))):
            return self._nothing_by_turns(run, values, where)
        return self.place.complete(run, self, values, where)

    async def _nothing_by_turns(self, run: "Run", values: Sequence[Any], where: Where) -> Column:
        completed: Column = []
        for begin in range(0, len(values), CAREFUL_VALUES_A_TURN):
            some = values[begin : begin + CAREFUL_VALUES_A_TURN]
            chosen = ChosenPlace(where, range(begin, begin + len(some)))
            coming = self.place.complete(run, self, some, chosen)
            completed += coming if isinstance(coming, list) else await coming
            await asyncio.sleep(0)
        return completed

    def _shared(
        self, run: "Run", apart: "Run", values: Sequence[Any], ids: list[int], coming: Coming, place: FieldPlace
    ) -> Coming:
        """Give each place what its value was completed to, once it is there.

        If there are errors, they need the path of each place: then nothing is shared, and all is done again. Since what
        is shared stands in twice as many places at least, that is no more than without any sharing, level for level.
        """
        if not isinstance(coming, list):
            return self._shared_later(run, apart, values, ids, coming, place)
        if apart.errors:
            return self._each(run, values, place)
        answers = dict(zip(ids, coming, strict=True))
        return list(map(answers.__getitem__, map(id, values)))

    async def _shared_later(
        self, run: "Run", apart: "Run", values: Sequence[Any], ids: list[int], coming: Any, place: FieldPlace
    ) -> Column:
        shared = self._shared(run, apart, values, ids, await coming, place)
        return shared if isinstance(shared, list) else await shared


class Layout:
    """How the objects of a selection are put together: which fields are parts of them, and which have columns."""

    __slots__ = ("makers", "others", "parts", "weight")

    def __init__(self, fields: Sequence[Field], parts: Sequence[Part | None]) -> None:
        self.parts = parts
        """The fields that are made together with their object; None for the others."""
        self.others = [field for field, part in zip(fields, parts, strict=True) if part is None]
        self.weight = sum(1 if part is None else part.shape.weight for part in parts)
        """How many values an object has, those within it too."""
        self.makers = Makers([field.key for field in fields], parts)


class Selection:
    """The fields that are selected of objects of one type. Runs over all objects of a level at once.

    Fields that are parts for some objects alone (`Field.plain`) are parts if they are for all objects of the level.
    """

    __slots__ = ("_holds", "_plain", "fields", "keys", "layout", "names", "reads")

    def __init__(self, fields: list[Field]) -> None:
        self.fields = fields
        self.keys = [field.key for field in fields]
        self.names = frozenset(field.nodes[0].name.value for field in fields)
        self.reads = union(field.way.reads() for field in fields)
        """Which columns of the sources the fields read; None if nobody knows."""
        self.layout = Layout(fields, [field.part for field in fields])
        """How objects are put together of which nothing else is known."""
        self._holds = {holds for holds, _ in (field.plain for field in fields if field.plain)}
        plain = [field.part if field.plain is None else field.plain[1] for field in fields]
        self._plain = Layout(fields, plain) if self._holds else self.layout

    def run(self, run: "Run", sources: Sequence[Any], where: Where) -> Coming:
        """Answer each source with an object; fields that wait do it side by side."""
        layout = self._plain
        if self._holds and not self._all_hold(run, sources):
            layout = self.layout
        columns = [field.column(run, sources, where) for field in layout.others]
        waiting = [index for index, column in enumerate(columns) if not isinstance(column, list)]
        if waiting:
            return self._run_later(run, sources, where, layout, columns, waiting)
        return self._objects(run, sources, where, layout, cast("list[Column]", columns))

    def _all_hold(self, run: "Run", sources: Sequence[Any]) -> bool:
        try:
            return all(holds(sources, run.context) for holds in self._holds)
        except Exception:  # noqa: BLE001 - what is wrong with the sources is found out field by field
            return False

    async def _run_later(
        self, run: "Run", sources: Sequence[Any], where: Where, layout: Layout, columns: list[Any], waiting: list[int]
    ) -> Column:
        await all_here(columns, waiting)
        made = self._objects(run, sources, where, layout, columns)
        return made if isinstance(made, list) else await made

    async def run_serially(self, run: "Run", root_value: Any, where: Where) -> Column:
        """Answer the root, one field after the other, as mutations ask for; one that nulls all is the last one."""
        columns: list[Column] = []
        for field in self.fields:
            coming = field.column(run, [root_value], where)
            columns.append(coming if isinstance(coming, list) else await coming)
            if columns[-1][0] is NULLED:
                return [NULLED]
        return self._assembled(run, columns, 1)

    def _objects(
        self, run: "Run", sources: Sequence[Any], where: Where, layout: Layout, columns: list[Column]
    ) -> Coming:
        """Make the objects, reading their plain fields on the way; if anything is unusual, column by column."""
        values = len(sources) * layout.weight
        if not run.errors and (values <= VALUES_A_TURN or len(sources) == 1):
            made = objects(layout.makers, sources, columns)
            if made is not None:
                return made
        if values <= CAREFUL_VALUES_A_TURN or len(sources) == 1:
            return self._objects_with_care(run, sources, where, layout, columns)
        return self._objects_by_turns(run, sources, where, layout, columns)

    async def _objects_by_turns(
        self, run: "Run", sources: Sequence[Any], where: Where, layout: Layout, columns: list[Column]
    ) -> Column:
        """Make very many objects, and let the loop turn in between; from the first that takes care on, with care."""
        made: Column = []
        while len(made) < len(sources):
            begin = len(made)
            some = None
            if not run.errors:
                end = begin + max(1, VALUES_A_TURN // layout.weight)
                some = objects(layout.makers, sources[begin:end], [column[begin:end] for column in columns])
            if some is None:
                end = min(begin + max(1, CAREFUL_VALUES_A_TURN // layout.weight), len(sources))
                part = [column[begin:end] for column in columns]
                chosen = ChosenPlace(where, range(begin, end))
                careful = self._objects_with_care(run, sources[begin:end], chosen, layout, part)
                some = careful if isinstance(careful, list) else await careful
            made += some
            await asyncio.sleep(0)
        return made

    def _objects_with_care(
        self, run: "Run", sources: Sequence[Any], where: Where, layout: Layout, columns: list[Column]
    ) -> Coming:
        answered = iter(columns)
        everything: list[Any] = [
            next(answered) if part is None else field.column(run, sources, where)
            for field, part in zip(self.fields, layout.parts, strict=True)
        ]
        waiting = [index for index, column in enumerate(everything) if not isinstance(column, list)]
        if waiting:
            return self._assembled_later(run, everything, waiting, len(sources))
        return self._assembled(run, everything, len(sources))

    async def _assembled_later(self, run: "Run", columns: list[Any], waiting: list[int], count: int) -> Column:
        await all_here(columns, waiting)
        return self._assembled(run, columns, count)

    def _assembled(self, run: "Run", columns: list[Column], count: int) -> Column:
        if not columns:
            return [{} for _ in range(count)]
        if not run.errors:
            return [dict(zip(self.keys, values, strict=True)) for values in zip(*columns, strict=True)]
        return [
            NULLED if any(value is NULLED for value in values) else dict(zip(self.keys, values, strict=True))
            for values in zip(*columns, strict=True)
        ]
