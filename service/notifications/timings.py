"""How long each stage of an errand took."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Timings:
    """Milliseconds by stage; the same stage twice adds up."""

    def __init__(self) -> None:
        self._ms: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what is done inside."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self._ms[name] = self._ms.get(name, 0.0) + (time.perf_counter() - started) * 1000

    @property
    def taken_ms(self) -> Mapping[str, float]:
        """What was taken so far."""
        return {name: round(ms, 2) for name, ms in self._ms.items()}
