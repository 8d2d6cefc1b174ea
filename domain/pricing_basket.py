"""The cart as pricing sees it: lines of the same variant and price are one item, and sets of items are bit masks.

So it makes no difference how the pieces are spread over lines, and in which order the lines stand: items are sorted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.pricing_facts import Delivery, Facts, Line
from domain.promotions import Scope
from domain.tax import Taxable


@dataclass(slots=True)
class Item:
    """All pieces of one variant at one price; `lines` are the places of its lines in the cart."""

    line: Line
    """One of them, for what they have in common."""
    quantity: int
    lines: list[int]

    @property
    def name(self) -> str:
        """Name it to shoppers."""
        return self.line.name or f"variant {self.line.variant_id}"


class Basket:
    """The items of a cart in columns: sums, quantities, tax, and masks that say which items are in a scope."""

    __slots__ = (
        "_masks",
        "amounts",
        "deliveries",
        "delivery_prices",
        "everything",
        "items",
        "merchant_ids",
        "quantities",
        "taxable",
        "total",
    )

    def __init__(self, facts: Facts) -> None:
        self.items = _items(facts.lines)
        self.quantities = [item.quantity for item in self.items]
        self.amounts = [item.quantity * item.line.unit_price for item in self.items]
        self.total = sum(self.amounts)
        self.merchant_ids = [item.line.merchant_id for item in self.items]
        self.everything = (1 << len(self.items)) - 1
        self.deliveries: tuple[Delivery, ...] = tuple(sorted(facts.deliveries, key=lambda one: one.merchant_id))
        self.delivery_prices = [delivery.price for delivery in self.deliveries]
        taxed = [item.line for item in self.items] + list(self.deliveries)
        self.taxable = Taxable([one.merchant_id for one in taxed], [facts.tax.rate(one.tax_class) for one in taxed])
        self._masks: tuple[dict[int, int], ...] = _masks(self.items)

    def mask(self, scope: Scope) -> int:
        """Give the items in a scope as bits, the first item the lowest."""
        mask = self.everything
        wanted = (scope.merchant_ids, scope.category_ids, scope.collection_ids, scope.product_ids)
        for ids, masks in zip(wanted, self._masks, strict=True):
            if ids:
                mask &= _union(ids, masks)
        return mask

    def by_merchant(self, amounts: Sequence[int]) -> dict[int, int]:
        """Add the items' amounts up by merchant."""
        sums: dict[int, int] = {}
        for merchant_id, amount in zip(self.merchant_ids, amounts, strict=True):
            sums[merchant_id] = sums.get(merchant_id, 0) + amount
        return sums

    def places(self, mask: int) -> tuple[int, ...]:
        """List the items of a mask."""
        if mask == self.everything:
            return tuple(range(len(self.items)))
        found = []
        while mask:
            lowest = mask & -mask
            found.append(lowest.bit_length() - 1)
            mask ^= lowest
        return tuple(found)


def _union(ids: Iterable[int], masks: dict[int, int]) -> int:
    mask = 0
    for key in ids:
        mask |= masks.get(key, 0)
    return mask


def _items(lines: tuple[Line, ...]) -> list[Item]:
    merged: dict[tuple[object, ...], Item] = {}
    for place, line in enumerate(lines):
        key = (
            line.merchant_id,
            line.variant_id,
            line.unit_price,
            line.tax_class,
            line.product_id,
            line.category_ids,
            line.collection_ids,
        )
        item = merged.get(key)
        if item is None:
            merged[key] = Item(line, line.quantity, [place])
        else:
            item.quantity += line.quantity
            item.lines.append(place)
    return sorted(merged.values(), key=_order)


def _order(item: Item) -> tuple[int, int, int, str]:
    line = item.line
    return line.merchant_id, line.variant_id, line.unit_price, line.tax_class


def _masks(items: list[Item]) -> tuple[dict[int, int], ...]:
    merchants: dict[int, int] = {}
    categories: dict[int, int] = {}
    collections: dict[int, int] = {}
    products: dict[int, int] = {}
    for place, item in enumerate(items):
        bit, line = 1 << place, item.line
        merchants[line.merchant_id] = merchants.get(line.merchant_id, 0) | bit
        products[line.product_id] = products.get(line.product_id, 0) | bit
        for key in line.category_ids:
            categories[key] = categories.get(key, 0) | bit
        for key in line.collection_ids:
            collections[key] = collections.get(key, 0) | bit
    return merchants, categories, collections, products
