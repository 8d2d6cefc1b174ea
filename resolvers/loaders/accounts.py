"""Accounts: by id, and what a sign-in compares a password with."""

from sqlalchemy import Text, any_, select

from models.accounts import Account
from models.database import Row
from resolvers.loaders.lookups import One, keys
from services import access


class AccountRow(Row):
    """An account as its owner sees it."""


BY_ID = One(
    select(
        Account.id,
        Account.id.label("account_id"),
        Account.email,
        Account.email_verified_at,
        Account.state,
        Account.created_at,
    ).where(Account.id == any_(keys())),
    key="id",
    row=AccountRow,
    seen_by=access.sees_account,
)
CREDENTIALS = One(
    select(Account.id, Account.email, Account.password_hash).where(
        Account.email == any_(keys(Text)), Account.state == "ACTIVE", Account.email_verified_at.is_not(None)
    ),
    key="email",
    row=Row,
)
"""What a sign-in is checked against, by e-mail; none for an account that may not sign in."""
PASSWORD = One(
    select(Account.id, Account.email, Account.password_hash).where(Account.id == any_(keys())), key="id", row=Row
)
"""What somebody who is signed in is asked for once more, by account."""
