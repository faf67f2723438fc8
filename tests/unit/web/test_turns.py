"""Whose turn it is: one computes, and nobody waits behind all calls of another caller."""

import threading
from contextlib import suppress

from service.web.turns import Turns


class Calls:
    """Calls that queue for their turn one after the other, and the order in which they came to it."""

    def __init__(self) -> None:
        self.turns, self.order = Turns(), list[str]()
        self._threads: list[threading.Thread] = []

    def call(self, name: str) -> None:
        """A call of the caller that the first letter of its name stands for; it waits."""

        def run() -> None:
            with self.turns.turn(name[0]):
                self.order.append(name)

        waiting = self._waiting()
        self._threads.append(threading.Thread(target=run))
        self._threads[-1].start()
        while self._waiting() == waiting:
            self._threads[-1].join(0.001)

    def finish(self) -> list[str]:
        """The order, when all are through."""
        for thread in self._threads:
            thread.join(30)
        return self.order

    def _waiting(self) -> int:
        return sum(len(calls) for calls in self.turns._waiting.values())  # noqa: SLF001


def test_callers_take_turns_however_many_calls_each_has() -> None:
    calls = Calls()
    with calls.turns.turn("a"):
        for name in ("a1", "a2", "a3", "b1", "b2", "c1"):
            calls.call(name)
    assert calls.finish() == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_a_long_call_lets_the_others_go_first_and_goes_on_after_them() -> None:
    calls = Calls()
    with calls.turns.turn("a"):
        for name in ("a1", "b1"):
            calls.call(name)
        calls.turns.give_way("a")
        calls.order.append("a0 again")
        calls.turns.give_way("a")
    assert calls.finish() == ["a1", "b1", "a0 again"]


def test_a_call_that_fails_gives_its_turn_back() -> None:
    turns = Turns()
    for _ in range(2):
        with suppress(ZeroDivisionError), turns.turn("a"):
            1 / 0  # noqa: B018
    with turns.turn("b"):
        turns.give_way("b")
