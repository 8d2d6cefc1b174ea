"""A version that was expected, and how the supply of a variant is ..."""

import pytest

from domain import inventory, versions
from domain.inventory import Supply
from domain.versions import VersionError


def test_expected_or_not_expected_at_all_is_fine_and_any_other_is_not() -> None:
    versions.check("warehouse", expected=None, found=3)
    versions.check("warehouse", expected=3, found=3)
    with pytest.raises(VersionError) as refused:
        versions.check("warehouse", expected=2, found=3)
    assert refused.value.extensions == {"code": "CONFLICT", "field": "expected_version"}


@pytest.mark.parametrize(
    ("available", "supply"), [(-1, Supply.OUT), (0, Supply.OUT), (1, Supply.LOW), (5, Supply.LOW), (6, Supply.ENOUGH)]
)
def test_is_low_from_the_threshold_on_down(available: int, supply: Supply) -> None:
    assert inventory.supply(available=available, threshold=5) is supply


def test_falls_when_it_gets_worse() -> None:
    falls = {(before.name, now.name) for before in Supply for now in Supply if inventory.falls(before, now)}
    assert falls == {("ENOUGH", "LOW"), ("ENOUGH", "OUT"), ("LOW", "OUT")}
