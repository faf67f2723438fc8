"""Measure a request against a bare Flask echo of the same body in the same run; print a table, and hold the floors.

Two echoes: the one that Flask's documentation would have one write (``request.get_json()``, then Flask's own answer),
and a harder one that reads and writes with orjson. In process the time of the processor is taken, of all threads and
the mean of a round, in rounds in which each target has its turn with the same bodies, and the median of the ratios of
the rounds is told; over loopback it is the time on the clock.

Run from the checkout: ``python -m tests.bench.run``. With BENCH_JSON=file the figures are written there. The exit code
is 1 when a figure is over its floor in ``floors.py``.
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
from itertools import cycle
from pathlib import Path
from statistics import fmean, median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from fhir.resources.R4B import get_fhir_model_class
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from service.app import create_app
from service.evaluate import Evaluator
from service.json_guard import read_json
from service.settings import Settings
from service.store.audit_key import AuditKey
from service.store.database import Database
from service.web.as_of import now
from service.web.request_log import JsonLine
from tests.bench import bodies
from tests.bench.floors import held
from tests.bench.issuers import PUBLIC_URL, issuers, token
from tests.bench.servers import orjson_echo, server, stock_echo, worker_rss_mb

EVALUATE, CALL = "/fhir/$mmn-evaluate", "/cds-services/mmn-patient-view"
SIGN = "/cds-services/mmn-order-sign"
SELECT = "/cds-services/mmn-order-select"
CALLS, CALLS_OF_LARGE, WARM_UP, ROUNDS, VARIANTS = 60, 10, 10, 5, 12
SERVICE, STOCK, ORJSON = "service", "stock Flask echo", "orjson echo"
LARGE, SESSIONS = "1,000 Observations, 12 matter", "1,000 Observations, ten sessions"

Wsgi = Callable[..., Iterable[bytes]]


@dataclass(frozen=True)
class Case:
    """One body and where it goes; no two calls in a row bring the same bytes. ``key``: of its floor."""

    name: str
    path: str
    body: bytes
    key: str = ""

    @property
    def calls(self) -> int:
        """Calls in one round: fewer of the large body, so that the run stays short."""
        return CALLS_OF_LARGE if self.name in {LARGE, SESSIONS} else CALLS


CASES = (
    Case("MMN, $mmn-evaluate", EVALUATE, bodies.as_bundle(bodies.mmn_resources()), "mmn"),
    Case("MMN, patient-view", CALL, bodies.as_hook_call(bodies.mmn_resources())),
    Case("12 Observations, all matter", EVALUATE, bodies.as_bundle(bodies.mmn_resources(12)), "small"),
    Case("MMN, order-sign", SIGN, bodies.as_order_call(bodies.mmn_resources()), "order_sign"),
    Case("MMN, order-select", SELECT, bodies.as_selection(bodies.mmn_resources()), "order_select"),
    Case("no MMN, patient-view", CALL, bodies.as_hook_call(bodies.unremarkable_resources()), "unremarkable"),
    Case(LARGE, EVALUATE, bodies.as_bundle(bodies.mmn_resources(1000))),
    Case(SESSIONS, EVALUATE, bodies.as_bundle(bodies.mmn_in_sessions())),
)
AUTHENTICATED = Case(
    "MMN, patient-view, signed token", CALL, bodies.as_hook_call(bodies.mmn_resources()), "authenticated"
)


def main() -> int:
    """Measure everything, print it, write it; 1 when a floor is not met."""
    _log_to_nowhere()
    evaluator = Evaluator.load(None)
    with _store() as store:
        app = create_app(Settings(profile="local", store=store), evaluator)
        in_process = _in_process({SERVICE: app, STOCK: stock_echo(), ORJSON: orjson_echo()}, evaluator)
    with server("-c", "from service.cli import main; main()", "serve", "--profile", "local") as service:
        with (
            server("-m", "tests.bench.servers", "stock") as stock,
            server("-m", "tests.bench.servers", "orjson") as fast,
        ):
            loopback = _over_loopback({SERVICE: service.port, STOCK: stock.port, ORJSON: fast.port})
        rss_mb = worker_rss_mb(service.pid)
    figures = _figures(in_process, loopback) | {
        "chart_of_600_to_its_reading": _chart_to_its_reading(evaluator),
        "start_to_ready_s": service.start_s,
        "start_cpu_s": service.start_cpu_s,
        "worker_resident_mb": rss_mb,
    }
    if target := os.environ.get("BENCH_JSON"):  # noqa: TID251  # a tool of the checkout, no part of the service
        Path(target).write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2))
    return 0 if _print(in_process, loopback, figures) else 1


def _log_to_nowhere() -> None:
    # A log line is part of a request, so it is made and written here too.
    nowhere = logging.StreamHandler(Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  # open to the end
    nowhere.setFormatter(JsonLine())
    logging.getLogger("service").addHandler(nowhere)
    logging.getLogger("service").setLevel(logging.INFO)


# --- Measuring ---


@dataclass(frozen=True)
class Timing:
    """Milliseconds of a call in each round, of CPU the mean; ``slow``: what 99 of a hundred calls are faster than."""

    rounds: tuple[float, ...]
    slow: float

    @property
    def usual(self) -> float:
        """The median of the rounds."""
        return median(self.rounds)

    def ratio(self, other: "Timing") -> float:
        """How many times as long as another target took, round by round."""
        return median(mine / theirs for mine, theirs in zip(self.rounds, other.rounds, strict=True))


# Of all threads, and no call left out: rows of the audit are kept by a thread of their own, many at once.
_CPU = (time.process_time, fmean)
Timings = dict[tuple[str, str], Timing]
Call = Callable[[bytes], None]


def _timed(
    case: Case,
    targets: Mapping[str, Call],
    clock: Callable[[], float],
    of_round: Callable[[list[float]], float] = median,
) -> dict[str, Timing]:
    variants = cycle([bodies.varied(case.body, number) for number in range(VARIANTS)])
    for _ in range(WARM_UP):
        body = next(variants)
        for call in targets.values():
            call(body)
    taken: dict[str, list[list[float]]] = {name: [] for name in targets}
    for _ in range(ROUNDS):
        sent = [next(variants) for _ in range(case.calls)]
        for name, call in targets.items():
            taken[name].append([_seconds(call, body, clock) * 1000 for body in sent])
    return {name: _timing(rounds, of_round) for name, rounds in taken.items()}


def _seconds(call: Call, body: bytes, clock: Callable[[], float]) -> float:
    started = clock()
    call(body)
    return clock() - started


def _timing(rounds: list[list[float]], of_round: Callable[[list[float]], float]) -> Timing:
    slow = min(quantiles(calls, n=100, method="inclusive")[98] for calls in rounds)
    return Timing(tuple(of_round(calls) for calls in rounds), slow)


def _in_process(apps: Mapping[str, Wsgi], evaluator: Evaluator) -> Timings:
    # As the server does before it forks.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    timings: Timings = {}
    for case in CASES:
        calls = {name: _wsgi_call(app, case) for name, app in apps.items()}
        timings |= {(case.name, name): timing for name, timing in _timed(case, calls, *_CPU).items()}
    with _store() as store:
        key = Path(store.removeprefix("sqlite:///")).with_name("key")
        AuditKey.made_at(key)
        protected = create_app(
            Settings(public_url=PUBLIC_URL, store=store, issuers=issuers(), audit_key_file=key), evaluator
        )
        calls = {
            SERVICE: _wsgi_call(protected, AUTHENTICATED, _tokens()),
            STOCK: _wsgi_call(apps[STOCK], AUTHENTICATED),
        }
        timed = _timed(AUTHENTICATED, calls, *_CPU)
    return timings | {(AUTHENTICATED.name, name): timing for name, timing in timed.items()}


@contextmanager
def _store() -> Iterator[str]:
    """A store in a file, with its tables: keeping the audit is a part of a request."""
    with TemporaryDirectory() as place:
        Database(f"sqlite:///{place}/store.sqlite").migrate()
        yield f"sqlite:///{place}/store.sqlite"


def _tokens() -> Iterator[str]:
    """Each may be used once; to sign one is the work of the caller."""
    return iter([token(next(iter(issuers())).iss, CALL) for _ in range(WARM_UP + ROUNDS * CALLS)])


def _wsgi_call(app: Wsgi, case: Case, tokens: Iterator[str] | None = None) -> Call:
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": case.path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/json",
        "wsgi.url_scheme": "http",
    }

    def start(status: str, *_: object) -> None:
        if status != "200 OK":
            raise SystemExit(f"{case.name}: answered {status}")

    def call(body: bytes) -> None:
        proof = {"HTTP_AUTHORIZATION": f"Bearer {next(tokens)}"} if tokens else {}
        sent = {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
        if not b"".join(app(environ | proof | sent, start)):
            raise SystemExit(f"{case.name}: no answer")

    return call


def _over_loopback(ports: Mapping[str, int]) -> Timings:
    timings: Timings = {}
    for case in CASES:
        with _connections(ports) as connections:
            calls = {name: _http_call(connection, case) for name, connection in connections.items()}
            timings |= {(case.name, name): timing for name, timing in _timed(case, calls, time.perf_counter).items()}
    return timings


@contextmanager
def _connections(ports: Mapping[str, int]) -> Iterator[dict[str, http.client.HTTPConnection]]:
    opened = {name: http.client.HTTPConnection("127.0.0.1", port, timeout=30) for name, port in ports.items()}
    try:
        yield opened
    finally:
        for connection in opened.values():
            connection.close()


def _http_call(connection: http.client.HTTPConnection, case: Case) -> Call:
    def call(body: bytes) -> None:
        connection.request("POST", case.path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise SystemExit(f"{case.name}: answered {answer.status}")

    return call


def _chart_to_its_reading(evaluator: Evaluator) -> float:
    """600 resources: evaluating them against reading them strictly, by FHIR's own models."""
    body = bodies.as_bundle(bodies.mmn_resources(599))
    return median(_to_reading(evaluator, bodies.varied(body, number)) for number in range(ROUNDS))


def _to_reading(evaluator: Evaluator, body: bytes) -> float:
    bundle: Any = read_json(body)
    started = time.thread_time()
    evaluator.evaluate_bundle(bundle, now(), 5000)
    between = time.thread_time()
    _read_strictly(entry["resource"] for entry in bundle["entry"])
    return (between - started) / (time.thread_time() - between)


def _read_strictly(resources: Iterable[Mapping[str, object]]) -> None:
    for resource in resources:
        get_fhir_model_class(str(resource["resourceType"])).model_validate(resource)


# --- Saying what was found ---


def _figures(in_process: Timings, loopback: Timings) -> dict[str, object]:
    small = [case for case in CASES if case.name not in {LARGE, SESSIONS}]
    keyed = {case.key: case for case in (*CASES, AUTHENTICATED) if case.key}
    return {
        "in_process": {case.name: _figures_of(case, in_process) for case in CASES},
        "over_loopback": {case.name: _figures_of(case, loopback) for case in CASES},
        "worst_to_stock_flask_echo": max(_ratio(in_process, case, STOCK) for case in small),
        "worst_to_orjson_echo": max(_ratio(in_process, case, ORJSON) for case in small),
        **{f"{key}_to_stock_flask_echo": _ratio(in_process, case, STOCK) for key, case in keyed.items()},
        "loopback_p99_to_p50": max(_tail(loopback, case) for case in small),
        # 10 would be exactly linear; less, because a part of each call does not depend on the size.
        "ten_sessions_to_one": in_process[SESSIONS, SERVICE].ratio(in_process[CASES[0].name, SERVICE]),
    }


def _figures_of(case: Case, timings: Timings) -> dict[str, object]:
    own = timings[case.name, SERVICE]
    return {
        "body_bytes": len(case.body),
        "service_p50_ms": own.usual,
        "service_p99_ms": own.slow,
        "stock_flask_echo_p50_ms": timings[case.name, STOCK].usual,
        "orjson_echo_p50_ms": timings[case.name, ORJSON].usual,
        "p50_to_stock_flask_echo": _ratio(timings, case, STOCK),
        "p50_to_orjson_echo": _ratio(timings, case, ORJSON),
    }


def _ratio(timings: Timings, case: Case, echo: str) -> float:
    return timings[case.name, SERVICE].ratio(timings[case.name, echo])


def _tail(timings: Timings, case: Case) -> float:
    return timings[case.name, SERVICE].slow / timings[case.name, SERVICE].usual


def _print(in_process: Timings, loopback: Timings, figures: Mapping[str, object]) -> bool:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, 120)
    for title, timings in (("In process, CPU", in_process), ("Over loopback, gunicorn", loopback)):
        console.print(_table(title, timings))
    return held(console, figures)


def _table(title: str, timings: Timings) -> Table:
    table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", title_style="bold")
    table.add_column("Body", no_wrap=True)
    for column in ("KB", "p50 ms", "p99 ms", "p99/p50", "stock ms", "x stock", "orjson ms", "x orjson"):
        table.add_column(column, justify="right", no_wrap=True)
    for case in CASES:
        own = timings[case.name, SERVICE]
        numbers = [len(case.body) / 1000, own.usual, own.slow, _tail(timings, case)]
        for echo in (STOCK, ORJSON):
            numbers += [timings[case.name, echo].usual, _ratio(timings, case, echo)]
        table.add_row(case.name, *(f"{number:.2f}" for number in numbers))
    return table


if __name__ == "__main__":
    sys.exit(main())
