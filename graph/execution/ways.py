"""Ways of answering a field for all objects of a level, one for each kind of declaration."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from graph.execution.arguments import Arguments
from graph.execution.declarations import Reads
from graph.execution.parts import Source
from graph.execution.where import Where

if TYPE_CHECKING:
    from graph.execution.plans import Field
    from graph.execution.running import Run

Sources = Sequence[Any]
Answered = list[Any] | Awaitable[Sequence[Any]]
Holds = Callable[[Sources, Any], bool]
"""Says of all sources of a level, and the context, whether something is so."""
Plain = tuple[Holds, Source]


class Way(ABC):
    """How a column of values comes about."""

    __slots__ = ()
    shares: ClassVar[bool] = False
    """Whether one object often is the value of many sources."""
    rows: ClassVar[type | None] = None
    """The class of the rows that stand somewhere in the values, if it is not the values' own."""

    @abstractmethod
    def values(self, run: "Run", field: "Field", sources: Sources, arguments: dict[str, Any], where: Where) -> Answered:
        """Answer each source, or give what to await for it; an exception in a value's place is that value's error."""

    def source(self, arguments: Arguments) -> Source | None:
        """Say how a value is read without a column of its own, if it can be."""
        del arguments
        return None

    def plainly(self, arguments: Arguments) -> Plain | None:
        """Say when a value is read without a column of its own, and how, if that is so for some sources alone."""
        del arguments
        return None

    def reads(self) -> Reads:
        """Say which columns of the sources it reads."""
        return None


def item(source: Any, name: str) -> Any:
    """Give an item of a source."""
    return source[name]


def each(function: Callable[..., Any], sources: Sources, *more: Any, **arguments: Any) -> list[Any]:
    """Call a function for each source; if one fails, once more with care, so that the others keep their values."""
    try:
        if not more and not arguments:
            return list(map(function, sources))
        return [function(source, *more, **arguments) for source in sources]
    except Exception:  # noqa: BLE001 - found out below, source by source
        return [attempt(function, source, *more, **arguments) for source in sources]


def attempt(function: Callable[..., Any], source: Any, *more: Any, **arguments: Any) -> Any:
    """Call a function for one source and give what it raises in the value's place."""
    try:
        return function(source, *more, **arguments)
    except Exception as error:  # noqa: BLE001 - it stands in the value's place
        return error
