"""Accounts and sessions: what can be done about them."""

import strawberry

from domain.access import Permission
from graph.mutation_fields import mutation
from graph.types.account_mutations import (
    CustomerRegisterInput,
    EmailVerifyInput,
    MailedPayload,
    PasswordChangeInput,
    PasswordChangePayload,
    PasswordResetInput,
    PasswordResetRequestInput,
    SessionCreateInput,
    SessionPayload,
    SessionRefreshInput,
    SessionRevokeInput,
    SessionRevokePayload,
)
from resolvers import accounts, sessions


@strawberry.type(description="Accounts and sessions.")
class AccountMutations:
    """Accounts and sessions."""

    customer_register: MailedPayload = mutation(
        accounts.register,
        before=accounts.hash_new,
        after=accounts.registered,
        permission=Permission.ENTER,
        input=CustomerRegisterInput,
        description="Register as a customer. A token is mailed to confirm the address by `emailVerify`, which also "
        "signs in; before that nobody can sign in. Errors: BAD_USER_INPUT.",
    )
    email_verify: SessionPayload = mutation(
        accounts.verify_email,
        after=sessions.adopt,
        permission=Permission.ENTER,
        input=EmailVerifyInput,
        description="Confirm an e-mail address by the token that was mailed there, and sign in. Errors: INVALID_TOKEN.",
    )
    session_create: SessionPayload = mutation(
        sessions.create,
        before=sessions.check_credentials,
        after=sessions.adopt,
        permission=Permission.ENTER,
        input=SessionCreateInput,
        description="Sign in. Errors: INVALID_CREDENTIALS, TOO_MANY_ATTEMPTS after five failures for this e-mail from "
        "this address.",
    )
    session_refresh: SessionPayload = mutation(
        sessions.refresh,
        after=sessions.refreshed,
        permission=Permission.ENTER,
        input=SessionRefreshInput,
        description="Go on with a session: new tokens for the newest refresh token. Errors: INVALID_TOKEN; if the "
        "token was used before, the session has ended for all who hold it.",
    )
    session_revoke: SessionRevokePayload = mutation(
        sessions.revoke,
        permission=Permission.OWN_ACCOUNT,
        input=SessionRevokeInput,
        description="Sign out. Access tokens that were handed out stay good until their time is over, 15 minutes at "
        "most.",
    )
    password_reset_request: MailedPayload = mutation(
        accounts.request_password_reset,
        permission=Permission.ENTER,
        input=PasswordResetRequestInput,
        description="Ask for a mail with a token for `passwordReset`, once a minute at most. Errors: BAD_USER_INPUT.",
    )
    password_reset: SessionPayload = mutation(
        accounts.reset_password,
        before=accounts.hash_reset,
        after=sessions.adopt,
        permission=Permission.ENTER,
        input=PasswordResetInput,
        description="Set a new password by a mailed token and sign in; all other sessions end. "
        "Errors: INVALID_TOKEN, BAD_USER_INPUT.",
    )
    password_change: PasswordChangePayload = mutation(
        accounts.change_password,
        before=accounts.hash_changed,
        permission=Permission.OWN_ACCOUNT,
        input=PasswordChangeInput,
        description="Set a new password; all other sessions end. Errors: INVALID_CREDENTIALS, TOO_MANY_ATTEMPTS, "
        "BAD_USER_INPUT.",
    )
