"""Large bodies share what a worker has room for; small ones are always let in."""

from contextvars import Context

import pytest
from flask import Flask

from service.errors import Busy
from service.web.room import Room

LARGE, SMALL = 1_000_000, 1000


class Caller:
    """One request after the other, each with its body, beside those of other callers."""

    def __init__(self, app: Flask, room: Room) -> None:
        self._own, self._app, self._room = Context(), app, room

    def begin(self, size: int) -> None:
        self._request = self._app.test_request_context()
        self._own.run(self._request.push)
        try:
            self._own.run(self._room.take, size)
        except Busy:
            self.end()
            raise

    def end(self) -> None:
        self._own.run(self._request.pop)


@pytest.fixture
def callers() -> tuple[Caller, Caller, Caller]:
    room, app = Room(LARGE * 3 // 2), Flask("test")
    room.attach(app)
    return Caller(app, room), Caller(app, room), Caller(app, room)


def test_a_second_large_body_is_refused_until_the_first_is_answered(callers: tuple[Caller, ...]) -> None:
    first, second, _ = callers
    first.begin(LARGE)
    with pytest.raises(Busy):
        second.begin(LARGE)
    first.end()
    second.begin(LARGE)


def test_a_refused_body_leaves_the_room_as_it_was(callers: tuple[Caller, ...]) -> None:
    first, second, third = callers
    first.begin(LARGE)
    for _ in range(3):
        with pytest.raises(Busy):
            second.begin(LARGE)
    second.begin(LARGE // 2)
    with pytest.raises(Busy):
        third.begin(LARGE // 2)


def test_small_bodies_are_let_in_however_full_it_is(callers: tuple[Caller, ...]) -> None:
    first, second, _ = callers
    first.begin(LARGE * 3 // 2)
    for _ in range(3000):
        second.begin(SMALL)
