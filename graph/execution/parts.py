"""Parts: fields that are made together with their object, without a column of their own.

A part says how its value is read from the object's source, and of what shape the value is: a scalar, a list, or an
object of parts again. Both are written out as Python. What is read is looked at; whatever is not plainly what the
schema promises ends the attempt (`otherwise`), and the fields are answered with care.

An object that is composed of columns of its parent's source is not even made, if its fields can be read from there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from keyword import iskeyword
from typing import Any, Final, Protocol

from graphql import Undefined

from graph.execution.declarations import has_items, places_of
from graph.execution.waiting import may_wait

NULLS: Final = frozenset({type(None), type(Undefined)})
_CHECKS: Final[dict[type, str]] = {
    str: "type({v}) is str",
    bool: "type({v}) is bool",
    int: "type({v}) is int and -2147483648 <= {v} <= 2147483647",
    float: "type({v}) is float and {v} - {v} == 0.0",  # neither infinite nor no number
}


class Writer:
    """What a text of Python needs beside itself: names of its own, and objects bound to names."""

    def __init__(self) -> None:
        self.bound: list[Any] = []
        self.read: dict[str, str] = {}
        """What is read of the source, and the names it is kept under: each once, before all else."""
        self._names = 0

    def reading(self, expression: str) -> str:
        """Give the name under which what an expression reads of the source is kept."""
        return self.read.setdefault(expression, f"r{len(self.read)}")

    def bind(self, value: Any) -> str:
        """Give the name by which the text finds an object."""
        self.bound.append(value)
        return f"b{len(self.bound) - 1}"

    def named(self, value: str) -> tuple[str, str]:
        """Give a name for an expression, and the expression that gives it the name; a name keeps itself."""
        if value.isidentifier():
            return value, value
        name = self.new_name()
        return name, f"({name} := {value})"

    def new_name(self) -> str:
        """Give a name that nothing has yet."""
        self._names += 1
        return f"v{self._names}"


@dataclass(frozen=True, slots=True)
class Reading:
    """The value is an item or an attribute called `name`; where both may be, what is fit for the source's class.

    `convert` makes the value of what is read.
    """

    name: str
    convert: Callable[[Any], Any] | None = None
    items: bool = True
    attributes: bool = True

    def seen(self, columns: Mapping[str, str]) -> "Source | None":
        """Read from the columns of which its source would be composed; None if it is of none of them."""
        return Reading(columns[self.name], self.convert) if self.name in columns and self.attributes else None

    def written(self, writer: Writer, source_class: type) -> str | None:
        """Write the expression for `s`, a source of the class; None if that takes care."""
        expression = self._written(source_class)
        if expression is None:
            return None
        read = writer.reading(expression)
        return read if self.convert is None else f"{writer.bind(self.convert)}({read})"

    def _written(self, source_class: type) -> str | None:
        if self.items and (not self.attributes or has_items(source_class, self.name)):
            return f"s[{places_of(source_class).get(self.name, self.name)!r}]"
        if self.items and issubclass(source_class, dict):
            return None
        # Python writes other letters than ASCII's in a form of its own.
        if self.name.isidentifier() and self.name.isascii() and not iskeyword(self.name):
            return f"s.{self.name}"
        return None


@dataclass(frozen=True, slots=True)
class Calling:
    """The value is what a function makes of the source, or of these columns of it."""

    function: Callable[..., Any]
    of: tuple[str, ...] = ()

    def seen(self, columns: Mapping[str, str]) -> "Source | None":
        """Call it with the columns of which its source would be composed; None if it takes something else."""
        if not self.of or not all(name in columns for name in self.of):
            return None
        return replace(self, of=tuple(columns[name] for name in self.of))

    def written(self, writer: Writer, source_class: type) -> str | None:
        """Write the call; None if reading a column takes care."""
        if not self.of:
            return f"{writer.bind(self.function)}(s)"
        given = [Reading(name).written(writer, source_class) for name in self.of]
        return None if None in given else f"{writer.bind(self.function)}({', '.join(map(str, given))})"


@dataclass(frozen=True, slots=True)
class Saying:
    """The value is the same text for every source."""

    text: str

    def seen(self, _: Mapping[str, str]) -> "Source | None":
        """Say the same."""
        return self

    def written(self, _: Writer, __: type) -> str:
        """Write the text."""
        return repr(self.text)


@dataclass(frozen=True, slots=True)
class Composing:
    """The value is a `made` of columns of the source."""

    made: type
    columns: Mapping[str, str]

    def seen(self, columns: Mapping[str, str]) -> "Source | None":
        """Compose it of the columns of which its source would be composed; None if it takes something else."""
        if not all(name in columns for name in self.columns.values()):
            return None
        return replace(self, columns={key: columns[name] for key, name in self.columns.items()})

    def written(self, writer: Writer, source_class: type) -> str | None:
        """Write how it is made; None if reading a column takes care."""
        given = [(key, Reading(name).written(writer, source_class)) for key, name in self.columns.items()]
        if any(value is None for _, value in given):
            return None
        return f"{writer.bind(self.made)}({', '.join(f'{key}={value}' for key, value in given)})"


Source = Reading | Calling | Saying | Composing
Make = Callable[..., dict[str, Any]]
"""Makes the answer of a source, and of the values of those of its fields that are no parts."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value of a type that JSON knows."""

    of: type
    nullable: bool

    weight = 1

    def written(self, writer: Writer, value: str) -> str:
        """Write the value, looked at."""
        name, first = writer.named(value)
        check = _CHECKS[self.of]
        if self.nullable:
            return f"({name} if {first} is None or {check.format(v=name)} else otherwise())"
        return f"({name} if {check.replace('{v}', first, 1).format(v=name)} else otherwise())"


@dataclass(frozen=True, slots=True)
class Coerced:
    """A value that its type coerces. An error, and what may have to be awaited, is nothing to be coerced."""

    coerce: Callable[[Any], Any]
    nullable: bool

    weight = 4  # to write an instant takes as long as to copy four texts

    def written(self, writer: Writer, value: str) -> str:
        """Write the call, and look at what comes of it."""
        name, first = writer.named(value)
        made, coerce, fits = writer.new_name(), writer.bind(self.coerce), writer.bind(_may_be_coerced)
        undefined = writer.bind(Undefined)
        known = f"{fits}(type({{}})) and ({made} := {coerce}({name})) is not None and {made} is not {undefined}"
        if self.nullable:
            return f"(None if {first} is None else {made} if {known.format(name)} else otherwise())"
        return f"({made} if {known.format(first)} else otherwise())"


@lru_cache(maxsize=256)
def _may_be_coerced(value_class: type) -> bool:
    return value_class not in NULLS and not issubclass(value_class, Exception) and not may_wait(value_class)


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of values of one shape."""

    inner: "Shape"
    nullable: bool

    @property
    def weight(self) -> int:
        """How many values of the list's are counted as one object's: nobody knows before it is read."""
        return 4 * self.inner.weight

    def written(self, writer: Writer, value: str) -> str:
        """Write the list of its written items."""
        name, first = writer.named(value)
        item = writer.new_name()
        made = f"[{self.inner.written(writer, item)} for {item} in {name}]"
        checked = f"{made} if type({first}) is list or type({name}) is tuple else otherwise()"
        return f"(None if {first} is None else {checked.replace(first, name)})" if self.nullable else f"({checked})"


@dataclass(frozen=True, slots=True)
class Nested:
    """An object of parts, `makers` by the class of its source: what is no source of the type has one that refuses."""

    makers: "Making"
    weight: int
    nullable: bool

    def written_of(self, writer: Writer, composing: Composing, source_class: type) -> str | None:
        """Write the object that a composed one would give, from what that is composed of; None if that cannot be."""
        if not self.makers.fits(composing.made):
            return None
        items = []
        for key, part in self.makers.fields():
            value = None if part is None else part.written_of(writer, composing.columns, source_class)
            if value is None:
                return None
            items.append(f"{key!r}: {value}")
        return f"{{{', '.join(items)}}}"

    def written(self, writer: Writer, value: str) -> str:
        """Write the call of the maker that the value's class has."""
        name, first = writer.named(value)
        makers = writer.bind(self.makers)
        if self.nullable:
            return f"(None if {first} is None else {makers}[type({name})]({name}))"
        return f"{makers}[type({first})]({name})"


class Making(Protocol):
    """What makes the objects of one selection, by the class of their source."""

    def __getitem__(self, source_class: type, /) -> Make:
        """Give what makes those of a class."""

    def fits(self, source_class: type) -> bool:
        """Say whether something of the class may be their source."""

    def fields(self) -> Iterator[tuple[str, "Part | None"]]:
        """Give the keys of the answer, and the parts that stand under them."""


Shape = Scalar | Coerced | Listed | Nested


@dataclass(frozen=True, slots=True)
class Part:
    """A field that is made together with its object."""

    source: Source
    shape: Shape

    def written(self, writer: Writer, source_class: type) -> str | None:
        """Write what makes the field's answer of `s`, a source of the class; None if that takes care."""
        if isinstance(self.source, Composing) and isinstance(self.shape, Nested):
            made = self.shape.written_of(writer, self.source, source_class)
            if made is not None:
                return made
        value = self.source.written(writer, source_class)
        if value is None or isinstance(self.source, Saying):
            return value
        return self.shape.written(writer, value)

    def written_of(self, writer: Writer, columns: Mapping[str, str], source_class: type) -> str | None:
        """Write the same of what the source would be composed of: these columns of `s`; None if that cannot be."""
        source = self.source.seen(columns)
        return None if source is None else Part(source, self.shape).written(writer, source_class)
