"""Measure a request against a bare Flask echo of the same body in the same run; print a table, and say what holds.

Two echoes: the one that Flask's documentation would have one write (``request.get_json()``, then Flask's own answer),
and a harder one that reads and writes with orjson. Both ratios are shown, and the floor is held against both.

Run from the checkout: ``python tests/bench/run.py``. With BENCH_JSON=file the figures are written there.
"""

import gc
import http.client
import io
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[2]))

from service.app import create_app
from service.evaluate import Evaluator
from service.settings import Settings
from service.web.request_log import JsonLine
from tests.bench import bodies
from tests.bench.servers import orjson_echo, server, stock_echo, worker_rss_mb

EVALUATE, CALL = "/fhir/$mmn-evaluate", "/cds-services/mmn-patient-view"
SIGN = "/cds-services/mmn-order-sign"
CALLS, CALLS_OF_LARGE, WARM_UP, ROUNDS = 120, 15, 10, 4
RATIO_FLOOR, TAIL_FLOOR, LINEARITY_FLOOR, START_FLOOR_S, RSS_FLOOR_MB = 4.0, 4.0, 11.0, 3.0, 100.0
SERVICE, STOCK, ORJSON = "service", "stock Flask echo", "orjson echo"
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
        """Calls in one round: fewer of the large body, so that the run stays short."""
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
    app = create_app(Settings(profile="local", store="sqlite:///:memory:"), evaluator)
    in_process = _in_process({SERVICE: app, STOCK: stock_echo(), ORJSON: orjson_echo()})
    with server("-c", "from service.cli import main; main()", "serve", "--profile", "local") as service:
        with (
            server("-m", "tests.bench.servers", "stock") as stock,
            server("-m", "tests.bench.servers", "orjson") as fast,
        ):
            loopback = _over_loopback({SERVICE: service.port, STOCK: stock.port, ORJSON: fast.port})
        rss_mb = worker_rss_mb(service.pid)
    measured_once = {"start_to_ready_s": service.start_s, "worker_resident_mb": rss_mb}
    figures = _figures(in_process, loopback) | measured_once
    _print(in_process, loopback, figures)
    if target := os.environ.get("BENCH_JSON"):  # noqa: TID251  # a tool of the checkout, no part of the service
        Path(target).write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2))


def _log_to_nowhere() -> None:
    # A log line is part of a request, so it is made and written here too.
    nowhere = logging.StreamHandler(Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  # open to the end
    nowhere.setFormatter(JsonLine())
    logging.getLogger("service").addHandler(nowhere)
    logging.getLogger("service").setLevel(logging.INFO)


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
    """The quietest of several rounds for each target: the machine may be busy with something else."""
    for call in list(targets.values()) * WARM_UP:
        call()
    rounds = [_round(calls, targets) for _ in range(ROUNDS)]
    return {name: min((timings[name] for timings in rounds), key=lambda timing: timing.p50) for name in targets}


def _round(calls: int, targets: Mapping[str, Callable[[], None]]) -> dict[str, Timing]:
    """Time the targets in turn, so that a busy moment of the machine hits each of them."""
    taken: dict[str, list[float]] = {name: [] for name in targets}
    for _ in range(calls):
        for name, call in targets.items():
            started = time.perf_counter()
            call()
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


# --- Saying what was found ---


def _figures(in_process: Timings, loopback: Timings) -> dict[str, object]:
    small = [case.name for case in CASES if case.name not in {LARGE, SESSIONS}]
    return {
        "in_process": {case.name: _figures_of(case, in_process) for case in CASES},
        "over_loopback": {case.name: _figures_of(case, loopback) for case in CASES},
        "in_process_worst_p50_to_stock_flask_echo": max(_ratio(in_process, name, STOCK) for name in small),
        "in_process_worst_p50_to_orjson_echo": max(_ratio(in_process, name, ORJSON) for name in small),
        "in_process_worst_p99_to_own_p50": max(in_process[name, SERVICE].tail for name in small),
        "over_loopback_worst_p99_to_own_p50": max(loopback[name, SERVICE].tail for name in small),
        # 10 would be exactly linear; less, because a part of each call does not depend on the size.
        "p50_of_ten_sessions_to_one": in_process[SESSIONS, SERVICE].p50 / in_process[CASES[0].name, SERVICE].p50,
    }


def _figures_of(case: Case, timings: Timings) -> dict[str, object]:
    own = timings[case.name, SERVICE]
    return {
        "body_bytes": len(case.body),
        "service_p50_ms": own.p50,
        "service_p99_ms": own.p99,
        "service_p99_to_p50": own.tail,
        "stock_flask_echo_p50_ms": timings[case.name, STOCK].p50,
        "orjson_echo_p50_ms": timings[case.name, ORJSON].p50,
        "p50_to_stock_flask_echo": _ratio(timings, case.name, STOCK),
        "p50_to_orjson_echo": _ratio(timings, case.name, ORJSON),
    }


def _ratio(timings: Timings, name: str, echo: str) -> float:
    return timings[name, SERVICE].p50 / timings[name, echo].p50


def _print(in_process: Timings, loopback: Timings, figures: Mapping[str, object]) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, 120)
    for title, timings in (("In process", in_process), ("Over loopback, gunicorn", loopback)):
        console.print(_table(title, timings))
    for key, what, floor in (
        ("in_process_worst_p50_to_stock_flask_echo", "p50 to the stock Flask echo, in process, worst", RATIO_FLOOR),
        ("in_process_worst_p50_to_orjson_echo", "p50 to the orjson echo, in process, worst", RATIO_FLOOR),
        ("in_process_worst_p99_to_own_p50", "p99 to own p50, in process, worst", TAIL_FLOOR),
        ("over_loopback_worst_p99_to_own_p50", "p99 to own p50, over loopback, worst", TAIL_FLOOR),
        ("p50_of_ten_sessions_to_one", "time of ten sessions to that of one (linear: 10)", LINEARITY_FLOOR),
        ("start_to_ready_s", "start to ready, s", START_FLOOR_S),
        ("worker_resident_mb", "resident memory of the worker, MB", RSS_FLOOR_MB),
    ):
        _verdict(console, what, figures[key], floor)


def _table(title: str, timings: Timings) -> Table:
    table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", title_style="bold")
    table.add_column("Body", no_wrap=True)
    for column in ("KB", "p50 ms", "p99 ms", "p99/p50", "stock ms", "x stock", "orjson ms", "x orjson"):
        table.add_column(column, justify="right", no_wrap=True)
    for case in CASES:
        own = timings[case.name, SERVICE]
        numbers = [len(case.body) / 1000, own.p50, own.p99, own.tail]
        for echo in (STOCK, ORJSON):
            numbers += [timings[case.name, echo].p50, _ratio(timings, case.name, echo)]
        table.add_row(case.name, *(f"{number:.2f}" for number in numbers))
    return table


def _verdict(console: Console, what: str, figure: object, floor: float) -> None:
    if not isinstance(figure, float):
        console.print(f"[yellow]not measured[/]  {what}")
        return
    verdict = "[green]floor met    [/]" if figure <= floor else "[red]floor NOT met[/]"
    console.print(f"{verdict}  {what}: {figure:.2f} (floor {floor:g})")


if __name__ == "__main__":
    main()
