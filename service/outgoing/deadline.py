"""How long the calls of one request may take, all together."""

import time


class Deadline:
    """A moment on the monotonic clock, ``seconds`` from now, that all calls of one request share."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left, never below zero."""
        return max(0.0, self._end - time.monotonic())
