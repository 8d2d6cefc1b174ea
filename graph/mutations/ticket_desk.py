"""The desk that handles tickets: what agents do there, and how it is set up."""

import strawberry

from domain.access import Permission
from graph.mutation_fields import mutation
from graph.types.articles import ArticlePayload, ArticleRemoveInput, ArticleRemovePayload, ArticleSaveInput
from graph.types.ticket_desk_mutations import (
    SupportHoursSetInput,
    TicketAgentSetInput,
    TicketAssignInput,
    TicketAttachmentAddInput,
    TicketAttachmentPayload,
    TicketDeskPayload,
    TicketMacroApplyInput,
    TicketMacroPayload,
    TicketMacroRemoveInput,
    TicketMacroRemovePayload,
    TicketMacroSaveInput,
    TicketMergeInput,
    TicketPrioritySetInput,
    TicketTagsSetInput,
    TicketTargetsSetInput,
)
from graph.types.ticket_mutations import TicketPayload
from resolvers import articles, ticket_desk


@strawberry.type(description="The desk that handles tickets.")
class TicketDeskMutations:
    """The desk that handles tickets."""

    ticket_assign: TicketPayload = mutation(
        ticket_desk.assign,
        permission=Permission.TICKETS_HANDLE,
        input=TicketAssignInput,
        description="Give a ticket to an agent, or to who deals with its kind and has most room. Errors: NOT_FOUND, "
        "CONFLICT, also if nobody has room.",
    )
    ticket_priority_set: TicketPayload = mutation(
        ticket_desk.prioritise,
        permission=Permission.TICKETS_HANDLE,
        input=TicketPrioritySetInput,
        description="Say how soon a ticket must be dealt with; what is promised follows. Errors: NOT_FOUND, CONFLICT.",
    )
    ticket_tags_set: TicketPayload = mutation(
        ticket_desk.tag,
        permission=Permission.TICKETS_HANDLE,
        input=TicketTagsSetInput,
        description="Say which tags a ticket has. Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
    ticket_merge: TicketPayload = mutation(
        ticket_desk.merge,
        permission=Permission.TICKETS_HANDLE,
        input=TicketMergeInput,
        description="Merge a ticket into another one of the same customer, about no other merchants; the payload shows "
        "that. Errors: NOT_FOUND, BAD_USER_INPUT, CONFLICT.",
    )
    ticket_macro_apply: TicketPayload = mutation(
        ticket_desk.apply_macro,
        permission=Permission.TICKETS_HANDLE,
        input=TicketMacroApplyInput,
        description="Say and do in a ticket what a macro has. Errors: NOT_FOUND, BAD_USER_INPUT, CONFLICT.",
    )
    ticket_attachment_add: TicketAttachmentPayload = mutation(
        ticket_desk.announce_attachment,
        permission=Permission.TICKETS_TALK,
        input=TicketAttachmentAddInput,
        description="Announce a file for a ticket, of which it has at most 20; then send it to `uploadPath`. Errors: "
        "NOT_FOUND, BAD_USER_INPUT, CONFLICT.",
    )
    support_hours_set: TicketDeskPayload = mutation(
        ticket_desk.set_hours,
        permission=Permission.DESK_MANAGE,
        input=SupportHoursSetInput,
        description="Say when the desk works. A ticket is counted by it from its next step on. Errors: BAD_USER_INPUT.",
    )
    ticket_targets_set: TicketDeskPayload = mutation(
        ticket_desk.set_targets,
        permission=Permission.DESK_MANAGE,
        input=TicketTargetsSetInput,
        description="Say what is promised for a kind and a priority. It holds for a ticket from its next step on. "
        "Errors: BAD_USER_INPUT.",
    )
    ticket_agent_set: TicketDeskPayload = mutation(
        ticket_desk.set_agent,
        permission=Permission.DESK_MANAGE,
        input=TicketAgentSetInput,
        description="Say which tickets somebody is handed by load and skill. Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
    ticket_macro_save: TicketMacroPayload = mutation(
        ticket_desk.save_macro,
        permission=Permission.DESK_MANAGE,
        input=TicketMacroSaveInput,
        description="Write a macro, or change one. Errors: NOT_FOUND, BAD_USER_INPUT, CONFLICT, also if its title is "
        "taken.",
    )
    ticket_macro_remove: TicketMacroRemovePayload = mutation(
        ticket_desk.remove_macro,
        permission=Permission.DESK_MANAGE,
        input=TicketMacroRemoveInput,
        description="Take a macro away. Errors: NOT_FOUND.",
    )
    article_save: ArticlePayload = mutation(
        articles.save,
        permission=Permission.DESK_MANAGE,
        input=ArticleSaveInput,
        description="Write an article of the knowledge base, or change one. Errors: NOT_FOUND, BAD_USER_INPUT, "
        "CONFLICT.",
    )
    article_remove: ArticleRemovePayload = mutation(
        articles.remove,
        permission=Permission.DESK_MANAGE,
        input=ArticleRemoveInput,
        description="Remove an article of the knowledge base. Errors: NOT_FOUND.",
    )
