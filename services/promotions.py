"""Promotions as merchants and the platform run them: drafted, changed as drafts, activated, paused, ended."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import coupons as rules
from domain import promotion_requests, versions
from domain.access import Permission, Viewer
from domain.coupons import Action, Method, State
from domain.errors import InvalidInput
from domain.states import StateError
from models.membership import MembershipLevel
from models.merchants import Merchant
from models.promotions import Coupon, Promotion, PromotionCounter
from models.variants import Variant
from services import access, outbox, promotion_funds
from services.access import NotFoundError


async def create(session: AsyncSession, *, viewer: Viewer, merchant_id: int | None, given: Mapping[str, Any]) -> int:
    """Draft a promotion of a merchant, or of the platform if none is named; gives its id.

    `given` is what `promotion_requests.terms` reads. Raises NotFoundError, InvalidInput.
    """
    _require(viewer, merchant_id, noun="merchant", field=None if merchant_id is None else "merchant_id")
    if merchant_id is not None and await session.get(Merchant, merchant_id) is None:
        raise NotFoundError("merchant", field="merchant_id")
    terms = await _terms(session, viewer, given, merchant_id=merchant_id)
    made = await session.execute(
        insert(Promotion).returning(Promotion.id), {"merchant_id": merchant_id, "state": State.DRAFT, **terms}
    )
    promotion_id: int = made.scalar_one()
    await outbox.append(session, "PROMOTION_CREATED", subject=("promotion", promotion_id), version=1)
    return promotion_id


async def change(
    session: AsyncSession,
    *,
    viewer: Viewer,
    promotion_id: int,
    given: Mapping[str, Any],
    expected_version: int | None = None,
) -> None:
    """Give a draft other terms, all of them. Raises NotFoundError, VersionError, StateError, InvalidInput."""
    promotion = await _locked(session, viewer, promotion_id)
    versions.check("promotion", expected=expected_version, found=promotion.version)
    if promotion.state != State.DRAFT:
        raise StateError(f"The promotion is {promotion.state}: only a DRAFT can be changed; make a new one.")
    terms = await _terms(session, viewer, given, merchant_id=promotion.merchant_id)
    if terms["method"] != Method.CODE and await _codes(session, promotion_id):
        raise InvalidInput("method: it has codes, so it is by CODE; make a new one", field="promotion.method")
    for name, value in terms.items():
        setattr(promotion, name, value)
    promotion.version += 1
    await session.flush()
    await _announce(session, promotion, "PROMOTION_CHANGED")


async def act(session: AsyncSession, *, viewer: Viewer, promotion_id: int, action: Action, now: datetime) -> None:
    """Activate, pause or end a promotion. Raises NotFoundError, StateError.

    With the first activation its limits are counted and its budget is set aside; at the end what is left of that goes
    back. What carts have reserved before can still be redeemed.
    """
    promotion = await _locked(session, viewer, promotion_id)
    before, promotion.state = promotion.state, rules.after(State(promotion.state), action)
    if before == State.DRAFT and action is Action.ACTIVATE:
        await _open(session, promotion, now=now)
    if action is Action.END:
        await promotion_funds.empty(session, promotion, now=now)
    promotion.version += 1
    await session.flush()
    await _announce(session, promotion, action.value)


async def add_codes(
    session: AsyncSession,
    *,
    viewer: Viewer,
    promotion_id: int,
    codes: Sequence[str],
    generate: int,
    use_limit: int | None,
) -> int:
    """Add codes to a promotion by CODE: these, and so many that nobody can guess; gives how many were added.

    Each can be used `use_limit` times, as often as the promotion allows if that is None. Raises NotFoundError,
    StateError, InvalidInput for a code that cannot be one or that the promotion has.
    """
    promotion = await _locked(session, viewer, promotion_id)
    if promotion.method != Method.CODE or promotion.state == State.ENDED:
        raise StateError("Codes are for a promotion by CODE that has not ended.")
    if generate < 0 or not 0 < len(codes) + generate <= rules.CODES_MAX:
        raise InvalidInput(f"codes: add 1 to {rules.CODES_MAX} at once", field="codes")
    if use_limit is not None and use_limit <= 0:
        raise InvalidInput("useLimit: it must be more than 0; leave it out for no limit", field="use_limit")
    plain = [_checked(code, at) for at, code in enumerate(codes)]
    plain += [rules.write_code(secrets.token_bytes(8)) for _ in range(generate)]
    added = await session.scalars(
        upsert(Coupon)
        .values([{"promotion_id": promotion_id, "code": code, "use_limit": use_limit} for code in dict.fromkeys(plain)])
        .on_conflict_do_nothing(index_elements=[Coupon.promotion_id, Coupon.code])
        .returning(Coupon.code)
    )
    if present := set(plain) - set(added):
        raise InvalidInput(f"codes: the promotion has {', '.join(sorted(present)[:5])} already", field="codes")
    promotion.version += 1
    await session.flush()
    await _announce(session, promotion, "PROMOTION_CODES_ADDED")
    return len(set(plain))


async def _open(session: AsyncSession, promotion: Promotion, *, now: datetime) -> None:
    if promotion.ends_at is not None and promotion.ends_at <= now:
        raise StateError("The promotion would be over at once; change when it ends.")
    if promotion.method == Method.CODE and not await _codes(session, promotion.id):
        raise StateError("The promotion is by CODE and has none; add codes first.")
    if promotion.total_limit is not None or promotion.budget is not None:
        session.add(
            PromotionCounter(promotion_id=promotion.id, total_limit=promotion.total_limit, budget=promotion.budget)
        )
        await session.flush()
    await promotion_funds.set_aside(session, promotion, now=now)


async def _codes(session: AsyncSession, promotion_id: int) -> int:
    count = await session.scalar(select(func.count()).select_from(Coupon).where(Coupon.promotion_id == promotion_id))
    return count or 0


async def _locked(session: AsyncSession, viewer: Viewer, promotion_id: int) -> Promotion:
    """Lock a promotion that the viewer may run. Raises NotFoundError.

    Its key stays as it is, so that whoever reserves it, and has its counter's lock, does not wait for this one.
    """
    promotion = await session.scalar(
        select(Promotion).where(Promotion.id == promotion_id).with_for_update(key_share=True)
    )
    if promotion is None:
        raise NotFoundError("promotion", field="promotion_id")
    _require(viewer, promotion.merchant_id, noun="promotion", field="promotion_id")
    return promotion


def _require(viewer: Viewer, merchant_id: int | None, *, noun: str, field: str | None) -> None:
    permission = Permission.PLATFORM_CAMPAIGNS_WRITE if merchant_id is None else Permission.CAMPAIGNS_WRITE
    access.require(viewer, permission, merchant_id=merchant_id, noun=noun, field=field)


async def _terms(
    session: AsyncSession, viewer: Viewer, given: Mapping[str, Any], *, merchant_id: int | None
) -> dict[str, Any]:
    """Read what is asked for, and find what it names. Raises InvalidInput, NotFoundError."""
    try:
        terms = promotion_requests.terms(given, merchant_id=merchant_id)
    except InvalidInput as error:
        inner = error.extensions.get("field")
        raise InvalidInput(error.message, field="promotion" + (f".{inner}" if inner else "")) from None
    if merchant_id is not None and terms["platform_share_bp"] and not viewer.may(Permission.PLATFORM_CAMPAIGNS_WRITE):
        raise InvalidInput(
            "platformSharePercent: a merchant pays for its own promotions; ask the platform to share",
            field="promotion.platform_share_percent",
        )
    name = terms.pop("level_name")
    terms["level_id"] = None
    if name is not None:
        terms["level_id"] = await session.scalar(select(MembershipLevel.id).where(MembershipLevel.name == name))
        if terms["level_id"] is None:
            raise InvalidInput(f"level: there is no level {name[:60]!r}", field="promotion.conditions.level")
    if terms["gift_variant_id"] is not None:
        owner = await session.scalar(select(Variant.merchant_id).where(Variant.id == terms["gift_variant_id"]))
        if owner is None or merchant_id not in {None, owner}:
            raise NotFoundError("variant", field="promotion.benefit.gift.variant_id")
    return terms


def _checked(code: str, at: int) -> str:
    try:
        return rules.check_code(code)
    except InvalidInput as error:
        raise InvalidInput(f"codes: {error.message}", field=f"codes.{at}") from None


async def _announce(session: AsyncSession, promotion: Promotion, event_type: str) -> None:
    await outbox.append(session, event_type, subject=("promotion", promotion.id), version=promotion.version)
