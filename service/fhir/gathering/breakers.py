"""A FHIR server that keeps failing is left alone for a while, each server and each caller for itself."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from pybreaker import STATE_HALF_OPEN, CircuitBreaker, CircuitBreakerError

from service.fhir.gathering.shares import Key


class LeftAlone(Exception):
    """This server failed too often a moment ago, or its trial is still under way."""


class _Failed(Exception):
    """What the breaker counts."""


@dataclass(slots=True)
class Trial:
    """One request to a server; whoever makes it says how it went."""

    has_failed: bool = False


class Breakers:
    """One breaker for each caller and base URL, kept for the life of the process; only registered bases ever get one.

    Of each caller its own: with odd ids or a token for a moment a caller can make any server fail for itself.
    After ``failures`` requests in a row that got nothing, a base rests for ``rest_seconds``; then one request tries it.
    """

    def __init__(self, failures: int = 5, rest_seconds: float = 10.0) -> None:
        self._failures, self._rest_seconds = failures, rest_seconds
        self._lock = threading.Lock()
        self._breakers: dict[Key, CircuitBreaker] = {}

    @contextmanager
    def asking(self, key: Key) -> Iterator[Trial]:
        """A request of this caller to this base; LeftAlone when it may not be made."""
        trial = Trial()
        with suppress(_Failed), ExitStack() as guard:
            # pybreaker's call() would hold its lock during the call; calling() lets many go side by side, which while
            # it is half open is one too many.
            with self._lock:
                breaker = self._breaker(key)
                if breaker.current_state == STATE_HALF_OPEN:
                    raise LeftAlone
                try:
                    guard.enter_context(breaker.calling())
                except CircuitBreakerError:
                    raise LeftAlone from None
            yield trial
            if trial.has_failed:
                raise _Failed

    def _breaker(self, key: Key) -> CircuitBreaker:
        if key not in self._breakers:
            self._breakers[key] = CircuitBreaker(
                fail_max=self._failures, reset_timeout=self._rest_seconds, throw_new_error_on_trip=False
            )
        return self._breakers[key]
