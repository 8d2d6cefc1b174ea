"""Settlement: what a merchant's part of a paid order moves in the ledger, and what a refund of it moves back.

A purchase takes from the payments' account what has come in, and gives it to whom it belongs: the merchant, the tax
office by way of the merchant, the platform. The platform adds what it pays of discounts and points. Where a promotion
has a budget, that has been set aside and is paid into the payments' account by `services.promotion_funds`; from there
it goes on here.
"""

from typing import NamedTuple

from domain import ledger
from domain.ledger import AccountKind, Posting


class Share(NamedTuple):
    """All, or some, of a merchant's part, in minor units.

    `total` is what the customer pays in money, `tax` what of it is tax, `commission` what the platform keeps.
    `platform_funding` is what the platform adds, of which budgets pay `platform_budget`; `merchant_budget` is what a
    budget of the merchant's own pays of what its promotions take off.
    """

    total: int
    tax: int
    commission: int
    platform_funding: int
    platform_budget: int = 0
    merchant_budget: int = 0

    @property
    def payable(self) -> int:
        """What the merchant is owed for it."""
        return self.total + self.platform_funding + self.merchant_budget - self.tax - self.commission


def paid(share: Share, *, merchant_id: int, currency: str) -> list[Posting]:
    """Give the postings of a share that was paid; none where nothing moves."""
    platform, merchant = ledger.platform, ledger.merchant
    amounts = (
        (platform(AccountKind.PAYMENTS, currency), -share.total - share.platform_budget - share.merchant_budget),
        (merchant(AccountKind.MERCHANT_PAYABLE, currency, merchant_id), share.payable),
        (merchant(AccountKind.TAX_PAYABLE, currency, merchant_id), share.tax),
        (platform(AccountKind.PLATFORM_REVENUE, currency), share.commission),
        (platform(AccountKind.PLATFORM_EXPENSE, currency), share.platform_budget - share.platform_funding),
    )
    return [Posting(account, amount) for account, amount in amounts if amount]


def refunded(share: Share, *, merchant_id: int, currency: str) -> list[Posting]:
    """Give the postings of a share that was paid before and is given back.

    Budgets are left out of the share unless their promotions' uses are given back as well: then what they paid goes
    home to whoever set it aside, the platform or the merchant.
    """
    return [Posting(each.account, -each.amount) for each in paid(share, merchant_id=merchant_id, currency=currency)]
