"""Facets: which values the products found have, and how many products each of them.

A facet is counted without its own selection, so that a shopper sees what choosing another value would bring. That takes
one engine query with every filter, and one more for each facet with a selection; all of them go out together. A second
round asks what the first one made known: the ranges of the numeric attributes, and selected values that were not among
the listed ones. Which attributes were numeric is remembered by the query's text, so that a search like an earlier one
asks for the ranges at once, and mostly needs no second round.
"""

import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from domain import reviews
from search import documents, filters
from search.filters import ATTRIBUTE, AttributeSelection, ProductQuery

ATTRIBUTES_MAX = 24
"""How many attributes become facets: those that most of the products found have, and those with a selection."""
VALUES_MAX = 50
TEXTS_MAX = 1_000
"""Of how many texts the numeric attributes are remembered."""
ATTRIBUTE_VALUES_MAX = 20
"""How many values a facet lists, and one of an attribute: the most frequent; selected ones come in addition."""

_STARS = (4, 3, 2, 1)
_NUMERIC = re.compile(r"-?[0-9]")


class Ask(NamedTuple):
    """One counting query: what is counted, without which part of the filter, and with which condition in addition."""

    fields: tuple[str, ...] = ()
    without: str | None = None
    also: str | None = None


@dataclass(slots=True)
class Counted:
    """What a counting query found; `ranges` are least and greatest numbers."""

    total: int = 0
    values: dict[str, dict[str, int]] = field(default_factory=dict)
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, answers: Sequence[Mapping[str, Any]]) -> "Counted":
        """Read an engine's answer, or the sum of its answers about different products."""
        first, *others = answers
        counted = cls(first["totalHits"], first.get("facetDistribution") or {}, _ranges(first))
        for answer in others:
            counted._add(answer)
        return counted

    def _add(self, answer: Mapping[str, Any]) -> None:
        self.total += answer["totalHits"]
        for name, distribution in (answer.get("facetDistribution") or {}).items():
            values = self.values.setdefault(name, {})
            for value, count in distribution.items():
                values[value] = values.get(value, 0) + count
        for name, (minimum, maximum) in _ranges(answer).items():
            least, greatest = self.ranges.get(name, (minimum, maximum))
            self.ranges[name] = min(least, minimum), max(greatest, maximum)


def _ranges(answer: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    return {name: (stats["min"], stats["max"]) for name, stats in (answer.get("facetStats") or {}).items()}


Asking = Callable[[Sequence[Ask]], Awaitable[list[Counted]]]


@dataclass(slots=True)
class Facet:
    """One facet: `category`, `merchant`, `price`, `rating`, `availability` or `attributes.<key>`.

    `values` are values with the number of products, `selected` those of the filter by how they compare, `range` the
    least and the greatest number: minor units of a price, day numbers of a date.
    """

    name: str
    values: list[tuple[str, int]] = field(default_factory=list)
    selected: Mapping[str, str] = field(default_factory=dict)
    range: tuple[float, float] | None = None

    def has_selected(self, value: str) -> bool:
        """Say whether the filter names this value."""
        return bool(self.selected) and documents.folded(value) in self.selected


class Numeric:
    """The numeric attributes that the latest texts have found: a guess at what they will find, and no more."""

    def __init__(self) -> None:
        self._of_text: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    def guess(self, text: str) -> tuple[str, ...]:
        """Give the fields of the numeric attributes that a text found last."""
        return self._of_text.get(text, ())

    def found(self, text: str, fields: tuple[str, ...]) -> None:
        """Remember what a text has found."""
        self._of_text[text] = fields
        self._of_text.move_to_end(text)
        if len(self._of_text) > TEXTS_MAX:
            self._of_text.popitem(last=False)


class FacetCount:
    """The count of all facets of one query: `asks` are its questions, `facets` reads their answers."""

    def __init__(self, asking: Asking, query: ProductQuery, numeric: Numeric) -> None:
        self._asking = asking
        self._query = query
        self._numeric = numeric
        self._fields = {
            "category": "categories",
            "merchant": "merchant",
            "price": f"prices.{query.currency}",
            "rating": "rating_floor",
            "availability": "available",
        }
        self._selections = {f"{ATTRIBUTE}{selection.key}": selection for selection in query.attributes}
        self._narrowed = list(filters.parts(query))
        self.asks = self._asks()
        """What is asked first; the answer to the first of them tells the total, too."""

    def _asks(self) -> list[Ask]:
        others = (field for name, field in self._fields.items() if name not in self._narrowed)
        asks = [Ask((*others, "values", *self._numeric.guess(self._query.text)))]
        for name in self._narrowed:
            if name in self._selections:
                asks.append(Ask(("values", f"numbers.{self._selections[name].key}"), without=name))
            else:
                asks.append(Ask((self._fields[name],), without=name))
        return asks

    async def facets(self, answers: Sequence[Counted]) -> list[Facet]:
        """Give the facets that have a value; the engine is asked once more for what only the answers made known."""
        everything, *others = answers
        counted = dict(zip(self._narrowed, others, strict=True))
        found = [
            _built_in(name, field, counted.get(name, everything), self._query) for name, field in self._fields.items()
        ]
        found += _attributes(everything, counted, self._selections)
        text = self._query.text
        self._numeric.found(text, await _complete(self._asking, found, known=everything.ranges))
        return [facet for facet in found if facet.values or facet.range]


def _built_in(name: str, counted_field: str, counted: Counted, query: ProductQuery) -> Facet:
    values = counted.values.get(counted_field, {})
    match name:
        case "price":
            return Facet(name, range=counted.ranges.get(counted_field))
        case "rating":
            floors = {int(floor): count for floor, count in values.items()}
            stars = [(str(star), sum(count for floor, count in floors.items() if floor >= star)) for star in _STARS]
            least = None if query.rating_min is None else query.rating_min / reviews.SCORE_UNITS
            selected = "" if least is None else documents.value_text(least)
            return Facet(name, [(star, count) for star, count in stars if count], chosen(selected))
        case "category":
            return Facet(name, listed(values), chosen(query.category))
        case "merchant":
            return Facet(name, listed(values), chosen(*query.merchants))
        case _:
            selected = "" if query.available is None else documents.value_text(query.available)
            return Facet(name, listed(values), chosen(selected))


def _attributes(
    everything: Counted, counted: Mapping[str, Counted], selections: Mapping[str, AttributeSelection]
) -> list[Facet]:
    by_key = _by_key(everything)
    frequent = sorted(by_key, key=lambda key: (-sum(by_key[key].values()), key))[:ATTRIBUTES_MAX]
    facets = []
    for name, selection in selections.items():
        own = counted[name]
        values = _by_key(own).get(selection.key, {})
        numbers = own.ranges.get(f"numbers.{selection.key}")
        facets.append(Facet(name, listed(values, ATTRIBUTE_VALUES_MAX), chosen(*selection.values), numbers))
    facets += [
        Facet(f"{ATTRIBUTE}{key}", listed(by_key[key], ATTRIBUTE_VALUES_MAX))
        for key in frequent
        if f"{ATTRIBUTE}{key}" not in selections
    ]
    return facets


async def _complete(
    asking: Asking, facets: Sequence[Facet], *, known: Mapping[str, tuple[float, float]]
) -> tuple[str, ...]:
    """Ask for the ranges of numeric attributes that are not known, and for the selected values that are not listed yet.

    Give the fields of the numeric attributes.
    """
    numeric = {
        f"numbers.{facet.name.removeprefix(ATTRIBUTE)}": facet
        for facet in facets
        if facet.name.startswith(ATTRIBUTE)
        and facet.range is None
        and _NUMERIC.match(facet.values[0][0] if facet.values else "")
    }
    unknown = tuple(name for name in numeric if name not in known)
    missing = [(facet, value) for facet in facets for value in _missing(facet)]
    asks = [Ask((), without=facet.name, also=_condition(facet.name, value)) for facet, value in missing]
    if unknown:
        asks.append(Ask(unknown))
    answers = await asking(asks) if asks else []
    for (facet, value), counted in zip(missing, answers, strict=False):
        facet.values.append((value, counted.total))
    ranges = {**known, **answers[-1].ranges} if unknown else known
    for name, facet in numeric.items():
        facet.range = ranges.get(name)
    return tuple(numeric)


def _missing(facet: Facet) -> list[str]:
    if not facet.selected:
        return []
    known = {documents.folded(value) for value, _ in facet.values}
    return [value for compared, value in facet.selected.items() if compared not in known]


def _condition(name: str, value: str) -> str:
    if name.startswith(ATTRIBUTE):
        return filters.one_of("values", (documents.pair(name.removeprefix(ATTRIBUTE), value),))
    if name == "rating":
        return filters.rated(round(float(value) * reviews.SCORE_UNITS))
    return filters.one_of({"category": "categories", "merchant": "merchant"}.get(name, "available"), (value,))


def _by_key(counted: Counted) -> dict[str, dict[str, int]]:
    by_key: dict[str, dict[str, int]] = {}
    for pair, count in counted.values.get("values", {}).items():
        key, _, value = pair.partition("=")
        by_key.setdefault(key, {})[value] = count
    return by_key


def listed(values: Mapping[str, int], length: int = VALUES_MAX) -> list[tuple[str, int]]:
    """Put the most frequent values first, and leave out what is too many."""
    return sorted(values.items(), key=lambda item: (-item[1], item[0]))[:length]


def chosen(*values: str | None) -> dict[str, str]:
    """Write selected values by how they compare; None and empty ones are no selection."""
    return {documents.folded(value): value for value in values if value}
