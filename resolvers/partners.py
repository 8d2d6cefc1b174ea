"""Partners: how they are added and get their keys."""

import services.partners
from domain.access import PartnerKind, Scope
from resolvers.mutations import Change, Result


async def add(change: Change, *, kind: str, name: str, merchant_id: int | None = None) -> Result:
    """Add a partner."""
    partner_id = await services.partners.add(
        change.session, viewer=change.viewer, merchant_id=merchant_id, kind=PartnerKind(kind), name=name
    )
    return Result(partner_id=partner_id)


async def make_key(change: Change, *, partner_id: int, scopes: list[str], label: str) -> Result:
    """Make an API key, which is told only now."""
    key = await services.partners.make_key(
        change.session, viewer=change.viewer, partner_id=partner_id, scopes=list(map(Scope, scopes)), label=label
    )
    return Result(partner_id=partner_id, key=key)


async def revoke_key(change: Change, *, partner_id: int, prefix: str) -> Result:
    """Revoke an API key."""
    await services.partners.revoke_key(
        change.session, viewer=change.viewer, partner_id=partner_id, prefix=prefix, now=change.now
    )
    return Result(partner_id=partner_id)
