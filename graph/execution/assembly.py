"""Assembly: the objects of a level are made by one comprehension that reads their plain fields on the way.

Most fields of most answers are plain: they stand on their source and are of the type that the schema promises. Such
fields have no column of their own. The comprehension is written out as source and compiled for the class of the
sources; each value's type is looked at, and whatever is out of the ordinary ends the attempt. Then the fields are
answered column by column, with care: reading them changes nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from keyword import iskeyword
from typing import Any, Final

from graph.execution.columns import Column
from graph.execution.declarations import has_items

MAX_CLASSES: Final = 8
"""How many classes of sources one selection is compiled for; more are as rare as they would be slow."""

_CHECKS: Final[dict[type, str]] = {
    str: "type({v}) is str",
    bool: "type({v}) is bool",
    int: "type({v}) is int and -2147483648 <= {v} <= 2147483647",
    float: "type({v}) is float and {v} - {v} == 0.0",  # neither infinite nor no number
}

Build = Callable[..., Column]


class _OutOfTheOrdinary(Exception):  # noqa: N818 - it is no error, but the way out
    """A value is not plainly what the schema promises."""


def _otherwise() -> Any:
    raise _OutOfTheOrdinary


@dataclass(frozen=True, slots=True)
class Plain:
    """A field that may be read on the way: from an item or an attribute called `name`, its values of the type `of`.

    `convert` makes the value of what is read; `constant` stands for the value of every object. `items` says whether
    it is read from items, `attributes` whether from attributes; where both may be, from what is fit for the class.
    """

    name: str
    of: type
    nullable: bool
    convert: Callable[[Any], Any] | None = None
    constant: str | None = None
    items: bool = True
    attributes: bool = True

    def read(self, source_class: type) -> str | None:
        """Write the expression that reads the value of `s`, an object of the class; None if that takes care."""
        if self.constant is not None:
            return repr(self.constant)
        if self.items and (not self.attributes or has_items(source_class, self.name)):
            return f"s[{self.name!r}]"
        if self.items and issubclass(source_class, dict):
            return None
        # Python writes other letters than ASCII's in a form of its own.
        if self.name.isidentifier() and self.name.isascii() and not iskeyword(self.name):
            return f"s.{self.name}"
        return None


class Assembly:
    """Makes the objects of one selection: `keys` in order, of which the plain ones have no column."""

    __slots__ = ("_builds", "_keys", "_plain")

    def __init__(self, keys: Sequence[str], plain: Sequence[Plain | None]) -> None:
        self._keys = tuple(keys)
        self._plain = tuple(plain)
        self._builds: dict[type, Build | None] = {}

    def objects(self, sources: Sequence[Any], columns: Sequence[Column]) -> Column | None:
        """Make the objects; None if a plain field is out of the ordinary."""
        classes = set(map(type, sources))
        if len(classes) != 1 or not self._keys:
            return None
        (source_class,) = classes
        try:
            build = self._builds[source_class]
        except KeyError:
            build = self._compiled(source_class)
        if build is None:
            return None
        try:
            return build(sources, *columns)
        except Exception:  # noqa: BLE001 - what is wrong, and with which object, is found out with care
            return None

    def _compiled(self, source_class: type) -> Build | None:
        if len(self._builds) >= MAX_CLASSES:
            return None
        reads = tuple(None if each is None else each.read(source_class) for each in self._plain)
        build = None
        if all(each is None or read is not None for each, read in zip(self._plain, reads, strict=True)):
            kinds = tuple(
                None if each is None else (each.of, each.nullable, each.convert is not None, each.constant is not None)
                for each in self._plain
            )
            converts = tuple(None if each is None else each.convert for each in self._plain)
            build = _comprehension(self._keys, reads, kinds)(converts, _otherwise)
        self._builds[source_class] = build
        return build


@lru_cache(maxsize=512)  # one of 50 fields takes 35 kB
def _comprehension(
    keys: tuple[str, ...], reads: tuple[str | None, ...], kinds: tuple[tuple[type, bool, bool, bool] | None, ...]
) -> Callable[[tuple[Any, ...], Callable[[], Any]], Build]:
    """Write the comprehension out and compile it: three times faster than zipping the keys, before any reading."""
    columns = [f"c{index}" for index, read in enumerate(reads) if read is None]
    items = [
        f"{key!r}: {f'c{index}' if read is None or kind is None else _value(index, read, kind)}"
        for index, (key, read, kind) in enumerate(zip(keys, reads, kinds, strict=True))
    ]
    each = f"for s, {', '.join(columns)} in zip(s, {', '.join(columns)}, strict=True)" if columns else "for s in s"
    names = ", ".join(f"f{index}" for index in range(len(keys)))
    source = (
        f"def make(converts, otherwise):\n"
        f"    ({names},) = converts\n"
        f"    def build({', '.join(['s', *columns])}):\n"
        f"        return [{{{', '.join(items)}}} {each}]\n"
        f"    return build\n"
    )
    namespace: dict[str, Any] = {}
    exec(source, namespace)  # noqa: S102 - names stand in it as quoted texts, or are checked to be identifiers
    made: Callable[[tuple[Any, ...], Callable[[], Any]], Build] = namespace["make"]
    return made


def _value(index: int, read: str, kind: tuple[type, bool, bool, bool]) -> str:
    of, nullable, converts, constant = kind
    if constant:
        return read
    name = f"v{index}"
    first = f"({name} := {f'f{index}({read})' if converts else read})"
    check = _CHECKS[of].format(v=name).replace(name, first, 1)
    if nullable:
        return f"{name} if {first} is None or {_CHECKS[of].format(v=name)} else otherwise()"
    return f"{name} if {check} else otherwise()"
