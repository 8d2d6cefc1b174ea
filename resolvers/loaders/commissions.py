"""The rules of commission, for who sets them."""

from sqlalchemy import any_, func, select

from models.commissions import CommissionRule
from models.database import Row, Statement
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import One, keys
from services import access


class CommissionRuleRow(Row):
    """A rule of commission."""


_RULES = select(CommissionRule.id, CommissionRule.merchant_id, CommissionRule.category_id, CommissionRule.rate_bp)
BY_ID = One(
    _RULES.where(CommissionRule.id == any_(keys())), key="id", row=CommissionRuleRow, seen_by=access.sees_commissions
)
ALL = Keyset(_RULES, order=(CommissionRule.id,), row=CommissionRuleRow, name="commissionRules")
COUNT = Statement(select(func.count()).select_from(CommissionRule))
