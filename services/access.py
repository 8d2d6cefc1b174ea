"""The one gate: what a viewer may do, which rows it sees, and what Postgres itself holds a transaction to.

What one may not see or do is refused as if the thing did not exist.
"""

import hashlib
import hmac
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import BigInteger, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import MerchantRole, Permission, PlatformRole, Reach, Scope, Viewer
from domain.errors import Refusal
from domain.events import followed_by
from domain.order_actions import MONEY, NOTE
from domain.tickets import Party
from models.accounts import Account, PlatformMember
from models.customers import Customer
from models.database import Row, Statement, run
from models.merchant_staff import MerchantMember

Sees = Callable[[Viewer, Any], bool]
"""Whether a viewer sees a row: the functions here that are called so."""

ROLE: Final = "souk_app"
"""The role under which merchants' rows are written: row-level security holds it to the merchants of the viewer."""

_RESTRICT: Final = Statement(
    text(
        f"SELECT set_config('souk.merchants', :merchants, true), set_config('souk.everywhere', :everywhere, true),"
        f" set_config('role', '{ROLE}', true)"
    )
)
_ROLES: Final = Statement(
    select(
        Customer.id,
        PlatformMember.role.label("platform"),
        MerchantMember.merchant_id,
        MerchantMember.role.label("role"),
    )
    .select_from(Account)
    .outerjoin(Customer, Customer.account_id == Account.id)
    .outerjoin(PlatformMember, PlatformMember.account_id == Account.id)
    .outerjoin(MerchantMember, MerchantMember.account_id == Account.id)
    .where(Account.id == bindparam("account_id", type_=BigInteger), Account.state == "ACTIVE")
)


class NotFoundError(Refusal):
    """There is no such thing, or it is not the viewer's: the answer is the same."""

    code = "NOT_FOUND"

    def __init__(
        self, noun: str = "thing", *, field: str | None = None, found: str | None = None, hint: str = ""
    ) -> None:
        """Say so of a thing of this kind; `found` is the kind that the id is of, if that is another one."""
        details = {} if field is None else {"field": field}
        reason = f", or it is not for you; are you signed in as the right one{hint}?"
        if found is not None:
            reason = f": what was sent is the id of a {found[:60]!r}"
        super().__init__(f"There is no such {noun}{reason}", **details)


class NotPermittedError(NotFoundError):
    """The viewer lacks the permission, whatever is asked for: it says nothing of what there is."""

    def __init__(self, permission: Permission) -> None:
        Refusal.__init__(
            self,
            f"This takes the permission {permission.name}; `viewer {{ permissions }}` lists yours. "
            "Are you signed in as the right one?",
        )


def require(
    viewer: Viewer, permission: Permission, *, noun: str, merchant_id: int | None = None, field: str | None = None
) -> None:
    """Raise NotFoundError unless the viewer has the permission: at the merchant, or anywhere if none is named."""
    if not viewer.may(permission, merchant_id=merchant_id):
        raise NotFoundError(noun, field=field)


def let_in(viewer: Viewer, permission: Permission) -> None:
    """Raise NotPermittedError unless the viewer has the permission anywhere at all."""
    if not viewer.may(permission):
        raise NotPermittedError(permission)


async def viewer_of(session: AsyncSession, *, account_id: int, session_id: int | None) -> Viewer | None:
    """Read what an account is, as it is now; None unless it is active."""
    rows: list[Row] = await run(session, _ROLES, account_id=account_id)
    if not rows:
        return None
    customer_id, platform, _, _ = rows[0]
    return Viewer(
        account_id=account_id,
        session_id=session_id,
        customer_id=customer_id,
        merchants={merchant_id: MerchantRole(role) for _, _, merchant_id, role in rows if merchant_id is not None},
        platform=None if platform is None else PlatformRole(platform),
    )


async def admit(session: AsyncSession, viewer: Viewer, permission: Permission) -> Viewer:
    """Let a viewer into the transaction of a mutation that needs the permission; gives the viewer as it is now.

    A token tells what somebody was when it was made. For what staff does, that is looked up again, and Postgres holds
    the transaction to the viewer's merchants by row-level security. Raises NotFoundError.
    """
    let_in(viewer, permission)
    of_parties = permission.reach is Reach.PARTIES and (viewer.platform is not None or bool(viewer.merchants))
    if permission.reach not in {Reach.MERCHANT, Reach.PLATFORM} and not of_parties:
        return viewer
    if viewer.account_id is not None:
        now = await viewer_of(session, account_id=viewer.account_id, session_id=viewer.session_id)
        if now is None:
            raise NotFoundError
        viewer = replace(now, cart_token=viewer.cart_token)
        let_in(viewer, permission)
    if not of_parties:
        await restrict(session, viewer, permission)
    return viewer


async def restrict(session: AsyncSession, viewer: Viewer, permission: Permission) -> None:
    """Hold the rest of the transaction to the merchants at which the viewer has the permission."""
    own = viewer.merchants if viewer.partner_merchant_id is None else {viewer.partner_merchant_id: None}
    everywhere = (viewer.platform is not None or viewer.partner_id is not None) and viewer.partner_merchant_id is None
    allowed = [merchant_id for merchant_id in own if viewer.may(permission, merchant_id=merchant_id)]
    await run(
        session,
        _RESTRICT,
        merchants="{" + ",".join(map(str, allowed)) + "}",
        everywhere="on" if everywhere and viewer.may(permission) else "off",
    )


def sees_account(viewer: Viewer, row: Mapping[str, Any]) -> bool:
    """Say whether a viewer sees an account, or what is an account's; `account_id` tells whose a row is."""
    own = viewer.account_id is not None and viewer.account_id == row["account_id"]
    return own or viewer.may(Permission.ACCOUNTS_MANAGE)


def sees_customer(viewer: Viewer, row: Mapping[str, Any]) -> bool:
    """Say whether a viewer sees a customer, or what is a customer's; `customer_id` tells whose a row is."""
    own = viewer.customer_id is not None and viewer.customer_id == row["customer_id"]
    return own or viewer.may(Permission.CUSTOMERS_READ)


def sees_customers(viewer: Viewer) -> bool:
    """Say whether a viewer sees all customers, and what groups they are in."""
    return viewer.may(Permission.CUSTOMERS_READ)


def sees_cart(viewer: Viewer, row: Mapping[str, Any]) -> bool:
    """Say whether a viewer sees a cart: whose it is, or who holds its token; `customer_id`, `token_hash` tell."""
    if viewer.customer_id is not None and viewer.customer_id == row["customer_id"]:
        return True
    if viewer.cart_token is None or row["token_hash"] is None:
        return False
    return hmac.compare_digest(row["token_hash"], cart_token_hash(viewer.cart_token))


def sees_whole_order(viewer: Viewer, row: Mapping[str, Any]) -> bool:
    """Say whether a viewer sees an order with all its parts: whose it is, who holds its cart's token, the platform."""
    return sees_cart(viewer, row) or sees_every_order(viewer)


def sees_every_order(viewer: Viewer) -> bool:
    """Say whether a viewer sees all orders with all their parts: the platform's staff, and its partners that read."""
    return viewer.may(Permission.CUSTOMERS_READ) or _reads_orders(viewer, None)


def sees_order(viewer: Viewer, row: Mapping[str, Any]) -> bool:
    """Say whether a viewer sees an order, wholly or a part of it; `merchant_ids` tells who has one."""
    return sees_whole_order(viewer, row) or any(map(orders_of(viewer).__contains__, row["merchant_ids"]))


def sees_order_part(viewer: Viewer, row: Mapping[str, Any]) -> bool:
    """Say whether a viewer sees what belongs to a merchant's part of an order; `merchant_id` tells whose."""
    return sees_whole_order(viewer, row) or row["merchant_id"] in orders_of(viewer)


def sees_order_entry(viewer: Viewer, row: Mapping[str, Any]) -> bool:
    """Say whether a viewer sees a line of an order's timeline; `merchant_id` is None where it is about the whole.

    Notes are seen by staff alone: a merchant's by its own and the platform's, the platform's by its own. What payments
    give back is nothing to who sees but a part, as the payments are.
    """
    if row["action"] == NOTE:
        return viewer.may(Permission.CUSTOMERS_READ) or row["merchant_id"] in orders_of(viewer)
    if row["merchant_id"] is not None:
        return sees_order_part(viewer, row)
    if row["action"] in MONEY:
        return sees_whole_order(viewer, row)
    whose = row["data"].get("merchant_ids")  # which of them a refund is of
    return sees_order(viewer, row if whose is None else {**row, "merchant_ids": whose})


def orders_of(viewer: Viewer) -> Collection[int]:
    """Give the merchants whose parts of orders a viewer sees, whosever the orders are."""
    merchant_id = viewer.partner_merchant_id
    if merchant_id is not None:
        return (merchant_id,) if _reads_orders(viewer, merchant_id) else ()
    return viewer.merchants.keys()


def _reads_orders(viewer: Viewer, merchant_id: int | None) -> bool:
    """Say whether a viewer is a partner, of the platform or of this merchant, whose key reads orders."""
    is_partner = viewer.partner_id is not None and viewer.partner_merchant_id == merchant_id
    return is_partner and Scope.ORDERS_READ in viewer.scopes


def cart_token_hash(token: str) -> bytes:
    """Give what is kept of a cart's token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def sees_merchant_row(viewer: Viewer, row: Mapping[str, Any]) -> bool:
    """Say whether a viewer sees what only a merchant's staff sees; `merchant_id` tells whose a row is."""
    return row["merchant_id"] in viewer.merchants or viewer.may(Permission.MERCHANTS_REVIEW)


def sees_product(viewer: Viewer, row: Mapping[str, Any]) -> bool:
    """Say whether a viewer sees a product, or what is a product's: listed ones, and those of one's own merchant.

    `listed` and `merchant_id` tell.
    """
    return bool(row["listed"]) or sees_merchant_row(viewer, row)


def plainly_sees_all(viewer: Viewer, sees: Sees, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether a viewer sees all of the rows for one reason that is quickly found; if not, ask `sees` of each row.

    A list is all of one customer's orders or asked for by who sees every order, more often than not.
    """
    quickly = _QUICKLY.get(sees)
    return quickly is not None and quickly(viewer, rows)


def _sees_all_orders(viewer: Viewer, rows: Sequence[Mapping[str, Any]]) -> bool:
    own = viewer.customer_id
    return (own is not None and {row["customer_id"] for row in rows} == {own}) or sees_every_order(viewer)


def _sees_all_products(_: Viewer, rows: Sequence[Mapping[str, Any]]) -> bool:
    return all(map(itemgetter("listed"), rows))


_QUICKLY: Final[Mapping[Sees, Callable[[Viewer, Sequence[Mapping[str, Any]]], bool]]] = {
    sees_whole_order: _sees_all_orders,
    sees_order: _sees_all_orders,
    sees_order_part: _sees_all_orders,
    sees_product: _sees_all_products,
}


def sees_partner(viewer: Viewer, row: Mapping[str, Any]) -> bool:
    """Say whether a viewer sees a partner and its keys; `merchant_id` tells whose it is, None the platform's."""
    if row["merchant_id"] is None:
        return viewer.platform is not None and viewer.may(Permission.PARTNERS_MANAGE)
    return viewer.may(Permission.PARTNERS_MANAGE, merchant_id=row["merchant_id"])


def sees_webhook(viewer: Viewer, row: Mapping[str, Any]) -> bool:
    """Say whether a viewer sees a webhook and its deliveries: the partner itself, and who manages it.

    `partner_id` and `merchant_id` tell whose it is; `merchant_id` is None for a partner of the platform.
    """
    if viewer.partner_id is not None:
        return viewer.partner_id == row["partner_id"] and viewer.may(Permission.WEBHOOKS_MANAGE)
    if row["merchant_id"] is None:
        return viewer.platform is not None and viewer.may(Permission.WEBHOOKS_MANAGE)
    return viewer.may(Permission.WEBHOOKS_MANAGE, merchant_id=row["merchant_id"])


def sees_merchant_papers(viewer: Viewer, row: Mapping[str, Any]) -> bool:
    """Say whether a viewer sees a merchant's documents; `merchant_id` tells whose a row is."""
    return viewer.may(Permission.MERCHANT_MANAGE, merchant_id=row["merchant_id"])


def sees_event(viewer: Viewer, row: Mapping[str, Any]) -> bool:
    """Say whether a viewer sees an event; `type` and `merchant_ids` tell of what kind and whose it is."""
    if row["type"] not in {each.name for each in followed_by(viewer)}:
        return False
    return viewer.partner_merchant_id is None or viewer.partner_merchant_id in row["merchant_ids"]


def sees_promotion(viewer: Viewer, row: Mapping[str, Any]) -> bool:
    """Say whether a viewer sees a promotion as those do who run it; `merchant_id` tells whose, None the platform's."""
    if row["merchant_id"] is None:
        return viewer.may(Permission.PLATFORM_CAMPAIGNS_WRITE)
    return viewer.may(Permission.CAMPAIGNS_WRITE, merchant_id=row["merchant_id"])


def sees_commissions(viewer: Viewer, _: Mapping[str, Any]) -> bool:
    """Say whether a viewer sees the rules of commission."""
    return viewer.may(Permission.COMMISSIONS_SET)


def ticket_party(viewer: Viewer, row: Mapping[str, Any]) -> Party | None:
    """Say as what a viewer deals with a ticket; None for who does not see it.

    `customer_id` tells whose it is, `merchant_ids` whose orders it is about. Whoever asked something is a customer
    there, also an agent: nobody handles a ticket of one's own.
    """
    if viewer.customer_id is not None and viewer.customer_id == row["customer_id"]:
        return Party.CUSTOMER
    if viewer.may(Permission.TICKETS_HANDLE):
        return Party.AGENT
    return Party.MERCHANT if any(each in viewer.merchants for each in row["merchant_ids"]) else None


def sees_ticket(viewer: Viewer, row: Mapping[str, Any]) -> bool:
    """Say whether a viewer sees a ticket: its parties, and partners that may read those of their merchant, or all."""
    if ticket_party(viewer, row) is not None:
        return True
    if Scope.TICKETS_READ not in viewer.scopes:
        return False
    return viewer.partner_merchant_id is None or viewer.partner_merchant_id in row["merchant_ids"]


def sees_in_ticket(viewer: Viewer, row: Mapping[str, Any]) -> bool:
    """Say whether a viewer sees something in a ticket: what is `internal` is for who handles it."""
    return ticket_party(viewer, row) is Party.AGENT if row["internal"] else sees_ticket(viewer, row)


def sees_ticket_desk(viewer: Viewer) -> bool:
    """Say whether a viewer sees how the desk works that handles tickets."""
    return viewer.may(Permission.TICKETS_HANDLE)


def sees_article(viewer: Viewer, row: Mapping[str, Any]) -> bool:
    """Say whether a viewer sees an article: published ones everybody, others the desk; `published` tells."""
    return bool(row["published"]) or sees_ticket_desk(viewer)


def sees_tuning(viewer: Viewer) -> bool:
    """Say whether a viewer sees what searches are tuned by."""
    return viewer.may(Permission.STRUCTURE_WRITE)


def sees_staff(viewer: Viewer, row: Mapping[str, Any]) -> bool:
    """Say whether a viewer sees who works for a merchant, and who is invited; `merchant_id` tells whose a row is."""
    return viewer.may(Permission.MERCHANT_STAFF, merchant_id=row["merchant_id"])
