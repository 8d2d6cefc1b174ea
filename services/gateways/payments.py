"""Payment providers: what one does for us. Another provider is another class like `TestProvider` or `StripeProvider`.

A gateway talks to its provider and nothing else: it is never called inside a transaction of ours. It is asked by our
own key, so that asking twice does once; what it answers is its word at that instant.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from domain.errors import InvalidInput
from domain.payments import PaymentRefundStatus, PaymentStatus

ANSWER_WITHIN_S: Final = 10.0
"""How long a provider is waited for, in seconds."""


class NoAnswerError(Exception):
    """A provider does not answer, or answers nonsense: what became of the request is not known."""


class InvalidNoticeError(Exception):
    """A notification is not what its provider would send: the signature is wrong, or it is no notification at all."""


class UnknownProviderError(InvalidInput):
    """There is no such provider here."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(
            f"payment.provider: {name[:40]!r} is not offered here; take one of {', '.join(sorted(known))}",
            field="payment.provider",
        )


@dataclass(frozen=True, slots=True)
class Charge:
    """What is to be charged, in minor units, with what the provider's page gave the client for it (`token`).

    `key` is ours, the same for the same charge; `number` is the order's, for people.
    """

    key: str
    token: str
    amount: int
    currency: str
    number: str


@dataclass(frozen=True, slots=True)
class Payback:
    """What is to be given back of a charge, in minor units; `key` is ours, the same for the same refund."""

    key: str
    charge_key: str
    charge_reference: str | None
    amount: int


@dataclass(frozen=True, slots=True)
class Word:
    """What a provider says of the charge with our key. None where it knows of no such charge.

    `reference` is the provider's own name of it, `failure` why it was declined, as customers may read it. `amount` is
    all that it has captured, in minor units of `currency`, three capital letters; None: what was asked. `is_final`: it
    will not be charged later, whatever is on its way.
    """

    key: str
    status: PaymentStatus | None
    reference: str | None = None
    amount: int | None = None
    failure: str | None = None
    is_final: bool = True
    currency: str | None = None

    def is_of(self, amount: int, currency: str) -> bool:
        """Say whether it tells of just this amount."""
        return self.amount is None or (self.amount == amount and self.currency in {None, currency})


@dataclass(frozen=True, slots=True)
class PaybackWord:
    """What a provider says of a refund."""

    status: PaymentRefundStatus
    reference: str | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification: its own id, and what it says; None if it is about nothing that we ask for."""

    id: str
    word: Word | None


class PaymentGateway(Protocol):
    """One provider. Every method but `notice` raises NoAnswerError when it cannot tell."""

    @property
    def name(self) -> str:
        """What clients call it by."""

    async def authorise(self, charge: Charge) -> Word:
        """Charge; capture at once if the provider does that in one."""

    async def capture(self, key: str, reference: str | None, *, amount: int) -> Word:
        """Take what is authorised."""

    async def void(self, key: str, reference: str | None) -> Word:
        """Give a charge up, so that it is not made any more if that is still possible; tells what became of it."""

    async def refund(self, payback: Payback) -> PaybackWord:
        """Give back."""

    async def status(self, key: str, reference: str | None) -> Word:
        """Tell what became of a charge."""

    def notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Read a notification that somebody sent. Raises InvalidNoticeError unless it was the provider."""

    async def close(self) -> None:
        """Let go of what connects us to it."""


class Gateways:
    """The providers that are offered here, by name."""

    def __init__(self, *gateways: PaymentGateway) -> None:
        self._gateways = {gateway.name: gateway for gateway in gateways}

    def named(self, name: str) -> PaymentGateway:
        """Give a provider. Raises UnknownProviderError."""
        found = self._gateways.get(name)
        if found is None:
            raise UnknownProviderError(name, self._gateways)
        return found

    async def close(self) -> None:
        """Let go of what connects us to them."""
        for gateway in self._gateways.values():
            await gateway.close()
