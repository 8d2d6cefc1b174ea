"""Inputs and payloads of what is done about accounts and sessions."""

import strawberry

from graph.fields import column, computed
from graph.mutation_fields import Payload
from graph.types.viewers import Session


@strawberry.input(description="Somebody who registers.")
class CustomerRegisterInput:
    """Somebody who registers."""

    email: str = strawberry.field(description="The e-mail address; upper and lower case are the same.")
    password: str = strawberry.field(description="A password of 10 to 200 characters.")
    display_name: str = strawberry.field(description="The name that is shown with reviews, 1 to 100 characters.")


@strawberry.type(description="A mail is on its way. The answer is the same for an address with and without an account.")
class MailedPayload(Payload):
    """A mail is on its way."""

    mailed_to: str | None = column("The address as it was understood; null if it was refused.")


@strawberry.input(description="Who signs in.")
class SessionCreateInput:
    """Who signs in."""

    email: str = strawberry.field(description="The e-mail address.")
    password: str = strawberry.field(description="The password.")


@strawberry.type(description="A session, if the credentials were right.")
class SessionPayload(Payload):
    """A session."""

    session: Session | None = column("The session; null if it was refused.")


@strawberry.input(description="Who goes on with a session.")
class SessionRefreshInput:
    """Who goes on with a session."""

    refresh_token: str = strawberry.field(
        description="The session's newest refresh token. One that was used before ends the session."
    )


@strawberry.input(description="What to sign out of.")
class SessionRevokeInput:
    """What to sign out of."""

    everywhere: bool = strawberry.field(default=False, description="All sessions of the account, not only this one.")


@strawberry.type(description="What was signed out of.")
class SessionRevokePayload(Payload):
    """What was signed out of."""

    ended: int | None = column("How many sessions have ended; null if it was refused.")


@strawberry.input(description="The proof that an e-mail address is somebody's.")
class EmailVerifyInput:
    """The proof that an e-mail address is somebody's."""

    token: str = strawberry.field(description="The token that was mailed there.")


@strawberry.input(description="Who has forgotten the password.")
class PasswordResetRequestInput:
    """Who has forgotten the password."""

    email: str = strawberry.field(description="The e-mail address.")


@strawberry.input(description="A new password for who has forgotten the old one.")
class PasswordResetInput:
    """A new password."""

    token: str = strawberry.field(description="The token that was mailed.")
    password: str = strawberry.field(description="The new password, 10 to 200 characters.")


@strawberry.input(description="A new password for who knows the old one.")
class PasswordChangeInput:
    """A new password."""

    password: str = strawberry.field(description="The old password.")
    new_password: str = strawberry.field(description="The new password, 10 to 200 characters.")


@strawberry.type(description="Whether the password was changed.")
class PasswordChangePayload(Payload):
    """Whether the password was changed."""

    changed: bool = computed(lambda result: result["account_id"] is not None, description="True if it was.")
