"""What our worker adds to gunicorn's: the cut of whoever is too slow."""

import socket
import time
from collections import Counter
from types import SimpleNamespace

from service.web.worker import Worker


def worker_watching(connection: socket.socket, seconds_left: float) -> Worker:
    """A worker with one request under way and nothing else of gunicorn around it."""
    worker = Worker.__new__(Worker)
    worker.tmp = SimpleNamespace(notify=lambda: None)
    worker._counts = Counter()  # noqa: SLF001  # the state under test
    worker._deadlines = {connection: time.monotonic() + seconds_left}  # noqa: SLF001  # the state under test
    return worker


def test_a_sender_that_is_past_its_deadline_is_read_from_no_more_but_still_answered() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        worker_watching(ours, -1).notify()
        assert ours.recv(1) == b""
        ours.sendall(b"answer")
        assert theirs.recv(6) == b"answer"


def test_a_sender_within_its_deadline_is_left_alone() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        worker_watching(ours, 5).notify()
        theirs.sendall(b"x")
        assert ours.recv(1) == b"x"


def test_a_connection_that_is_closed_meanwhile_does_no_harm() -> None:
    ours, theirs = socket.socketpair()
    worker = worker_watching(ours, -1)
    ours.close()
    theirs.close()
    worker.notify()
