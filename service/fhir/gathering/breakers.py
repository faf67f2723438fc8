"""A FHIR server that keeps failing is left alone for a while, each server and each caller for itself."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

from pybreaker import STATE_HALF_OPEN, CircuitBreaker, CircuitBreakerError

from service.fhir.gathering.shares import Key

_MOST_PATIENTS = 2000
# A server that wants to be left alone for longer is asked again nevertheless, once.
_LONGEST_REST_SECONDS = 300.0


class LeftAlone(Exception):
    """This server failed too often a moment ago, asked for a rest, or its trial is still under way."""


class _Failed(Exception):
    """What the breaker counts."""


@dataclass(slots=True, eq=False)
class Trial:
    """One request to a server; whoever makes it says how it went. ``rest_seconds``: for how long it wants to rest."""

    has_failed: bool = False
    rest_seconds: float = 0.0


@dataclass(slots=True)
class _Watched:
    """What is known of one server, or of one patient there. ``failed``: those that failed since the last success."""

    breaker: CircuitBreaker
    failed: set[object] = field(default_factory=set)
    rests_until: float = 0.0


class Breakers:
    """A breaker for each caller and base URL, and one for each patient there; only registered bases ever get one.

    Of each caller its own: with odd ids or a token for a moment a caller can make any server fail for itself. And of
    each patient: a record that makes the server fail, whenever it is asked for, says nothing of the next patient's.
    After requests for ``failures`` patients in a row that got nothing, a base rests for ``rest_seconds``, and so does
    one patient after ``failures`` requests; then one request tries it. ``clock`` gives monotonic seconds.
    """

    def __init__(
        self, failures: int = 5, rest_seconds: float = 10.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._failures, self._rest_seconds, self._clock = failures, rest_seconds, clock
        self._lock = threading.Lock()
        self._bases: dict[Key, _Watched] = {}
        self._patients: OrderedDict[tuple[Key, str], _Watched] = OrderedDict()

    def rest_left(self, key: Key) -> float:
        """Seconds for which this base still wants to be left alone by this caller, as it said itself."""
        with self._lock:
            base = self._bases.get(key)
            return max(base.rests_until - self._clock(), 0.0) if base else 0.0

    @contextmanager
    def asking(self, key: Key, patient: str = "") -> Iterator[Trial]:
        """A request of this caller to this base for this patient; LeftAlone when it may not be made."""
        trial = Trial()
        with ExitStack() as guards:
            # pybreaker's call() would hold its lock during the call; calling() lets many go side by side, which while
            # it is half open is one too many.
            with self._lock:
                base, one = self._of_base(key), self._of_patient(key, patient)
                if base.rests_until > self._clock():
                    raise LeftAlone
                # The patient first: who is kept out by the second has told the first nothing.
                guards.enter_context(self._guarded(one, trial, trial))
                guards.enter_context(self._guarded(base, patient, trial))
            yield trial
            if trial.rest_seconds:
                base.rests_until = self._clock() + min(trial.rest_seconds, _LONGEST_REST_SECONDS)

    @contextmanager
    def _guarded(self, watched: _Watched, who: object, trial: Trial) -> Iterator[None]:
        """``who``: whose failures count once only."""
        with suppress(_Failed), ExitStack() as guard:
            if watched.breaker.current_state == STATE_HALF_OPEN:
                raise LeftAlone
            try:
                guard.enter_context(watched.breaker.calling())
            except CircuitBreakerError:
                raise LeftAlone from None
            is_last = watched.breaker.current_state == STATE_HALF_OPEN
            yield
            if not trial.has_failed:
                watched.failed.clear()
                return
            watched.failed.add(who)
            if is_last or len(watched.failed) >= self._failures:
                watched.failed.clear()
                raise _Failed

    def _of_base(self, key: Key) -> _Watched:
        return self._bases.setdefault(key, self._new())

    def _of_patient(self, key: Key, patient: str) -> _Watched:
        watched = self._patients.setdefault((key, patient), self._new())
        self._patients.move_to_end((key, patient))
        if len(self._patients) > _MOST_PATIENTS:
            self._patients.popitem(last=False)
        return watched

    def _new(self) -> _Watched:
        # It opens with the first failure that it is told: who failed before is counted here.
        return _Watched(
            CircuitBreaker(
                fail_max=1, reset_timeout=self._rest_seconds, exclude=[LeftAlone], throw_new_error_on_trip=False
            )
        )
