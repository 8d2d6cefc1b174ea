"""What a search of products is narrowed to, in the engine's filter language."""

from dataclasses import dataclass

from search import documents

ATTRIBUTE = "attributes."
"""How the names of the parts of `parts` begin that are about an attribute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeSelection:
    """Values of one attribute (any of them), and the least and the greatest number or day number (both included)."""

    id: int
    key: str
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductQuery:
    """A text and what its hits are narrowed to; slugs, minor units of `currency`, ten-thousandths of a star.

    `pins` are the positions (1 is first) and ids of products that merchandisers have placed for this text; they are
    found even if the text is not in them, if the rest allows it.
    """

    text: str
    currency: str
    category: str | None = None
    merchants: tuple[str, ...] = ()
    price_min: int | None = None
    price_max: int | None = None
    rating_min: int | None = None
    available: bool | None = None
    attributes: tuple[AttributeSelection, ...] = ()
    pins: tuple[tuple[int, int], ...] = ()


def parts(query: ProductQuery) -> dict[str, str]:
    """Write a query's narrowing as filter expressions, each under the name of the facet it belongs to."""
    found: dict[str, str] = {}
    if query.category is not None:
        found["category"] = f"categories = {quoted(query.category)}"
    if query.merchants:
        found["merchant"] = one_of("merchant", query.merchants)
    price = [
        f"prices.{query.currency} {sign} {bound}"
        for sign, bound in ((">=", query.price_min), ("<=", query.price_max))
        if bound is not None
    ]
    if price:
        found["price"] = " AND ".join(price)
    if query.rating_min is not None:
        found["rating"] = rated(query.rating_min)
    if query.available is not None:
        found["availability"] = f"available = {documents.value_text(query.available)}"
    for selection in query.attributes:
        found[f"{ATTRIBUTE}{selection.key}"] = _attribute(selection)
    return found


def one_of(field: str, values: tuple[str, ...]) -> str:
    """Write that a field has one of the values."""
    return f"{field} IN [{', '.join(map(quoted, values))}]"


def rated(score: int) -> str:
    """Write that a product is rated at least so well, in ten-thousandths of a star."""
    return f"rating >= {score}"


def quoted(text: str) -> str:
    """Write a text as the filter language quotes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _attribute(selection: AttributeSelection) -> str:
    conditions = []
    if selection.values:
        conditions.append(one_of("values", tuple(documents.pair(selection.key, value) for value in selection.values)))
    if selection.minimum is not None or selection.maximum is not None:
        least = documents.code(selection.id, float("-inf") if selection.minimum is None else selection.minimum)
        greatest = documents.code(selection.id, float("inf") if selection.maximum is None else selection.maximum)
        # TO, and not two comparisons: of a list, one and the same entry has to lie between both bounds.
        conditions.append(f"codes {least} TO {greatest}")
    return " AND ".join(conditions)
