"""The plans that are kept: of all operations together, those used last, within a bound on what they hold."""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from graph.execution.plans import Selection

FIELDS_MAX: Final = 25_000
"""A compiled field takes 1.5 to 2 kB, so this is about 50 MB."""

Counted = Callable[[int], None]
_Key = tuple[Hashable, tuple[Any, ...]]


class _Kept:
    __slots__ = ("fields", "plan")

    def __init__(self) -> None:
        self.fields = 0
        self.plan: Selection | None = None


class Plans:
    """Plans by their owner, an operation, and what @skip and @include see in it, bounded by the number of their fields.

    A plan grows as it is used: what it selects is compiled when there is a first object for it.
    """

    __slots__ = ("_fields", "_fields_max", "_kept", "_of")

    def __init__(self, fields_max: int = FIELDS_MAX) -> None:
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._of: defaultdict[Hashable, set[_Key]] = defaultdict(set)
        self._fields = 0
        self._fields_max = fields_max

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def fields(self) -> int:
        """How many fields the plans hold."""
        return self._fields

    def get(
        self, owner: Hashable, switches: tuple[Any, ...], compiled: "Callable[[Counted], Selection]"
    ) -> "Selection":
        """Give a plan that is known, or compile it; it tells of each number of fields that it compiles."""
        key = (owner, switches)
        kept = self._kept.get(key)
        if kept is not None and kept.plan is not None:
            self._kept.move_to_end(key)
            return kept.plan
        made = self._kept[key] = _Kept()
        self._of[owner].add(key)
        try:
            made.plan = compiled(lambda fields: self._grow(key, made, fields))
        except BaseException:
            self._forget(key)
            raise
        return made.plan

    def forget(self, owner: Hashable) -> None:
        """Forget all plans of an operation: they hold on to its document."""
        for key in tuple(self._of.get(owner, ())):
            self._forget(key)

    def _grow(self, key: _Key, plan: _Kept, fields: int) -> None:
        if self._kept.get(key) is not plan:
            return  # it is forgotten already, and goes with those who still run it
        plan.fields += fields
        self._fields += fields
        while self._fields > self._fields_max and len(self._kept) > 1:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: _Key) -> None:
        forgotten = self._kept.pop(key, None)
        if forgotten is None:
            return
        self._fields -= forgotten.fields
        self._of[key[0]].discard(key)
        if not self._of[key[0]]:
            del self._of[key[0]]
