"""What the platform keeps of what merchants sell."""

import strawberry

from domain.access import Permission
from graph.mutation_fields import mutation
from graph.types.commissions import (
    CommissionRulePayload,
    CommissionRuleRemoveInput,
    CommissionRuleRemovePayload,
    CommissionRuleSetInput,
)
from resolvers import commissions


@strawberry.type(description="Commission.")
class CommissionMutations:
    """Commission."""

    commission_rule_set: CommissionRulePayload = mutation(
        commissions.set_rule,
        permission=Permission.COMMISSIONS_SET,
        input=CommissionRuleSetInput,
        description="Set what the platform keeps of a merchant's sales, in a category, of both, or of all; a rule that "
        "there is gets the new rate. Orders keep what they were placed with. Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
    commission_rule_remove: CommissionRuleRemovePayload = mutation(
        commissions.remove,
        permission=Permission.COMMISSIONS_SET,
        input=CommissionRuleRemoveInput,
        description="Remove a rule: the next closest holds. Errors: NOT_FOUND.",
    )
