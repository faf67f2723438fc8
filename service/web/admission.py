"""How many evaluations a worker takes on: beyond that a caller hears at once that it should come back later.

Evaluating is computing, and a worker computes on one core. Letting many evaluations compete for it makes each of them
slow and helps none, so one computes at a time, a bounded number waits, and the rest is refused before it costs much.
No caller stops another: each has its share of the places, and of the turns (docs/decisions/0021-fairness.md).
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from service.domain.budget import Budget
from service.errors import Busy
from service.web.turns import Turns

# Measured: docs/decisions/0020-serving.md. So many for one caller; the spare ones are for the others.
PLACES, SPARE = 32, 8
# A body that takes longer to arrive comes from a slow sender, and those must not keep places from others.
_ARRIVING_SECONDS = 0.25
# Seconds of computing for one request; 600 resources of an ordinary chart take about a tenth of a second.
BUDGET_SECONDS = 10.0


class Admission:
    """The places of one worker process for evaluations, and whose turn it is to compute.

    ``places``: how many one caller may hold; ``spare``: how many more there are for all together. ``has_hung_up``:
    whether whoever made the request at hand is gone.
    """

    def __init__(
        self,
        places: int = PLACES,
        spare: int = SPARE,
        seconds: float = BUDGET_SECONDS,
        has_hung_up: Callable[[], bool] = lambda: False,
    ) -> None:
        self._share, self._all, self._seconds = places, places + spare, seconds
        self._held: dict[str, int] = {}
        self._held_by_all = 0
        self._arriving: dict[object, tuple[str, float]] = {}
        self._counting = threading.Lock()
        self._turns, self._has_hung_up = Turns(), has_hung_up

    @property
    def is_strained(self) -> bool:
        """Whether a caller might have its share: only then is it worth asking who calls."""
        return self._held_by_all + len(self._arriving) >= self._share

    def is_full_for(self, caller: str) -> bool:
        """Whether the next evaluation of this caller would be refused.

        Those whose body is just arriving will need a place, too.
        """
        fresh = time.monotonic() - _ARRIVING_SECONDS
        arriving = [name for name, since in [*self._arriving.values()] if since > fresh]
        is_share_taken = self._held.get(caller, 0) + arriving.count(caller) >= self._share
        return is_share_taken or self._held_by_all + len(arriving) >= self._all

    @contextmanager
    def arriving(self, caller: str = "") -> Iterator[None]:
        """Around the reading of a body; Busy when there is no place for one more."""
        mark = object()
        with self._counting:
            if self.is_full_for(caller):
                raise _busy()
            self._arriving[mark] = caller, time.monotonic()
        try:
            yield
        finally:
            self._arriving.pop(mark)

    @contextmanager
    def place(self, caller: str = "") -> Iterator[None]:
        """Hold a place, from when the body is read until the answer is made; Busy when none is free."""
        with self._counting:
            held = self._held.get(caller, 0)
            if held >= self._share or self._held_by_all >= self._all:
                raise _busy()
            self._held[caller] = held + 1
            self._held_by_all += 1
        try:
            yield
        finally:
            with self._counting:
                self._held_by_all -= 1
                self._held[caller] -= 1
                if not self._held[caller]:
                    del self._held[caller]

    @contextmanager
    def turn(self, caller: str = "") -> Iterator[None]:
        """Compute alone, within the budget of a request. Whoever waits for another server must not be inside.

        Busy once the caller has hung up: when its turn comes, and whenever it lets others compute.
        """
        with self._turns.turn(caller), self._budget(caller).applied():
            self._check_is_there()
            yield

    def _budget(self, caller: str) -> Budget:
        return Budget(self._seconds, give_way=lambda: self._give_way(caller))

    def _give_way(self, caller: str) -> None:
        self._check_is_there()
        self._turns.give_way(caller)

    def _check_is_there(self) -> None:
        if self._has_hung_up():
            raise Busy("Whoever asked has hung up; nothing was evaluated")


def _busy() -> Busy:
    return Busy("More requests are under way than can be answered in time; nothing was evaluated. Send it again later")
