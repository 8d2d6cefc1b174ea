"""How the desk works, and how it has done: hours, promises, agents, macros, figures."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    Text,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    text,
)

from domain.tickets import BEING_HANDLED
from models.accounts import PlatformMember
from models.database import Row, Statement
from models.ticket_desk import SupportHours, TicketAgent, TicketMacro, TicketTargets
from models.tickets import Ticket
from resolvers.loaders.lookups import One, keys
from resolvers.loaders.tickets import BREACHED
from services import access


class MacroRow(Row):
    """What agents often say."""


HOURS = Statement(select(SupportHours.zone, SupportHours.week, SupportHours.holidays))
TARGETS = Statement(
    select(
        TicketTargets.kind,
        TicketTargets.priority,
        TicketTargets.first_response_minutes,
        TicketTargets.next_response_minutes,
        TicketTargets.resolution_minutes,
    )
)
AGENTS = Statement(
    select(
        TicketAgent.account_id,
        TicketAgent.skills,
        TicketAgent.capacity,
        select(func.count())
        .where(
            Ticket.assignee_id == TicketAgent.account_id,
            Ticket.state == any_(literal([state.value for state in BEING_HANDLED], ARRAY(Text))),
        )
        .correlate(TicketAgent)
        .scalar_subquery()
        .label("open"),
    )
    .join(PlatformMember, PlatformMember.account_id == TicketAgent.account_id)
    .order_by(TicketAgent.account_id)
)

_MACROS = select(
    TicketMacro.id,
    TicketMacro.title,
    TicketMacro.body,
    TicketMacro.action,
    TicketMacro.tags,
    TicketMacro.version,
)
MACROS = Statement(_MACROS.order_by(TicketMacro.title, TicketMacro.id))
MACRO_BY_ID = One(
    _MACROS.where(TicketMacro.id == any_(keys())),
    key="id",
    row=MacroRow,
    seen_by=lambda viewer, _: access.sees_ticket_desk(viewer),
)

_SECONDS_TO_RESPONSE = func.extract("epoch", Ticket.first_responded_at - Ticket.opened_at)
_SECONDS_TO_RESOLUTION = func.extract("epoch", Ticket.resolved_at - Ticket.opened_at)


def _median(seconds: ColumnElement[Any]) -> ColumnElement[int]:
    return cast(func.percentile_cont(0.5).within_group(seconds), Integer)


FIGURES = Statement(
    select(
        Ticket.kind,
        Ticket.assignee_id,
        func.grouping(Ticket.kind).label("all_kinds"),
        func.grouping(Ticket.assignee_id).label("all_agents"),
        func.count().label("opened"),
        func.count(Ticket.first_responded_at).label("responded"),
        func.count(Ticket.resolved_at).label("resolved"),
        _median(_SECONDS_TO_RESPONSE).label("first_response_s"),
        _median(_SECONDS_TO_RESOLUTION).label("resolution_s"),
        func.count(case((BREACHED, 1))).label("breached"),
        func.count(Ticket.score).label("rated"),
        func.coalesce(func.sum(Ticket.score), 0).label("score_sum"),
    )
    .where(
        Ticket.opened_at >= bindparam("since", type_=DateTime(timezone=True)),
        Ticket.opened_at < bindparam("until", type_=DateTime(timezone=True)),
        Ticket.merged_into_id.is_(None),
    )
    .group_by(func.grouping_sets(text("()"), Ticket.kind, Ticket.assignee_id))
)
"""What was opened in a time and what became of it: of all, by kind, and by agent; medians in seconds by the clock."""
