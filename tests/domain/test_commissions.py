"""What the platform keeps is ..."""

import pytest

from domain import commissions
from domain.commissions import Rule

HOME, LAMPS, DESK_LAMPS, OFFICE = 1, 2, 3, 4
ADA, BOB = 10, 11
RULES = [
    Rule(None, None, 1000),
    Rule(None, HOME, 800),
    Rule(None, DESK_LAMPS, 600),
    Rule(BOB, None, 500),
    Rule(BOB, LAMPS, 300),
]


@pytest.mark.parametrize(
    ("merchant_id", "path", "rate_bp"),
    [
        (ADA, [OFFICE], 1000),
        (ADA, [], 1000),
        (ADA, [HOME], 800),
        (ADA, [HOME, LAMPS], 800),
        (ADA, [HOME, LAMPS, DESK_LAMPS], 600),
        (BOB, [OFFICE], 500),
        (BOB, [HOME], 500),
        (BOB, [HOME, LAMPS], 300),
        (BOB, [HOME, LAMPS, DESK_LAMPS], 300),
    ],
)
def test_the_rate_of_the_closest_rule(merchant_id: int, path: list[int], rate_bp: int) -> None:
    for rules in (RULES, RULES[::-1]):
        assert commissions.rate(rules, merchant_id=merchant_id, category_path=path) == rate_bp


def test_nothing_without_a_rule() -> None:
    assert commissions.rate([], merchant_id=ADA, category_path=[HOME]) == 0
    assert commissions.rate([Rule(BOB, None, 500)], merchant_id=ADA, category_path=[HOME]) == 0


@pytest.mark.parametrize(
    ("net", "tax", "tax_included", "rate_bp", "commission"),
    [
        (11900, 1900, True, 1000, 1000),
        (11900, 1900, False, 1000, 1190),
        (1005, 0, True, 1000, 101),  # 100.5 is rounded half up
        (1004, 0, True, 1000, 100),
        (0, 0, True, 10_000, 0),
    ],
)
def test_taken_of_the_net_price_without_the_tax_in_it(
    *, net: int, tax: int, tax_included: bool, rate_bp: int, commission: int
) -> None:
    assert commissions.of_line(net=net, tax=tax, tax_included=tax_included, rate_bp=rate_bp) == commission
