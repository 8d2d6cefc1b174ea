"""Merchants as their staff sees them, with documents, staff and invitations."""

from sqlalchemy import ARRAY, BigInteger, Boolean, Text, any_, bindparam, func, or_, select

from models.accounts import Account
from models.customers import Customer
from models.database import Row, Statement
from models.merchant_staff import MerchantDocument, MerchantInvitation, MerchantMember
from models.merchants import Merchant
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import Many, One, keys
from services import access


class MerchantAccountRow(Row):
    """A merchant in whatever state, for its staff."""


class DocumentRow(Row):
    """A document of a merchant."""


_ACCOUNTS = select(
    Merchant.id,
    Merchant.id.label("merchant_id"),
    Merchant.slug,
    Merchant.name,
    Merchant.description,
    Merchant.state,
    Merchant.state_reason,
    Merchant.created_at,
    Merchant.version,
)
_VISIBLE = (
    or_(bindparam("everywhere", type_=Boolean), Merchant.id == any_(bindparam("own", type_=ARRAY(BigInteger)))),
    Merchant.state == func.coalesce(bindparam("state", type_=Text), Merchant.state),
)

BY_ID = One(
    _ACCOUNTS.where(Merchant.id == any_(keys())), key="id", row=MerchantAccountRow, seen_by=access.sees_merchant_row
)
VISIBLE = Keyset(
    _ACCOUNTS.where(*_VISIBLE),
    order=(Merchant.created_at, Merchant.id),
    row=MerchantAccountRow,
    name="merchantAccounts",
)
COUNT_VISIBLE = Statement(select(func.count()).select_from(Merchant).where(*_VISIBLE))

MEMBERS = Many(
    select(
        MerchantMember.merchant_id, MerchantMember.role, MerchantMember.created_at, Account.email, Customer.display_name
    )
    .join(Account, Account.id == MerchantMember.account_id)
    .outerjoin(Customer, Customer.account_id == Account.id)
    .where(MerchantMember.merchant_id == any_(keys()))
    .order_by(MerchantMember.created_at, MerchantMember.account_id),
    key="merchant_id",
    row=Row,
    seen_by=access.sees_staff,
)
INVITATIONS = Many(
    select(
        MerchantInvitation.merchant_id,
        MerchantInvitation.email,
        MerchantInvitation.role,
        MerchantInvitation.expires_at,
    )
    .where(MerchantInvitation.merchant_id == any_(keys()), MerchantInvitation.ended_at.is_(None))
    .order_by(MerchantInvitation.id),
    key="merchant_id",
    row=Row,
    seen_by=access.sees_staff,
)
_DOCUMENTS = select(
    MerchantDocument.id,
    MerchantDocument.merchant_id,
    MerchantDocument.kind,
    MerchantDocument.file_name,
    MerchantDocument.media_type,
    MerchantDocument.size_bytes,
    MerchantDocument.state,
    MerchantDocument.note,
    MerchantDocument.key,
    MerchantDocument.created_at,
)
DOCUMENT_BY_ID = One(
    _DOCUMENTS.where(MerchantDocument.id == any_(keys())),
    key="id",
    row=DocumentRow,
    seen_by=access.sees_merchant_papers,
)
DOCUMENTS = Many(
    _DOCUMENTS.where(MerchantDocument.merchant_id == any_(keys())).order_by(MerchantDocument.id),
    key="merchant_id",
    row=DocumentRow,
    seen_by=access.sees_merchant_papers,
)
