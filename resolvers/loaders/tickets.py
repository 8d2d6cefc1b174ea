"""Tickets: by id, as a queue, of customers and orders; their messages, steps and files."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Text,
    and_,
    any_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from domain.tickets import Party
from models.accounts import Account
from models.customers import Customer
from models.database import AnySelect, Row, Statement
from models.merchants import Merchant
from models.ticket_desk import TicketAttachment
from models.tickets import Ticket, TicketMessage, TicketStep
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import Many, One, keys
from services import access

NAME_OF_DESK: Final = "Support"
NAME_OF_SYSTEM: Final = "Souk"


class TicketRow(Row):
    """A ticket, for those who are a party to it; `breached` says whether anything promised was or is late."""


class AgentRow(Row):
    """Who handles tickets."""


class MessageRow(Row):
    """What somebody wrote in a ticket, and who."""


class StepRow(Row):
    """What was done to a ticket, and by whom."""


class AttachmentRow(Row):
    """A file that came with a ticket, and by whom."""


class Order(Enum):
    """In which order tickets are listed."""

    DUE_FIRST = "due_at"
    NEWEST = "opened_at desc"
    OLDEST = "opened_at"
    CHANGED = "changed_at desc"


def _late(breached_at: Any, due_at: Any, *running: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say whether a promise was broken: noted so, or not kept yet though it is past the time."""
    return or_(breached_at.is_not(None), and_(due_at < func.now(), *running))


_ENDED: Final = or_(Ticket.resolved_at.is_not(None), Ticket.closed_at.is_not(None))
BREACHED: Final = func.coalesce(
    or_(
        _late(
            Ticket.first_response_breached_at,
            Ticket.first_response_due_at,
            Ticket.first_responded_at.is_(None),
            ~_ENDED,
        ),
        _late(
            Ticket.next_response_breached_at, Ticket.next_response_due_at, Ticket.waiting_since.is_not(None), ~_ENDED
        ),
        _late(Ticket.resolution_breached_at, Ticket.resolution_due_at, ~_ENDED),
    ),
    literal(value=False),
)
_TICKETS = select(
    Ticket.id,
    Ticket.customer_id,
    Ticket.order_id,
    Ticket.order_line_id,
    Ticket.merchant_ids,
    Ticket.kind,
    Ticket.priority,
    Ticket.state,
    Ticket.subject,
    Ticket.assignee_id,
    Ticket.merged_into_id,
    Ticket.tags,
    Ticket.opened_at,
    Ticket.first_responded_at,
    Ticket.resolved_at,
    Ticket.closed_at,
    Ticket.changed_at,
    Ticket.first_response_due_at,
    Ticket.next_response_due_at,
    Ticket.resolution_due_at,
    Ticket.due_at,
    Ticket.first_response_breached_at,
    Ticket.next_response_breached_at,
    Ticket.resolution_breached_at,
    BREACHED.label("breached"),
    Ticket.score,
    Ticket.comment,
    Ticket.rated_at,
    Ticket.version,
)

BY_ID = One(_TICKETS.where(Ticket.id == any_(keys())), key="id", row=TicketRow, seen_by=access.sees_ticket)
OF_CUSTOMERS = Keyset(
    _TICKETS,
    order=(Ticket.id,),
    descending=True,
    row=TicketRow,
    name="customer-tickets",
    parent=Ticket.customer_id,
)

OF_ORDERS = Many(
    _TICKETS.where(Ticket.order_id == any_(keys())).order_by(Ticket.id),
    key="order_id",
    row=TicketRow,
    seen_by=access.sees_ticket,
)


def _counts(key: InstrumentedAttribute[Any], *conditions: ColumnElement[bool]) -> One[Row]:
    return One(
        select(key, func.count().label("count")).where(key == any_(keys()), *conditions).group_by(key),
        key=key.key,
        row=Row,
    )


CUSTOMER_COUNTS = _counts(Ticket.customer_id)

_AGENTS = (
    select(Account.id, func.coalesce(Customer.display_name, NAME_OF_DESK).label("display_name"))
    .outerjoin(Customer, Customer.account_id == Account.id)
    .where(Account.id == any_(keys()))
)
AGENT_BY_ID = One(_AGENTS, key="id", row=AgentRow, seen_by=lambda viewer, _: access.sees_ticket_desk(viewer))
ASSIGNEES = One(_AGENTS, key="id", row=AgentRow)
"""Agents as the parties to their tickets see them."""

_EVERYWHERE: Final = bindparam("everywhere", type_=Boolean)
_OWN: Final = bindparam("own", type_=ARRAY(BigInteger))
_VISIBLE: Final = or_(
    _EVERYWHERE,
    Ticket.customer_id == bindparam("own_customer", type_=BigInteger),
    Ticket.merchant_ids.bool_op("&&")(_OWN),
)


def _given(name: str, kind: Any, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Let a condition hold only if its parameter is given."""
    return or_(bindparam(name, type_=kind).is_(None), condition)


_NARROWED: Final = (
    _VISIBLE,
    Ticket.state == any_(bindparam("states", type_=ARRAY(Text))),
    Ticket.kind == any_(bindparam("kinds", type_=ARRAY(Text))),
    Ticket.priority == any_(bindparam("priorities", type_=ARRAY(Text))),
    _given("assignee", BigInteger, Ticket.assignee_id == bindparam("assignee", type_=BigInteger)),
    _given("assigned", Boolean, Ticket.assignee_id.is_not(None) == bindparam("assigned", type_=Boolean)),
    _given("customer", BigInteger, Ticket.customer_id == bindparam("customer", type_=BigInteger)),
    _given("order", BigInteger, Ticket.order_id == bindparam("order", type_=BigInteger)),
    _given("tag", Text, bindparam("tag", type_=Text) == any_(Ticket.tags)),
    _given("breached", Boolean, bindparam("breached", type_=Boolean) == BREACHED),
)


def _listed(by: Order) -> Keyset[TicketRow]:
    column, _, descending = by.value.partition(" ")
    return Keyset(
        _TICKETS.where(*_NARROWED),
        order=(getattr(Ticket, column), Ticket.id),
        descending=bool(descending),
        row=TicketRow,
        name=f"tickets-{by.name.lower()}",
    )


LISTED: Final[Mapping[Order, Keyset[TicketRow]]] = MappingProxyType({by: _listed(by) for by in Order})
COUNT_LISTED = Statement(select(func.count()).select_from(Ticket).where(*_NARROWED))

_ByAccount = aliased(Customer)
_OfTicket = aliased(Ticket)
_Asker = aliased(Customer)


def _of_parties(table: Any, *columns: Any) -> AnySelect:
    """Select rows of a ticket with the name of who made them: people by theirs, merchants' staff as the merchant."""
    name = case(
        (table.party == Party.CUSTOMER.value, _Asker.display_name),
        (table.party == Party.MERCHANT.value, Merchant.name),
        (table.party == Party.SYSTEM.value, NAME_OF_SYSTEM),
        else_=func.coalesce(_ByAccount.display_name, NAME_OF_DESK),
    )
    return (
        select(
            table.id,
            table.ticket_id,
            _OfTicket.customer_id,
            _OfTicket.merchant_ids,
            table.party,
            name.label("display_name"),
            *columns,
        )
        .join(_OfTicket, _OfTicket.id == table.ticket_id)
        .join(_Asker, _Asker.id == _OfTicket.customer_id)
        .outerjoin(_ByAccount, _ByAccount.account_id == table.account_id)
        .outerjoin(Merchant, Merchant.id == table.merchant_id)
    )


_HANDLED: Final = bindparam("handled", type_=ARRAY(BigInteger))
"""The tickets of which what is internal is shown, too."""

_MESSAGES = _of_parties(TicketMessage, TicketMessage.body, TicketMessage.internal, TicketMessage.created_at)
MESSAGE_BY_ID = One(
    _MESSAGES.where(TicketMessage.id == any_(keys())), key="id", row=MessageRow, seen_by=access.sees_in_ticket
)
MESSAGES = Keyset(
    _MESSAGES.where(or_(~TicketMessage.internal, TicketMessage.ticket_id == any_(_HANDLED))),
    order=(TicketMessage.id,),
    row=MessageRow,
    name="ticket-messages",
    parent=TicketMessage.ticket_id,
)
MESSAGE_COUNTS = _counts(TicketMessage.ticket_id)
PUBLIC_MESSAGE_COUNTS = _counts(TicketMessage.ticket_id, ~TicketMessage.internal)

_STEPS = _of_parties(
    TicketStep,
    TicketStep.action,
    TicketStep.from_state,
    TicketStep.to_state,
    TicketStep.internal,
    TicketStep.occurred_at,
)
STEP_BY_ID = One(_STEPS.where(TicketStep.id == any_(keys())), key="id", row=StepRow, seen_by=access.sees_in_ticket)
STEPS = Keyset(
    _STEPS.where(or_(~TicketStep.internal, TicketStep.ticket_id == any_(_HANDLED))),
    order=(TicketStep.id,),
    row=StepRow,
    name="ticket-steps",
    parent=TicketStep.ticket_id,
)
STEP_COUNTS = _counts(TicketStep.ticket_id)
PUBLIC_STEP_COUNTS = _counts(TicketStep.ticket_id, ~TicketStep.internal)

_ATTACHMENTS = _of_parties(
    TicketAttachment,
    TicketAttachment.file_name,
    TicketAttachment.media_type,
    TicketAttachment.key,
    TicketAttachment.state,
    TicketAttachment.size_bytes,
    TicketAttachment.created_at,
)
ATTACHMENT_BY_ID = One(
    _ATTACHMENTS.where(TicketAttachment.id == any_(keys())), key="id", row=AttachmentRow, seen_by=access.sees_ticket
)
ATTACHMENTS = Many(
    _ATTACHMENTS.where(TicketAttachment.ticket_id == any_(keys())).order_by(TicketAttachment.id),
    key="ticket_id",
    row=AttachmentRow,
)
