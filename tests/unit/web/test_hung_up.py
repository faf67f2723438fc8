"""Whether the other side of a connection is still there."""

import socket
from collections.abc import Iterator

import pytest
from flask import Flask

from service.web.hung_up import has_hung_up

APP = Flask(__name__)
Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def seen(connection: object) -> bool:
    with APP.test_request_context(environ_overrides={"gunicorn.socket": connection}):
        return has_hung_up()


def test_who_waits_for_an_answer_is_there(pair: Pair) -> None:
    ours, theirs = pair
    theirs.sendall(b"the next request")
    assert not seen(ours)
    assert ours.recv(100) == b"the next request"


def test_who_closed_the_connection_has_hung_up(pair: Pair) -> None:
    ours, theirs = pair
    theirs.close()
    assert seen(ours)


def test_a_connection_of_our_own_that_is_closed_tells_nothing(pair: Pair) -> None:
    ours, _ = pair
    ours.close()
    assert not seen(ours)


@pytest.mark.parametrize("connection", [None, "no socket"])
def test_without_a_connection_nobody_has_hung_up(connection: object) -> None:
    assert not seen(connection)


def test_outside_a_request_nobody_has_hung_up() -> None:
    assert not has_hung_up()
