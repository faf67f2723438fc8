"""What a server does with what it should not be sent, and when its processes are killed or told to stop."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.bench.load import BODY, EVALUATE, HEAD, closed_loop, dribblers, health_ms

Process = subprocess.Popen[bytes]
_START = f"POST {EVALUATE} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n".encode()
_BUNDLE = b'{"resourceType":"Bundle","type":"collection"}'
_MALFORMED = {
    "CL + TE": _START + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "two CL": _START + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}}",
    "negative CL": _START + b"Content-Length: -2\r\n\r\n",
    "cut body": _START + b"Content-Length: 5000\r\n\r\n" + _BUNDLE,
    "9 kB header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nAuthorization: " + b"a" * 9_000 + b"\r\n\r\n",
    "70 kB header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nAuthorization: " + b"a" * 70_000 + b"\r\n\r\n",
}


def malformed(port: int) -> dict[str, str]:
    """The status that each malformed request gets."""
    return {name: _status(port, request) for name, request in _MALFORMED.items()}


def slow_senders(port: int) -> dict[str, str]:
    """How others fare while fifty senders dribble: the slowest of five health calls, p99 of evaluations."""
    with dribblers(port):
        time.sleep(0.5)
        health = max(health_ms(port) for _ in range(5))
        answers = closed_loop(port, 2, 3)
    return {"healthz, 50 dribble": f"{health:.0f} ms", "p99, 50 dribble": f"{answers.hundredth(99):.0f} ms"}


def killed(process: Process, port: int, number: signal.Signals) -> str:
    """What is left after one worker got a signal that it cannot catch."""
    before = children(process.pid)
    if not before:
        return "one process only"
    victim = before[-1]
    os.kill(victim, number)
    end = time.monotonic() + 8
    while time.monotonic() < end:
        time.sleep(0.1)
        if process.poll() is not None:
            return "whole server ended"
        now = children(process.pid)
        if victim not in now and len(now) >= len(before) and health_ms(port) < 5000:
            return "replaced"
    return "not replaced" if health_ms(port) < 5000 else "no answer"


def stopped(process: Process, port: int) -> dict[str, str]:
    """Whether a request that had begun is answered after SIGTERM, and how long the server takes to end."""
    got: list[bytes] = []

    def rest(connection: socket.socket) -> None:
        time.sleep(0.5)
        with suppress(OSError):
            connection.sendall(BODY[1000:])
            got.append(connection.recv(12))

    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(HEAD + BODY[:1000])
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        thread = threading.Thread(target=rest, args=(connection,))
        thread.start()
        code = _ended(lambda: process.wait(timeout=40))
        thread.join()
    answered = got[0][9:12].decode() if got and got[0] else "cut off"
    return {"in flight at SIGTERM": answered, "end after SIGTERM": f"{time.monotonic() - started:.1f} s, exit {code}"}


def _ended(wait: Callable[[], int]) -> str:
    try:
        return str(wait())
    except subprocess.TimeoutExpired:
        return "never"


def _status(port: int, request: bytes) -> str:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=15) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            return connection.recv(12)[9:12].decode() or "closed"
    except TimeoutError:
        return "no answer"
    except OSError:
        return "closed"


def children(parent: int) -> list[int]:
    """The living child processes of a process, the youngest last; none where there is no /proc."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = status.read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent and fields[0] != "Z":
                found.append(int(status.parent.name))
    return sorted(found)
