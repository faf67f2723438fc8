"""Measure a request against a bare Flask echo of the same body in the same run; print a table, and say what holds.

Run from the checkout: ``python tests/bench/run.py``. With BENCH_JSON=file the figures are written there.
"""

import gc
import http.client
import io
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

import orjson
from flask import Flask, Response, request
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[2]))

from service.app import create_app
from service.evaluate import Evaluator
from service.settings import Settings
from service.web.request_log import JsonLine
from tests.bench import bodies

EVALUATE, CALL = "/fhir/$mmn-evaluate", "/cds-services/mmn-patient-view"
SIGN = "/cds-services/mmn-order-sign"
CALLS, CALLS_OF_LARGE, WARM_UP = 400, 60, 30
RATIO_FLOOR, TAIL_FLOOR, LINEARITY_FLOOR, START_FLOOR_S, RSS_FLOOR_MB = 4.0, 4.0, 11.0, 3.0, 100.0
LARGE, SESSIONS = "1,000 Observations, 12 matter", "1,000 Observations, ten sessions"

Wsgi = Callable[..., Iterable[bytes]]


@dataclass(frozen=True)
class Case:
    """One body and where it goes."""

    name: str
    path: str
    body: bytes

    @property
    def calls(self) -> int:
        """Fewer of the large body, so that the run stays short."""
        return CALLS_OF_LARGE if self.name in {LARGE, SESSIONS} else CALLS


CASES = (
    Case("MMN, $mmn-evaluate", EVALUATE, bodies.as_bundle(bodies.mmn_resources())),
    Case("MMN, patient-view", CALL, bodies.as_hook_call(bodies.mmn_resources())),
    Case("MMN, order-sign", SIGN, bodies.as_order_call(bodies.mmn_resources())),
    Case("no MMN, patient-view", CALL, bodies.as_hook_call(bodies.unremarkable_resources())),
    Case(LARGE, EVALUATE, bodies.as_bundle(bodies.mmn_resources(1000))),
    Case(SESSIONS, EVALUATE, bodies.as_bundle(bodies.mmn_in_sessions())),
)


def main() -> None:
    """Measure everything, print it, write it."""
    _log_to_nowhere()
    evaluator = Evaluator.load(None)
    app = create_app(Settings(profile="local"), evaluator)
    in_process = _in_process({"service": app.wsgi_app, "echo": _echo().wsgi_app, "get_json echo": _plain().wsgi_app})
    with _server(["-c", "from service.cli import main; main()", "serve", "--profile", "local"]) as service:
        with _server([__file__, "serve-echo"]) as echo:
            loopback = _over_loopback({"service": service.port, "echo": echo.port})
        rss_mb = _worker_rss_mb(service.pid)
    figures = _figures(in_process, loopback) | {"start_s": service.start_s, "worker_rss_mb": rss_mb}
    _print(in_process, loopback, figures)
    if target := os.environ.get("BENCH_JSON"):  # noqa: TID251  # a tool of the checkout, no part of the service
        Path(target).write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2))


def _log_to_nowhere() -> None:
    # A log line is part of a request, so it is made and written here too.
    nowhere = logging.StreamHandler(Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  # open to the end
    nowhere.setFormatter(JsonLine())
    logging.getLogger("service").addHandler(nowhere)
    logging.getLogger("service").setLevel(logging.INFO)


# --- What it is compared with ---


def _echo() -> Flask:
    """The floor of any service in Python: read with orjson, answer with orjson."""
    app = Flask("echo")

    @app.post("/<path:_path>")
    def echo(_path: str) -> Response:
        return Response(orjson.dumps(orjson.loads(request.get_data())), mimetype="application/json")

    @app.get("/readyz")
    def readyz() -> str:
        return "ready"

    return app


def _plain() -> Flask:
    """What Flask's own documentation would have one write."""
    app = Flask("plain")

    @app.post("/<path:_path>")
    def echo(_path: str) -> Any:
        return request.get_json()

    return app


def _serve_echo(port: int) -> None:
    from service.web.server import Listening, serve  # noqa: PLC0415  # only the child process needs it

    serve(_echo(), Listening("127.0.0.1", port, 1, 4), in_order=lambda: True, on_ready=lambda: None)


# --- Measuring ---


@dataclass(frozen=True)
class Timing:
    """Milliseconds."""

    p50: float
    p99: float

    @property
    def tail(self) -> float:
        """How much slower the slow calls are."""
        return self.p99 / self.p50


Timings = dict[tuple[str, str], Timing]


def _timed(calls: int, targets: Mapping[str, Callable[[], None]]) -> dict[str, Timing]:
    """Time the targets in turn, so that a busy moment of the machine hits each of them."""
    taken: dict[str, list[float]] = {name: [] for name in targets}
    for number in range(calls + WARM_UP):
        for name, call in targets.items():
            started = time.perf_counter()
            call()
            if number >= WARM_UP:
                taken[name].append((time.perf_counter() - started) * 1000)
    return {name: _timing(times) for name, times in taken.items()}


def _timing(times: list[float]) -> Timing:
    hundredths = quantiles(times, n=100, method="inclusive")
    return Timing(hundredths[49], hundredths[98])


def _in_process(apps: Mapping[str, Wsgi]) -> Timings:
    # As the server does before it forks.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    timings: Timings = {}
    for case in CASES:
        calls = {name: _wsgi_call(app, case) for name, app in apps.items()}
        timings |= {(case.name, name): timing for name, timing in _timed(case.calls, calls).items()}
    return timings


def _wsgi_call(app: Wsgi, case: Case) -> Callable[[], None]:
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": case.path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(case.body)),
        "wsgi.url_scheme": "http",
    }

    def start(status: str, *_: object) -> None:
        if status != "200 OK":
            raise SystemExit(f"{case.name}: answered {status}")

    def call() -> None:
        if not b"".join(app(environ | {"wsgi.input": io.BytesIO(case.body)}, start)):
            raise SystemExit(f"{case.name}: no answer")

    return call


def _over_loopback(ports: Mapping[str, int]) -> Timings:
    timings: Timings = {}
    for case in CASES:
        with _connections(ports) as connections:
            calls = {name: _http_call(connection, case) for name, connection in connections.items()}
            timings |= {(case.name, name): timing for name, timing in _timed(case.calls, calls).items()}
    return timings


@contextmanager
def _connections(ports: Mapping[str, int]) -> Iterator[dict[str, http.client.HTTPConnection]]:
    opened = {name: http.client.HTTPConnection("127.0.0.1", port, timeout=30) for name, port in ports.items()}
    try:
        yield opened
    finally:
        for connection in opened.values():
            connection.close()


def _http_call(connection: http.client.HTTPConnection, case: Case) -> Callable[[], None]:
    def call() -> None:
        connection.request("POST", case.path, case.body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise SystemExit(f"{case.name}: answered {answer.status}")

    return call


# --- Servers of our own ---


@dataclass(frozen=True)
class Server:
    """A server that this run started."""

    pid: int
    port: int
    start_s: float


@contextmanager
def _server(arguments: list[str]) -> Iterator[Server]:
    port = _free_port()
    environment = {**os.environ, "MMN_CDS_PORT": str(port), "MMN_CDS_WORKERS": "1"}  # noqa: TID251  # for the child
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
        yield Server(process.pid, port, time.perf_counter() - started)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=40)


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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _worker_rss_mb(master: int) -> float | None:
    """The resident memory of the one worker, shared pages counted in; None where there is no /proc."""
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            if fields["PPid"].strip() == str(master):
                return int(fields["VmRSS"].split()[0]) / 1024
    return None


# --- Saying what was found ---


def _figures(in_process: Timings, loopback: Timings) -> dict[str, object]:
    small = [case.name for case in CASES if case.name not in {LARGE, SESSIONS}]
    first = CASES[0].name
    return {
        "in_process": _ratios(in_process),
        "loopback": _ratios(loopback),
        "worst_ratio_in_process": max(_ratio(in_process, name) for name in small),
        "worst_tail": max(in_process[name, "service"].tail for name in small),
        "worst_tail_over_loopback": max(loopback[name, "service"].tail for name in small),
        # 10 would be exactly linear; less, because a part of each call does not depend on the size.
        "time_of_1000_to_100": in_process[SESSIONS, "service"].p50 / in_process[first, "service"].p50,
    }


def _ratios(timings: Timings) -> dict[str, object]:
    return {
        case.name: {
            "bytes": len(case.body),
            "p50_ms": timings[case.name, "service"].p50,
            "p99_ms": timings[case.name, "service"].p99,
            "p99_to_p50": timings[case.name, "service"].tail,
            "echo_p50_ms": timings[case.name, "echo"].p50,
            "p50_to_echo": _ratio(timings, case.name),
        }
        for case in CASES
    }


def _ratio(timings: Timings, name: str, against: str = "echo") -> float:
    return timings[name, "service"].p50 / timings[name, against].p50


def _print(in_process: Timings, loopback: Timings, figures: Mapping[str, object]) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, 110)
    for title, timings in (("In process", in_process), ("Over loopback, gunicorn", loopback)):
        console.print(_table(title, timings))
    linearity, rss = figures["time_of_1000_to_100"], figures["worker_rss_mb"]
    _verdict(console, "p50 to echo, in process, worst", figures["worst_ratio_in_process"], RATIO_FLOOR)
    _verdict(console, "p99 to own p50, in process, worst", figures["worst_tail"], TAIL_FLOOR)
    _verdict(console, "p99 to own p50, over loopback, worst", figures["worst_tail_over_loopback"], TAIL_FLOOR)
    _verdict(console, "time of ten sessions to that of one (linear: 10)", linearity, LINEARITY_FLOOR)
    _verdict(console, "start to ready, s", figures["start_s"], START_FLOOR_S)
    _verdict(console, "resident memory of the worker, MB", rss, RSS_FLOOR_MB)


def _table(title: str, timings: Timings) -> Table:
    table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", title_style="bold")
    columns = ("KB", "p50 ms", "p99 ms", "p99/p50", "echo p50 ms", "x echo", "x get_json echo")
    table.add_column("Body", no_wrap=True)
    for column in columns if (CASES[0].name, "get_json echo") in timings else columns[:-1]:
        table.add_column(column, justify="right")
    for case in CASES:
        own, echo = timings[case.name, "service"], timings[case.name, "echo"]
        numbers = [len(case.body) / 1000, own.p50, own.p99, own.tail, echo.p50, _ratio(timings, case.name)]
        if (case.name, "get_json echo") in timings:
            numbers.append(_ratio(timings, case.name, "get_json echo"))
        table.add_row(case.name, *(f"{number:.2f}" for number in numbers))
    return table


def _verdict(console: Console, what: str, figure: object, floor: float) -> None:
    if not isinstance(figure, float):
        console.print(f"[yellow]not measured[/]  {what}")
        return
    verdict = "[green]floor met    [/]" if figure <= floor else "[red]floor NOT met[/]"
    console.print(f"{verdict}  {what}: {figure:.2f} (floor {floor:g})")


if __name__ == "__main__":
    if sys.argv[1:] == ["serve-echo"]:
        _serve_echo(int(os.environ["MMN_CDS_PORT"]))  # noqa: TID251  # set by the parent process
    else:
        main()
