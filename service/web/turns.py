"""Whose turn it is to compute: one at a time, and of those who wait one of each caller after the other."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """The turns of one worker process. Waiting is by caller, so that nobody waits behind all calls of another."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._is_taken = False
        # In the order in which the callers come to their turns; each with those of its calls that wait.
        self._waiting: dict[str, deque[threading.Lock]] = {}

    @contextmanager
    def turn(self, caller: str) -> Iterator[None]:
        """Compute alone. Whoever waits for another server meanwhile must not be inside."""
        with self._guard:
            mine = self._queued(caller) if self._is_taken else None
            self._is_taken = True
        if mine is not None:
            mine.acquire()
        try:
            yield
        finally:
            with self._guard:
                self._pass_on()

    def give_way(self, caller: str) -> None:
        """Let all who wait have a turn before this one goes on; at once when nobody waits."""
        with self._guard:
            if not self._waiting:
                return
            mine = self._queued(caller)
            self._pass_on()
        mine.acquire()

    def _queued(self, caller: str) -> threading.Lock:
        mine = threading.Lock()
        mine.acquire()
        self._waiting.setdefault(caller, deque()).append(mine)
        return mine

    def _pass_on(self) -> None:
        if not self._waiting:
            self._is_taken = False
            return
        caller = next(iter(self._waiting))
        calls = self._waiting.pop(caller)
        calls.popleft().release()
        if calls:
            # To the end: the next turn is that of another caller.
            self._waiting[caller] = calls
