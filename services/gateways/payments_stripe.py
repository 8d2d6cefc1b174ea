"""Stripe, through its official library: payment intents that are confirmed and captured at once.

The token is the id of a payment method (`pm_...`) that Stripe's own page made in the client. Our key is the idempotency
key of each request and stands in the intent's metadata, by which it is found again. A card that asks for authentication
in between (3-D Secure) is refused: there is nobody to ask once the order is placed.
"""

from collections.abc import Awaitable, Mapping
from typing import Any, Final, TypeVar

import stripe
import structlog

from domain.payments import PaymentRefundStatus, PaymentStatus
from services.gateways.payments import (
    Charge,
    InvalidNoticeError,
    NoAnswerError,
    Notice,
    Payback,
    PaybackWord,
    Word,
)

_log = structlog.get_logger(__name__)
T = TypeVar("T")

NAME: Final = "stripe"
TIMEOUT_S: Final = 8.0
_KEY: Final = "souk_key"
_HUNDREDFOLD: Final = frozenset({"ISK", "UGX"})
"""Currencies without a minor unit that Stripe counts in hundredths all the same."""
_STATUS: Final[Mapping[str, PaymentStatus]] = {
    "succeeded": PaymentStatus.CAPTURED,
    "requires_capture": PaymentStatus.AUTHORISED,
    "processing": PaymentStatus.PENDING,
    "requires_confirmation": PaymentStatus.PENDING,
    "requires_action": PaymentStatus.PENDING,
    "requires_payment_method": PaymentStatus.DECLINED,
    "canceled": PaymentStatus.VOIDED,
}
_REFUND_STATUS: Final[Mapping[str, PaymentRefundStatus]] = {
    "succeeded": PaymentRefundStatus.SUCCEEDED,
    "failed": PaymentRefundStatus.FAILED,
    "canceled": PaymentRefundStatus.FAILED,
}
_NOTICES: Final = frozenset(
    {
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.succeeded",
    }
)


class StripeProvider:
    """Stripe. `api_base` is another address than Stripe's own, for tests; `webhook_secret` signs notifications."""

    name = NAME

    def __init__(self, *, secret_key: str, webhook_secret: str, api_base: str | None = None) -> None:
        self._http = stripe.HTTPXClient(timeout=TIMEOUT_S)
        self._client = stripe.StripeClient(
            secret_key,
            http_client=self._http,
            base_addresses={"api": api_base} if api_base else {},
            max_network_retries=1,
        )
        self._webhook_secret = webhook_secret

    async def authorise(self, charge: Charge) -> Word:
        """Charge: make an intent and confirm it."""
        params: Any = {
            "amount": _written(charge.amount, charge.currency),
            "currency": charge.currency.lower(),
            "payment_method": charge.token,
            "payment_method_types": ["card"],
            "confirm": True,
            "error_on_requires_action": True,
            "description": f"Order {charge.number}",
            "metadata": {_KEY: charge.key, "order": charge.number},
        }
        try:
            intent = await _answered(
                self._client.v1.payment_intents.create_async(params, {"idempotency_key": charge.key})
            )
        except stripe.CardError as error:
            return Word(charge.key, PaymentStatus.DECLINED, _intent_id(error), failure=_said(error))
        except stripe.InvalidRequestError as error:
            _log.warning("stripe_refused", reason=str(error))
            return Word(charge.key, PaymentStatus.DECLINED, failure="this payment method cannot be used")
        return _word(charge.key, intent)

    async def capture(self, key: str, reference: str | None, *, amount: int) -> Word:
        """Take what is authorised: all of it."""
        del amount
        intent_id = reference or await self._found(key)
        if intent_id is None:
            return Word(key, None, is_final=False)
        options: Any = {"idempotency_key": f"{key}-capture"}
        try:
            capturing = self._client.v1.payment_intents.capture_async(intent_id, {}, options)
            return _word(key, await _answered(capturing))
        except stripe.InvalidRequestError:  # it is not authorised any more, or captured already
            return await self.status(key, intent_id)

    async def void(self, key: str, reference: str | None) -> Word:
        """Cancel an intent. One that is on its way still cannot be: it is asked for again later."""
        intent_id = reference or await self._found(key)
        if intent_id is None:
            return Word(key, None, is_final=False)
        try:
            return _word(key, await _answered(self._client.v1.payment_intents.cancel_async(intent_id)))
        except stripe.InvalidRequestError:  # it is over: paid, or cancelled before
            return await self.status(key, intent_id)

    async def refund(self, payback: Payback) -> PaybackWord:
        """Give back."""
        intent_id = payback.charge_reference or await self._found(payback.charge_key)
        if intent_id is None:
            raise NoAnswerError("there is no intent of this key yet")
        before = await self._refunded(intent_id, payback.key)
        if before is not None:
            return _payback_word(before)
        intent = await _looked_up(self._client.v1.payment_intents.retrieve_async(intent_id))
        params: Any = {
            "payment_intent": intent_id,
            "amount": _written(payback.amount, intent.currency.upper()),
            "metadata": {_KEY: payback.key},
        }
        try:
            made = await _answered(self._client.v1.refunds.create_async(params, {"idempotency_key": payback.key}))
        except stripe.InvalidRequestError as error:
            return PaybackWord(PaymentRefundStatus.FAILED, failure=_said(error))
        return _payback_word(made)

    async def status(self, key: str, reference: str | None) -> Word:
        """Tell what became of a charge; one that Stripe has not indexed yet is not known for a minute."""
        intent_id = reference or await self._found(key)
        if intent_id is None:
            return Word(key, None, is_final=False)
        return _word(key, await _looked_up(self._client.v1.payment_intents.retrieve_async(intent_id)))

    def notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Read a notification, signed with our secret."""
        signature = headers.get("stripe-signature", "")
        if not signature.isascii():
            raise InvalidNoticeError("the signature is none")  # the library compares nothing else
        try:
            event = self._client.construct_event(body, signature, self._webhook_secret)
        except (ValueError, stripe.SignatureVerificationError) as error:
            raise InvalidNoticeError(str(error)) from error
        if event.type not in _NOTICES:
            return Notice(event.id, None)
        intent: Any = event.data.object
        key = intent.metadata.to_dict().get(_KEY) if intent.metadata else None
        return Notice(event.id, None if key is None else _word(key, intent))

    async def close(self) -> None:
        """Let go of the connections to Stripe."""
        await self._http.close_async()  # type: ignore[no-untyped-call]  # the library does not annotate it

    async def _found(self, key: str) -> str | None:
        """Find an intent by our key in its metadata."""
        query: Any = {"query": f"metadata['{_KEY}']:'{key}'", "limit": 1}
        found = await _looked_up(self._client.v1.payment_intents.search_async(query))
        return found.data[0].id if found.data else None

    async def _refunded(self, intent_id: str, key: str) -> stripe.Refund | None:
        """Find the refund of our key among an intent's.

        Stripe forgets idempotency keys after a day, and tells until then what it answered first: whoever only asks
        again never hears that a refund is through, and in the end makes another one.
        """
        query: Any = {"payment_intent": intent_id, "limit": 100}
        page = await _looked_up(self._client.v1.refunds.list_async(query))
        async for each in page.auto_paging_iter():
            if each.metadata and each.metadata.to_dict().get(_KEY) == key:
                return each
        return None


async def _answered(request: Awaitable[T]) -> T:
    """Wait for Stripe's answer. Raises NoAnswerError when there is none that says yes or no."""
    try:
        return await request
    except (stripe.CardError, stripe.InvalidRequestError):
        raise
    except (TimeoutError, stripe.StripeError) as error:
        raise NoAnswerError(str(error)) from error


async def _looked_up(request: Awaitable[T]) -> T:
    """Wait for Stripe's answer to a question. Raises NoAnswerError also where it will not hear it."""
    try:
        return await _answered(request)
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        raise NoAnswerError(str(error)) from error


def _payback_word(made: stripe.Refund) -> PaybackWord:
    status = _REFUND_STATUS.get(made.status or "", PaymentRefundStatus.PENDING)
    return PaybackWord(status, made.id, made.failure_reason if status is PaymentRefundStatus.FAILED else None)


def _word(key: str, intent: stripe.PaymentIntent) -> Word:
    status = _STATUS.get(intent.status, PaymentStatus.PENDING)
    failure = None
    if status is PaymentStatus.CAPTURED:
        currency = intent.currency.upper()
        return Word(key, status, intent.id, _read(intent.amount_received or 0, currency), currency=currency)
    if status is PaymentStatus.DECLINED:
        error = intent.last_payment_error
        failure = (error.message if error else None) or "the card was declined"
    return Word(key, status, intent.id, failure=failure)


def _said(error: stripe.StripeError) -> str:
    return (error.user_message or "it was declined").rstrip(".")


def _intent_id(error: stripe.CardError) -> str | None:
    intent = getattr(error.error, "payment_intent", None)
    return None if intent is None else str(intent["id"])


def _written(amount: int, currency: str) -> int:
    return amount * 100 if currency in _HUNDREDFOLD else amount


def _read(amount: int, currency: str) -> int:
    return amount // 100 if currency in _HUNDREDFOLD else amount
