"""Counters in Prometheus text. Labels are routes, methods and classes of outcome: never what a caller sent."""

import time

from flask import Blueprint, Flask, Response, g
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
    start_http_server,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.values import ValueClass

from service.web.evaluation_counts import EvaluationCounts
from service.web.request_log import method_of_request, route_of_request

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_UNAUTHORIZED = 401
# prometheus_client's own mark: counters that live in files, for several processes.
_IS_SHARED: bool = ValueClass._multiprocess  # noqa: SLF001  # it has no public name

# Times of birth are not kept for several processes; one process should not answer differently.
disable_created_metrics()  # type: ignore[no-untyped-call]  # published without this type


class Metrics:
    """What one application counts."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = self._counter("requests", "Requests answered", "route", "method", "status")
        self._seconds = Histogram(
            "mmn_cds_request_seconds",
            "Seconds from the head of a request to its answer",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.evaluations = EvaluationCounts(self._registry)
        self._dropped = self._counter("dropped_cards", "Cards that failed the check before sending", "topic")
        self._faults = self._counter("faults", "Requests that failed inside; EngineFault is the engine", "exception")
        self._refused = self._counter("refused_tokens", "Requests refused with 401")
        self._canaries = self._counter("canary_checks", "Charts of which the answer is known", "outcome")
        self._audit = self._counter("audit_rows", "Evaluations by whether their audit row was kept", "outcome")
        self._store_write = Histogram(
            "mmn_cds_store_write_seconds",
            "Seconds of a transaction that keeps audit rows",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._notified = self._counter("notifications", "Notifications by what became of them at the door", "outcome")
        self._outgoing = self._counter("outgoing_calls", "Calls to other servers", "outcome")
        self._expect()

    def _expect(self) -> None:
        """Have a zero for each outcome, so that a rate sees the first of them."""
        outcomes = {
            self._canaries: ("same", "changed", "failed"),
            self._audit: ("kept", "lost"),
            self._notified: ("taken", "replayed", "handshake", "heartbeat", "nobody", "unreadable"),
            self._outgoing: ("answered", "unavailable", "unusable"),
            self._faults: ("EngineFault",),
        }
        for counter, words in outcomes.items():
            for word in words:
                counter.labels(word)

    def attach(self, app: Flask) -> None:
        """Count and time every request of the app."""
        app.after_request(self._count_request)

    def card_dropped(self, topic: str) -> None:
        """A card of this topic was not sent."""
        self._dropped.labels(topic).inc()

    def canary_checked(self, outcome: str) -> None:
        """The answer on a chart of which it is known was the same, changed or failed."""
        self._canaries.labels(outcome).inc()

    def called_out(self, outcome: str) -> None:
        """Another server was asked; ``outcome`` is one of a few words."""
        self._outgoing.labels(outcome).inc()

    def audited(self, outcome: str, rows: int) -> None:
        """So many audit rows were kept, or lost."""
        self._audit.labels(outcome).inc(rows)

    def store_written(self, seconds: float) -> None:
        """A transaction of the audit took so long."""
        self._store_write.observe(seconds)

    def notified(self, outcome: str) -> None:
        """A notification came; ``outcome``: taken, replayed, handshake, heartbeat, nobody (named) or unreadable."""
        self._notified.labels(outcome).inc()

    def text(self) -> bytes:
        """All counts, of all workers, in the text format of Prometheus."""
        if not _IS_SHARED:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # published without this type
        return generate_latest(together)

    def serve(self, port: int, address: str = "0.0.0.0") -> None:  # noqa: S104  # scraped from another machine
        """Answer ``GET /metrics`` on a port of its own: for a process that serves nothing else."""
        start_http_server(port, address, self._registry)

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(f"mmn_cds_{name}", about, labels, registry=self._registry)

    def _count_request(self, response: Response) -> Response:
        route = route_of_request()
        self._requests.labels(route, method_of_request(), str(response.status_code)).inc()
        self._seconds.labels(route).observe(time.perf_counter() - g.started)
        if response.status_code == _UNAUTHORIZED:
            self._refused.inc()
        if fault := g.get("fault"):
            self._faults.labels(fault).inc()
        return response


def routes(metrics: Metrics, further: CollectorRegistry | None = None) -> Blueprint:
    """``GET /metrics``; ``further``: what is asked for anew each time, the same by whichever worker."""
    blueprint = Blueprint("metrics", __name__)

    @blueprint.get("/metrics")
    def counts() -> Response:
        asked = generate_latest(further) if further else b""
        return Response(metrics.text() + asked, content_type=CONTENT_TYPE_LATEST)

    return blueprint


def worker_exited(process: int) -> None:
    """Tell the library that a worker has ended: what it counted stays, what only the living have goes."""
    if _IS_SHARED:
        multiprocess.mark_process_dead(process)  # type: ignore[no-untyped-call]  # published without this type
