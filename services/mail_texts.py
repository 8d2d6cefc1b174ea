"""What our mails say: subject and body by template; facts stand in braces."""

from textwrap import dedent
from types import MappingProxyType
from typing import Final

_TEXTS: Final = """
    verify_email: Please confirm your e-mail address
    Hello {display_name},

    with this token the address is confirmed and you are signed in (emailVerify, good for three days):

    {token}

    If you have not registered, do nothing.
    ---
    already_registered: You have an account already
    Hello,

    somebody, you perhaps, has registered with this address, which has an account already. Nothing has changed.
    Sign in as before, or ask for a new password (passwordResetRequest).
    ---
    reset_password: Your new password
    Hello,

    with this token you can set a new password (passwordReset, good for one hour):

    {token}

    If you have not asked for it, do nothing: your password stays as it is.
    ---
    password_changed: Your password was changed
    Hello,

    your password was changed and your other sessions have ended. If that was not you, ask for a new password now
    (passwordResetRequest).
    ---
    staff_invitation: {merchant} invites you
    Hello,

    {merchant} would like you to work for it as {role}. Sign in with this address, then accept with this token
    (merchantInvitationAccept, good for seven days):

    {token}
    ---
    back_in_stock: {name} is back
    Hello {display_name},

    {name} can be bought again ({slug}). You asked us to tell you; this was the one mail about it.
    ---
    merchant_approved: {merchant} is open
    Hello,

    {merchant} was approved: its products are listed from now on.
    ---
    merchant_suspended: {merchant} is suspended
    Hello,

    {merchant} was suspended: {reason}

    Its products are not listed meanwhile.
    ---
    ticket_rating: How was it? {number}
    Hello {display_name},

    we have resolved what you wrote to us about: {subject} ({number}). How satisfied are you? You can tell us in the
    shop, from 1 to 5 (ticketRate), once for each ticket. If it is not resolved, just write in it again.
    ---
    order_confirmed: Your order {number}
    Hello {name},

    thank you: your order {number} is paid, {total} {currency} in all. Its merchants send it on its way.
    ---
    order_shipped: Your order {number} is on its way
    Hello {name},

    this was sent of your order {number}:

    {pieces}

    {parcel}
    ---
    order_shipment_cancelled: Your order {number} will be sent later
    Hello {name},

    we told you that this was sent of your order {number}. It was not, and is to be sent yet:

    {pieces}
    ---
    order_refunded: Money back for your order {number}
    Hello {name},

    of your order {number} you get {given} back, as it was paid. A bank may take some days for it.
"""


def _templates() -> dict[str, tuple[str, str]]:
    found = {}
    for text in dedent(_TEXTS).strip().split("\n---\n"):
        head, _, body = text.partition("\n")
        name, _, subject = head.partition(": ")
        found[name] = (subject, body + "\n")
    return found


TEMPLATES: Final = MappingProxyType(_templates())
"""Subject and body by the template's name."""
