"""Merchants as their staff sees them."""

from enum import Enum
from typing import Any

import strawberry

from domain.access import MerchantRole as Roles
from domain.merchants import State
from graph import ids
from graph.execution.declarations import OfClass
from graph.fields import Argument, batch, column, computed, related
from graph.pages import Connection, connection
from graph.scalars import Instant
from graph.types.inventory import Warehouse
from graph.types.merchants import Merchant, MerchantLegalDetails
from graph.types.node import Node
from graph.types.partners import Partner
from graph.types.products import Product, ProductStatus
from graph.types.vocabulary import enumeration
from graph.versions import version
from resolvers import merchant_accounts, merchant_products
from resolvers.loaders import inventory as inventory_loaders
from resolvers.loaders import merchant_accounts as loaders
from resolvers.loaders import merchants as merchant_loaders
from resolvers.loaders import partners as partner_loaders
from resolvers.loaders.merchant_accounts import DocumentRow, MerchantAccountRow

MerchantRole: Any = enumeration(
    "MerchantRole",
    "What somebody is at a merchant; docs/permissions.md says who may what.",
    {
        Roles.OWNER: "May do everything, staff and partners included.",
        Roles.MANAGER: "Looks after catalogue, prices, campaigns and refunds.",
        Roles.PACKER: "Looks after stock and parcels.",
    },
)
MerchantState: Any = enumeration(
    "MerchantState",
    "What a merchant is at.",
    {
        State.APPLIED: "Has applied; nothing is listed yet.",
        State.ACTIVE: "Sells.",
        State.SUSPENDED: "Is not listed for the time being; `stateReason` says why.",
        State.CLOSED: "Is closed for good.",
    },
)


@strawberry.enum(description="What a document proves.")
class MerchantDocumentKind(Enum):
    """What a document proves."""

    REGISTRATION = strawberry.enum_value("REGISTRATION", description="That the business is registered.")
    TAX = strawberry.enum_value("TAX", description="Its tax number.")
    IDENTITY = strawberry.enum_value("IDENTITY", description="Who stands behind it.")
    OTHER = strawberry.enum_value("OTHER", description="Something else.")


@strawberry.enum(description="What a document is at.")
class MerchantDocumentState(Enum):
    """What a document is at."""

    AWAITED = strawberry.enum_value("AWAITED", description="Announced; its content has not come.")
    SUBMITTED = strawberry.enum_value("SUBMITTED", description="Has come and waits for a look.")
    ACCEPTED = strawberry.enum_value("ACCEPTED", description="Was accepted.")
    REJECTED = strawberry.enum_value("REJECTED", description="Was rejected; `note` says why.")


@strawberry.type(
    description="A document by which a merchant proves who it is. Seen by its owners and managers, and administrators."
)
class MerchantDocument(Node):
    """A document by which a merchant proves who it is."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("MerchantDocument"))
    kind: MerchantDocumentKind = column("What it proves.")
    file_name: str = column("The file's name.")
    media_type: str = column("What the file is: application/pdf, image/jpeg, image/png.")
    size_bytes: int | None = column("The file's size in bytes; null until it has come.")
    state: MerchantDocumentState = column("What it is at.")
    note: str = column("What the reviewer says of it; may be empty.")
    created_at: Instant = column("When it was announced.")
    upload_path: str | None = batch(
        merchant_accounts.send_links,
        description="Send the file there by HTTP PUT, up to 5,000,000 bytes, within ten minutes; null once it came.",
    )
    path: str | None = batch(
        merchant_accounts.read_links, description="Get the file there within ten minutes; null until it has come."
    )

    is_type_of = OfClass(DocumentRow)


@strawberry.type(description="Somebody who works for a merchant. Seen by its owners and by administrators.")
class MerchantMember:
    """Somebody who works for a merchant."""

    email: str | None = column("The e-mail address; null after erasure.")
    display_name: str | None = column("The name; null if there is none.")
    role: MerchantRole = column("What the member is.")
    created_at: Instant = column("Since when.")


@strawberry.type(description="Somebody who was invited to work for a merchant. Seen as its members are.")
class MerchantInvitation:
    """Somebody who was invited to work for a merchant."""

    email: str = column("Where the invitation was mailed to.")
    role: MerchantRole = column("What the member would be.")
    expires_at: Instant = column("Until when it can be accepted.")


@strawberry.type(description="A merchant in whatever state, with its papers. Seen by its staff and by administrators.")
class MerchantAccount(Node):
    """A merchant in whatever state."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("MerchantAccount"))
    merchant_id: strawberry.ID = computed(
        lambda row: ids.encode("Merchant", row["id"]), description="The merchant's own id, for mutations."
    )
    merchant: Merchant | None = related(
        merchant_loaders.BY_ID, by="id", description="The merchant as the public sees it; null unless it is ACTIVE."
    )
    name: str = column("The name.")
    slug: str = column("The name in addresses.")
    description: str = column("What the merchant says of itself.")
    legal_details: MerchantLegalDetails | None = related(
        merchant_loaders.LEGAL_DETAILS, by="id", description="Who it is before the law; null until it has said so."
    )
    state: MerchantState = column("What it is at.")
    state_reason: str = column("Why it was suspended or closed; may be empty.")
    created_at: Instant = column("When it applied.")
    documents: list[MerchantDocument] = related(
        loaders.DOCUMENTS, by="id", description="Its documents, up to 50; empty for who may not see them."
    )
    members: list[MerchantMember] = related(
        loaders.MEMBERS, by="id", description="Who works for it; empty for who may not see that."
    )
    invitations: list[MerchantInvitation] = related(
        loaders.INVITATIONS, by="id", description="Who is invited; empty for who may not see that."
    )
    partners: list[Partner] = related(
        partner_loaders.OF_MERCHANTS, by="id", description="Its partners; empty for who may not see them."
    )
    warehouses: list[Warehouse] = related(
        inventory_loaders.WAREHOUSES, by="id", description="Its warehouses, in the order of their priority; up to 100."
    )
    products: Connection[Product] = connection(
        merchant_products.of_accounts,
        description="All its products, drafts and archived ones too, the latest made first.",
        status=Argument(
            ProductStatus | None, "Only those that are at this.", convert=lambda status: status and status.value
        ),
    )
    version: int = version(of="it, its documents or its staff were")

    is_type_of = OfClass(MerchantAccountRow)


@strawberry.type(description="Where the viewer works.")
class MerchantMembership:
    """Where the viewer works."""

    role: MerchantRole = column("What the viewer is there, as the access token has it.")
    merchant: MerchantAccount | None = related(
        loaders.BY_ID, by="merchant_id", description="The merchant; null if it is gone."
    )
