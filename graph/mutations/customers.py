"""Customers: what they can change about themselves."""

import strawberry

from domain.access import Permission
from graph.mutation_fields import mutation
from graph.types.customer_mutations import (
    CustomerAddressAddInput,
    CustomerAddressPayload,
    CustomerAddressRemoveInput,
    CustomerAddressRemovePayload,
    CustomerAddressUpdateInput,
    CustomerDataExportPayload,
    CustomerErasePayload,
    CustomerPayload,
    CustomerUpdateInput,
    PasswordInput,
)
from resolvers import accounts, customers


@strawberry.type(description="Customers.")
class CustomerMutations:
    """Customers."""

    customer_update: CustomerPayload = mutation(
        customers.change,
        permission=Permission.OWN_CUSTOMER,
        input=CustomerUpdateInput,
        description="Change one's profile and preferences. Errors: BAD_USER_INPUT.",
    )
    customer_address_add: CustomerAddressPayload = mutation(
        customers.add_address,
        permission=Permission.OWN_CUSTOMER,
        input=CustomerAddressAddInput,
        description="Add an address to one's book, which holds up to 50. Errors: BAD_USER_INPUT.",
    )
    customer_address_update: CustomerAddressPayload = mutation(
        customers.change_address,
        permission=Permission.OWN_CUSTOMER,
        input=CustomerAddressUpdateInput,
        description="Change an address in one's book. Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
    customer_address_remove: CustomerAddressRemovePayload = mutation(
        customers.remove_address,
        permission=Permission.OWN_CUSTOMER,
        input=CustomerAddressRemoveInput,
        description="Take an address out of one's book. Errors: NOT_FOUND.",
    )
    customer_data_export: CustomerDataExportPayload = mutation(
        customers.export_data,
        before=accounts.check_password,
        permission=Permission.OWN_CUSTOMER,
        input=PasswordInput,
        description="Hand out all that is known of oneself. Errors: INVALID_CREDENTIALS.",
    )
    customer_erase: CustomerErasePayload = mutation(
        customers.erase,
        before=accounts.check_password,
        after=customers.erased,
        permission=Permission.OWN_CUSTOMER,
        input=PasswordInput,
        description="Be forgotten: the account is closed and what is known of oneself deleted. Orders, returns and "
        "invoices stay as they are, with name and address, for the books. Errors: INVALID_CREDENTIALS.",
    )
