"""A refusal ..."""

from domain.errors import InvalidInput, Refusals
from domain.inventory import StockChangedError


def test_of_many_things_is_as_its_first_and_knows_each() -> None:
    each = [StockChangedError(on_hand=3, field="rows.1.expected"), InvalidInput("no", field="rows.2")]
    refusal = Refusals(each)
    assert (refusal.message, refusal.code, refusal.extensions) == (each[0].message, "STOCK_CHANGED", each[0].extensions)
    assert list(refusal.each) == each
    assert list(each[1].each) == [each[1]]
