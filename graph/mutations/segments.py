"""Segments of customers: what platform staff can do about them."""

import strawberry

from domain.access import Permission
from graph.mutation_fields import mutation
from graph.types.segments import SegmentInput, SegmentPayload, SegmentRemovePayload, SegmentSaveInput
from resolvers import segments


@strawberry.type(description="Segments of customers.")
class SegmentMutations:
    """Segments of customers."""

    segment_save: SegmentPayload = mutation(
        segments.save,
        permission=Permission.PLATFORM_CAMPAIGNS_WRITE,
        input=SegmentSaveInput,
        description="Define a segment by a rule, or change one; who is in it changes with the next snapshot. Errors: "
        "NOT_FOUND, BAD_USER_INPUT, CONFLICT if its code is taken.",
    )
    segment_snapshot: SegmentPayload = mutation(
        segments.snapshot,
        permission=Permission.PLATFORM_CAMPAIGNS_WRITE,
        input=SegmentInput,
        description="Find who is in a segment now; promotions hold for these from then on. Errors: NOT_FOUND.",
    )
    segment_remove: SegmentRemovePayload = mutation(
        segments.remove,
        permission=Permission.PLATFORM_CAMPAIGNS_WRITE,
        input=SegmentInput,
        description="Remove a segment, and everybody from it. Errors: NOT_FOUND.",
    )
