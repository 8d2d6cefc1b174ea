"""Tickets: what the parties can do to them."""

import strawberry

from domain.access import Permission
from graph.mutation_fields import mutation
from graph.types.ticket_mutations import (
    TicketAwaitCustomerInput,
    TicketInput,
    TicketInvestigateInput,
    TicketOpenInput,
    TicketPayload,
    TicketRateInput,
    TicketReopenInput,
    TicketReplyInput,
    TicketResolveInput,
)
from resolvers import tickets


@strawberry.type(description="Tickets.")
class TicketMutations:
    """Tickets."""

    ticket_open: TicketPayload = mutation(
        tickets.create,
        permission=Permission.TICKETS_TALK,
        input=TicketOpenInput,
        description="Open a ticket: a customer, perhaps about an order of one's own; an agent for a customer; a "
        "merchant's staff for the customer of an order with something of theirs. Errors: NOT_FOUND, BAD_USER_INPUT, "
        "CONFLICT beyond 200 open ones.",
    )
    ticket_accept: TicketPayload = mutation(
        tickets.accept,
        permission=Permission.TICKETS_HANDLE,
        input=TicketInput,
        description="Take a ticket on. It is one's own from then on, unless it is another agent's. Errors: NOT_FOUND, "
        "CONFLICT.",
    )
    ticket_investigate: TicketPayload = mutation(
        tickets.investigate,
        permission=Permission.TICKETS_HANDLE,
        input=TicketInvestigateInput,
        description="Look into a ticket; the note is internal. Errors: NOT_FOUND, BAD_USER_INPUT, CONFLICT.",
    )
    ticket_reply: TicketPayload = mutation(
        tickets.reply,
        permission=Permission.TICKETS_TALK,
        input=TicketReplyInput,
        description="Write in a ticket. When the customer was waited for, it goes on; when it was resolved, it is open "
        "again. Errors: NOT_FOUND, BAD_USER_INPUT, CONFLICT for a closed one, and for others' internal notes.",
    )
    ticket_await_customer: TicketPayload = mutation(
        tickets.await_customer,
        permission=Permission.TICKETS_HANDLE,
        input=TicketAwaitCustomerInput,
        description="Ask the customer something, and let the time for the resolution stand still until there is an "
        "answer. Errors: NOT_FOUND, BAD_USER_INPUT, CONFLICT.",
    )
    ticket_resolve: TicketPayload = mutation(
        tickets.resolve,
        permission=Permission.TICKETS_HANDLE,
        input=TicketResolveInput,
        description="Say how a ticket is resolved. Errors: NOT_FOUND, BAD_USER_INPUT, CONFLICT.",
    )
    ticket_close: TicketPayload = mutation(
        tickets.close,
        permission=Permission.TICKETS_TALK,
        input=TicketInput,
        description="Close a ticket: the customer any, an agent a resolved one. Errors: NOT_FOUND, CONFLICT.",
    )
    ticket_reopen: TicketPayload = mutation(
        tickets.reopen,
        permission=Permission.TICKETS_TALK,
        input=TicketReopenInput,
        description="Open a resolved or closed ticket again; the customer within 30 days. Errors: NOT_FOUND, "
        "BAD_USER_INPUT, CONFLICT.",
    )
    ticket_rate: TicketPayload = mutation(
        tickets.rate,
        permission=Permission.OWN_CUSTOMER,
        input=TicketRateInput,
        description="Say how satisfied one is with how a ticket of one's own was resolved, once. Errors: NOT_FOUND, "
        "BAD_USER_INPUT, CONFLICT.",
    )
