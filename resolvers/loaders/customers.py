"""Customers and their addresses."""

from sqlalchemy import Boolean, Text, any_, bindparam, exists, func, or_, select

from models.accounts import Account
from models.customers import Customer, CustomerAddress
from models.database import Row, Statement
from models.segments import CustomerSegment
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import One, keys
from services import access


class CustomerRow(Row):
    """A customer, for those who may see one."""


class KnownCustomer(dict[str, int]):
    """What who is signed in as a customer is known to be without reading anything: `id`, and `customer_id`."""


class AddressRow(Row):
    """An address of a customer's book."""


CUSTOMERS = select(
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
).outerjoin(Account, Account.id == Customer.account_id)
BY_ID = One(CUSTOMERS.where(Customer.id == any_(keys())), key="id", row=CustomerRow, seen_by=access.sees_customer)

_NARROWED = (
    bindparam("visible", type_=Boolean),
    or_(bindparam("email", type_=Text).is_(None), Account.email == bindparam("email", type_=Text)),
    or_(
        bindparam("segment", type_=Text).is_(None),
        exists().where(
            CustomerSegment.customer_id == Customer.id, CustomerSegment.segment == bindparam("segment", type_=Text)
        ),
    ),
)
LISTED = Keyset(CUSTOMERS.where(*_NARROWED), order=(Customer.id,), descending=True, row=CustomerRow, name="customers")
COUNT_LISTED = Statement(
    select(func.count()).select_from(Customer).outerjoin(Account, Account.id == Customer.account_id).where(*_NARROWED)
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
