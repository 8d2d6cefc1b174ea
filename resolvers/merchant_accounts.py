"""Merchants as their staff sees them: how they are answered, applied for, changed and decided about."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import services.merchant_documents
import services.merchant_legal_details
import services.merchant_staff
import services.merchants
from domain import merchants as rules
from domain.access import MerchantRole, Permission, Viewer
from domain.merchants import Action
from models.database import Row
from resolvers import pages
from resolvers.context import Context
from resolvers.loaders import merchant_accounts as loaders
from resolvers.loaders.merchant_accounts import DocumentRow, MerchantAccountRow
from resolvers.mutations import Change, Result
from resolvers.pages import Page
from services import email_tokens, file_links


async def of_viewers(viewers: Sequence[Viewer], _: Context) -> list[list[dict[str, Any]]]:
    """Answer where each viewer works, and as what."""
    return [
        [{"merchant_id": merchant_id, "role": role.value} for merchant_id, role in sorted(viewer.merchants.items())]
        for viewer in viewers
    ]


async def listing(
    root: Sequence[None], context: Context, *, state: str | None, first: int, after: str | None
) -> list[Page[MerchantAccountRow]]:
    """Answer a page of the merchants that the viewer works for, or of all to who may review them."""
    page = await pages.of_list(
        loaders.VISIBLE,
        context,
        first=first,
        after=after,
        count=lambda: loaders.COUNT_VISIBLE,
        everywhere=context.viewer.may(Permission.MERCHANTS_REVIEW),
        own=list(context.viewer.merchants),
        state=state,
    )
    return [page for _ in root]


async def read_links(documents: Sequence[DocumentRow], context: Context) -> list[str | None]:
    """Answer links to the documents that have come."""
    return [None if document.state == "AWAITED" else _link(document, context, "read") for document in documents]


async def send_links(documents: Sequence[DocumentRow], context: Context) -> list[str | None]:
    """Answer links to send the documents to that have not come."""
    return [_link(document, context, "send") if document.state == "AWAITED" else None for document in documents]


def _link(document: Row, context: Context, purpose: file_links.Purpose) -> str:
    return file_links.path_of(context.secret_key, purpose=purpose, document_id=document.id, now=datetime.now(UTC))


async def apply(change: Change, *, name: str, description: str, slug: str | None = None) -> Result:
    """Apply to become a merchant."""
    merchant_id = await services.merchants.apply(
        change.session, viewer=change.viewer, name=name, slug=slug, description=description
    )
    return Result(merchant_id=merchant_id, role=MerchantRole.OWNER.value)


async def joined(context: Context, result: Result) -> None:
    """Go on as somebody who works there, too; the next tokens say so."""
    role = MerchantRole(result["role"])
    context.become(replace(context.viewer, merchants={**context.viewer.merchants, result["merchant_id"]: role}))


async def change(change: Change, *, merchant_id: int, expected_version: int | None = None, **given: Any) -> Result:
    """Change a merchant's profile; what is not given, or null, stays."""
    given = {name: value for name, value in given.items() if value is not None}
    await services.merchants.change(
        change.session, viewer=change.viewer, merchant_id=merchant_id, expected_version=expected_version, **given
    )
    return Result(merchant_id=merchant_id)


async def set_legal_details(
    change: Change, *, merchant_id: int, expected_version: int | None = None, **given: Any
) -> Result:
    """Say who a merchant is before the law."""
    await services.merchant_legal_details.put(
        change.session,
        viewer=change.viewer,
        merchant_id=merchant_id,
        expected_version=expected_version,
        now=change.now,
        **given,
    )
    return Result(merchant_id=merchant_id)


async def approve(change: Change, *, merchant_id: int) -> Result:
    """Approve an application."""
    return await _act(change, merchant_id, Action.APPROVE, Permission.MERCHANTS_REVIEW)


async def suspend(change: Change, *, merchant_id: int, reason: str) -> Result:
    """Suspend a merchant."""
    return await _act(change, merchant_id, Action.SUSPEND, Permission.MERCHANTS_REVIEW, rules.reason(reason))


async def reactivate(change: Change, *, merchant_id: int) -> Result:
    """Let a suspended merchant go on."""
    return await _act(change, merchant_id, Action.REACTIVATE, Permission.MERCHANTS_REVIEW)


async def close(change: Change, *, merchant_id: int, reason: str) -> Result:
    """Close a merchant for good."""
    return await _act(change, merchant_id, Action.CLOSE, Permission.MERCHANT_STAFF, rules.reason(reason))


async def _act(change: Change, merchant_id: int, action: Action, permission: Permission, reason: str = "") -> Result:
    await services.merchants.act(
        change.session,
        viewer=change.viewer,
        merchant_id=merchant_id,
        action=action,
        permission=permission,
        now=change.now,
        reason=reason,
    )
    return Result(merchant_id=merchant_id)


async def announce_document(change: Change, *, merchant_id: int, kind: str, file_name: str, media_type: str) -> Result:
    """Announce a document; the payload has the link to send it to."""
    document_id = await services.merchant_documents.announce(
        change.session,
        viewer=change.viewer,
        merchant_id=merchant_id,
        kind=kind,
        file_name=file_name,
        media_type=media_type,
    )
    return Result(document_id=document_id)


async def review_document(change: Change, *, document_id: int, accepted: bool, note: str) -> Result:
    """Accept or reject a document."""
    await services.merchant_documents.review(
        change.session, viewer=change.viewer, document_id=document_id, accepted=accepted, note=note
    )
    return Result(document_id=document_id)


async def invite(change: Change, *, merchant_id: int, email: str, role: str) -> Result:
    """Invite somebody to work for a merchant."""
    await services.merchant_staff.invite(
        change.session,
        viewer=change.viewer,
        merchant_id=merchant_id,
        email=email,
        role=MerchantRole(role),
        now=change.now,
    )
    return Result(merchant_id=merchant_id)


async def withdraw_invitation(change: Change, *, merchant_id: int, email: str) -> Result:
    """Take an invitation back."""
    await services.merchant_staff.withdraw(
        change.session, viewer=change.viewer, merchant_id=merchant_id, email=email, now=change.now
    )
    return Result(merchant_id=merchant_id)


async def accept_invitation(change: Change, *, token: str) -> Result:
    """Take an invitation that was mailed to one's own address."""
    invitation_id = email_tokens.read(change.context.secret_key, purpose=services.merchant_staff.PURPOSE, text=token)
    merchant_id, role = await services.merchant_staff.accept(
        change.session, viewer=change.viewer, invitation_id=invitation_id, now=change.now
    )
    return Result(merchant_id=merchant_id, role=role.value)


async def set_role(change: Change, *, merchant_id: int, email: str, role: str) -> Result:
    """Give somebody who works for a merchant another role."""
    await services.merchant_staff.set_role(
        change.session, viewer=change.viewer, merchant_id=merchant_id, email=email, role=MerchantRole(role)
    )
    return Result(merchant_id=merchant_id)


async def remove_member(change: Change, *, merchant_id: int, email: str) -> Result:
    """Let somebody go who works for a merchant."""
    await services.merchant_staff.remove(change.session, viewer=change.viewer, merchant_id=merchant_id, email=email)
    return Result(merchant_id=merchant_id)
