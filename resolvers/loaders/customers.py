"""Customers and their addresses."""

from sqlalchemy import any_, func, select

from models.accounts import Account
from models.customers import Customer, CustomerAddress
from models.database import Row
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import One, keys
from services import access


class CustomerRow(Row):
    """A customer, for those who may see one."""


class AddressRow(Row):
    """An address of a customer's book."""


BY_ID = One(
    select(
        Customer.id,
        Customer.id.label("customer_id"),
        Customer.account_id,
        Customer.display_name,
        Customer.locale,
        Customer.currency,
        Customer.interests,
        Customer.marketing_consent_at,
        Customer.created_at,
        Account.email,
    )
    .outerjoin(Account, Account.id == Customer.account_id)
    .where(Customer.id == any_(keys())),
    key="id",
    row=CustomerRow,
    seen_by=access.sees_customer,
)

_ADDRESSES = select(
    CustomerAddress.id,
    CustomerAddress.customer_id,
    CustomerAddress.name,
    CustomerAddress.line1,
    CustomerAddress.line2,
    CustomerAddress.city,
    CustomerAddress.region,
    CustomerAddress.postal_code,
    CustomerAddress.country,
    CustomerAddress.phone,
    CustomerAddress.preferred,
)
ADDRESS_BY_ID = One(
    _ADDRESSES.where(CustomerAddress.id == any_(keys())), key="id", row=AddressRow, seen_by=access.sees_customer
)
ADDRESSES = Keyset(
    _ADDRESSES,
    order=(CustomerAddress.id,),
    row=AddressRow,
    name="addresses",
    parent=CustomerAddress.customer_id,
)
ADDRESS_COUNTS = One(
    select(CustomerAddress.customer_id, func.count().label("count"))
    .where(CustomerAddress.customer_id == any_(keys()))
    .group_by(CustomerAddress.customer_id),
    key="customer_id",
    row=Row,
)
