"""The member club: points and gift cards."""

import strawberry

from domain.access import Permission
from graph.mutation_fields import mutation
from graph.types.club_mutations import (
    GiftCardCheckInput,
    GiftCardCheckPayload,
    GiftCardDisableInput,
    GiftCardDisablePayload,
    GiftCardIssueInput,
    GiftCardIssuePayload,
    PointsAdjustInput,
    PointsAdjustPayload,
)
from resolvers import gift_cards, membership


@strawberry.type(description="The member club.")
class ClubMutations:
    """The member club."""

    points_adjust: PointsAdjustPayload = mutation(
        membership.adjust_points,
        permission=Permission.POINTS_ADJUST,
        input=PointsAdjustInput,
        description="Give a customer points, or take some. Errors: INSUFFICIENT_POINTS, NOT_FOUND, BAD_USER_INPUT, "
        "IDEMPOTENCY_CONFLICT.",
    )
    gift_card_issue: GiftCardIssuePayload = mutation(
        gift_cards.issue,
        after=gift_cards.issued,
        permission=Permission.GIFT_CARDS_ISSUE,
        input=GiftCardIssueInput,
        description="Issue a gift card at the platform's expense. Errors: BAD_USER_INPUT, IDEMPOTENCY_CONFLICT.",
    )
    gift_card_disable: GiftCardDisablePayload = mutation(
        gift_cards.disable,
        permission=Permission.GIFT_CARDS_ISSUE,
        input=GiftCardDisableInput,
        description="Let a gift card open nothing any more, such as one that was lost. Errors: NOT_FOUND.",
    )
    gift_card_check: GiftCardCheckPayload = mutation(
        gift_cards.check,
        before=gift_cards.count_guess,
        permission=Permission.SHOP,
        input=GiftCardCheckInput,
        description="Say what is on a gift card. Every attempt counts until one succeeds. Errors: GIFT_CARD_REFUSED, "
        "whatever the reason; TOO_MANY_ATTEMPTS after five failures.",
    )
