"""What can be changed: a file for each domain, one declaration a field, with its resolver and its permission."""

import strawberry

from graph.mutations.accounts import AccountMutations
from graph.mutations.customers import CustomerMutations


@strawberry.type(description="What can be changed. Each is done wholly or not at all, one after the other.")
class Mutation(AccountMutations, CustomerMutations):
    """What can be changed."""
