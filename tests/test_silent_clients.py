"""Clients that connect and then send nothing, or not all: nobody else waits for them, whether they are 100 or 300."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.bench.probes import children
from tests.ehr.client import exchange
from tests.test_server_life import BUNDLE, HEAD, JSON, Process, is_refused, served, wait_for

# Up to twelve seconds when each had a thread; what is left is a busy machine.
SOON = 2


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served(2) as (_, port):
        yield port


def connected(stack: ExitStack, port: int, sent: bytes, number: int) -> list[socket.socket]:
    connections = []
    for _ in range(number):
        connections.append(stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20)))
        connections[-1].sendall(sent)
    return connections


STALLED = {
    "nothing at all": b"",
    "one letter": b"G",
    "half a line": b"GET /healthz HT",
    "half a head": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    "a head that stops before its last line": b"GET /healthz HTTP/1.1\r\nHost: x\r\n",
    "an empty line": b"\r\n",
    "a head whose body does not come": f"{HEAD}Content-Length: 1000\r\n\r\n".encode(),
    "a head that asks to go on": f"{HEAD}Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n".encode(),
    "half a chunk": f"{HEAD}Transfer-Encoding: chunked\r\n\r\n3e8\r\n{{".encode(),
    "a question whose body does not come": b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
}


@pytest.mark.parametrize("sent", STALLED.values(), ids=STALLED)
@pytest.mark.parametrize("number", [100, 300])
def test_however_many_stop_sending_health_is_answered_at_once(port: int, number: int, sent: bytes) -> None:
    with ExitStack() as stack:
        connected(stack, port, sent, number)
        for _ in range(5):
            started = time.monotonic()
            assert exchange(port, "GET", "/healthz").status == 200
            assert time.monotonic() - started < SOON
        assert exchange(port, "GET", "/readyz").status == 200


@pytest.mark.parametrize("sent", [STALLED[name] for name in ("nothing at all", "half a head")])
def test_an_evaluation_does_not_wait_for_those_whose_head_does_not_come(port: int, sent: bytes) -> None:
    with ExitStack() as stack:
        connected(stack, port, sent, 300)
        started = time.monotonic()
        assert exchange(port, "POST", "/fhir/$mmn-evaluate", BUNDLE, JSON).status == 200
        assert time.monotonic() - started < 2 * SOON


def test_a_body_that_does_not_come_keeps_nobody_of_another_address_waiting(port: int) -> None:
    with ExitStack() as stack:
        connected(stack, port, STALLED["a head whose body does not come"], 300)
        other = socket.create_connection(("127.0.0.1", port), timeout=20, source_address=("127.0.0.2", 0))
        with other:
            started = time.monotonic()
            other.sendall(f"{HEAD}Connection: close\r\nContent-Length: {len(BUNDLE)}\r\n\r\n".encode() + BUNDLE)
            assert other.recv(15) == b"HTTP/1.1 200 OK"
            assert time.monotonic() - started < 2 * SOON


@pytest.fixture
def _many_descriptors() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 1500:
        pytest.skip("This process may not have 1,500 descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1500), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("_many_descriptors")
def test_more_than_can_wait_cost_the_oldest_and_not_the_newest_their_connection() -> None:
    # One worker: of several, each has as many waiting as the kernel happened to give it.
    with served(1) as (_, port), ExitStack() as stack:
        silent = connected(stack, port, b"", 800)
        assert exchange(port, "GET", "/healthz").status == 200
        assert silent[0].recv(1) == b""
        silent[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert silent[-1].recv(12) == b"HTTP/1.1 200"


def sockets(process: Process) -> int:
    """Of all workers. A worker that has just started opens files of its own meanwhile, and hardly a socket."""
    return sum(
        map(is_socket, (each for worker in children(process.pid) for each in Path(f"/proc/{worker}/fd").iterdir()))
    )


def is_socket(descriptor: Path) -> bool:
    with suppress(FileNotFoundError):
        return str(descriptor.readlink()).startswith("socket:")
    return False


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HT"])
def test_whoever_hangs_up_in_mid_head_is_let_go_at_once(sent: bytes) -> None:
    with served(2) as (process, port):
        before = sockets(process)
        with ExitStack() as stack:
            connected(stack, port, sent, 50)
            wait_for(lambda: sockets(process) >= before + 50)
            during = sockets(process)
        # A head has ten seconds to arrive.
        wait_for(lambda: sockets(process) <= during - 40, seconds=5)


def test_a_request_that_comes_letter_by_letter_is_answered(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for letter in b"POST /cds-services/none HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}":
            connection.sendall(bytes([letter]))
        assert connection.recv(12) == b"HTTP/1.1 404"


def test_requests_sent_ahead_of_their_answers_are_all_answered(port: int) -> None:
    one = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    post = (
        b"POST /cds-services/none HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        last = one.replace(b"Host", b"Connection: close\r\nHost")
        connection.sendall(one + post + one + last)
        answers = b"".join(iter(lambda: connection.recv(65536), b""))
    statuses = [answer.split()[0] for answer in answers.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"404", b"200", b"200"]


def test_silent_clients_do_not_keep_a_server_from_stopping() -> None:
    with served(1) as running, ExitStack() as stack:
        process: Process = running[0]
        connected(stack, running[1], b"", 20)
        connected(stack, running[1], b"GET /healthz HT", 20)
        started = time.monotonic()
        process.terminate()
        wait_for(lambda: is_refused(running[1]))
        assert process.wait(timeout=20) == 0
        assert time.monotonic() - started < 8
