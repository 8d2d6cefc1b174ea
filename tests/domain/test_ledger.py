"""The ledger's rules ..."""

import pytest

from domain import ledger
from domain.ledger import Account, AccountKind, LedgerError, OwnerType, Posting, Reference

PAYMENTS = ledger.platform(AccountKind.PAYMENTS, "USD")
REVENUE = ledger.platform(AccountKind.PLATFORM_REVENUE, "USD")
PAYABLE = ledger.merchant(AccountKind.MERCHANT_PAYABLE, "USD", 7)


def test_merge_and_sort_postings_that_add_up_to_zero() -> None:
    postings = [Posting(PAYMENTS, -600), Posting(PAYABLE, 900), Posting(PAYMENTS, -400), Posting(REVENUE, 100)]
    assert ledger.balanced(postings) == [Posting(PAYABLE, 900), Posting(PAYMENTS, -1000), Posting(REVENUE, 100)]


def test_leave_out_what_merges_to_nothing() -> None:
    postings = [Posting(PAYMENTS, 5), Posting(REVENUE, 1), Posting(PAYMENTS, -5), Posting(PAYABLE, -1)]
    assert [posting.account for posting in ledger.balanced(postings)] == [PAYABLE, REVENUE]


@pytest.mark.parametrize(
    "postings",
    [
        [],
        [Posting(PAYMENTS, 1)],
        [Posting(PAYMENTS, 1), Posting(REVENUE, -2)],
        [Posting(PAYMENTS, 1), Posting(PAYMENTS, -1)],
        [Posting(PAYMENTS, 1), Posting(ledger.platform(AccountKind.PAYMENTS, "EUR"), -1)],
        [Posting(PAYMENTS, 10**15 + 1), Posting(REVENUE, -(10**15) - 1)],
    ],
)
def test_refuse_what_does_not_balance_moves_nothing_or_too_much(postings: list[Posting]) -> None:
    with pytest.raises(LedgerError):
        ledger.balanced(postings)


@pytest.mark.parametrize(
    ("kind", "currency", "owner_type"),
    [
        (AccountKind.PAYMENTS, "USD", OwnerType.CUSTOMER),
        (AccountKind.STORE_CREDIT, "USD", OwnerType.MERCHANT),
        (AccountKind.STORE_CREDIT, "SOUK", OwnerType.CUSTOMER),
        (AccountKind.POINTS_AVAILABLE, "USD", OwnerType.CUSTOMER),
        (AccountKind.STORE_CREDIT, "usd", OwnerType.CUSTOMER),
    ],
)
def test_refuse_accounts_that_cannot_be(kind: AccountKind, currency: str, owner_type: OwnerType) -> None:
    with pytest.raises(LedgerError):
        Account(kind, currency, owner_type, 1)


def test_know_the_owners_of_every_kind() -> None:
    assert set(ledger.OWNERS) == set(AccountKind)


@pytest.mark.parametrize("name", ["", "a", "Order", "ORDER-1", "X" * 41, "ORDER\n", "1ORDER"])
def test_refuse_names_that_are_not_upper_case(name: str) -> None:
    with pytest.raises(LedgerError):
        Reference(name, 1)
