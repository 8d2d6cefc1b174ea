"""The member club: where customers stand, their points, and what moved them."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    ScalarSelect,
    Select,
    Text,
    all_,
    and_,
    any_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.orm import aliased

from domain.ledger import POINTS_HELD
from domain.membership import WINDOW_MONTHS
from domain.points import PLATFORM_PROGRAMME, LotState
from models.database import Row
from models.ledger import LedgerAccount, LedgerPosting, LedgerTransaction
from models.membership import Membership, MembershipChange, MembershipLevel, MembershipSpend
from models.points import PointsLot
from resolvers.loaders.keysets import Keyset, unnested_keys
from resolvers.loaders.lookups import One, keys
from services import access

MOVES = ("POINTS_CONFIRMED", "POINTS_RESERVED", "POINTS_RELEASED")
"""What moves points between a customer's own accounts, and so gives and takes none."""


class MembershipRow(Row):
    """Where a customer stands: level, spend in the window, the next level."""


class EntryRow(Row):
    """Points that a customer got (above zero) or gave."""


class ChangeRow(Row):
    """A change of a customer's level."""


def _standing() -> Select[tuple[object, ...]]:
    """Write the standing of each customer of `keys`; a customer that never spent stands where everybody begins.

    The window is that of `domain.membership.leaves_at`: Postgres adds months as it does.
    """
    customer, level, following = unnested_keys(), aliased(MembershipLevel), aliased(MembershipLevel)
    base = select(MembershipLevel.currency).where(MembershipLevel.threshold == 0).limit(1).scalar_subquery()
    leaves_at = func.timezone(
        "UTC", func.timezone("UTC", MembershipSpend.spent_at) + text(f"interval '{WINDOW_MONTHS} months'")
    )
    spent = (
        select(func.coalesce(func.sum(MembershipSpend.amount - MembershipSpend.refunded), 0).label("spend"))
        .where(
            MembershipSpend.customer_id == customer.c.id,
            MembershipSpend.currency == base,
            MembershipSpend.spent_at > func.now() - text("interval '367 days'"),  # so that the index is of use
            leaves_at > func.now(),
        )
        .lateral("spent")
    )
    has = or_(level.id == Membership.level_id, and_(Membership.customer_id.is_(None), level.threshold == 0))
    above = (
        select(following.name, following.threshold)
        .where(following.threshold > func.coalesce(level.threshold, -1))
        .order_by(following.threshold)
        .limit(1)
        .lateral("above")
    )
    return (
        select(
            customer.c.id.label("id"),
            customer.c.id.label("customer_id"),
            level.id.label("level_id"),
            level.name.label("level_name"),
            level.threshold,
            level.discount_bp,
            level.free_shipping_from,
            level.points_multiplier_bp,
            func.coalesce(level.currency, base).label("currency"),
            Membership.since,
            func.coalesce(Membership.reason, "JOINED").label("reason"),
            case((Membership.review_reason == "LAPSED", Membership.review_at)).label("falls_at"),
            cast(spent.c.spend, BigInteger).label("spend"),
            above.c.name.label("next_name"),
            above.c.threshold.label("next_threshold"),
        )
        .select_from(customer)
        .outerjoin(Membership, Membership.customer_id == customer.c.id)
        .join(spent, true())
        .outerjoin(level, has)
        .outerjoin(above, true())
    )


STANDING = One(_standing(), key="id", row=MembershipRow)

CHANGES = Keyset(
    _changes := (
        select(
            MembershipChange.id,
            MembershipChange.customer_id,
            MembershipChange.reason,
            MembershipChange.spend,
            MembershipChange.occurred_at,
            (_before := aliased(MembershipLevel)).name.label("from_name"),
            (_after := aliased(MembershipLevel)).name.label("to_name"),
            func.coalesce(_after.currency, _before.currency).label("currency"),
        )
        .outerjoin(_before, _before.id == MembershipChange.from_level_id)
        .outerjoin(_after, _after.id == MembershipChange.to_level_id)
    ),
    order=(MembershipChange.id,),
    descending=True,
    row=ChangeRow,
    name="membership-changes",
    parent=MembershipChange.customer_id,
)
CHANGES_COUNT = One(
    select(MembershipChange.customer_id, func.count().label("count"))
    .where(MembershipChange.customer_id == any_(keys()))
    .group_by(MembershipChange.customer_id),
    key="customer_id",
    row=Row,
)

_pending = PointsLot.state == LotState.PENDING
_usable = and_(
    PointsLot.state == LotState.AVAILABLE, or_(PointsLot.expires_at.is_(None), PointsLot.expires_at > func.now())
)


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(PointsLot.remaining).filter(condition), 0), BigInteger)


# From the lots, not the balances: points whose time is up are gone, though the worker may not have looked yet.
POINTS = One(
    select(
        PointsLot.customer_id,
        _sum(_usable).label("available"),
        _sum(_pending).label("pending"),
        func.min(PointsLot.expires_at).filter(_usable).label("expires_next_at"),
    )
    .where(PointsLot.customer_id == any_(keys()), PointsLot.programme == PLATFORM_PROGRAMME, PointsLot.remaining > 0)
    .group_by(PointsLot.customer_id),
    key="customer_id",
    row=Row,
)


def available(customer_id: ColumnElement[int]) -> ScalarSelect[int]:
    """Write how many points of a customer can be used, as `POINTS` counts them."""
    return (
        select(_sum(_usable))
        .where(PointsLot.customer_id == customer_id, PointsLot.programme == PLATFORM_PROGRAMME, PointsLot.remaining > 0)
        .scalar_subquery()
    )


def _entry_of(customer_id: ColumnElement[int]) -> ColumnElement[bool]:
    return and_(LedgerAccount.owner_type == "CUSTOMER", LedgerAccount.owner_id == customer_id)


_ENTRIES = (
    select(
        LedgerPosting.id,
        LedgerPosting.amount.label("points"),
        LedgerTransaction.occurred_at,
        func.replace(LedgerTransaction.reason, "POINTS_", "").label("reason"),
        LedgerTransaction.note,
        PointsLot.expires_at,
        case((LedgerTransaction.reference_type == "ORDER", LedgerTransaction.reference_id)).label("order_id"),
    )
    .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
    .join(LedgerTransaction, LedgerTransaction.id == LedgerPosting.transaction_id)
    .outerjoin(PointsLot, PointsLot.transaction_id == LedgerTransaction.id)
    .where(
        LedgerAccount.currency == PLATFORM_PROGRAMME,
        LedgerAccount.kind == any_(literal([kind.value for kind in POINTS_HELD], ARRAY(Text))),
        LedgerTransaction.reason != all_(literal(list(MOVES), ARRAY(Text))),
    )
)
ENTRIES = Keyset(
    _ENTRIES, order=(LedgerPosting.id,), descending=True, row=EntryRow, name="points-entries", parent=_entry_of
)
ENTRY_BY_ID = One(
    _ENTRIES.add_columns(LedgerAccount.owner_id.label("customer_id")).where(LedgerPosting.id == any_(keys())),
    key="id",
    row=EntryRow,
    seen_by=access.sees_customer,
)
ENTRIES_COUNT = One(
    _ENTRIES.with_only_columns(
        LedgerAccount.owner_id.label("customer_id"), func.count().label("count"), maintain_column_froms=True
    )
    .where(LedgerAccount.owner_type == "CUSTOMER", LedgerAccount.owner_id == any_(keys()))
    .group_by(LedgerAccount.owner_id),
    key="customer_id",
    row=Row,
)
