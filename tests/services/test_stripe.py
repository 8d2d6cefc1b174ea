"""Stripe, as far as a local fake of the endpoints that are used can tell ...

It was never run against Stripe itself.
"""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.payments import PaymentRefundStatus, PaymentStatus
from services.gateways.payments import Charge, InvalidNoticeError, NoAnswerError, Payback, PaybackWord, Word
from services.gateways.payments_stripe import StripeProvider

# The library asks httpx in a way that httpx would rather not be asked.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

SECRET = "whsec_of_the_tests"
CHARGE = Charge("k" * 32, "pm_card_visa", 1990, "USD", "S100001")


class FakeStripe:
    """The few endpoints that are used, with Stripe's manners: idempotency keys, errors, metadata, form bodies."""

    def __init__(self) -> None:
        self.intents: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.answered: dict[str, tuple[int, dict[str, Any]]] = {}
        self.requests: list[tuple[str, str]] = []
        self.is_indexed = True
        self.refunds_are = "succeeded"
        self.app = Starlette(
            routes=[
                Route("/v1/payment_intents", self.create, methods=["POST"]),
                Route("/v1/payment_intents/search", self.search),
                Route("/v1/payment_intents/{id}", self.retrieve),
                Route("/v1/payment_intents/{id}/cancel", self.cancel, methods=["POST"]),
                Route("/v1/payment_intents/{id}/capture", self.capture, methods=["POST"]),
                Route("/v1/refunds", self.refund, methods=["POST"]),
                Route("/v1/refunds", self.list_refunds),
            ]
        )

    async def create(self, request: Request) -> Response:
        form, key = await _form(request), request.headers["idempotency-key"]
        self.requests.append((request.headers["authorization"], key))
        if key not in self.answered:
            self.answered[key] = self._created(form)
        status, answer = self.answered[key]
        return JSONResponse(answer, status_code=status)

    def _created(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        token = form["payment_method"]
        if token == "pm_busy":
            return 503, {"error": {"type": "api_error", "message": "Try again."}}
        if token == "pm_unknown":
            return 400, {"error": {"type": "invalid_request_error", "message": "No such PaymentMethod"}}
        assert form["confirm"] == "true"
        intent = {
            "id": f"pi_{len(self.intents) + 1}",
            "object": "payment_intent",
            "amount": int(form["amount"]),
            "currency": form["currency"],
            "amount_received": 0,
            "status": {"pm_hold": "requires_capture", "pm_bank": "processing"}.get(token, "succeeded"),
            "last_payment_error": None,
            "metadata": {"souk_key": form["metadata[souk_key]"], "order": form["metadata[order]"]},
        }
        self.intents[intent["id"]] = intent
        if token == "pm_declined":
            error = {"type": "card_error", "code": "card_declined", "message": "Your card was declined."}
            intent |= {"status": "requires_payment_method", "last_payment_error": error}
            return 402, {"error": {**error, "payment_intent": intent}}
        if intent["status"] == "succeeded":
            intent["amount_received"] = intent["amount"]
        return 200, intent

    async def search(self, request: Request) -> Response:
        query = request.query_params["query"]
        found = [each for each in self.intents.values() if f"'{each['metadata']['souk_key']}'" in query]
        return JSONResponse({"object": "search_result", "has_more": False, "data": found if self.is_indexed else []})

    async def retrieve(self, request: Request) -> Response:
        intent = self.intents.get(request.path_params["id"])
        error = {"type": "invalid_request_error", "code": "resource_missing", "message": "No such payment_intent"}
        return JSONResponse(intent or {"error": error}, status_code=200 if intent else 404)

    async def cancel(self, request: Request) -> Response:
        return self._change(request, {"requires_capture", "processing", "requires_payment_method"}, "canceled")

    async def capture(self, request: Request) -> Response:
        intent = self.intents[request.path_params["id"]]
        return self._change(request, {"requires_capture"}, "succeeded", amount_received=intent["amount"])

    def _change(self, request: Request, allowed: set[str], status: str, **more: Any) -> Response:
        intent = self.intents[request.path_params["id"]]
        if intent["status"] not in allowed:
            error = {"type": "invalid_request_error", "message": f"It is {intent['status']}."}
            return JSONResponse({"error": error}, status_code=400)
        intent |= {"status": status, **more}
        return JSONResponse(intent)

    async def refund(self, request: Request) -> Response:
        form, key = await _form(request), request.headers["idempotency-key"]
        given = sum(each["amount"] for each in self.refunds.values())
        intent = self.intents[form["payment_intent"]]
        if key not in self.answered and given + int(form["amount"]) > intent["amount_received"]:
            error = {"type": "invalid_request_error", "message": "Refund amount is greater than unrefunded amount."}
            return JSONResponse({"error": error}, status_code=400)
        if key not in self.answered:
            made = {
                "id": f"re_{len(self.refunds) + 1}",
                "object": "refund",
                "status": self.refunds_are,
                "failure_reason": None,
                "amount": int(form["amount"]),
                "metadata": {"souk_key": form["metadata[souk_key]"]},
            }
            self.refunds[made["id"]] = made
            self.answered[key] = 200, dict(made)  # as it was then, whatever becomes of it
        return JSONResponse(self.answered[key][1])

    async def list_refunds(self, request: Request) -> Response:
        if request.query_params["payment_intent"] not in self.intents:
            error = {"type": "invalid_request_error", "message": "No such payment_intent"}
            return JSONResponse({"error": error}, status_code=400)
        listed = {"object": "list", "url": "/v1/refunds", "has_more": False, "data": list(self.refunds.values())}
        return JSONResponse(listed)


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode()))


@pytest.fixture
async def fake() -> AsyncIterator[tuple[FakeStripe, StripeProvider]]:
    """A fake of Stripe on a port of its own, and the gateway to it."""
    stripe = FakeStripe()
    server = uvicorn.Server(uvicorn.Config(stripe.app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    provider = StripeProvider(secret_key="sk_test_1", webhook_secret=SECRET, api_base=base)
    yield stripe, provider
    await provider.close()
    server.should_exit = True
    await task


Fake = tuple[FakeStripe, StripeProvider]


async def test_charges_once_however_often_it_is_asked(fake: Fake) -> None:
    stripe, provider = fake
    words = [await provider.authorise(CHARGE) for _ in range(3)]
    assert words == [Word(CHARGE.key, PaymentStatus.CAPTURED, "pi_1", 1990, currency="USD")] * 3
    assert [each["amount_received"] for each in stripe.intents.values()] == [1990]
    assert stripe.requests == [("Bearer sk_test_1", CHARGE.key)] * 3
    assert stripe.intents["pi_1"]["metadata"] == {"souk_key": CHARGE.key, "order": "S100001"}


@pytest.mark.parametrize(
    ("token", "failure", "reference"),
    [
        ("pm_declined", "Your card was declined", "pi_1"),
        ("pm_unknown", "this payment method cannot be used", None),
    ],
)
async def test_tells_why_a_card_was_declined(fake: Fake, token: str, failure: str, reference: str | None) -> None:
    _, provider = fake
    word = await provider.authorise(Charge("k", token, 1990, "USD", "S1"))
    assert word == Word("k", PaymentStatus.DECLINED, reference, failure=failure)


async def test_that_is_out_of_order_gives_no_answer(fake: Fake) -> None:
    stripe, provider = fake
    with pytest.raises(NoAnswerError):
        await provider.authorise(Charge("k", "pm_busy", 1990, "USD", "S1"))
    nowhere = StripeProvider(secret_key="sk", webhook_secret=SECRET, api_base="http://127.0.0.1:1")
    with pytest.raises(NoAnswerError):
        await nowhere.status("k", "pi_1")
    await nowhere.close()
    assert stripe.intents == {}


async def test_finds_a_charge_by_our_key_once_it_is_indexed(fake: Fake) -> None:
    stripe, provider = fake
    await provider.authorise(Charge("slow", "pm_bank", 500, "EUR", "S1"))
    stripe.is_indexed = False
    assert await provider.status("slow", None) == Word("slow", None, is_final=False)
    assert await provider.void("slow", None) == Word("slow", None, is_final=False)
    stripe.is_indexed = True
    assert await provider.status("slow", None) == Word("slow", PaymentStatus.PENDING, "pi_1")
    assert await provider.void("slow", None) == Word("slow", PaymentStatus.VOIDED, "pi_1")
    assert await provider.void("slow", "pi_1") == Word("slow", PaymentStatus.VOIDED, "pi_1")


async def test_that_is_paid_cannot_be_given_up(fake: Fake) -> None:
    _, provider = fake
    await provider.authorise(CHARGE)
    assert await provider.void(CHARGE.key, "pi_1") == Word(
        CHARGE.key, PaymentStatus.CAPTURED, "pi_1", 1990, currency="USD"
    )


async def test_captures_what_is_held(fake: Fake) -> None:
    _, provider = fake
    held = await provider.authorise(Charge("held", "pm_hold", 700, "EUR", "S1"))
    assert held == Word("held", PaymentStatus.AUTHORISED, "pi_1")
    taken = Word("held", PaymentStatus.CAPTURED, "pi_1", 700, currency="EUR")
    assert await provider.capture("held", "pi_1", amount=700) == taken
    assert await provider.capture("held", "pi_1", amount=700) == taken


async def test_counts_in_hundredths_what_has_none(fake: Fake) -> None:
    stripe, provider = fake
    word = await provider.authorise(Charge("isk", "pm_card_visa", 1500, "ISK", "S1"))
    assert (stripe.intents["pi_1"]["amount"], word.amount) == (150_000, 1500)
    word = await provider.authorise(Charge("jpy", "pm_card_visa", 1500, "JPY", "S2"))
    assert (stripe.intents["pi_2"]["amount"], word.amount) == (1500, 1500)


async def test_gives_back_once_and_no_more_than_there_was(fake: Fake) -> None:
    _, provider = fake
    await provider.authorise(CHARGE)
    for _ in range(2):
        answer = await provider.refund(Payback("r1", CHARGE.key, None, 1500))
        assert (answer.status, answer.reference) == (PaymentRefundStatus.SUCCEEDED, "re_1")
    too_much = await provider.refund(Payback("r2", CHARGE.key, "pi_1", 491))
    assert too_much.status is PaymentRefundStatus.FAILED


async def test_gives_back_once_also_when_stripe_has_forgotten_the_key(fake: Fake) -> None:
    stripe, provider = fake
    await provider.authorise(CHARGE)
    stripe.refunds_are = "pending"
    payback = Payback("r1", CHARGE.key, "pi_1", 500)
    for _ in range(2):
        assert await provider.refund(payback) == PaybackWord(PaymentRefundStatus.PENDING, "re_1")
    stripe.answered.clear()  # as after a day
    assert await provider.refund(payback) == PaybackWord(PaymentRefundStatus.PENDING, "re_1")
    stripe.refunds["re_1"]["status"] = "succeeded"
    assert await provider.refund(payback) == PaybackWord(PaymentRefundStatus.SUCCEEDED, "re_1")
    assert [each["amount"] for each in stripe.refunds.values()] == [500]


async def test_that_will_not_hear_of_a_charge_gives_no_answer(fake: Fake) -> None:
    _, provider = fake
    with pytest.raises(NoAnswerError):
        await provider.status(CHARGE.key, "pi_of_another_account")
    with pytest.raises(NoAnswerError):
        await provider.refund(Payback("r1", CHARGE.key, "pi_of_another_account", 1))


def signed(event: dict[str, Any], *, secret: str = SECRET, at: float | None = None) -> tuple[dict[str, str], bytes]:
    body, moment = json.dumps({"object": "event", **event}).encode(), int(at or time.time())
    signature = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return {"stripe-signature": f"t={moment},v1={signature}"}, body


async def test_believes_only_what_is_signed_and_fresh(fake: Fake) -> None:
    stripe, provider = fake
    await provider.authorise(CHARGE)
    intent = stripe.intents["pi_1"]
    event = {"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": intent}}
    notice = provider.notice(*signed(event))
    assert (notice.id, notice.word) == ("evt_1", Word(CHARGE.key, PaymentStatus.CAPTURED, "pi_1", 1990, currency="USD"))
    headers, body = signed(event)
    for wrong in (
        ({}, body),
        (headers, body.replace(b"1990", b"1991")),
        ({"stripe-signature": "t=1,v1=\xe9"}, body),
        signed(event, secret="another"),
        signed(event, at=time.time() - 3600),
    ):
        with pytest.raises(InvalidNoticeError):
            provider.notice(*wrong)
    other = {"id": "evt_2", "type": "customer.created", "data": {"object": {"id": "cus_1", "object": "customer"}}}
    assert provider.notice(*signed(other)).word is None
    foreign = {**intent, "metadata": {}}
    assert provider.notice(*signed({**event, "id": "evt_3", "data": {"object": foreign}})).word is None
