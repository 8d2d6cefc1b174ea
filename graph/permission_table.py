"""The table of who may what, docs/permissions.md: rules and declarations tried by typical people."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import strawberry

from domain.access import VISITOR, MerchantRole, PartnerKind, Permission, PlatformRole, Reach, Scope, Viewer
from graph.mutation_fields import MUTATION
from graph.permissions import FIELDS, Sees, unruled
from resolvers.mutations import Mutation


@dataclass(frozen=True, slots=True)
class Role:
    """A column of the table: somebody typical, whose own merchant is `OWN_MERCHANT`."""

    name: str
    viewer: Viewer


OWN_MERCHANT: Final = 1
OTHER_MERCHANT: Final = 2

ROLES: Final = (
    Role("visitor", VISITOR),
    Role("customer", Viewer(account_id=1, customer_id=1)),
    *(Role(role.name.lower(), Viewer(account_id=1, merchants={OWN_MERCHANT: role})) for role in MerchantRole),
    *(Role(role.name.lower(), Viewer(account_id=1, platform=role)) for role in PlatformRole),
    Role(
        "partner",
        Viewer(
            partner_id=1,
            partner_kind=PartnerKind.DELIVERY,
            partner_merchant_id=OWN_MERCHANT,
            scopes=frozenset(Scope),
        ),
    ),
)
"""The columns of the table."""


def mutations(schema: strawberry.Schema) -> dict[str, Mutation]:
    """Give every mutation as it is declared. Raises KeyError for one that is not declared by `mutation`."""
    core = schema._schema.mutation_type  # noqa: SLF001 - Strawberry offers no public way to its graphql-core schema
    assert core is not None  # noqa: S101 - there are mutations
    return {name: field.extensions["strawberry-definition"].metadata[MUTATION] for name, field in core.fields.items()}


def may(role: Role, permission: Permission) -> str:
    """Say how far a role's permission reaches: all, own, or — for not at all."""
    if not role.viewer.may(permission):
        return "—"
    if permission.reach in {Reach.OWN_ACCOUNT, Reach.OWN_CUSTOMER}:
        return "own"
    if permission.reach is Reach.PARTIES:
        return "all" if role.viewer.may(Permission.TICKETS_HANDLE) else "own"
    if permission.reach in {Reach.MERCHANT, Reach.PARTNER}:
        return "all" if role.viewer.may(permission, merchant_id=OTHER_MERCHANT) else "own"
    return "all"


_SEEN_BY: Final[Mapping[Sees, Permission]] = MappingProxyType(
    {
        Sees.COMMISSIONS: Permission.COMMISSIONS_SET,
        Sees.STRUCTURE: Permission.STRUCTURE_WRITE,
        Sees.MANAGERS: Permission.MERCHANT_MANAGE,
        Sees.OWNERS: Permission.MERCHANT_STAFF,
        Sees.AGENTS: Permission.TICKETS_HANDLE,
        Sees.WEBHOOKS: Permission.WEBHOOKS_MANAGE,
        Sees.FOLLOWERS: Permission.EVENTS_READ,
    }
)
"""Rules that say: whoever has this permission."""


def sees(role: Role, rule: Sees) -> str:
    """Say what a role sees of what a rule is about: all, own, or — for nothing."""
    viewer = role.viewer
    if rule in {Sees.EVERYONE, Sees.LISTED, Sees.PUBLISHED, Sees.ASKER, Sees.CART}:
        return "own" if rule in {Sees.ASKER, Sees.CART} else "all"
    if rule in _SEEN_BY:
        return may(role, _SEEN_BY[rule])
    match rule:
        case Sees.ACCOUNT:
            return "all" if viewer.may(Permission.ACCOUNTS_MANAGE) else _own(viewer.account_id)
        case Sees.CUSTOMER:
            return "all" if viewer.may(Permission.CUSTOMERS_READ) else _own(viewer.customer_id)
        case Sees.ORDER | Sees.ORDER_PART | Sees.TICKET:
            return _sees_order(viewer, rule)
    return "all" if viewer.may(Permission.MERCHANTS_REVIEW) else _own(viewer.merchants or None)


def _sees_order(viewer: Viewer, rule: Sees) -> str:
    """Say what of orders and tickets a role sees; whoever holds a cart's token sees its order: that may be anybody."""
    if viewer.may(Permission.CUSTOMERS_READ):
        return "all"
    at_merchant = viewer.merchants or viewer.partner_merchant_id
    if rule is Sees.TICKET:
        return _own(viewer.customer_id or at_merchant or None)
    return "—" if rule is Sees.ORDER and at_merchant else "own"


def table(schema: strawberry.Schema) -> str:
    """Write docs/permissions.md. Raises LookupError for a field without a rule."""
    if missing := unruled(schema):
        raise LookupError(f"graph/permissions.py: say who sees {', '.join(sorted(missing))}")
    return "\n".join(_lines(schema)) + "\n"


def _lines(schema: strawberry.Schema) -> Iterator[str]:
    yield "# Who may what"
    yield ""
    yield "Made by `make schema` from `domain/access.py`, `graph/mutations/` and `graph/permissions.py`; tests hold"
    yield "the server to it. **all**: whoever's it is. **own**: one's own, or one's merchant's. **—**: it does not"
    yield "exist. Owner, manager and packer work for a merchant; admin and agent for the platform; the partner is one"
    yield "merchant's, with a key of all scopes."
    yield ""
    yield "## Permissions"
    yield ""
    yield from _head("permission", "allows")
    for permission in Permission:
        yield _row(permission.name, permission.sentence, [may(role, permission) for role in ROLES])
    yield ""
    yield "## Mutations"
    yield ""
    yield from _head("mutation", "permission")
    for name, declared in sorted(mutations(schema).items()):
        yield _row(name, declared.permission.name, [may(role, declared.permission) for role in ROLES])
    yield ""
    yield "## Fields"
    yield ""
    yield from _head("field", "seen by")
    for name, rule in FIELDS.items():
        for field in sorted(rule.names):
            yield _row(f"{name}.{field}", rule.sees.value, [sees(role, rule.sees) for role in ROLES])


def _head(first: str, second: str) -> Iterator[str]:
    yield _row(first, second, [role.name for role in ROLES])
    yield "|" + "---|" * (2 + len(ROLES))


def _row(first: str, second: str, cells: list[str]) -> str:
    return "| " + " | ".join([first, second, *cells]) + " |"


def _own(what: Any) -> str:
    return "—" if what is None else "own"
