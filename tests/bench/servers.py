"""What the service is compared with, and servers that run for the length of a measurement."""

import http.client
import itertools
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from flask import Flask, Response, request

from service.web.server import Listening, serve


def stock_echo() -> Flask:
    """A bare Flask echo, as Flask's own documentation would have one write it."""
    app = _ready_app()

    @app.post("/<path:_path>")
    def echo(_path: str) -> Any:
        return request.get_json()

    return app


def orjson_echo() -> Flask:
    """The least that any service in Python could take: read with orjson, answer with orjson."""
    app = _ready_app()

    @app.post("/<path:_path>")
    def echo(_path: str) -> Response:
        return Response(orjson.dumps(orjson.loads(request.get_data())), mimetype="application/json")

    return app


def _ready_app() -> Flask:
    app = Flask("echo")

    @app.get("/readyz")
    def readyz() -> str:
        return "ready"

    return app


@dataclass(frozen=True)
class Server:
    """A server that this run started."""

    pid: int
    port: int
    start_s: float
    start_cpu_s: float | None = None


@contextmanager
def server(*arguments: str) -> Iterator[Server]:
    """Run our own interpreter with these arguments until it answers ``/readyz``, and stop it in the end."""
    port = free_port()
    environment = {**os.environ, "MMN_CDS_PORT": str(port), "MMN_CDS_WORKERS": "1"}  # noqa: TID251  # for the child
    place = tempfile.TemporaryDirectory()
    if "local" in arguments:
        environment.setdefault("MMN_CDS_STORE", f"sqlite:///{place.name}/store.sqlite")
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603  # our own interpreter and file
        [sys.executable, *arguments],
        env=environment,
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(process, port)
        yield Server(process.pid, port, time.perf_counter() - started, cpu_seconds(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=40)
        place.cleanup()


@contextmanager
def production_server(configuration: Path, workers: int) -> Iterator[Server]:
    """The service in its production profile."""
    flags = ["--config", str(configuration), "--workers", str(workers)]
    with server("-c", "from service.cli import main; main()", "serve", *flags) as running:
        yield running


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(3000):
        if process.poll() is not None:
            raise SystemExit("the server stopped before it was ready")
        with suppress(OSError), closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        time.sleep(0.01)
    raise SystemExit("the server was not ready in time")


# Below those that Linux gives to whoever does not care: no connection and no other test's server comes by them while
# one of ours is killed and starts again. Each process begins at a place of its own.
_PORTS: Final = range(12_000, 32_000)
_STEP: Final = 211
_ports: Final = itertools.count(os.getpid() * _STEP)


def free_port() -> int:
    """A port that nobody listens on, and that this process has not given away before."""
    for number in itertools.islice(_ports, len(_PORTS)):
        port = _PORTS[number % len(_PORTS)]
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


def cpu_seconds(process: int) -> float | None:
    """The time that the processor has spent on a process; None where the system does not say."""
    with suppress(OSError):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
    return None


def worker_rss_mb(master: int) -> float | None:
    """The resident memory of the one worker, shared pages counted in; None where there is no /proc."""
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            if fields["PPid"].strip() == str(master):
                return int(fields["VmRSS"].split()[0]) / 1024
    return None


if __name__ == "__main__":
    # In a process of its own: ``python -m tests.bench.servers stock|orjson``.
    served = stock_echo() if sys.argv[1] == "stock" else orjson_echo()
    chosen = int(os.environ["MMN_CDS_PORT"])  # noqa: TID251  # set by the parent process
    serve(served, Listening("127.0.0.1", chosen, 1, 4), in_order=lambda: True, on_ready=lambda: None)
