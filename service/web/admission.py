"""How many evaluations a worker takes on: beyond that a caller hears at once that it should come back later.

Evaluating is computing, and a worker computes on one core. Letting many evaluations compete for it makes each of them
slow and helps none, so one computes at a time, a bounded number waits, and the rest is refused before it costs much.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from service.errors import Busy

# Measured: docs/decisions/0020-serving.md.
PLACES = 32
# A body that takes longer to arrive comes from a slow sender, and those must not keep places from others.
_ARRIVING_SECONDS = 0.25


class Admission:
    """The places of one worker process for evaluations, and whose turn it is to compute."""

    def __init__(self, places: int = PLACES) -> None:
        self._free = places
        self._arriving: dict[object, float] = {}
        self._counting = threading.Lock()
        self._computing = threading.Lock()

    @property
    def is_full(self) -> bool:
        """Whether the next evaluation would be refused: those whose body is just arriving will need a place, too."""
        fresh = time.monotonic() - _ARRIVING_SECONDS
        return sum(since > fresh for since in [*self._arriving.values()]) >= self._free

    @contextmanager
    def arriving(self) -> Iterator[None]:
        """Around the reading of a body; Busy when there is no place for one more."""
        mark = object()
        with self._counting:
            if self.is_full:
                raise _busy()
            self._arriving[mark] = time.monotonic()
        try:
            yield
        finally:
            self._arriving.pop(mark)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place, from when the body is read until the answer is made; Busy when none is free."""
        with self._counting:
            if not self._free:
                raise _busy()
            self._free -= 1
        try:
            yield
        finally:
            with self._counting:
                self._free += 1

    def turn(self) -> AbstractContextManager[bool]:
        """Compute alone. Whoever waits for another server meanwhile must not be inside."""
        return self._computing


def _busy() -> Busy:
    return Busy("More requests are under way than can be answered in time; nothing was evaluated. Send it again later")
