"""What administrators decide about accounts."""

import services.platform
from domain.access import PlatformRole
from resolvers.mutations import Change, Result


async def suspend(change: Change, *, email: str) -> Result:
    """Suspend an account."""
    await services.platform.suspend(change.session, email=email, now=change.now)
    return Result(done=True)


async def reactivate(change: Change, *, email: str) -> Result:
    """Let a suspended account sign in again."""
    await services.platform.reactivate(change.session, email=email)
    return Result(done=True)


async def set_role(change: Change, *, email: str, role: str | None = None) -> Result:
    """Make an account platform staff, or no longer."""
    await services.platform.set_role(change.session, email=email, role=None if role is None else PlatformRole(role))
    return Result(done=True)
