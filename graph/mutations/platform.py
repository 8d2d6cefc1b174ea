"""Accounts as administrators see to them."""

from typing import Any

import strawberry

from domain.access import Permission
from domain.access import PlatformRole as Roles
from graph.fields import computed
from graph.mutation_fields import Payload, mutation
from graph.types.vocabulary import enumeration
from resolvers import platform

PlatformRole: Any = enumeration(
    "PlatformRole",
    "What somebody is on the platform.",
    {Roles.ADMIN: "May do everything that the platform may.", Roles.AGENT: "Answers customers' tickets."},
)


@strawberry.input(description="An account.")
class AccountInput:
    """An account."""

    email: str = strawberry.field(description="Its e-mail address.")


@strawberry.input(description="An account, and what it shall be on the platform.")
class PlatformMemberSetInput:
    """An account, and what it shall be on the platform."""

    email: str = strawberry.field(description="Its e-mail address.")
    role: PlatformRole | None = strawberry.field(default=None, description="As what it works there; null for not.")


@strawberry.type(description="Whether it was done.")
class DonePayload(Payload):
    """Whether it was done."""

    done: bool = computed(lambda result: bool(result["done"]), description="True if it was.")


@strawberry.type(description="Administration.")
class PlatformMutations:
    """Administration."""

    account_suspend: DonePayload = mutation(
        platform.suspend,
        permission=Permission.ACCOUNTS_MANAGE,
        input=AccountInput,
        description="Suspend an account: its sessions end, and access tokens that are out within 15 minutes. "
        "Errors: NOT_FOUND, CONFLICT for the last administrator.",
    )
    account_reactivate: DonePayload = mutation(
        platform.reactivate,
        permission=Permission.ACCOUNTS_MANAGE,
        input=AccountInput,
        description="Let a suspended account sign in again. Errors: NOT_FOUND.",
    )
    platform_member_set: DonePayload = mutation(
        platform.set_role,
        permission=Permission.ACCOUNTS_MANAGE,
        input=PlatformMemberSetInput,
        description="Say what somebody is on the platform. Errors: NOT_FOUND, CONFLICT for the last administrator.",
    )
