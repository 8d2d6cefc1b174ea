"""Merchants, their staff, documents and partners: what can be done about them."""

import strawberry

from domain.access import Permission
from graph.mutation_fields import mutation
from graph.types.merchant_mutations import (
    MerchantApplyInput,
    MerchantDocumentAddInput,
    MerchantDocumentPayload,
    MerchantDocumentReviewInput,
    MerchantInput,
    MerchantInvitationAcceptInput,
    MerchantLegalDetailsSetInput,
    MerchantMemberInput,
    MerchantMemberRemoveInput,
    MerchantPayload,
    MerchantReasonInput,
    MerchantUpdateInput,
)
from graph.types.partner_mutations import (
    ApiKeyCreateInput,
    ApiKeyCreatePayload,
    ApiKeyRevokeInput,
    PartnerAddInput,
    PartnerPayload,
)
from resolvers import merchant_accounts, partners


@strawberry.type(description="Merchants.")
class MerchantMutations:
    """Merchants."""

    merchant_apply: MerchantPayload = mutation(
        merchant_accounts.apply,
        after=merchant_accounts.joined,
        permission=Permission.MERCHANT_APPLY,
        input=MerchantApplyInput,
        description="Apply to become a merchant, whose owner one is. `sessionRefresh` gives a token that says so. "
        "Errors: BAD_USER_INPUT, CONFLICT with three applications open.",
    )
    merchant_update: MerchantPayload = mutation(
        merchant_accounts.change,
        permission=Permission.MERCHANT_MANAGE,
        input=MerchantUpdateInput,
        description="Change a merchant's profile. Errors: NOT_FOUND, BAD_USER_INPUT, CONFLICT.",
    )
    merchant_legal_details_set: MerchantPayload = mutation(
        merchant_accounts.set_legal_details,
        permission=Permission.MERCHANT_MANAGE,
        input=MerchantLegalDetailsSetInput,
        description="Say who a merchant is before the law, for its imprint and the invoices that it writes from now "
        "on. Errors: NOT_FOUND, BAD_USER_INPUT, CONFLICT.",
    )
    merchant_document_add: MerchantDocumentPayload = mutation(
        merchant_accounts.announce_document,
        permission=Permission.MERCHANT_MANAGE,
        input=MerchantDocumentAddInput,
        description="Announce a document; `uploadPath` of the answer takes the file. "
        "Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
    merchant_document_review: MerchantDocumentPayload = mutation(
        merchant_accounts.review_document,
        permission=Permission.MERCHANTS_REVIEW,
        input=MerchantDocumentReviewInput,
        description="Accept or reject a document. Errors: NOT_FOUND, CONFLICT.",
    )
    merchant_approve: MerchantPayload = mutation(
        merchant_accounts.approve,
        permission=Permission.MERCHANTS_REVIEW,
        input=MerchantInput,
        description="Approve an application, once a document of the registration was accepted. "
        "Errors: NOT_FOUND, CONFLICT.",
    )
    merchant_suspend: MerchantPayload = mutation(
        merchant_accounts.suspend,
        permission=Permission.MERCHANTS_REVIEW,
        input=MerchantReasonInput,
        description="Suspend a merchant: its products are not listed meanwhile. Errors: NOT_FOUND, CONFLICT.",
    )
    merchant_reactivate: MerchantPayload = mutation(
        merchant_accounts.reactivate,
        permission=Permission.MERCHANTS_REVIEW,
        input=MerchantInput,
        description="Let a suspended merchant go on. Errors: NOT_FOUND, CONFLICT.",
    )
    merchant_close: MerchantPayload = mutation(
        merchant_accounts.close,
        permission=Permission.MERCHANT_STAFF,
        input=MerchantReasonInput,
        description="Close a merchant for good. Errors: NOT_FOUND, CONFLICT.",
    )
    merchant_invitation_create: MerchantPayload = mutation(
        merchant_accounts.invite,
        permission=Permission.MERCHANT_STAFF,
        input=MerchantMemberInput,
        description="Mail an invitation to work for a merchant, good for seven days. "
        "Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
    merchant_invitation_withdraw: MerchantPayload = mutation(
        merchant_accounts.withdraw_invitation,
        permission=Permission.MERCHANT_STAFF,
        input=MerchantMemberRemoveInput,
        description="Take an invitation back. Errors: NOT_FOUND.",
    )
    merchant_invitation_accept: MerchantPayload = mutation(
        merchant_accounts.accept_invitation,
        after=merchant_accounts.joined,
        permission=Permission.MERCHANT_APPLY,
        input=MerchantInvitationAcceptInput,
        description="Take an invitation that was mailed to one's own address. `sessionRefresh` gives a token that says "
        "so. Errors: INVALID_TOKEN.",
    )
    merchant_member_update: MerchantPayload = mutation(
        merchant_accounts.set_role,
        permission=Permission.MERCHANT_STAFF,
        input=MerchantMemberInput,
        description="Give somebody another role. Errors: NOT_FOUND, CONFLICT for the last owner.",
    )
    merchant_member_remove: MerchantPayload = mutation(
        merchant_accounts.remove_member,
        permission=Permission.MERCHANT_STAFF,
        input=MerchantMemberRemoveInput,
        description="Let somebody go. Errors: NOT_FOUND, CONFLICT for the last owner.",
    )
    partner_add: PartnerPayload = mutation(
        partners.add,
        permission=Permission.PARTNERS_MANAGE,
        input=PartnerAddInput,
        description="Add a partner. Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
    api_key_create: ApiKeyCreatePayload = mutation(
        partners.make_key,
        permission=Permission.PARTNERS_MANAGE,
        input=ApiKeyCreateInput,
        description="Make an API key for `Authorization: Bearer <key>`. Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
    api_key_revoke: PartnerPayload = mutation(
        partners.revoke_key,
        permission=Permission.PARTNERS_MANAGE,
        input=ApiKeyRevokeInput,
        description="Revoke an API key, from the next request on. Errors: NOT_FOUND.",
    )
