"""How much waits and is dead, asked of the store whenever somebody reads the metrics."""

from collections.abc import Callable, Iterable
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry

from service.errors import StoreUnavailable
from service.store.database import Database
from service.store.standing import Depth, depths

_OF = {"errand": ("queue", "Patients to evaluate for notifications"), "delivery": ("outbox", "Results on their way")}


class QueueGauges(Collector):
    """Depth and age of queue and outbox; nothing while the store does not answer. ``now`` gives the aware time."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(self)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The gauges as they are now."""
        try:
            with self._database.transaction() as connection:
                found = depths(connection)
        except StoreUnavailable:
            return
        for what, depth in found.items():
            yield from self._gauges(*_OF[what], depth)

    def _gauges(self, name: str, about: str, depth: Depth) -> Iterable[GaugeMetricFamily]:
        counted = GaugeMetricFamily(f"mmn_cds_{name}", f"{about}, by state; dead are dead letters", labels=["state"])
        counted.add_metric(["waiting"], depth.waiting)
        counted.add_metric(["dead"], depth.dead)
        yield counted
        age = max((self._now() - depth.oldest).total_seconds(), 0.0) if depth.oldest else 0.0
        yield GaugeMetricFamily(f"mmn_cds_{name}_oldest_seconds", f"{about}: since when the oldest waits", value=age)
