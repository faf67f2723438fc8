"""A real server: what holds when a worker is killed, a client is rude, or the server is told to stop."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import orjson
import pytest

from tests.bench import bodies
from tests.bench.probes import children
from tests.bench.servers import free_port

ROOT = Path(__file__).parents[1]
BUNDLE = bodies.as_bundle(bodies.mmn_resources(12))
JSON = {"Content-Type": "application/json"}
HEAD = "POST /fhir/$mmn-evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
Process = subprocess.Popen[bytes]


@contextmanager
def served(workers: int) -> Iterator[tuple[Process, int]]:
    port = free_port()
    flags = ["--profile", "local", "--port", str(port), "--workers", str(workers)]
    process = subprocess.Popen(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", "from service.cli import main; main()", "serve", *flags],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: status_of(port) == 200, 60)
        yield process, port
    finally:
        process.terminate()
        process.wait(timeout=40)


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Process, int]]:
    with served(2) as running:
        yield running


def wait_for(is_so: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def status_of(port: int, path: str = "/readyz") -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def is_refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False


def evaluated(port: int) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("POST", "/fhir/$mmn-evaluate", BUNDLE, JSON)
        return connection.getresponse().status


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_worker_that_dies_is_replaced_and_the_service_goes_on(
    server: tuple[Process, int], number: signal.Signals
) -> None:
    process, port = server
    wait_for(lambda: len(children(process.pid)) == 2)
    victim = children(process.pid)[-1]
    os.kill(victim, number)
    wait_for(lambda: victim not in children(process.pid) and len(children(process.pid)) == 2)
    assert process.poll() is None
    wait_for(lambda: status_of(port) == 200, 60)
    assert evaluated(port) == 200


def test_whoever_does_not_hang_up_after_a_refusal_keeps_nobody_else_waiting(server: tuple[Process, int]) -> None:
    _, port = server
    rude = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(8)]
    try:
        for connection in rude:
            connection.sendall(b"this is no HTTP\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 400"
        started = time.monotonic()
        assert [status_of(port, "/healthz") for _ in range(8)] == [200] * 8
        # gunicorn alone would wait for each of them, two seconds long, before it accepts anybody.
        assert time.monotonic() - started < 2
    finally:
        for connection in rude:
            connection.close()


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ("Content-Length: 2\r\nContent-Length: 2", 400),
        ("Content-Length: 2\r\nContent-Length: 3", 400),
        ("Content-Length: 2, 3", 400),
        ("Content-Length: +2", 400),
        ("Content-Length: 0x2", 400),
        ("Content-Length: 2\r\nTransfer-Encoding: chunked", 400),
        ("Transfer-Encoding: chunked\r\nContent-Length: 2", 400),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", 400),
        ("Transfer-Encoding: xchunked", 501),
        ("Transfer-Encoding : chunked", 400),
        ("Content-Length: 2\r\nX-Folded: a\r\n b", 400),
        ("Content-Length: 2\r\nAuthorization: Bearer " + "a" * 9_000, 431),
        ("Content-Length: 2\r\nAuthorization: Bearer " + "a" * 70_000, 431),
    ],
)
def test_a_request_whose_end_two_servers_could_see_differently_is_refused_and_the_connection_closed(
    server: tuple[Process, int], lines: str, status: int
) -> None:
    _, port = server
    request = f"{HEAD}{lines}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        # What follows would be read as a second request by a server that goes on reading.
        connection.sendall(request.encode() + b"{}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert int(head.split()[1]) == status
    assert b"\r\nConnection: close" in head
    assert b"\r\nContent-Security-Policy: " in head
    assert orjson.loads(body)["resourceType"] == "OperationOutcome"
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET /healthz HTTP/1.1\r\nX: y", 400),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b", 400),
        ("GET /healthz HTTP/1.0\r\nHost: a\r\nHost: a", 400),
        ("GET /healthz HTTP/1.0\r\nX: y", 200),
        ("GET /healthz HTTP/1.1\r\nHost: a", 200),
        ("POST /fhir/$mmn-evaluate HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 0", 400),
    ],
)
def test_a_request_says_for_which_host_it_is(server: tuple[Process, int], head: str, status: int) -> None:
    _, port = server
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(f"{head}\r\n\r\n".encode())
        assert int(connection.recv(12).split()[1]) == status


def test_what_has_begun_is_finished_after_sigterm_and_the_server_ends_well() -> None:
    with (
        served(1) as (process, port),
        socket.create_connection(("127.0.0.1", port), timeout=30) as connection,
    ):
        connection.sendall(f"{HEAD}Content-Length: {len(BUNDLE)}\r\nExpect: 100-continue\r\n\r\n".encode())
        # Now a thread of the worker has taken the request.
        assert connection.recv(12) == b"HTTP/1.1 100"
        process.send_signal(signal.SIGTERM)
        wait_for(lambda: is_refused(port))
        connection.sendall(BUNDLE)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert b"HTTP/1.1 200 OK" in answer
        assert process.wait(timeout=30) == 0


@pytest.mark.parametrize(
    "path",
    [
        *("//cds-services", "/cds-services//", "/.//cds-services", "/x/../cds-services"),
        *("/./cds-services", "/cds-services/.", "/%2e/cds-services", "/cds-services%2F", "/%2Fcds-services"),
        *("///cds-services", "/cds-services%2fmmn-patient-view", "/cds-services%5Cmmn-patient-view", "/\\cds-services"),
        *("//127.0.0.1/cds-services", "http://x//cds-services", "/cds-services%00", "/cds-services%20"),
        *("//healthz", "/%2Fhealthz", "/rules%2Fmmn", "//metrics", "/fhir%2Fmetadata", "/fhir//metadata"),
    ],
)
def test_another_spelling_of_an_address_leads_nowhere(server: tuple[Process, int], path: str) -> None:
    _, port = server
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        head, _, body = b"".join(iter(lambda: connection.recv(65536), b"")).partition(b"\r\n\r\n")
    assert int(head.split()[1]) == 404
    assert orjson.loads(body)["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    "path", ["/cds-services", "/cds-services?x=//y%2F..", "http://x/cds-services", "/fhir/%6Detadata", "/rules"]
)
def test_the_spelling_that_is_meant_leads_there(server: tuple[Process, int], path: str) -> None:
    _, port = server
    assert status_of(port, path) == 200
