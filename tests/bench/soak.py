"""``make soak``: the service under steady load for a long time, with faults among the calls and in the FHIR server.

A server as it is run, two workers, SQLite; calls of all kinds at a steady rate, a tenth of them broken on purpose, and
a FHIR server that breaks a tenth of its answers. What is looked at: memory and descriptors of the workers, what a call
costs them at the beginning and at the end, and that nobody gets a 500. The 99th percentile of good calls is told too,
and is no floor: it goes by what else the machine does. Prints the figures, and fails
when one of them is over its floor; one that runs for less than ten minutes says nothing of slopes and fails by none.
"""

import http.client
import random
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from uuid import uuid4

import click
import orjson

from tests.bench import bodies
from tests.bench.probes import children
from tests.bench.servers import cpu_seconds
from tests.ehr.running import RunningService, running_service
from tests.ehr.settings_file import write_settings
from tests.fake_fhir import behaviours as does
from tests.fake_fhir.server import Exchange, FakeFhirServer, serve

JSON = {"Content-Type": "application/json"}
VIEW, SIGN, EVALUATE = "/cds-services/mmn-patient-view", "/cds-services/mmn-order-sign", "/fhir/$mmn-evaluate"
# Floors, of a soak of half an hour: what start-up takes is over after the first third.
MOST_MIB_AN_HOUR, MOST_DESCRIPTORS_MORE, MOST_DRIFT_PERCENT = 8.0, 8, 10.0
_EACH_SECONDS, _LONG_SECONDS = 5.0, 600.0
_FAULTY_ANSWERS = (
    does.status(500),
    does.status(503),
    does.html,
    does.reset,
    does.cut_body,
    does.says(b"{"),
    does.closed,
)


@dataclass
class Seen:
    """What has been measured so far; moments are seconds from the start."""

    began: float = field(default_factory=time.monotonic)
    statuses: Counter[str] = field(default_factory=Counter)
    good_ms: list[tuple[float, float]] = field(default_factory=list)
    memory_mib: list[tuple[float, float]] = field(default_factory=list)
    descriptors: list[tuple[float, int]] = field(default_factory=list)
    cpu_seconds: list[tuple[float, float]] = field(default_factory=list)

    @property
    def now(self) -> float:
        return time.monotonic() - self.began


class Callers:
    """Good calls of all kinds, and broken ones."""

    def __init__(self, service: RunningService, fhir: str, seen: Seen) -> None:
        self.port, self.seen = service.port, seen
        resources = bodies.mmn_resources(40)
        called = orjson.loads(bodies.as_hook_call(resources))
        unfetched = {**called, "fhirServer": fhir, "prefetch": {}}
        self.unfetched = orjson.dumps(unfetched)
        self.good: list[tuple[str, bytes]] = [
            *[(VIEW, orjson.dumps(called))] * 4,
            *[(VIEW, self.unfetched)] * 2,
            *[(SIGN, bodies.as_order_call(resources))] * 2,
            (EVALUATE, bodies.as_bundle(bodies.mmn_resources(100))),
        ]
        self.broken = (self._no_json, self._cut, self._no_http, self._hung_up, self._half_a_head)

    def call(self, number: int) -> None:
        """One call, broken in one of ten cases."""
        try:
            if random.random() < 0.1:  # noqa: S311  # no secret
                self.seen.statuses[f"broken: {random.choice(self.broken)()}"] += 1  # noqa: S311
            elif number % 20 == 0:
                self.seen.statuses[f"feedback: {self._post(f'{VIEW}/feedback', _feedback())}"] += 1
            else:
                path, body = random.choice(self.good)  # noqa: S311
                started = time.perf_counter()
                # The FHIR server knows one patient.
                status = self._post(path, body if body is self.unfetched else bodies.varied(body, number))
                self.seen.statuses[f"{'fetched' if body is self.unfetched else 'good'}: {status}"] += 1
                self.seen.good_ms.append((self.seen.now, (time.perf_counter() - started) * 1000))
        except (OSError, http.client.HTTPException) as problem:
            self.seen.statuses[f"no answer: {type(problem).__name__}"] += 1

    def _post(self, path: str, body: bytes) -> int:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("POST", path, body, JSON)
            answer = connection.getresponse()
            answer.read()
            return answer.status

    def _no_json(self) -> str:
        return str(self._post(EVALUATE, b'{"resourceType": "Bundle", "entry": ['))

    def _cut(self) -> str:
        return self._raw(b"Content-Length: 5000\r\n\r\n{}", shut=True)

    def _no_http(self) -> str:
        return self._raw(b"Content-Length: two\r\n\r\n")

    def _hung_up(self) -> str:
        return self._raw(b"Content-Length: 5000\r\n\r\n{}", read=False)

    def _half_a_head(self) -> str:
        return self._raw(b"X-Slow: ", read=False)

    def _raw(self, rest: bytes, *, shut: bool = False, read: bool = True) -> str:
        head = f"POST {EVALUATE} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n".encode()
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(head + rest)
            if shut:
                connection.shutdown(socket.SHUT_WR)
            return connection.recv(12)[9:].decode() if read else "hung up"


def _feedback() -> bytes:
    entry = {"card": str(uuid4()), "outcome": "accepted", "outcomeTimestamp": "2026-03-04T10:20:00Z"}
    return orjson.dumps({"feedback": [{**entry, "acceptedSuggestions": [{"id": str(uuid4())}]}]})


def _now_and_then_faulty(exchange: Exchange) -> None:
    is_faulty = random.random() < 0.1  # noqa: S311  # no secret
    (random.choice(_FAULTY_ANSWERS) if is_faulty else serve)(exchange)  # noqa: S311


def soak(service: RunningService, fhir: str, seconds: float, a_second: float) -> Seen:
    """Steady load for so long, whatever becomes of the calls before."""
    seen, stopped = Seen(), threading.Event()
    callers = Callers(service, fhir, seen)
    watching = threading.Thread(target=_watch, args=(service, seen, stopped))
    watching.start()
    with ThreadPoolExecutor(64) as threads:
        number = 0
        while seen.now < seconds:
            number += 1
            threads.submit(callers.call, number)
            stopped.wait(max(0.0, number / a_second - seen.now))
    stopped.set()
    watching.join()
    return seen


def _watch(service: RunningService, seen: Seen, stopped: threading.Event) -> None:
    while not stopped.wait(_EACH_SECONDS):
        workers = children(service.pid)
        with suppress(OSError):
            seen.memory_mib.append((seen.now, sum(map(_private_mib, workers)) / len(workers)))
            seen.descriptors.append((seen.now, sum(len(list(Path(f"/proc/{each}/fd").iterdir())) for each in workers)))
            seen.cpu_seconds.append((seen.now, sum(cpu_seconds(each) or 0.0 for each in workers)))


def _private_mib(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def slope_an_hour(points: list[tuple[float, float]]) -> float:
    """By least squares, how much more in an hour, from points of (seconds, value)."""
    mean_at, mean = (sum(part) / len(points) for part in zip(*points, strict=True))
    spread = sum((at - mean_at) ** 2 for at, _ in points)
    return 3600 * sum((at - mean_at) * (value - mean) for at, value in points) / spread if spread else 0.0


def _at(points: list[tuple[float, float]], moment: float) -> float:
    return next((value for at, value in reversed(points) if at <= moment), points[0][1])


def _hundredth_99(points: list[tuple[float, float]]) -> float:
    return quantiles([value for _, value in points], n=100)[98]


def _ms_a_call(seen: Seen, begin: float, end: float) -> float:
    """Of processor time of the workers, for a good call, the broken ones beside it counted in."""
    called = sum(begin < at <= end for at, _ in seen.good_ms)
    return 1000 * (_at(seen.cpu_seconds, end) - _at(seen.cpu_seconds, begin)) / called


def figures(seen: Seen, seconds: float) -> dict[str, float]:
    """What counts: of memory the second half of the time, of the rest from the second third on."""
    settled = [(at, value) for at, value in seen.memory_mib if at > seconds / 2]
    middle = [point for point in seen.good_ms if seconds / 3 < point[0] <= seconds * 2 / 3]
    last = [point for point in seen.good_ms if point[0] > seconds * 2 / 3]
    open_then = [count for at, count in seen.descriptors if at > seconds / 3]
    before, after = _hundredth_99(middle), _hundredth_99(last)
    cost_before, cost_after = _ms_a_call(seen, seconds / 3, seconds * 2 / 3), _ms_a_call(seen, seconds * 2 / 3, seconds)
    sixths = {f"memory of a worker, MiB, after {n}/6": _at(seen.memory_mib, seconds * n / 6) for n in range(1, 7)}
    return {
        **sixths,
        "memory of a worker, MiB more an hour": slope_an_hour(settled),
        "descriptors of all workers": open_then[-1],
        "descriptors more": max(open_then[-5:]) - max(open_then[:5]),
        "p99 of good calls, ms, second third": before,
        "p99 of good calls, ms, last third": after,
        "processor time of a call, ms, second third": cost_before,
        "processor time of a call, ms, last third": cost_after,
        "drift of it, percent": (cost_after / cost_before - 1) * 100,
    }


@click.command()
@click.option("--minutes", type=float, default=30, show_default=True)
@click.option("--rate", type=float, default=30, show_default=True, help="Calls a second.")
def main(minutes: float, rate: float) -> None:
    """Soak the service and print what came of it."""
    seconds = minutes * 60
    with tempfile.TemporaryDirectory() as place, FakeFhirServer(bodies.mmn_resources(40)) as fhir:
        fhir.behave(_now_and_then_faulty)
        settings = {
            "profile": "local",
            "workers": 2,
            "store": f"sqlite:///{place}/s.sqlite",
            "fhir_servers": [fhir.base],
        }
        file = write_settings(Path(place, "settings.toml"), settings, [], {})
        with running_service(file, Path(place, "log")) as service:
            began = set(children(service.pid))
            seen = soak(service, fhir.base, seconds, rate)
            replaced = len(began - set(children(service.pid)))
    for what, count in sorted(seen.statuses.items()):
        click.echo(f"{count:8} {what}")
    told = figures(seen, seconds)
    for what, figure in told.items():
        click.echo(f"{figure:10.1f} {what}")
    click.echo(f"{replaced:8} workers that ended")
    if not _is_well(seen, told, replaced):
        click.echo("A figure is over its floor, or somebody got no answer")
        sys.exit(1)


def _is_well(seen: Seen, told: dict[str, float], replaced: int) -> bool:
    is_steady = (
        told["memory of a worker, MiB more an hour"] < MOST_MIB_AN_HOUR
        and told["descriptors more"] <= MOST_DESCRIPTORS_MORE
        and told["drift of it, percent"] < MOST_DRIFT_PERCENT
    )
    failed = [what for what in seen.statuses if what.endswith(": 500") or what.startswith("no answer")]
    return not failed and not replaced and (is_steady or seen.now < _LONG_SECONDS)


if __name__ == "__main__":
    main()
