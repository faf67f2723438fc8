"""Compare servers with the real application: speed, behaviour under overload, and what each does when things go wrong.

Run from the checkout: ``python tests/bench/serving.py [NAME…]``. Servers that are no dependency of ours are looked for
in the environment that SERVERS names (``python -m venv DIR; DIR/bin/pip install granian waitress gevent uvicorn
a2wsgi``). The figures of this machine at this moment: compare within one run only.
"""

import http.client
import os
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench import load, probes
from tests.bench.servers import free_port

ROOT = Path(__file__).parents[2]
SECONDS, ROUNDS = 3.0, 2
_APP = "tests.bench.served_app:wsgi"
_OURS = ("-c", "from service.cli import main; main()", "serve", "--profile", "local")
_GUNICORN = ("-m", "gunicorn", "--preload", "--log-level", "critical")
COMMANDS = {
    "ours (gunicorn gthread)": (*_OURS, "--port", "{port}", "--workers", "{workers}"),
    "gunicorn gthread 4": (*_GUNICORN, "-k", "gthread", "--threads", "4", "-w{workers}", "-b127.0.0.1:{port}", _APP),
    "gunicorn sync": (*_GUNICORN, "-w", "{workers}", "-b127.0.0.1:{port}", _APP),
    "gunicorn gevent": (*_GUNICORN, "-k", "gevent", "-w{workers}", "-b127.0.0.1:{port}", _APP),
    "granian": (
        *("-m", "granian", "--interface", "wsgi", "--blocking-threads", "1", "--no-ws", "--no-log"),
        *("--host", "127.0.0.1", "--port", "{port}", "--workers", "{workers}", _APP),
    ),
    "granian, respawning": (
        *("-m", "granian", "--interface", "wsgi", "--blocking-threads", "1", "--no-ws", "--no-log"),
        *("--respawn-failed-workers", "--host", "127.0.0.1", "--port", "{port}", "--workers", "{workers}", _APP),
    ),
    "waitress": ("-m", "waitress", "--threads=8", "--listen=127.0.0.1:{port}", _APP),
    "uvicorn + a2wsgi": (
        *("-m", "uvicorn", "--log-level", "critical", "--host", "127.0.0.1", "--port", "{port}"),
        *("--workers", "{workers}", "tests.bench.served_app:asgi"),
    ),
}


def main() -> None:
    """Measure each server that is asked for, and print one column for each."""
    names = sys.argv[1:] or list(COMMANDS)
    columns = {}
    for name in names:
        columns[name] = _measured(name)
        Console(stderr=True).print(f"{name}: {columns[name]}")
    rows = list(dict.fromkeys(row for column in columns.values() for row in column))
    table = Table("", *names, box=SIMPLE_HEAD)
    for row in rows:
        table.add_row(row, *(columns[name].get(row, "") for name in names))
    Console(width=max(120, 24 * (len(names) + 1))).print(table)


def _measured(name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    with _server(name, workers=1) as (_, port):
        found |= _speed(port)
    with _server(name, workers=2) as (process, port):
        found |= probes.malformed(port)
        found |= probes.slow_senders(port)
        for number in (signal.SIGKILL, signal.SIGSEGV):
            if process.poll() is None:
                found[f"worker gets {number.name}"] = probes.killed(process, port, number)
    with _server(name, workers=1) as (process, port):
        found |= probes.stopped(process, port)
    return found


def _speed(port: int) -> dict[str, str]:
    load.closed_loop(port, 4, 1.0)
    found, peak = {}, 0.0
    for connections in (1, 8):
        runs = [load.closed_loop(port, connections, SECONDS) for _ in range(ROUNDS)]
        best = max(runs, key=lambda run: run.a_second())
        peak = max(peak, best.a_second())
        found[f"{connections} conn., requests/s"] = f"{best.a_second():.0f}"
        found[f"{connections} conn., p50 / p99"] = f"{best.hundredth(50):.1f} / {best.hundredth(99):.1f} ms"
    return found | _overload(port, peak)


def _overload(port: int, peak: float) -> dict[str, str]:
    answers = load.open_loop(port, 3 * peak, 2 * SECONDS)
    return {
        "3x load, 200 a second": f"{answers.a_second():.0f} ({answers.a_second() / peak:.0%} of peak)",
        "3x load, p99 of 200": f"{answers.hundredth(99):.0f} ms",
        "3x load, 503 a second": f"{answers.a_second(503):.0f}",
        "3x load, p99 of 503": f"{answers.hundredth(99, 503):.0f} ms" if 503 in answers.taken else "-",
        "3x load, broken a second": f"{answers.a_second(0):.1f}",
    }


@contextmanager
def _server(name: str, workers: int) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    arguments = [text.format(port=port, workers=workers) for text in COMMANDS[name]]
    # The other environment has the servers, ours has the application.
    other = os.environ.get("SERVERS")  # noqa: TID251  # a tool of the checkout, no part of the service
    python = sys.executable if name.startswith("ours") or not other else f"{other}/bin/python"
    path = os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")])
    process = subprocess.Popen(  # noqa: S603  # the commands above
        [python, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},  # noqa: TID251  # for the child
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(process, port, name)
        yield process, port
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait(process: subprocess.Popen[bytes], port: int, name: str) -> None:
    for _ in range(400):
        if process.poll() is not None:
            raise SystemExit(f"{name} did not start; is it installed where SERVERS points?")
        with suppress(OSError), closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        time.sleep(0.05)
    raise SystemExit(f"{name} was not ready in time")


if __name__ == "__main__":
    main()
