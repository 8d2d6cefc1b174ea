"""The terms of the member club, as administrators set them: levels, what points are earned for, worth, how long."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import versions
from domain.access import Permission, Viewer
from domain.errors import InvalidInput
from domain.membership import Level
from domain.points import PLATFORM_PROGRAMME
from models.membership import MembershipLadder
from models.merchants import Merchant
from models.points import PointsProgramme, PointsRate
from services import access, membership, outbox, points
from services.access import NotFoundError
from services.points import Rates

LEVELS_MAX: Final = 20
NAME_LENGTH_MAX: Final = 60
DAYS_MAX: Final = 3_650


async def set_levels(
    session: AsyncSession, *, viewer: Viewer, levels: Sequence[Level], expected_version: int | None, now: datetime
) -> None:
    """Make these the shop's levels, by name. Raises NotFoundError, LevelsError, InvalidInput, VersionError."""
    _require(viewer, "level")
    if len(levels) > LEVELS_MAX:
        raise InvalidInput(f"levels: there may be at most {LEVELS_MAX}", field="levels")
    for index, level in enumerate(levels):
        if not 0 < len(level.name.strip()) <= NAME_LENGTH_MAX:
            raise InvalidInput(
                f"levels.{index}.name: a name has 1 to {NAME_LENGTH_MAX} characters", field=f"levels.{index}.name"
            )
    await session.execute(upsert(MembershipLadder).values(id=1).on_conflict_do_nothing())
    ladder = (await session.scalars(select(MembershipLadder).with_for_update())).one()
    versions.check("ladder of levels", expected=expected_version, found=ladder.version)
    await membership.levels_set(session, levels=levels, now=now)
    await session.refresh(ladder)
    await outbox.append(session, "MEMBERSHIP_LEVELS_CHANGED", subject=("membership_ladder", 1), version=ladder.version)


async def set_programme(
    session: AsyncSession,
    *,
    viewer: Viewer,
    name: str,
    currency: str,
    expires_after_days: int | None,
    return_grace_days: int,
    expected_version: int | None,
) -> None:
    """Make the platform's programme of points, or change it; its currency stays. Raises InvalidInput, VersionError."""
    _require(viewer, "programme")
    if not 0 < len(name.strip()) <= NAME_LENGTH_MAX:
        raise InvalidInput(f"name: a name has 1 to {NAME_LENGTH_MAX} characters", field="name")
    if expires_after_days is not None and not 1 <= expires_after_days <= DAYS_MAX:
        raise InvalidInput(
            f"expiresAfterDays: {expires_after_days} is not between 1 and {DAYS_MAX}", field="expires_after_days"
        )
    if not 0 <= return_grace_days <= DAYS_MAX:
        raise InvalidInput(
            f"returnGraceDays: {return_grace_days} is not between 0 and {DAYS_MAX}", field="return_grace_days"
        )
    before = await session.get(PointsProgramme, PLATFORM_PROGRAMME, with_for_update=True)
    versions.check("programme", expected=expected_version, found=before.version if before else 0)
    if before is not None and before.currency != currency:
        raise InvalidInput(f"currency: the programme is in {before.currency}, and stays so", field="currency")
    await points.programme_set(
        session,
        name=name.strip(),
        currency=currency,
        expires_after_days=expires_after_days,
        return_grace_days=return_grace_days,
    )
    version = await session.scalar(select(PointsProgramme.version).where(PointsProgramme.code == PLATFORM_PROGRAMME))
    await outbox.append(session, "POINTS_PROGRAMME_CHANGED", subject=("points_programme", 1), version=version or 1)


async def set_rates(
    session: AsyncSession, *, viewer: Viewer, merchant_id: int | None, rates: Rates, expected_version: int | None
) -> None:
    """Set the platform's rates of points, or a merchant's. Raises NotFoundError, InvalidInput, VersionError."""
    _require(viewer, "merchant")
    if await session.get(PointsProgramme, PLATFORM_PROGRAMME, with_for_update={"key_share": True}) is None:
        raise InvalidInput("programme: there is none yet; set it up first")
    if merchant_id is not None and await session.get(Merchant, merchant_id) is None:
        raise NotFoundError("merchant", field="merchant_id")
    own = select(PointsRate).where(
        PointsRate.programme == PLATFORM_PROGRAMME, PointsRate.merchant_id.is_not_distinct_from(merchant_id)
    )
    before = await session.scalar(own.with_for_update())
    versions.check("rates", expected=expected_version, found=before.version if before else 0)
    await points.rates_set(session, rates=rates, merchant_id=merchant_id)
    after = (await session.scalars(own.execution_options(populate_existing=True))).one()
    await outbox.append(session, "POINTS_RATES_CHANGED", subject=("points_rate", after.id), version=after.version)


def _require(viewer: Viewer, noun: str) -> None:
    access.require(viewer, Permission.PLATFORM_CAMPAIGNS_WRITE, noun=noun)
