"""Tax ..."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import tax
from domain.money import Rounding
from domain.tax import Taxable, TaxRounding, TaxRules

LINE, ORDER = TaxRounding.PER_LINE, TaxRounding.PER_ORDER
ENTRIES = st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 3), st.sampled_from([0, 700, 1900])), max_size=9)


@pytest.mark.parametrize(
    ("nets", "rules", "amounts"),
    [
        ([50, 150], TaxRules("X", 500, inclusive=False), [3, 8]),
        ([50, 150], TaxRules("X", 500, inclusive=False, rounding=Rounding.HALF_EVEN), [2, 8]),
        ([50, 150], TaxRules("X", 500, inclusive=False, per=ORDER), [3, 7]),
        ([119, 238], TaxRules("X", 1900), [19, 38]),
        ([0, 0], TaxRules("X", 1900, per=ORDER), [0, 0]),
    ],
)
def test_is_rounded_as_the_region_says(nets: list[int], rules: TaxRules, amounts: list[int]) -> None:
    assert tax.taxes(nets, Taxable([1, 1], [rules.standard] * 2), rules).amounts == amounts


def test_is_rounded_once_for_each_merchant_and_rate_and_says_where_the_remainder_went() -> None:
    rules = TaxRules("X", 1000, {"low": 500}, inclusive=False, per=ORDER)
    taxable = Taxable([1, 1, 2, 2, 1], [1000, 1000, 1000, 500, 500])
    # Merchant 1: 10 % of 1.30 is 0.13, 0.065 each; 5 % of 0.31 is 0.0155. Merchant 2: 0.065 and 0.0325.
    assert tax.taxes([65, 65, 65, 65, 31], taxable, rules) == ([7, 6, 7, 3, 2], {1000: [0]})
    assert tax.roundings(taxable, rules) == 4
    assert tax.roundings(taxable, TaxRules("X", 1000)) == 5


def test_of_a_class_without_a_rate_is_the_standard_one() -> None:
    rules = TaxRules("X", 1900, {"reduced": 700, "zero": 0})
    assert [rules.rate(name) for name in ("reduced", "zero", "books")] == [700, 0, 1900]


@given(ENTRIES, st.booleans(), st.sampled_from([LINE, ORDER]), st.sampled_from(list(Rounding)))
def test_on_top_is_the_sum_of_all_places(
    entries: list[tuple[int, int, int]],
    inclusive: bool,  # noqa: FBT001 - given by hypothesis
    per: TaxRounding,
    rounding: Rounding,
) -> None:
    nets = [net for net, _, _ in entries]
    taxable = Taxable([merchant for _, merchant, _ in entries], [rate for _, _, rate in entries])
    rules = TaxRules("X", 1900, inclusive=inclusive, per=per, rounding=rounding)
    amounts = tax.taxes(nets, taxable, rules).amounts
    assert tax.on_top(nets, taxable, rules) == (0 if inclusive else sum(amounts))
    assert all(0 <= amount <= net for amount, net in zip(amounts, nets, strict=True))


@pytest.mark.parametrize("rounding", list(Rounding))
@pytest.mark.parametrize("per", list(TaxRounding))
def test_of_less_is_told_by_what_has_changed_alone(per: TaxRounding, rounding: Rounding) -> None:
    chance = random.Random(1)  # noqa: S311 - the same figures every time
    for _ in range(300):
        places = chance.randint(1, 12)
        taxable = tax.Taxable(
            [chance.randint(1, 3) for _ in range(places)], [chance.choice([0, 5, 700, 1900, 5000, 20_000])] * places
        )
        taxable = taxable._replace(rates=[chance.choice([0, 5, 700, 1900, 5000, 20_000]) for _ in range(places)])
        rules = TaxRules("XX", inclusive=False, per=per, rounding=rounding)
        running, nets = tax.RunningTax(taxable, rules), [chance.choice([0, 1, 5, 50, 99, 1250]) for _ in range(places)]
        groups, due = running.groups(nets), tax.on_top(nets, taxable, rules)
        assert running.of(nets) == due
        for _ in range(4):
            shares = [chance.choice([0, 0, 1, net // 2, net]) for net in nets]
            shares = [min(share, net) for share, net in zip(shares, nets, strict=True)]
            changed = [(at, net, share) for at, (net, share) in enumerate(zip(nets, shares, strict=True)) if share]
            less = running.less(changed, groups)
            nets = [net - share for net, share in zip(nets, shares, strict=True)]
            assert less <= running.less_at_most(sum(shares))
            due -= less
            assert due == tax.on_top(nets, taxable, rules) == sum(tax.taxes(nets, taxable, rules).amounts)
