"""What we know of a customer, handed out and forgotten. A domain that keeps personal data adds its lines here."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Viewer
from services import merchant_staff, outbox, platform
from services.access import NotFoundError


class Part(NamedTuple):
    """One kind of data about a customer (:customer_id, :account_id): how to read it, and how to forget it if we may."""

    name: str
    export: str
    erase: str | None
    """None for what a law or another's interest makes us keep, such as an invoice."""


PARTS: Final = (
    # Before the account, by whose e-mail those are found that were written without looking whether there is one.
    Part(
        "mails",
        """SELECT template, recipient, created_at, sent_at FROM mails
           WHERE account_id = :account_id OR recipient = (SELECT email FROM accounts WHERE id = :account_id)
           ORDER BY id""",
        """DELETE FROM mails
           WHERE account_id = :account_id OR recipient = (SELECT email FROM accounts WHERE id = :account_id)""",
    ),
    Part(
        "invitations",
        """SELECT merchants.name AS merchant, role, merchant_invitations.created_at, ended_at
           FROM merchant_invitations JOIN merchants ON merchants.id = merchant_id
           WHERE email = (SELECT email FROM accounts WHERE id = :account_id) ORDER BY merchant_invitations.id""",
        "DELETE FROM merchant_invitations WHERE email = (SELECT email FROM accounts WHERE id = :account_id)",
    ),
    Part(
        "account",
        "SELECT email, email_verified_at, state, created_at FROM accounts WHERE id = :account_id",
        """UPDATE accounts SET state = 'ERASED', email = NULL, password_hash = NULL, email_verified_at = NULL,
                  version = version + 1 WHERE id = :account_id""",
    ),
    Part(
        "sessions",
        "SELECT created_at, expires_at, ended_at FROM account_sessions WHERE account_id = :account_id ORDER BY id",
        "DELETE FROM account_sessions WHERE account_id = :account_id",
    ),
    Part(
        "email_tokens",
        "SELECT purpose, created_at, used_at FROM email_tokens WHERE account_id = :account_id ORDER BY id",
        "DELETE FROM email_tokens WHERE account_id = :account_id",
    ),
    Part(
        "work",
        """SELECT merchants.name AS merchant, role, merchant_members.created_at
           FROM merchant_members JOIN merchants ON merchants.id = merchant_id WHERE account_id = :account_id""",
        "DELETE FROM merchant_members WHERE account_id = :account_id",
    ),
    Part(
        "platform_work",
        "SELECT role, created_at FROM platform_members WHERE account_id = :account_id",
        "DELETE FROM platform_members WHERE account_id = :account_id",
    ),
    Part(
        "profile",
        """SELECT display_name, locale, currency, interests, marketing_consent_at, created_at
           FROM customers WHERE id = :customer_id""",
        """UPDATE customers SET display_name = 'Erased customer', locale = NULL, currency = NULL, interests = '{}',
                   marketing_consent_at = NULL, erased_at = :now, version = version + 1 WHERE id = :customer_id""",
    ),
    Part(
        "addresses",
        """SELECT name, line1, line2, city, region, postal_code, country, phone, preferred, created_at
           FROM customer_addresses WHERE customer_id = :customer_id ORDER BY id""",
        "DELETE FROM customer_addresses WHERE customer_id = :customer_id",
    ),
    Part(
        "carts",
        """SELECT carts.currency, carts.email, carts.address, carts.created_at, carts.changed_at,
                  (SELECT coalesce(jsonb_agg(jsonb_build_object('name', name, 'quantity', quantity) ORDER BY id), '[]')
                   FROM cart_lines WHERE cart_id = carts.id) AS lines
           FROM carts WHERE customer_id = :customer_id ORDER BY id""",
        "DELETE FROM carts WHERE customer_id = :customer_id",
    ),
    Part(
        "orders",
        """SELECT orders.number, orders.status, orders.email, orders.address, orders.currency, orders.total,
                  orders.paid, orders.refunded, orders.placed_at,
                  (SELECT coalesce(jsonb_agg(jsonb_build_object('name', name, 'quantity', quantity, 'total', total)
                                             ORDER BY id), '[]') FROM order_lines WHERE order_id = orders.id) AS lines
           FROM orders WHERE customer_id = :customer_id ORDER BY orders.id""",
        None,
    ),
    Part(
        "returns",
        """SELECT number, returns.status, returns.reason, note, decision, requested_at
           FROM returns JOIN orders ON orders.id = order_id WHERE customer_id = :customer_id ORDER BY returns.id""",
        None,
    ),
    Part(
        "invoices",
        """SELECT orders.number AS order, invoices.number, invoices.content, issued_at
           FROM invoices JOIN orders ON orders.id = order_id WHERE customer_id = :customer_id ORDER BY invoices.id""",
        None,
    ),
    Part(
        "wishlist",
        """SELECT products.name, wishlist_items.added_at FROM wishlist_items
           JOIN variants ON variants.id = variant_id JOIN products ON products.id = product_id
           WHERE customer_id = :customer_id ORDER BY wishlist_items.id""",
        "DELETE FROM wishlist_items WHERE customer_id = :customer_id",
    ),
    Part(
        "stock_alerts",
        """SELECT products.name, set_at FROM stock_alerts
           JOIN variants ON variants.id = variant_id JOIN products ON products.id = product_id
           WHERE customer_id = :customer_id ORDER BY stock_alerts.id""",
        "DELETE FROM stock_alerts WHERE customer_id = :customer_id",
    ),
    Part(
        "tickets",
        """SELECT kind, state, subject, opened_at, resolved_at, score, comment,
                  (SELECT coalesce(jsonb_agg(jsonb_build_object('party', party, 'body', body, 'at', created_at)
                                             ORDER BY id), '[]')
                   FROM ticket_messages WHERE ticket_id = tickets.id AND NOT internal) AS messages
           FROM tickets WHERE customer_id = :customer_id ORDER BY id""",
        """WITH mine AS (
               UPDATE tickets SET subject = 'Erased', comment = NULL, version = version + 1
               WHERE customer_id = :customer_id RETURNING id
           ) UPDATE ticket_messages SET body = 'Erased' FROM mine
             WHERE ticket_id = mine.id AND (party = 'CUSTOMER' OR internal)""",
    ),
    Part(
        "points",
        """SELECT programme, state, granted, remaining, earned_at, expires_at
           FROM points_lots WHERE customer_id = :customer_id ORDER BY id""",
        None,
    ),
    Part(
        "reviews",
        """SELECT products.name AS product, rating, title, body, reviews.created_at
           FROM reviews JOIN products ON products.id = product_id
           WHERE customer_id = :customer_id ORDER BY reviews.id""",
        """UPDATE reviews SET author_name = 'Erased customer', customer_id = NULL, version = reviews.version + 1
           WHERE customer_id = :customer_id""",
    ),
    Part(
        "segments",
        "SELECT segment, created_at FROM customer_segments WHERE customer_id = :customer_id ORDER BY segment",
        "DELETE FROM customer_segments WHERE customer_id = :customer_id",
    ),
    Part(
        "coupons",
        """SELECT title, code, claimed_at, valid_until, redeemed FROM coupons
           JOIN promotions ON promotions.id = promotion_id WHERE customer_id = :customer_id ORDER BY coupons.id""",
        None,
    ),
    Part(
        "promotions_used",
        """SELECT title, coupon_reservations.state, coupon_reservations.amount, currency, coupon_reservations.created_at
           FROM coupon_reservations JOIN promotions ON promotions.id = promotion_id
           WHERE customer_id = :customer_id ORDER BY coupon_reservations.id""",
        None,
    ),
    Part(
        "membership",
        """SELECT name AS level, membership_changes.reason, spend, occurred_at FROM membership_changes
           LEFT JOIN membership_levels ON membership_levels.id = to_level_id
           WHERE customer_id = :customer_id ORDER BY membership_changes.id""",
        None,
    ),
)


async def export(session: AsyncSession, *, viewer: Viewer) -> dict[str, list[dict[str, Any]]]:
    """Read all that is kept about the viewer, by kind: lists of objects with instants as ISO 8601 texts."""
    found: dict[str, list[dict[str, Any]]] = {}
    for part in PARTS:
        rows = await session.execute(
            text(f"SELECT coalesce(jsonb_agg(to_jsonb(part)), '[]') FROM ({part.export}) AS part"),  # noqa: S608 - ours
            _whose(viewer, part.export),
        )
        found[part.name] = rows.scalar_one()
    return found


async def erase(session: AsyncSession, *, viewer: Viewer, now: datetime) -> None:
    """Forget the viewer: what points at the customer stays, and says nothing of who it was.

    Raises NotFoundError, LastOwnerError, LastAdministratorError.
    """
    await platform.take_turns(session)
    locked = await session.execute(
        text(
            """SELECT customers.version FROM customers JOIN accounts ON accounts.id = account_id
               WHERE customers.id = :customer_id AND accounts.id = :account_id AND accounts.state = 'ACTIVE'
               FOR UPDATE"""
        ),
        {"customer_id": viewer.customer_id, "account_id": viewer.account_id},
    )
    version = locked.scalar_one_or_none()
    if version is None:
        raise NotFoundError("customer")
    assert viewer.account_id is not None  # noqa: S101 - its row was found
    await merchant_staff.check_replaceable(session, account_id=viewer.account_id)
    administered = await platform.administers(session, account_id=viewer.account_id)
    for part in PARTS:
        if part.erase is not None:
            await session.execute(text(part.erase), {**_whose(viewer, part.erase), **_when(now, part.erase)})
    if administered:
        await platform.check_administered(session)
    assert viewer.customer_id is not None  # noqa: S101 - its row was found
    await outbox.append(session, "CUSTOMER_ERASED", subject=("customer", viewer.customer_id), version=version + 1)


def _whose(viewer: Viewer, sql: str) -> dict[str, Any]:
    known = {"customer_id": viewer.customer_id, "account_id": viewer.account_id}
    return {name: value for name, value in known.items() if f":{name}" in sql}


def _when(now: datetime, sql: str) -> dict[str, Any]:
    return {"now": now} if ":now" in sql else {}
