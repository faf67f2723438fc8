"""How long each stage of a request took: in the log, and for the caller in ``Server-Timing``."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from flask import g


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Time what is done inside, as ``name``: a constant. The same name twice adds up."""
    started = time.perf_counter()
    try:
        yield
    finally:
        taken: dict[str, float] = g.setdefault("stages", {})
        taken[name] = taken.get(name, 0.0) + (time.perf_counter() - started) * 1000


def taken_ms() -> dict[str, float]:
    """Milliseconds of each stage of this request so far."""
    return {name: round(ms, 2) for name, ms in g.get("stages", {}).items()}


def server_timing(taken: Mapping[str, float]) -> str:
    """The value of the ``Server-Timing`` header for milliseconds by stage."""
    return ", ".join(f"{name};dur={ms}" for name, ms in taken.items())
