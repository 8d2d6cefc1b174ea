"""Assembly: the objects of a selection are made by a function that is written out for the class of their sources.

Most fields of most answers are plain: they stand on their source, or follow from it, and are of the type that the
schema promises. Such fields are parts (`parts`): the function reads them on the way, those of objects within too.
Whatever is out of the ordinary ends the attempt. Then the fields are answered column by column, with care: reading
them changes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from graph.execution.columns import Column
from graph.execution.parts import Make, Part, Writer

MAX_CLASSES: Final = 8
"""For how many classes of sources one selection is written out; more are as rare as they would be slow."""


class _OutOfTheOrdinary(Exception):  # noqa: N818 - it is no error, but the way out
    """A value is not plainly what the schema promises."""


def _otherwise(*_: Any) -> Any:
    raise _OutOfTheOrdinary


class Makers(dict[type, Make]):
    """What makes the objects of one selection, by the class of their source: written out for the first of a class.

    `keys` are the answer's in order; fields that are no parts are handed over, in that order. A class that does not
    `fit`, or that no function can be written for, has one that refuses.
    """

    __slots__ = ("_fits", "_keys", "_parts")

    def __init__(
        self, keys: Sequence[str], parts: Sequence[Part | None], fits: Callable[[type], bool] | None = None
    ) -> None:
        super().__init__()
        self._keys = keys
        self._parts = parts
        self._fits = fits

    def fits(self, source_class: type) -> bool:
        """Say whether something of the class may be the source of an object."""
        return self._fits is None or self._fits(source_class)

    def fields(self) -> Iterator[tuple[str, Part | None]]:
        """Give the keys of the answer, and the parts that stand under them."""
        return zip(self._keys, self._parts, strict=True)

    def __missing__(self, source_class: type) -> Make:
        if len(self) >= MAX_CLASSES:
            return _otherwise
        made = self[source_class] = (self._written(source_class) if self.fits(source_class) else None) or _otherwise
        return made

    def _written(self, source_class: type) -> Make | None:
        writer = Writer()
        columns, items = [], []
        for index, (key, part) in enumerate(self.fields()):
            value = f"c{index}" if part is None else part.written(writer, source_class)
            if value is None:
                return None
            if part is None:
                columns.append(value)
            items.append(f"{key!r}: {value}")
        bound = "".join(f", b{index}" for index in range(len(writer.bound)))
        return _compiled(
            f"def bind(otherwise{bound}):\n"
            f"    def make({', '.join(['s', *columns])}):\n"
            f"{''.join(f'        {name} = {read}{chr(10)}' for read, name in writer.read.items())}"
            f"        return {{{', '.join(items)}}}\n"
            f"    return make\n"
        )(_otherwise, *writer.bound)


@lru_cache(maxsize=512)  # one of 50 fields takes 35 kB
def _compiled(text: str) -> Callable[..., Make]:
    """Compile a function once for all plans that need the same; what differs is bound."""
    namespace: dict[str, Any] = {}
    exec(text, namespace)  # noqa: S102 - names stand in it as quoted texts, or are checked to be identifiers
    bind: Callable[..., Make] = namespace["bind"]
    return bind


def objects(makers: Makers, sources: Sequence[Any], columns: Sequence[Column]) -> Column | None:
    """Make the objects of a level; None if a part of one is out of the ordinary."""
    try:
        classes = set(map(type, sources))
        if len(classes) == 1:
            return list(map(makers[classes.pop()], sources, *columns))
        return [makers[type(source)](source, *values) for source, *values in zip(sources, *columns, strict=True)]
    except Exception:  # noqa: BLE001 - what is wrong, and with which object, is found out with care
        return None
