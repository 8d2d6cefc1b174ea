"""Who asks, and what each role may do.

Rights come from what the viewer is: anyone, signed in, a customer, staff of a merchant or of the platform, a partner by
its key's scopes. Whether a particular row is the viewer's is for `services.access`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Final


class MerchantRole(Enum):
    """What somebody is at a merchant."""

    OWNER = "OWNER"
    MANAGER = "MANAGER"
    PACKER = "PACKER"


class PlatformRole(Enum):
    """What somebody is on the platform."""

    ADMIN = "ADMIN"
    AGENT = "AGENT"


class PartnerKind(Enum):
    """What a partner does."""

    DELIVERY = "DELIVERY"
    PAYMENT = "PAYMENT"
    INVOICE = "INVOICE"
    INSURANCE = "INSURANCE"
    KNOWLEDGE = "KNOWLEDGE"


class Scope(Enum):
    """What an API key may be used for."""

    EVENTS_READ = "EVENTS_READ"
    ORDERS_READ = "ORDERS_READ"
    ORDERS_FULFIL = "ORDERS_FULFIL"
    TICKETS_READ = "TICKETS_READ"


class Reach(Enum):
    """Whose things a permission is about."""

    EVERYONE = "everyone"
    OWN_ACCOUNT = "who is signed in"
    OWN_CUSTOMER = "customers, for what is theirs"
    MERCHANT = "staff, for their merchant; platform staff with the right, for all"
    PARTIES = "customers and merchants' staff, for tickets of theirs; platform staff, for all"
    PLATFORM = "platform staff"
    PARTNER = "partners, by their key's scope; administrators"


class Permission(Enum):
    """What may be done; the value is its reach and the sentence that explains it."""

    ENTER = (Reach.EVERYONE, "Register, sign in, prove an e-mail address, set a new password.")
    SHOP = (Reach.EVERYONE, "Fill a cart and check it out: whoever holds its token, or the customer it belongs to.")
    OWN_ACCOUNT = (Reach.OWN_ACCOUNT, "Change one's own account and end one's sessions.")
    MERCHANT_APPLY = (Reach.OWN_ACCOUNT, "Apply to become a merchant; accept an invitation to work for one.")
    OWN_CUSTOMER = (Reach.OWN_CUSTOMER, "Change one's own profile, preferences and addresses.")
    MERCHANT_MANAGE = (Reach.MERCHANT, "Change a merchant's profile and hand in its documents.")
    MERCHANT_STAFF = (Reach.MERCHANT, "Invite staff, change their roles, let them go; close the merchant.")
    CATALOGUE_WRITE = (Reach.MERCHANT, "Change a merchant's products, variants, prices and media.")
    STOCK_WRITE = (Reach.MERCHANT, "Change a merchant's stock.")
    WAREHOUSES_MANAGE = (Reach.MERCHANT, "Open, change and close a merchant's warehouses.")
    DELIVERIES_WRITE = (Reach.MERCHANT, "Change how a merchant's goods are sent, and for how much.")
    CAMPAIGNS_WRITE = (Reach.MERCHANT, "Change a merchant's promotions and coupons.")
    TICKETS_TALK = (Reach.PARTIES, "Open tickets, write in them, end them.")
    ORDERS_FULFIL = (Reach.MERCHANT, "Ship a merchant's part of orders.")
    ORDERS_REFUND = (Reach.MERCHANT, "Refund a merchant's part of orders.")
    ORDERS_NOTE = (Reach.MERCHANT, "Write notes on orders that a merchant has a part in.")
    PARTNERS_MANAGE = (Reach.MERCHANT, "Add partners and hand out their API keys.")
    WEBHOOKS_MANAGE = (
        Reach.MERCHANT,
        "Have events posted to a partner's address; partners by their key, for themselves.",
    )
    MERCHANTS_REVIEW = (Reach.PLATFORM, "Look at applications; approve, suspend and reactivate merchants.")
    STRUCTURE_WRITE = (Reach.PLATFORM, "Change categories, attributes, collections and the tuning of the search.")
    PLATFORM_CAMPAIGNS_WRITE = (
        Reach.PLATFORM,
        "Change the platform's own promotions, coupons and levels, what points are earned for and worth.",
    )
    TAXES_WRITE = (Reach.PLATFORM, "Change which taxes are raised where.")
    COMMISSIONS_SET = (Reach.PLATFORM, "See and set what the platform keeps of what merchants sell.")
    ACCOUNTS_MANAGE = (Reach.PLATFORM, "Suspend and reactivate accounts; change platform staff.")
    GIFT_CARDS_ISSUE = (Reach.PLATFORM, "Issue gift cards, and disable them.")
    STORE_CREDIT_ISSUE = (Reach.PLATFORM, "Give customers store credit, with a reason.")
    POINTS_ADJUST = (Reach.PLATFORM, "Give customers points, or take some, with a reason.")
    CUSTOMERS_READ = (Reach.PLATFORM, "See customers with all that is theirs.")
    TICKETS_HANDLE = (Reach.PLATFORM, "Answer customers' tickets.")
    DESK_MANAGE = (Reach.PLATFORM, "Say who works at the desk and when, what it promises; write macros and articles.")
    EVENTS_READ = (Reach.PARTNER, "Follow the event log.")

    @property
    def reach(self) -> Reach:
        """Whose things it is about."""
        reach: Reach = self.value[0]
        return reach

    @property
    def sentence(self) -> str:
        """What it allows."""
        return str(self.value[1])


_PACKER: Final = frozenset({Permission.STOCK_WRITE, Permission.ORDERS_FULFIL, Permission.ORDERS_NOTE})
_MANAGER: Final = _PACKER | {
    Permission.MERCHANT_MANAGE,
    Permission.CATALOGUE_WRITE,
    Permission.WAREHOUSES_MANAGE,
    Permission.DELIVERIES_WRITE,
    Permission.CAMPAIGNS_WRITE,
    Permission.ORDERS_REFUND,
}
_OWNER: Final = _MANAGER | {
    Permission.MERCHANT_STAFF,
    Permission.PARTNERS_MANAGE,
    Permission.WEBHOOKS_MANAGE,
}
_AGENT: Final = frozenset(
    {
        Permission.CUSTOMERS_READ,
        Permission.TICKETS_HANDLE,
        Permission.ORDERS_REFUND,
        Permission.ORDERS_NOTE,
        Permission.POINTS_ADJUST,
    }
)
_ADMIN: Final = frozenset(
    permission for permission in Permission if permission.reach in {Reach.MERCHANT, Reach.PLATFORM, Reach.PARTNER}
)

OF_MERCHANT_ROLE: Final[Mapping[MerchantRole, frozenset[Permission]]] = MappingProxyType(
    {MerchantRole.OWNER: _OWNER, MerchantRole.MANAGER: _MANAGER, MerchantRole.PACKER: _PACKER}
)
"""What each role may do at its merchant."""
OF_PLATFORM_ROLE: Final[Mapping[PlatformRole, frozenset[Permission]]] = MappingProxyType(
    {PlatformRole.ADMIN: _ADMIN, PlatformRole.AGENT: _AGENT}
)
"""What each role may do on the platform; a merchant's permission then holds for all merchants."""
OF_SCOPE: Final[Mapping[Scope, frozenset[Permission]]] = MappingProxyType(
    {
        Scope.EVENTS_READ: frozenset({Permission.EVENTS_READ, Permission.WEBHOOKS_MANAGE}),
        Scope.ORDERS_READ: frozenset(),
        Scope.ORDERS_FULFIL: frozenset({Permission.ORDERS_FULFIL}),
        Scope.TICKETS_READ: frozenset(),
    }
)
"""What each scope of an API key allows; of a merchant's partner, at that merchant."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks. Without any of it: a visitor."""

    account_id: int | None = None
    session_id: int | None = None
    customer_id: int | None = None
    merchants: Mapping[int, MerchantRole] = field(default_factory=lambda: MappingProxyType({}))
    """What the viewer is at which merchants, by id."""
    platform: PlatformRole | None = None
    partner_id: int | None = None
    partner_kind: PartnerKind | None = None
    partner_merchant_id: int | None = None
    """The merchant whose partner it is; None for a partner of the whole platform."""
    scopes: frozenset[Scope] = frozenset()
    key_prefix: str | None = None
    """How the API key begins by which a partner asks."""
    cart_token: str | None = None
    """The secret of a guest's cart, as it was sent."""
    expires_at: datetime | None = None
    """When what proves who it is ends, UTC: a connection that lives longer must prove it again. None if it does not."""

    def may(self, permission: Permission, *, merchant_id: int | None = None) -> bool:
        """Say whether the viewer has the permission: at the merchant, or anywhere at all if none is named."""
        match permission.reach:
            case Reach.EVERYONE:
                return True
            case Reach.OWN_ACCOUNT:
                return self.account_id is not None
            case Reach.OWN_CUSTOMER:
                return self.customer_id is not None
            case Reach.PARTIES:
                return self.customer_id is not None or bool(self.merchants) or self.may(Permission.TICKETS_HANDLE)
        everywhere = OF_PLATFORM_ROLE[self.platform] if self.platform is not None else frozenset()
        return permission in everywhere or self._may_there(permission, merchant_id)

    def _may_there(self, permission: Permission, merchant_id: int | None) -> bool:
        """Say whether the viewer has the permission as a partner, or as staff of the merchant or of any."""
        if self.partner_id is not None:
            at_home = merchant_id is None or self.partner_merchant_id in {None, merchant_id}
            return at_home and any(permission in OF_SCOPE[scope] for scope in self.scopes)
        roles = self.merchants.values() if merchant_id is None else [self.merchants.get(merchant_id)]
        return any(role is not None and permission in OF_MERCHANT_ROLE[role] for role in roles)

    @property
    def permissions(self) -> frozenset[Permission]:
        """All that the viewer may do, wherever."""
        return frozenset(permission for permission in Permission if self.may(permission))


VISITOR: Final = Viewer()
"""Somebody of whom nothing is known."""
