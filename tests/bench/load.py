"""Load on a server of this machine: so many connections one after the other, or so many requests a second."""

import http.client
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Self

from tests.bench import bodies

EVALUATE = "/fhir/$mmn-evaluate"
BODY = bodies.as_bundle(bodies.mmn_resources())
HEAD = (
    f"POST {EVALUATE} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    f"Content-Length: {len(BODY)}\r\n\r\n"
).encode()


@dataclass
class Answers:
    """Milliseconds of each answer by status; 0 stands for a connection that failed."""

    seconds: float = 0.0
    taken: dict[int, list[float]] = field(default_factory=dict)

    def add(self, status: int, ms: float) -> None:
        """Count one answer."""
        self.taken.setdefault(status, []).append(ms)

    def a_second(self, status: int = 200) -> float:
        """How many answers of this status came in a second."""
        return len(self.taken.get(status, ())) / self.seconds

    def hundredth(self, nth: int, status: int = 200) -> float:
        """The nth percentile of the answers of this status, in ms."""
        times = self.taken.get(status, [])
        return quantiles(times, n=100, method="inclusive")[nth - 1] if len(times) > 1 else float("nan")


def closed_loop(port: int, connections: int, seconds: float) -> Answers:
    """Each connection asks again as soon as it is answered."""
    end = time.monotonic() + seconds
    answers = Answers(seconds)

    def client() -> None:
        with _Connection(port) as connection:
            while time.monotonic() < end:
                answers.add(*connection.ask())

    _together(client, connections)
    return answers


def open_loop(port: int, a_second: float, seconds: float, connections: int = 150) -> Answers:
    """Requests come at a fixed pace, whether or not earlier ones are answered, up to so many at once."""
    answers, turns, start = Answers(seconds), itertools.count(), time.monotonic()

    def client() -> None:
        with _Connection(port) as connection:
            while (moment := start + next(turns) / a_second) < start + seconds:
                time.sleep(max(0.0, moment - time.monotonic()))
                if time.monotonic() > start + seconds:
                    return
                answers.add(*connection.ask())

    _together(client, connections)
    return answers


@contextmanager
def dribblers(port: int, how_many: int = 50) -> Iterator[None]:
    """Senders that announce a body and then send a byte every half second."""
    stop = threading.Event()
    opened = [socket.create_connection(("127.0.0.1", port)) for _ in range(how_many)]

    def dribble() -> None:
        for connection in opened:
            connection.sendall(HEAD)
        while not stop.wait(0.5):
            for connection in opened:
                with suppress(OSError):
                    connection.sendall(b" ")

    thread = threading.Thread(target=dribble)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        for connection in opened:
            connection.close()


class _Connection:
    """One kept-alive connection, opened anew when the server has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._http = self._new()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(self) -> tuple[int, float]:
        """One evaluation: the status (0 for a broken connection) and the milliseconds."""
        started = time.perf_counter()
        try:
            self._http.request("POST", EVALUATE, BODY, {"Content-Type": "application/json"})
            answer = self._http.getresponse()
            answer.read()
            status = answer.status
        except (OSError, http.client.HTTPException):
            self._http.close()
            self._http = self._new()
            status = 0
        return status, (time.perf_counter() - started) * 1000

    def _new(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)


def _together(client: Callable[[], None], how_many: int) -> None:
    threads = [threading.Thread(target=client) for _ in range(how_many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def health_ms(port: int) -> float:
    """How long ``/healthz`` takes on a new connection, in ms; 5,000 when it does not answer."""
    started = time.perf_counter()
    with suppress(OSError), closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    return (time.perf_counter() - started) * 1000
