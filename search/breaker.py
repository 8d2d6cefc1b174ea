"""A circuit breaker: after a few failures in a row nobody waits for the engine until one probe has got through."""

import time
from collections.abc import Callable


class CircuitBreaker:
    """Counts failures in a row; at `failures_max` it opens, and lets one probe through every `probe_after_s`.

    Ask `allows` before a call, then tell `succeeded`, `failed` or, for a call that was given up, `abandoned`.
    """

    def __init__(
        self, *, failures_max: int = 3, probe_after_s: float = 1.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._failures_max = failures_max
        self._probe_after_s = probe_after_s
        self._clock = clock
        self._failures = 0
        self._next_probe_at = 0.0

    @property
    def is_open(self) -> bool:
        """Say whether calls are being refused, apart from probes."""
        return self._failures >= self._failures_max

    def allows(self) -> bool:
        """Say whether a call may be tried now; while open, the one that is told yes is the probe."""
        if not self.is_open:
            return True
        if self._clock() < self._next_probe_at:
            return False
        self._next_probe_at = self._clock() + self._probe_after_s
        return True

    def succeeded(self) -> None:
        """Close: the engine answers."""
        self._failures = 0

    def failed(self) -> None:
        """Count a failure; the one that makes it too many opens the breaker."""
        self._failures += 1
        if self.is_open:
            self._next_probe_at = self._clock() + self._probe_after_s

    def abandoned(self) -> None:
        """Leave the count alone, but let the next call probe: this one ended without telling us anything."""
        if self.is_open:
            self._next_probe_at = self._clock()
