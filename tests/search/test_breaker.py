"""The circuit breaker ..."""

from search.breaker import CircuitBreaker


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def opened(clock: Clock) -> CircuitBreaker:
    breaker = CircuitBreaker(failures_max=3, probe_after_s=1.0, clock=clock)
    for _ in range(3):
        breaker.failed()
    return breaker


def test_lets_calls_through_until_the_third_failure_in_a_row() -> None:
    breaker = CircuitBreaker(failures_max=3, clock=Clock())
    breaker.failed()
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    breaker.failed()
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()


def test_lets_one_probe_through_after_a_pause() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now_s = 0.99
    assert not breaker.allows()
    clock.now_s = 1.0
    assert [breaker.allows(), breaker.allows()] == [True, False]


def test_closes_when_the_probe_succeeds() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now_s = 1.0
    assert breaker.allows()
    breaker.succeeded()
    assert [breaker.allows(), breaker.allows()] == [True, True]


def test_waits_again_when_the_probe_fails() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now_s = 1.0
    assert breaker.allows()
    breaker.failed()
    clock.now_s = 1.9
    assert not breaker.allows()
    clock.now_s = 2.0
    assert breaker.allows()


def test_lets_another_probe_through_at_once_when_the_first_was_given_up() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now_s = 1.0
    assert breaker.allows()
    breaker.abandoned()
    assert breaker.allows()
