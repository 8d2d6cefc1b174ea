"""What the platform keeps of what merchants sell."""

import strawberry

from graph import ids
from graph.execution.declarations import OfClass
from graph.fields import column, computed, related
from graph.inputs import id_of
from graph.mutation_fields import Payload
from graph.scalars import DecimalText
from graph.types.categories import Category
from graph.types.merchants import Merchant
from graph.types.node import Node
from resolvers import commissions
from resolvers.loaders import categories as category_loaders
from resolvers.loaders import commissions as loaders
from resolvers.loaders import merchants as merchant_loaders
from resolvers.loaders.commissions import CommissionRuleRow


@strawberry.type(
    description="What the platform keeps of the price, without tax, of what merchants sell. The closest rule holds: a "
    "merchant's before everybody's, then the nearest category's. Seen by administrators."
)
class CommissionRule(Node):
    """What the platform keeps of what merchants sell."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("CommissionRule"))
    merchant: Merchant | None = related(
        merchant_loaders.BY_ID, by="merchant_id", description="Of which merchant's sales; null for all merchants."
    )
    category: Category | None = related(
        category_loaders.BY_ID, by="category_id", description="In which category and below it; null for all."
    )
    rate_percent: DecimalText = computed(commissions.rate_percent, description='Per cent: "12.5".')

    is_type_of = OfClass(CommissionRuleRow)


@strawberry.input(description="What the platform shall keep from now on.")
class CommissionRuleSetInput:
    """What the platform shall keep from now on."""

    merchant_id: strawberry.ID | None = id_of("Merchant", "Of whose sales; left out, everybody's.", default=None)
    category_id: strawberry.ID | None = id_of(
        "Category", "In which category and below it; left out, everywhere.", default=None
    )
    rate_percent: DecimalText = strawberry.field(description='Per cent: "12.5".')


@strawberry.type(description="The rule after the change.")
class CommissionRulePayload(Payload):
    """The rule after the change."""

    rule: CommissionRule | None = related(loaders.BY_ID, by="rule_id", description="The rule; null if it was refused.")


@strawberry.input(description="A rule of commission to remove.")
class CommissionRuleRemoveInput:
    """A rule of commission to remove."""

    rule_id: strawberry.ID = id_of("CommissionRule", "Which rule.")


@strawberry.type(description="Whether the rule was removed.")
class CommissionRuleRemovePayload(Payload):
    """Whether the rule was removed."""

    done: bool = computed(lambda result: bool(result["done"]), description="True if it was.")
