"""A merchant's part of a paid order ..."""

from hypothesis import given
from hypothesis import strategies as st

from domain import ledger, settlement
from domain.ledger import Posting
from domain.settlement import Share

amounts = st.integers(0, 10**9)
shares = st.builds(
    lambda total, tax, commission, funding, of_it, merchant: Share(
        total, tax, commission, funding, funding * of_it // 100, merchant
    ),
    amounts,
    amounts,
    amounts,
    amounts,
    st.integers(0, 100),
    amounts,
)


def held(postings: list[Posting]) -> dict[str, int]:
    return {posting.account.kind.value: posting.amount for posting in postings}


def test_gives_each_what_belongs_to_it() -> None:
    # 119.00 with 19.00 tax in it, 10.00 commission; the platform has paid 5.00 of a discount, 2.00 by a budget.
    share = Share(total=11900, tax=1900, commission=1000, platform_funding=500, platform_budget=200, merchant_budget=50)
    assert held(settlement.paid(share, merchant_id=7, currency="EUR")) == {
        "PAYMENTS": -12150,
        "MERCHANT_PAYABLE": 9550,
        "TAX_PAYABLE": 1900,
        "PLATFORM_REVENUE": 1000,
        "PLATFORM_EXPENSE": -300,
    }
    assert share.payable == 9550


def test_owes_the_platform_when_the_merchant_gave_all_of_it_away() -> None:
    share = Share(total=0, tax=190, commission=100, platform_funding=0)
    assert held(settlement.paid(share, merchant_id=7, currency="EUR")) == {
        "MERCHANT_PAYABLE": -290,
        "TAX_PAYABLE": 190,
        "PLATFORM_REVENUE": 100,
    }


def test_moves_nothing_where_there_is_nothing() -> None:
    assert settlement.paid(Share(0, 0, 0, 0), merchant_id=7, currency="EUR") == []


@given(shares)
def test_adds_up_to_zero_and_is_taken_back_to_the_cent(share: Share) -> None:
    paid = settlement.paid(share, merchant_id=7, currency="EUR")
    assert sum(posting.amount for posting in paid) == 0
    back = settlement.refunded(share, merchant_id=7, currency="EUR")
    assert {posting.account: -posting.amount for posting in back} == {each.account: each.amount for each in paid}
    if paid:
        ledger.balanced(paid)


@given(shares)
def test_brings_budgets_home_when_only_the_goods_come_back(share: Share) -> None:
    """The uses stay made: the platform and the merchant have what their budgets paid, and the payments nothing."""
    without = share._replace(platform_budget=0, merchant_budget=0)
    left = held(settlement.paid(share, merchant_id=7, currency="EUR"))
    for kind, amount in held(settlement.refunded(without, merchant_id=7, currency="EUR")).items():
        left[kind] = left.get(kind, 0) + amount
    left["PAYMENTS"] = left.get("PAYMENTS", 0) + share.platform_budget + share.merchant_budget  # by promotion_funds
    assert {kind: amount for kind, amount in left.items() if amount} == {
        kind: amount
        for kind, amount in (
            ("MERCHANT_PAYABLE", share.merchant_budget),
            ("PLATFORM_EXPENSE", share.platform_budget),
        )
        if amount
    }
