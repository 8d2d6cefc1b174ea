"""The member club."""

from enum import Enum

import strawberry

from domain.membership import Reason
from graph import ids
from graph.execution.declarations import OfClass
from graph.fields import batch, column, computed, related
from graph.pages import Connection, connection
from graph.scalars import DecimalText, Instant, decimal_text
from graph.types.coupons import Coupon
from graph.types.money import Money
from graph.types.node import Node
from graph.types.orders import Order
from resolvers import coupons, membership
from resolvers.loaders import orders as order_loaders
from resolvers.loaders.membership import EntryRow


@strawberry.enum(description="Why a customer is at a level.")
class MembershipReason(Enum):
    """Why a customer is at a level."""

    JOINED = strawberry.enum_value(Reason.JOINED.value, description="Everybody begins there.")
    SPENT = strawberry.enum_value(Reason.SPENT.value, description="A purchase reached it.")
    LAPSED = strawberry.enum_value(
        Reason.LAPSED.value, description="A purchase became older than the twelve months that count."
    )
    REFUNDED = strawberry.enum_value(Reason.REFUNDED.value, description="A purchase was given back.")
    LEVELS_CHANGED = strawberry.enum_value(Reason.LEVELS_CHANGED.value, description="The shop changed its levels.")


@strawberry.enum(description="Why points were given or taken.")
class PointsReason(Enum):
    """Why points were given or taken."""

    EARNED = strawberry.enum_value("EARNED", description="For a purchase; pending until it is delivered.")
    REDEEMED = strawberry.enum_value("REDEEMED", description="An order was paid with them.")
    RETURNED = strawberry.enum_value("RETURNED", description="They came back from an order that was paid with them.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="Their time was up.")
    REVOKED = strawberry.enum_value("REVOKED", description="The purchase that earned them was given back.")
    ADJUSTED = strawberry.enum_value("ADJUSTED", description="The shop gave or took them; `note` says why.")


@strawberry.type(description="A level of the member club and its benefits.")
class MembershipLevel:
    """A level of the member club. Its source is a membership's row, or a row of the ladder."""

    name: str = column("The name.", name="level_name", convert=str)
    threshold: Money = computed(
        membership.money("threshold"), description="What must be spent within twelve months to reach it."
    )
    discount_percent: DecimalText = column(
        'Per cent off the merchandise, as text: "5", "7.5".',
        name="discount_bp",
        convert=lambda basis_points: decimal_text(basis_points, 2),
    )
    free_shipping_from: Money | None = computed(
        membership.money("free_shipping_from", optional=True),
        description="The sum from which shipping is free; null if it never is.",
    )
    points_multiplier: DecimalText = column(
        'How many times the usual points are earned, as text: "1", "1.5".',
        name="points_multiplier_bp",
        convert=lambda basis_points: decimal_text(basis_points, 4),
    )


@strawberry.type(description="The next level, and what is missing for it.")
class NextMembershipLevel:
    """The next level. Its source is a membership's row."""

    name: str = column("The name.", name="next_name", convert=str)
    remaining_spend: Money = computed(
        membership.remaining, description="What is still to be spent before older purchases stop to count."
    )


@strawberry.type(description="A change of a customer's level.")
class MembershipChange:
    """A change of a customer's level."""

    from_level: str | None = column(
        "The level before; null at the beginning.", name="from_name", convert=lambda name: name
    )
    to_level: str | None = column("The level then; null if there was none.", name="to_name", convert=lambda name: name)
    reason: MembershipReason = column("Why.")
    spend: Money | None = computed(
        membership.money("spend"), description="What had been spent in the twelve months before."
    )
    occurred_at: Instant = column("When.")


@strawberry.type(
    description="Points that were given (above zero) or taken (below). Seen by the customer and by platform staff."
)
class PointsEntry(Node):
    """Points that were given or taken."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("PointsEntry"))
    points: int = column("How many.")
    reason: PointsReason = column("Why.")
    note: str | None = column("Why, in the shop's words; null if it said none.")
    occurred_at: Instant = column("When.")
    expires_at: Instant | None = column(
        "When points that were given expire; null while they are pending, if they never do, and for points taken."
    )
    order: Order | None = related(
        order_loaders.BY_ID, by="order_id", description="The order that they are about; null if none."
    )

    is_type_of = OfClass(EntryRow)


@strawberry.type(description="A customer's points.")
class Points:
    """A customer's points."""

    available: int = column("Those that may be spent now; what carts and orders hold for themselves is not among them.")
    pending: int = column("Those that will be available when what earned them is delivered.")
    expires_next_at: Instant | None = column("When the first of those available expire; null if none do.")
    entries: Connection[PointsEntry] = connection(
        membership.entries, description="What was given and taken, the latest first."
    )


@strawberry.type(description="A customer's place in the member club. Seen by the customer and by platform staff.")
class Membership:
    """A customer's place in the member club."""

    level: MembershipLevel | None = computed(membership.level, description="The level; null if the shop has none.")
    next_level: NextMembershipLevel | None = computed(
        membership.next_level, description="The level above; null at the top."
    )
    spend: Money | None = computed(
        membership.money("spend"),
        description="What counts: spent within the last twelve months and not given back; null without levels.",
    )
    since: Instant | None = column("Since when the customer is at the level; null before the first purchase.")
    reason: MembershipReason = column("Why the customer is at the level.")
    falls_at: Instant | None = column("When the level is lost if nothing more is spent; null if none can be.")
    history: Connection[MembershipChange] = connection(
        membership.history, description="The changes of the level, the latest first."
    )
    coupons: Connection[Coupon] = connection(
        coupons.of_members, description="The coupons that the customer has claimed, the latest first."
    )
    points: Points = batch(membership.points, description="The points of the platform's programme.")
