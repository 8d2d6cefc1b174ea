"""Why stock moves: said with the levels' change or before it, kept by the trigger that writes the movements.

What was said holds until something else is, or the transaction ends. Whoever writes levels and says nothing leaves
movements of the kind OTHER behind.
"""

import json
from dataclasses import dataclass
from typing import Final

import asyncpg
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Viewer
from domain.inventory import MovementKind

SETTING: Final = "souk.movement"
"""Where the trigger reads `Why.said`, a setting of the transaction."""


@dataclass(frozen=True, slots=True)
class Why:
    """Why levels change, and who does it; nobody is the shop itself.

    `reference` is the type and the id of what it is about: ("ORDER", 17).
    """

    kind: MovementKind
    viewer: Viewer | None = None
    reason: str | None = None
    reference: tuple[str, int] | None = None

    @property
    def said(self) -> str:
        """Write it as the trigger reads it."""
        reference_type, reference_id = self.reference or (None, None)
        values = {
            "kind": self.kind.value,
            "reason": self.reason,
            "reference_type": reference_type,
            "reference_id": reference_id,
            "account_id": self.viewer and self.viewer.account_id,
            "partner_id": self.viewer and self.viewer.partner_id,
        }
        return json.dumps({name: value for name, value in values.items() if value is not None})


async def because(session: AsyncSession, why: Why) -> None:
    """Say why the levels change that this transaction writes from now on."""
    await session.execute(select(func.set_config(SETTING, why.said, True)))  # noqa: FBT003 - until the transaction ends


async def because_of_import(connection: asyncpg.Connection) -> None:
    """Say that the levels change because an import says so."""
    await connection.execute("SELECT set_config($1, $2, true)", SETTING, Why(MovementKind.IMPORT).said)
