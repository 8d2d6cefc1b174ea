"""Why stock moves: said before levels are written, kept by the trigger that writes their movements.

What was said holds until something else is, or the transaction ends. Whoever writes levels and says nothing leaves
movements of the kind OTHER behind.
"""

import json
from typing import Final

import asyncpg
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Viewer
from domain.inventory import MovementKind

_SETTING: Final = "souk.movement"


async def because(
    session: AsyncSession,
    kind: MovementKind,
    *,
    viewer: Viewer | None = None,
    reason: str | None = None,
    reference: tuple[str, int] | None = None,
) -> None:
    """Say why the levels change that this transaction writes from now on, and who does it; nobody is the clock.

    `reference` is the type and the id of what it is about: ("ORDER", 17).
    """
    said = _said(kind, viewer=viewer, reason=reason, reference=reference)
    await session.execute(select(func.set_config(_SETTING, said, True)))  # noqa: FBT003 - until the transaction ends


async def because_of_import(connection: asyncpg.Connection) -> None:
    """Say that the levels change because an import says so."""
    await connection.execute("SELECT set_config($1, $2, true)", _SETTING, _said(MovementKind.IMPORT))


def _said(
    kind: MovementKind,
    *,
    viewer: Viewer | None = None,
    reason: str | None = None,
    reference: tuple[str, int] | None = None,
) -> str:
    reference_type, reference_id = reference or (None, None)
    said = {
        "kind": kind.value,
        "reason": reason,
        "reference_type": reference_type,
        "reference_id": reference_id,
        "account_id": viewer and viewer.account_id,
        "partner_id": viewer and viewer.partner_id,
    }
    return json.dumps({name: value for name, value in said.items() if value is not None})
