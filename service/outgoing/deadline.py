"""How much the calls of one request may take, all together: time, and bytes."""

import threading
import time


class Deadline:
    """A moment on the monotonic clock, ``seconds`` from now, that all calls of one request share."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left, never below zero."""
        return max(0.0, self._end - time.monotonic())


class Allowance:
    """A number of things, such as bytes, that calls side by side use up together."""

    def __init__(self, amount: int) -> None:
        self._lock = threading.Lock()
        self._left = amount

    def take(self, amount: int) -> bool:
        """Use some of it; False when that was more than was left."""
        with self._lock:
            self._left -= amount
            return self._left >= 0
