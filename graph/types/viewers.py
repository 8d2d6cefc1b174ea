"""Who asks: account, customer, staff, and what may be done; and the session by which that is proved."""

from typing import Any

import strawberry

from domain.access import Permission
from graph.fields import batch, column, computed
from graph.scalars import Instant
from graph.types.customers import Customer
from graph.types.merchant_accounts import MerchantMembership
from graph.types.vocabulary import enumeration
from resolvers import accounts, customers, merchant_accounts
from resolvers.loaders.customers import CustomerRow

ViewerPermission: Any = enumeration(
    "ViewerPermission",
    "What may be done; docs/permissions.md says who may what.",
    {permission: permission.sentence for permission in Permission},
)


@strawberry.type(description="An account: what one signs in to. Seen by its owner and by administrators.")
class Account:
    """What one signs in to."""

    email: str | None = column("The e-mail address; null after erasure.")
    email_verified_at: Instant | None = column("When the address was confirmed; null if it was not.")
    created_at: Instant = column("When it was made.")


@strawberry.type(description="Who asks. A visitor is nobody in particular and may only shop.")
class Viewer:
    """Who asks."""

    account: Account | None = batch(accounts.of_viewers, description="The account; null for visitors and partners.")
    customer: Customer | None = batch(
        customers.of_viewers,
        description="The shopper; null for who is not signed in, and for partners.",
        rows=CustomerRow,
    )
    merchants: list[MerchantMembership] = batch(
        merchant_accounts.of_viewers, description="Where the viewer works, and as what."
    )
    permissions: list[ViewerPermission] = computed(
        lambda viewer: sorted(permission.name for permission in viewer.permissions),
        description="What the viewer may do somewhere; where, say the merchants' roles. In the order of the alphabet.",
    )


@strawberry.type(description="A session that was opened or goes on. Its tokens are secrets: they are told only here.")
class Session:
    """A session that was opened or goes on."""

    access_token: str = column("For the header `Authorization: Bearer <accessToken>`; good for 15 minutes.")
    refresh_token: str = column("For `sessionRefresh`, once; good for 30 days.")
    expires_at: Instant = column("When the access token's time is over.")
    viewer: Viewer = column("Who is signed in.")
