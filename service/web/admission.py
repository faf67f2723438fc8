"""How many evaluations a worker takes on: beyond that a caller hears at once that it should come back later.

Evaluating is computing, and a worker computes on one core. Letting many evaluations compete for it makes each of them
slow and helps none, so one computes at a time, a bounded number waits, and the rest is refused before it costs much.
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from service.errors import Busy

# Measured: docs/decisions/0020-serving.md.
PLACES = 32


class Admission:
    """The places of one worker process for evaluations, and whose turn it is to compute."""

    def __init__(self, places: int = PLACES) -> None:
        self._free = places
        self._counting = threading.Lock()
        self._computing = threading.Lock()

    def check(self) -> None:
        """Raise Busy when no place is free: asked before a body is read, so that refusing costs little."""
        if not self._free:
            raise _busy()

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place, from when the body is read until the answer is made; Busy when none is free."""
        with self._counting:
            self.check()
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
