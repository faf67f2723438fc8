"""How much computing one request may take, and when it lets others compute: asked between the steps of an evaluation.

What asks is deep in readers and loops, and a budget is of the request, not of what they read: it is found by context.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from service.errors import OverBudget

# Ordinary charts take a fraction of it; see docs/decisions/0021-fairness.md.
SLICE_SECONDS = 0.05

_CURRENT: ContextVar["Budget | None"] = ContextVar("budget", default=None)


class Budget:
    """Seconds of computing (``clock``: of this thread). ``give_way`` lets others compute, if any wait."""

    def __init__(
        self,
        seconds: float,
        *,
        clock: Callable[[], float] = time.thread_time,
        give_way: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock = clock
        # To ask for the time of this thread costs more than most steps; that on the wall passes no slower than it.
        self._on_the_wall = time.perf_counter if clock is time.thread_time else lambda: math.inf
        self._give_way = give_way
        now = clock()
        self._end, self._slice_end = now + seconds, now + SLICE_SECONDS
        # Nothing is due before so much time has passed on the wall: most requests ask for that of the thread once.
        self._look_at = self._on_the_wall() + min(seconds, SLICE_SECONDS)

    def step(self) -> None:
        """Between two steps: OverBudget when all is spent, and after some time a turn for others."""
        if self._on_the_wall() < self._look_at:
            return
        now = self._clock()
        if now >= self._end:
            raise OverBudget("The evaluation takes more computing than one request may have; send fewer resources")
        if now >= self._slice_end:
            self._give_way()
            now = self._clock()
            self._slice_end = now + SLICE_SECONDS
        self._look_at = min(self._end, self._slice_end) + (self._on_the_wall() - now)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """What is done inside spends this budget."""
        token = _CURRENT.set(self)
        try:
            yield
        finally:
            _CURRENT.reset(token)

    @contextmanager
    def part(self, seconds: float) -> Iterator[None]:
        """What is done inside may spend so much at most."""
        whole = self._end
        self._end = min(whole, self._clock() + seconds)
        self._look_at = self._on_the_wall()
        try:
            yield
        finally:
            self._end = whole


def between_steps() -> None:
    """Called in every loop over what a caller sent, never while a lock is held; nothing without a budget."""
    budget = _CURRENT.get()
    if budget is not None:
        budget.step()


def current_budget() -> Budget | None:
    """The budget of the request at hand."""
    return _CURRENT.get()
